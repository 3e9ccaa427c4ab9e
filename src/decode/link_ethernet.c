/*
 * Ethernet (IEEE 802.3 3.1.1), LINKTYPE 1, without preamble and check sequence:
 *
 *   0              6              12       14
 *   +--------------+--------------+--------+---------
 *   | destination  | source       | type or| data ...
 *   |              |              | length |
 *   +--------------+--------------+--------+---------
 */
#include "decode/link.h"

#include <string.h>

#include "decode/failure.h"
#include "decode/network.h"

static enum cast cast_of(const uint8_t mac[MAC_BYTES])
{
	static const uint8_t broadcast[MAC_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	if (!(mac[0] & 1))
		return CAST_UNICAST;
	return memcmp(mac, broadcast, MAC_BYTES) ? CAST_MULTICAST : CAST_BROADCAST;
}

void link_macs(struct packet *packet, const uint8_t destination[MAC_BYTES],
	       const uint8_t source[MAC_BYTES])
{
	memcpy(packet->destination_mac, destination, MAC_BYTES);
	memcpy(packet->source_mac, source, MAC_BYTES);
	packet->flags |= PACKET_MACS;
	packet->cast = (uint8_t)cast_of(destination);
}

void link_decode_ethernet(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, ETHERNET_BYTES);

	if (!header) {
		packet_short(packet, reader, ETHERNET_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	link_macs(packet, header, header + 6);
	reader_skip(reader, ETHERNET_BYTES);
	ethertype_decode(reader, read_be16(header + 12), packet);
}

/* The kernel gives the frames of the loopback device this header, with zero addresses. */
void link_decode_loopback(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, ETHERNET_BYTES);

	if (!header) {
		packet_short(packet, reader, ETHERNET_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	reader_skip(reader, ETHERNET_BYTES);
	ethertype_decode(reader, read_be16(header + 12), packet);
}
