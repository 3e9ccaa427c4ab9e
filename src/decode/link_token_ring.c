/*
 * Token Ring (IEEE 802.5 3.2), LINKTYPE 6:
 *
 *   0    1    2             8          14                  14 + n
 *   +----+----+-------------+----------+-------------------+---------
 *   | AC | FC | destination | source   | routing (n bytes) | LLC ...
 *   +----+----+-------------+----------+-------------------+---------
 *
 * Addresses are written with the group bit highest. That bit of the source says that routing
 * information follows, whose length stands in its first five bits. FC 01...... is an LLC frame.
 */
#include "decode/link.h"

#include <string.h>

#include "decode/failure.h"
#include "decode/network.h"

#define TOKEN_RING_BYTES     14
#define ROUTING_BYTES        2 /* the least */
#define ROUTING_LENGTH       0x1f
#define GROUP_BIT            0x80
#define FRAME_CONTROL_TYPE   0xc0
#define FRAME_CONTROL_IS_LLC 0x40

static enum cast cast_of(const uint8_t destination[MAC_BYTES])
{
	static const uint8_t everybody[MAC_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t this_ring[MAC_BYTES] = {0xc0, 0x00, 0xff, 0xff, 0xff, 0xff};

	if (!(destination[0] & GROUP_BIT))
		return CAST_UNICAST;
	if (memcmp(destination, everybody, MAC_BYTES) == 0 ||
	    memcmp(destination, this_ring, MAC_BYTES) == 0)
		return CAST_BROADCAST;
	return CAST_MULTICAST;
}

/* Returns whether the routing information was passed. */
static bool routing_skip(struct reader *reader, struct packet *packet)
{
	const uint8_t *routing = reader_bytes(reader, ROUTING_BYTES);
	uint32_t bytes;

	if (!routing) {
		packet_short(packet, reader, ROUTING_BYTES, DECODE_TRUNCATED_LINK);
		return false;
	}
	bytes = routing[0] & ROUTING_LENGTH;
	if (bytes < ROUTING_BYTES || bytes > reader->length) {
		packet_fail(packet, DECODE_BAD_HEADER_LENGTH);
		return false;
	}
	reader_skip(reader, bytes);
	return true;
}

void link_decode_token_ring(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, TOKEN_RING_BYTES);

	if (!header) {
		packet_short(packet, reader, TOKEN_RING_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	link_macs(packet, header + 2, header + 8);
	packet->cast = (uint8_t)cast_of(header + 2);
	packet->source_mac[0] &= (uint8_t)~GROUP_BIT;
	reader_skip(reader, TOKEN_RING_BYTES);
	if (header[8] & GROUP_BIT && !routing_skip(reader, packet))
		return;
	if ((header[1] & FRAME_CONTROL_TYPE) == FRAME_CONTROL_IS_LLC)
		llc_decode(reader, packet);
	else
		network_other(reader, packet);
}
