/*
 * Linux "cooked" captures, of links whose headers libpcap can't or won't show. The whole header is
 * the capture's own: none of it was on a wire. It knows the direction and the kind of destination.
 *
 * LINKTYPE_LINUX_SLL, version 1:
 *   0             2             4               6               14         16
 *   +-------------+-------------+---------------+---------------+----------+---------
 *   | packet type | ARPHRD type | address bytes | sender address| protocol | data ...
 *   +-------------+-------------+---------------+---------------+----------+---------
 * LINKTYPE_LINUX_SLL2, version 2:
 *   0          2          4               8             10            11              12              20
 *   +----------+----------+---------------+-------------+-------------+---------------+---------------+---
 *   | protocol | reserved | interface     | ARPHRD type | packet type | address bytes | sender address|
 *   +----------+----------+---------------+-------------+-------------+---------------+---------------+---
 */
#include "decode/link.h"

#include "decode/failure.h"
#include "decode/network.h"

/* Packet types of linux/if_packet.h. */
enum { COOKED_HOST, COOKED_BROADCAST, COOKED_MULTICAST, COOKED_OTHER_HOST, COOKED_OUTGOING };

/* ARPHRD types of linux/if_arp.h under which the protocol field is no EtherType. */
#define ARPHRD_FRAME_RELAY 770
#define ARPHRD_RADIOTAP    803
#define ARPHRD_NETLINK     824

/* Below 1536 the protocol is a number of Linux's own (linux/if_ether.h), not a length. */
#define COOKED_ETHERTYPE_MINIMUM 0x0600
#define COOKED_LLC               4

static void cooked_decode(struct reader *reader, unsigned packet_type, unsigned hardware,
			  uint16_t protocol, struct packet *packet)
{
	packet->direction = packet_type == COOKED_OUTGOING ? DIRECTION_TRANSMIT : DIRECTION_RECEIVE;
	if (packet_type == COOKED_BROADCAST)
		packet->cast = CAST_BROADCAST;
	else if (packet_type == COOKED_MULTICAST)
		packet->cast = CAST_MULTICAST;

	if (hardware == ARPHRD_FRAME_RELAY)
		link_decode_frame_relay(reader, packet);
	else if (hardware == ARPHRD_RADIOTAP)
		link_decode_radiotap(reader, packet);
	else if (hardware == ARPHRD_NETLINK)
		network_other(reader, packet);
	else if (protocol == COOKED_LLC)
		llc_decode(reader, packet);
	else if (protocol < COOKED_ETHERTYPE_MINIMUM)
		network_other(reader, packet);
	else
		ethertype_decode(reader, protocol, packet);
}

void link_decode_sll(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, SLL_BYTES);

	if (!header) {
		packet_short(packet, reader, SLL_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	reader_skip(reader, SLL_BYTES);
	cooked_decode(reader, read_be16(header), read_be16(header + 2), read_be16(header + 14),
		      packet);
}

void link_decode_sll2(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, SLL2_BYTES);

	if (!header) {
		packet_short(packet, reader, SLL2_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	reader_skip(reader, SLL2_BYTES);
	cooked_decode(reader, header[10], read_be16(header + 8), read_be16(header), packet);
}
