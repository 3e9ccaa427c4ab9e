/*
 * Links without addresses of their own: bare IP (LINKTYPE 101, 228, 229), and the four bytes of a
 * BSD address family in front of it (LINKTYPE 0 in the byte order of the machine that wrote the
 * capture, LINKTYPE 108 in network byte order):
 *
 *   0                4
 *   +----------------+---------
 *   | address family | data ...
 *   +----------------+---------
 *
 * The family was never on a wire. Every frame is unicast: the link says nothing else.
 */
#include "decode/link.h"

#include "decode/failure.h"
#include "decode/network.h"

void link_decode_raw(struct reader *reader, struct packet *packet)
{
	ip_decode(reader, packet);
}

void link_decode_ipv4(struct reader *reader, struct packet *packet)
{
	ipv4_decode(reader, packet);
}

void link_decode_ipv6(struct reader *reader, struct packet *packet)
{
	ipv6_decode(reader, packet);
}

void family_decode(struct reader *reader, uint32_t family, struct packet *packet)
{
	switch (family) {
	case 2:
		ipv4_decode(reader, packet);
		return;
	case 10: /* AF_INET6 of Linux, */
	case 24: /* NetBSD and OpenBSD, */
	case 28: /* FreeBSD, */
	case 30: /* macOS */
		ipv6_decode(reader, packet);
		return;
	default:
		network_other(reader, packet);
	}
}

/* Families are small numbers, so the upper half tells the writer's byte order. */
void link_decode_null(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, NULL_BYTES);
	uint32_t family;

	if (!header) {
		packet_short(packet, reader, NULL_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	family = read_be32(header);
	reader_skip(reader, NULL_BYTES);
	family_decode(reader, family < 0x10000 ? family : read_le32(header), packet);
}

void link_decode_loop(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, NULL_BYTES);

	if (!header) {
		packet_short(packet, reader, NULL_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	reader_skip(reader, NULL_BYTES);
	family_decode(reader, read_be32(header), packet);
}
