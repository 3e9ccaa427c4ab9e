/*
 * IPv6, RFC 8200 3:
 *
 *   0               4               6       7       8        24            40
 *   +---+-----------+---------------+-------+-------+--------+-------------+---------
 *   |ver| class,    | payload       | next  | hop   | source | destination | headers,
 *   |   | flow label| length        | header| limit |        |             | data ...
 *   +---+-----------+---------------+-------+-------+--------+-------------+---------
 *
 * Extension headers, RFC 8200 4; lengths are in units of 8 bytes, the first 8 not counted:
 *
 *   0        1        2                      0        1        2           4                8
 *   +--------+--------+---------             +--------+--------+---------+-+----------------+
 *   | next   | length | options              | next   | 0      | offset  |M| identification |
 *   +--------+--------+---------             +--------+--------+---------+-+----------------+
 *   0, 43, 60, 135, 139, 140                 44
 */
#include "decode/network.h"

#include <string.h>

#include "decode/failure.h"
#include "decode/transport.h"

#define IPV6_BYTES          40
#define IPV6_EXTENSION_UNIT 8

enum {
	NEXT_HOP_BY_HOP = 0,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_DESTINATION = 60,
	NEXT_MOBILITY = 135,
	NEXT_HIP = 139,
	NEXT_SHIM6 = 140
};

#define FRAGMENT_MORE   0x0001
#define FRAGMENT_OFFSET 0xfff8

#define OPTION_PAD1        0x00
#define OPTION_JUMBO       0xc2 /* RFC 2675 2 */
#define OPTION_JUMBO_BYTES 4

/* As in IPv4: a payload length of 0 in a packet above the smallest MTU (RFC 8200 5) is offload's. */
#define IPV6_OFFLOADED_MINIMUM 1280

static bool is_extension(uint8_t next)
{
	switch (next) {
	case NEXT_HOP_BY_HOP:
	case NEXT_ROUTING:
	case NEXT_FRAGMENT:
	case NEXT_DESTINATION:
	case NEXT_MOBILITY:
	case NEXT_HIP:
	case NEXT_SHIM6:
		return true;
	default:
		return false;
	}
}

/*
 * Finds the jumbo payload length in the hop-by-hop header that the reader stands at; 0: it has none.
 * Returns false where bytes that tell were not captured.
 */
static bool jumbo_find(const struct reader *reader, uint32_t *length)
{
	const uint8_t *header = reader_bytes(reader, 2);
	uint32_t end;
	uint32_t at = 2;

	*length = 0;
	if (!header)
		return reader->length < 2;
	end = (header[1] + 1u) * IPV6_EXTENSION_UNIT;
	if (end > reader->length)
		return true;
	while (at + 2 <= end) {
		bool is_jumbo;

		if (!reader_bytes(reader, at + 2))
			return false;
		is_jumbo = header[at] == OPTION_JUMBO && header[at + 1] == OPTION_JUMBO_BYTES;
		if (is_jumbo && at + 2 + OPTION_JUMBO_BYTES <= end) {
			if (!reader_bytes(reader, at + 2 + OPTION_JUMBO_BYTES))
				return false;
			*length = read_be32(header + at + 2);
			return true;
		}
		at += header[at] == OPTION_PAD1 ? 1 : 2u + header[at + 1];
	}
	return true;
}

/*
 * What follows the fixed header, in bytes, by the payload length or by what stands for it where
 * that is 0. The reader stands behind the fixed header.
 */
static uint32_t payload_length(const struct reader *reader, uint32_t length, uint8_t next,
			       struct packet *packet)
{
	if (length > 0)
		return length;
	if (next == NEXT_HOP_BY_HOP) {
		if (!jumbo_find(reader, &length)) {
			packet->flags |= PACKET_SNAPPED;
			return reader->length;
		}
		if (length > UINT16_MAX)
			return length;
		if (length > 0) /* RFC 2675 3: must not be used for a packet this short */
			packet_fail(packet, DECODE_BAD_TOTAL_LENGTH);
	}
	return reader->length > IPV6_OFFLOADED_MINIMUM - IPV6_BYTES ? reader->length : length;
}

/* Takes the fragment header. Returns whether a header can follow that is worth reading. */
static bool fragment_decode(const uint8_t *header, struct packet *packet)
{
	unsigned fragment = read_be16(header + 2);

	if (!(fragment & (FRAGMENT_MORE | FRAGMENT_OFFSET)))
		return true; /* RFC 6946: an atomic fragment is a whole datagram */
	packet->flags |= PACKET_FRAGMENT;
	packet->fragment_id = read_be32(header + 4);
	if (fragment & FRAGMENT_MORE)
		packet->flags |= PACKET_MORE_FRAGMENTS;
	if (fragment & FRAGMENT_OFFSET)
		packet->flags |= PACKET_LATER_FRAGMENT;
	return !(fragment & FRAGMENT_OFFSET);
}

/*
 * Walks the extension headers from `next` on. Returns whether the transport's header was reached;
 * packet->ip_protocol is the last number found, *payload is what is left.
 */
static bool extensions_walk(struct reader *reader, uint32_t *payload, struct packet *packet)
{
	unsigned n = 0;

	while (is_extension(packet->ip_protocol)) {
		bool is_fragment = packet->ip_protocol == NEXT_FRAGMENT;
		uint32_t wanted = is_fragment ? IPV6_EXTENSION_UNIT : 2;
		const uint8_t *header = reader_bytes(reader, wanted);
		uint32_t bytes = IPV6_EXTENSION_UNIT;

		if (n++ == IPV6_EXTENSIONS_MAX) {
			packet_fail(packet, DECODE_TOO_DEEP);
			return false;
		}
		if (!header) {
			packet_short(packet, reader, wanted, DECODE_TRUNCATED_NETWORK);
			return false;
		}
		if (!is_fragment)
			bytes = (header[1] + 1u) * IPV6_EXTENSION_UNIT;
		if (bytes > reader->length) {
			packet_fail(packet, DECODE_BAD_HEADER_LENGTH);
			return false;
		}
		reader_skip(reader, bytes);
		*payload -= bytes;
		packet->ip_protocol = header[0];
		if (is_fragment && !fragment_decode(header, packet))
			break;
	}
	return !is_extension(packet->ip_protocol);
}

void ipv6_decode(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, IPV6_BYTES);
	uint32_t payload;

	packet_link_ends(packet, reader);
	if (!header) {
		packet_short(packet, reader, IPV6_BYTES, DECODE_TRUNCATED_NETWORK);
		return;
	}
	if (header[0] >> 4 != 6) {
		packet_fail(packet, DECODE_BAD_VERSION);
		return;
	}
	packet->network = NETWORK_IPV6;
	packet->protocol = PROTOCOL_OTHER;
	packet->ip_protocol = header[6];
	memcpy(packet->source, header + 8, IP_ADDRESS_BYTES);
	memcpy(packet->destination, header + 24, IP_ADDRESS_BYTES);

	reader_skip(reader, IPV6_BYTES);
	payload = payload_length(reader, read_be16(header + 4), header[6], packet);
	if (payload > reader->length)
		packet_fail(packet, DECODE_BAD_TOTAL_LENGTH);
	reader_limit(reader, payload);
	if (!extensions_walk(reader, &payload, packet))
		return;
	packet->protocol = (uint8_t)protocol_of_number(packet->ip_protocol);
	transport_decode(reader, payload, packet);
}
