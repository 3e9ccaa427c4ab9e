/*
 * IP over IEEE 1394 as macOS captures it, LINKTYPE 138. The addresses are EUI-64, not MACs; all ones
 * is everybody:
 *
 *   0             8        16         18
 *   +-------------+--------+----------+---------
 *   | destination | source | EtherType| data ...
 *   +-------------+--------+----------+---------
 */
#include "decode/link.h"

#include "decode/failure.h"

#define FIREWIRE_BYTES 18

void link_decode_firewire(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, FIREWIRE_BYTES);

	if (!header) {
		packet_short(packet, reader, FIREWIRE_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	if (read_be32(header) == UINT32_MAX && read_be32(header + 4) == UINT32_MAX)
		packet->cast = CAST_BROADCAST;
	reader_skip(reader, FIREWIRE_BYTES);
	ethertype_decode(reader, read_be16(header + 16), packet);
}
