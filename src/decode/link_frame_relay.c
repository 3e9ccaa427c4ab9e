/*
 * Frame relay with the encapsulation of RFC 2427 3 or of Cisco, LINKTYPE 107; 206 has a direction
 * byte in front:
 *
 *   0         2 .. 4    +1    (+1)   +1
 *   +---------+---------+-----+-------+---------
 *   | Q.922   | control | pad | NLPID | data ...       the last byte of the address has bit 0 set
 *   | address | 03      | 00  |       |
 *   +---------+---------+-----+-------+---------
 *   | address | EtherType     | data ...               Cisco
 *   +---------+---------------+---------
 *
 * Multilink frame relay (FRF.15, FRF.16), LINKTYPE 182, has two bytes in front, whose first bits
 * say that a frame begins, that it ends, and that it is a control message.
 */
#include "decode/link.h"

#include "decode/failure.h"
#include "decode/network.h"

#define ADDRESS_LEAST_BYTES 2
#define ADDRESS_MOST_BYTES  4
#define ADDRESS_IS_LAST     0x01
#define CONTROL_UI          0x03
#define NLPID_PAD           0x00
#define CISCO_BYTES         2
#define CISCO_TYPE_MINIMUM  0x0600

#define MULTILINK_BYTES    2
#define MULTILINK_KIND     0xe0
#define MULTILINK_IS_WHOLE 0xc0 /* begins, ends, no control message */

/* Takes the address. Returns whether it was there. */
static bool address_skip(struct reader *reader, struct packet *packet)
{
	for (uint32_t bytes = ADDRESS_LEAST_BYTES; bytes <= ADDRESS_MOST_BYTES; bytes++) {
		const uint8_t *address = reader_bytes(reader, bytes);

		if (!address) {
			packet_short(packet, reader, bytes, DECODE_TRUNCATED_LINK);
			return false;
		}
		if (address[bytes - 1] & ADDRESS_IS_LAST) {
			reader_skip(reader, bytes);
			return true;
		}
	}
	packet_fail(packet, DECODE_BAD_HEADER_LENGTH);
	return false;
}

void link_decode_frame_relay(struct reader *reader, struct packet *packet)
{
	const uint8_t *next;

	if (!address_skip(reader, packet))
		return;
	next = reader_bytes(reader, CISCO_BYTES);
	if (!next) {
		packet_short(packet, reader, CISCO_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	if (next[0] == CONTROL_UI) {
		reader_skip(reader, next[1] == NLPID_PAD ? 2 : 1);
		nlpid_decode(reader, packet);
	} else if (read_be16(next) >= CISCO_TYPE_MINIMUM) {
		reader_skip(reader, CISCO_BYTES);
		ethertype_decode(reader, read_be16(next), packet);
	} else {
		network_other(reader, packet);
	}
}

void link_decode_frame_relay_with_direction(struct reader *reader, struct packet *packet)
{
	if (link_skip(reader, DIRECTION_BYTES, packet))
		link_decode_frame_relay(reader, packet);
}

void link_decode_multilink_frame_relay(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, MULTILINK_BYTES);

	if (!header) {
		packet_short(packet, reader, MULTILINK_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	reader_skip(reader, MULTILINK_BYTES);
	if ((header[0] & MULTILINK_KIND) == MULTILINK_IS_WHOLE)
		link_decode_frame_relay(reader, packet);
	else
		network_other(reader, packet);
}
