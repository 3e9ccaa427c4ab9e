/*
 * ICMP (RFC 792) and ICMPv6 (RFC 4443 2.1); queries and their replies have an identifier:
 *
 *   0      1      2          4            6          8
 *   +------+------+----------+------------+----------+---------
 *   | type | code | checksum | identifier | sequence | data ...
 *   +------+------+----------+------------+----------+---------
 */
#include "decode/transport.h"

#include "decode/failure.h"

#define ICMP_WANTED_BYTES       2
#define ICMP_BYTES              4
#define ICMP_QUERY_WANTED_BYTES 6
#define ICMP_QUERY_BYTES        8

static bool is_query(const struct packet *packet)
{
	switch (packet->icmp_type) {
	case 0: /* echo reply */
	case 8: /* echo request */
	case 13:
	case 14: /* timestamp */
	case 15:
	case 16: /* information */
	case 17:
	case 18: /* address mask */
		return packet->protocol == PROTOCOL_ICMP;
	case 128: /* echo request */
	case 129: /* echo reply */
		return packet->protocol == PROTOCOL_ICMPV6;
	default:
		return false;
	}
}

/* RFC 792; RFC 4443 3.1: destination unreachable. */
static bool is_unreachable(const struct packet *packet)
{
	return packet->icmp_type == (packet->protocol == PROTOCOL_ICMP ? 3 : 1);
}

void icmp_decode(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, ICMP_WANTED_BYTES);

	if (!header || reader->length < ICMP_BYTES) {
		packet_short(packet, reader, ICMP_BYTES, DECODE_TRUNCATED_TRANSPORT);
		return;
	}
	packet->icmp_type = header[0];
	packet->icmp_code = header[1];
	if (is_unreachable(packet))
		icmp_peek(reader, packet);
	if (!is_query(packet))
		return;

	header = reader_bytes(reader, ICMP_QUERY_WANTED_BYTES);
	if (!header || reader->length < ICMP_QUERY_BYTES) {
		packet_short(packet, reader, ICMP_QUERY_BYTES, DECODE_TRUNCATED_TRANSPORT);
		return;
	}
	packet->source_port = read_be16(header + 4);
	packet->destination_port = packet->source_port;
	packet->flags |= PACKET_ICMP_ID;
}
