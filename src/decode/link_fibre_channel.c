/*
 * IP over Fibre Channel, RFC 2625 3, LINKTYPE 122: the network header, then LLC and SNAP. Its
 * addresses are MACs behind two bytes that say so:
 *
 *   0    2             8    10         16
 *   +----+-------------+----+----------+---------
 *   |NAA | destination |NAA | source   | LLC ...
 *   +----+-------------+----+----------+---------
 */
#include "decode/link.h"

#include "decode/failure.h"

#define NETWORK_HEADER_BYTES 16

void link_decode_ip_over_fc(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, NETWORK_HEADER_BYTES);

	if (!header) {
		packet_short(packet, reader, NETWORK_HEADER_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	link_macs(packet, header + 2, header + 10);
	reader_skip(reader, NETWORK_HEADER_BYTES);
	llc_decode(reader, packet);
}
