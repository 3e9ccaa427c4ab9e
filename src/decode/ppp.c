/*
 * PPP, RFC 1661 2, and its HDLC-like framing, RFC 1662 3.1:
 *
 *   0         1         2          4
 *   +---------+---------+----------+---------
 *   | address | control | protocol | data ...
 *   | ff      | 03      | 1 or 2   |
 *   +---------+---------+----------+---------
 *
 * Address and control may be left out (address-and-control-field compression), and a protocol below
 * 256 may be one byte, which is odd then (protocol-field compression, RFC 1661 6.5).
 */
#include "decode/link.h"

#include "decode/failure.h"
#include "decode/network.h"

#define FRAMING_BYTES    2
#define FRAMING_ADDRESS  0xff
#define FRAMING_CONTROL  0x03
#define HDLC_UNICAST     0x0f
#define HDLC_MULTICAST   0x8f
#define PROTOCOL_IS_LAST 0x01 /* of a byte of the protocol field */

enum { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057, PPP_MPLS = 0x0281, PPP_MPLS_MULTICAST = 0x0283 };

void ppp_decode(struct reader *reader, struct packet *packet)
{
	const uint8_t *field = reader_bytes(reader, 1);
	uint32_t wanted = 1;

	if (field && !(*field & PROTOCOL_IS_LAST))
		field = reader_bytes(reader, ++wanted);
	if (!field) {
		packet_short(packet, reader, wanted, DECODE_TRUNCATED_LINK);
		return;
	}
	reader_skip(reader, wanted);
	switch (wanted == 1 ? *field : read_be16(field)) {
	case PPP_IPV4:
		ipv4_decode(reader, packet);
		return;
	case PPP_IPV6:
		ipv6_decode(reader, packet);
		return;
	case PPP_MPLS:
	case PPP_MPLS_MULTICAST:
		mpls_decode(reader, packet);
		return;
	default:
		network_other(reader, packet);
	}
}

void link_decode_ppp(struct reader *reader, struct packet *packet)
{
	const uint8_t *framing = reader_bytes(reader, FRAMING_BYTES);

	if (!framing && reader->length >= FRAMING_BYTES) {
		packet->flags |= PACKET_SNAPPED;
		return;
	}
	if (framing && framing[0] == FRAMING_ADDRESS && framing[1] == FRAMING_CONTROL)
		reader_skip(reader, FRAMING_BYTES);
	ppp_decode(reader, packet);
}

/* LINKTYPE 50: a serial line also carries the HDLC of Cisco, told by its address. */
void link_decode_ppp_serial(struct reader *reader, struct packet *packet)
{
	const uint8_t *address = reader_bytes(reader, 1);

	if (address && (*address == HDLC_UNICAST || *address == HDLC_MULTICAST))
		link_decode_hdlc(reader, packet);
	else
		link_decode_ppp(reader, packet);
}

/* LINKTYPE 166: the address has been overwritten with the direction, the control byte stands. */
void link_decode_ppp_pppd(struct reader *reader, struct packet *packet)
{
	if (link_skip(reader, FRAMING_BYTES, packet))
		ppp_decode(reader, packet);
}

/* LINKTYPE 204: a byte with the direction in front. */
void link_decode_ppp_with_direction(struct reader *reader, struct packet *packet)
{
	if (link_skip(reader, DIRECTION_BYTES, packet))
		link_decode_ppp(reader, packet);
}
