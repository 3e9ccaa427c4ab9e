/*
 * PPP over Ethernet, RFC 2516 4, in a session (EtherType 8864, LINKTYPE 51):
 *
 *   0   4   8      16           32       48
 *   +---+---+------+------------+--------+---------
 *   |ver|typ| code | session id | length | PPP ...
 *   +---+---+------+------------+--------+---------
 *
 * Its length is not compared: that of IP, inside, decides.
 */
#include "decode/link.h"

#include "decode/failure.h"
#include "decode/network.h"

#define PPPOE_BYTES        6
#define PPPOE_CODE_SESSION 0

void pppoe_decode(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, PPPOE_BYTES);

	if (!link_header_enter(reader, packet))
		return;
	if (!header) {
		packet_short(packet, reader, PPPOE_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	reader_skip(reader, PPPOE_BYTES);
	if (header[1] == PPPOE_CODE_SESSION)
		ppp_decode(reader, packet);
	else
		network_other(reader, packet);
}
