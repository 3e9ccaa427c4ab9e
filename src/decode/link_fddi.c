/*
 * FDDI (ANSI X3.139), LINKTYPE 10:
 *
 *   0    1             7          13
 *   +----+-------------+----------+---------
 *   | FC | destination | source   | LLC ...
 *   +----+-------------+----------+---------
 *
 * Captures hold the addresses in the order of the ring, each byte with its bits reversed. FC
 * .101.... is an LLC frame; the others are of station management or the ring's own.
 */
#include "decode/link.h"

#include "decode/failure.h"
#include "decode/network.h"

#define FDDI_BYTES           13
#define FRAME_CONTROL_TYPE   0x70
#define FRAME_CONTROL_IS_LLC 0x50

static void mac_reverse(uint8_t canonical[MAC_BYTES], const uint8_t mac[MAC_BYTES])
{
	for (int i = 0; i < MAC_BYTES; i++) {
		unsigned byte = mac[i];

		byte = (byte & 0x0f) << 4 | byte >> 4;
		byte = (byte & 0x33) << 2 | (byte & 0xcc) >> 2;
		byte = (byte & 0x55) << 1 | (byte & 0xaa) >> 1;
		canonical[i] = (uint8_t)byte;
	}
}

void link_decode_fddi(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, FDDI_BYTES);
	uint8_t destination[MAC_BYTES];
	uint8_t source[MAC_BYTES];

	if (!header) {
		packet_short(packet, reader, FDDI_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	mac_reverse(destination, header + 1);
	mac_reverse(source, header + 7);
	link_macs(packet, destination, source);
	reader_skip(reader, FDDI_BYTES);
	if ((header[0] & FRAME_CONTROL_TYPE) == FRAME_CONTROL_IS_LLC)
		llc_decode(reader, packet);
	else
		network_other(reader, packet);
}
