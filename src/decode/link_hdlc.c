/*
 * The HDLC framing of Cisco (RFC 1547 4.3.1), LINKTYPE 104; 205 has a direction byte in front:
 *
 *   0         1         2          4
 *   +---------+---------+----------+---------
 *   | address | control | EtherType| data ...
 *   | 0f, 8f  | 00      |          |
 *   +---------+---------+----------+---------
 */
#include "decode/link.h"

#include "decode/failure.h"
#include "decode/network.h"

#define HDLC_BYTES     4
#define HDLC_MULTICAST 0x8f

/* Below this it is no EtherType, nor can it be a length. */
#define HDLC_ETHERTYPE_MINIMUM 0x0600

void link_decode_hdlc(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, HDLC_BYTES);
	uint16_t type;

	if (!header) {
		packet_short(packet, reader, HDLC_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	if (header[0] == HDLC_MULTICAST)
		packet->cast = CAST_MULTICAST;
	type = read_be16(header + 2);
	reader_skip(reader, HDLC_BYTES);
	if (type < HDLC_ETHERTYPE_MINIMUM)
		network_other(reader, packet);
	else
		ethertype_decode(reader, type, packet);
}

void link_decode_hdlc_with_direction(struct reader *reader, struct packet *packet)
{
	if (link_skip(reader, DIRECTION_BYTES, packet))
		link_decode_hdlc(reader, packet);
}
