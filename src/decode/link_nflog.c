/*
 * Packets that Linux's netfilter logged, LINKTYPE 239: a list of attributes, one of which is the
 * packet from its network header on. Lengths and types are in the byte order of this machine
 * (libpcap turns them), lengths count their own four bytes, and attributes begin at multiples of 4.
 *
 *   0        1         2          4        6      8
 *   +--------+---------+----------+--------+------+---------
 *   | family | version | resource | length | type | value ...
 *   +--------+---------+----------+--------+------+---------
 *
 * Only the packet counts as frame bytes.
 */
#include "decode/link.h"

#include "decode/failure.h"
#include "decode/network.h"

#define NFLOG_BYTES       4
#define ATTRIBUTE_BYTES   4
#define ATTRIBUTES_MAX    64
#define ATTRIBUTE_PAYLOAD 9

#define FAMILY_IPV4 2
#define FAMILY_IPV6 10

static void payload_decode(struct reader *reader, uint8_t family, struct packet *packet)
{
	switch (family) {
	case FAMILY_IPV4:
		ipv4_decode(reader, packet);
		return;
	case FAMILY_IPV6:
		ipv6_decode(reader, packet);
		return;
	default:
		network_other(reader, packet);
	}
}

void link_decode_nflog(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, NFLOG_BYTES);

	if (!header) {
		packet_short(packet, reader, NFLOG_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	reader_skip(reader, NFLOG_BYTES);
	packet->frame_bytes = 0;
	for (int n = 0; n < ATTRIBUTES_MAX; n++) {
		const uint8_t *attribute = reader_bytes(reader, ATTRIBUTE_BYTES);
		uint32_t bytes, padded;

		if (!attribute) {
			packet_short(packet, reader, ATTRIBUTE_BYTES, DECODE_TRUNCATED_LINK);
			return;
		}
		bytes = read_host16(attribute);
		if (bytes < ATTRIBUTE_BYTES) {
			packet_fail(packet, DECODE_BAD_HEADER_LENGTH);
			return;
		}
		if (read_host16(attribute + 2) == ATTRIBUTE_PAYLOAD) {
			reader_skip(reader, ATTRIBUTE_BYTES);
			reader_limit(reader, bytes - ATTRIBUTE_BYTES);
			packet->frame_bytes = reader->length;
			payload_decode(reader, header[0], packet);
			return;
		}
		padded = (bytes + 3) / 4 * 4;
		if (padded > reader->length) {
			packet_fail(packet, DECODE_TRUNCATED_LINK);
			return;
		}
		reader_skip(reader, padded);
	}
	packet_fail(packet, DECODE_TOO_DEEP);
}
