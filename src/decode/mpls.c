/*
 * A stack of MPLS labels, RFC 3032 2.1:
 *
 *   0        19   22  23      31
 *   +--------+----+---+-------+
 *   | label  | TC | S | TTL   |   S: bottom of the stack
 *   +--------+----+---+-------+
 *
 * Nothing says what follows but its first nibble: 4 and 6 are IP (RFC 4928), and the rest, such as
 * the control word of a pseudowire, is no network protocol of ours.
 */
#include "decode/link.h"

#include "decode/failure.h"
#include "decode/network.h"

#define LABEL_BYTES  4
#define LABEL_BOTTOM 0x01 /* of the third byte */

static void labelled_decode(struct reader *reader, struct packet *packet)
{
	const uint8_t *first = reader_bytes(reader, 1);

	if (!first) {
		packet_link_ends(packet, reader);
		packet_short(packet, reader, 1, DECODE_TRUNCATED_NETWORK);
	} else if (*first >> 4 == 4) {
		ipv4_decode(reader, packet);
	} else if (*first >> 4 == 6) {
		ipv6_decode(reader, packet);
	} else {
		network_other(reader, packet);
	}
}

void mpls_decode(struct reader *reader, struct packet *packet)
{
	const uint8_t *label;

	do {
		label = reader_bytes(reader, LABEL_BYTES);
		if (!link_header_enter(reader, packet))
			return;
		if (!label) {
			packet_short(packet, reader, LABEL_BYTES, DECODE_TRUNCATED_LINK);
			return;
		}
		reader_skip(reader, LABEL_BYTES);
	} while (!(label[2] & LABEL_BOTTOM));
	labelled_decode(reader, packet);
}
