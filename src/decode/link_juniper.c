/*
 * Ethernet as a Juniper router captures it, LINKTYPE 178, behind a header of the capture's own:
 *
 *   0            3       4         6
 *   +------------+-------+---------+---------------
 *   | "MGC"      | flags | length  | extensions ...
 *   +------------+-------+---------+---------------
 *                        '-- with flag 80 alone ---'
 *
 * Flag 2 says that the link's own header has been left out.
 */
#include "decode/link.h"

#include "decode/failure.h"
#include "decode/network.h"

#define JUNIPER_BYTES          4
#define JUNIPER_EXTENDED_BYTES 6
#define JUNIPER_MAGIC          0x4d4743
#define FLAG_NO_LINK_HEADER    0x02
#define FLAG_EXTENDED          0x80

void link_decode_juniper_ethernet(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, JUNIPER_BYTES);
	uint32_t bytes = JUNIPER_BYTES;

	if (!header) {
		packet_short(packet, reader, JUNIPER_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	if (read_be32(header) >> 8 != JUNIPER_MAGIC) {
		packet_fail(packet, DECODE_BAD_VERSION);
		return;
	}
	if (header[3] & FLAG_EXTENDED) {
		header = reader_bytes(reader, JUNIPER_EXTENDED_BYTES);
		if (!header) {
			packet_short(packet, reader, JUNIPER_EXTENDED_BYTES, DECODE_TRUNCATED_LINK);
			return;
		}
		bytes = JUNIPER_EXTENDED_BYTES + read_be16(header + JUNIPER_BYTES);
	}
	if (!link_pseudo_skip(reader, bytes, packet))
		return;
	if (header[3] & FLAG_NO_LINK_HEADER)
		network_other(reader, packet);
	else
		link_decode_ethernet(reader, packet);
}
