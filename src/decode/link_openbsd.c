/*
 * What OpenBSD and its kin show of their packet filter and of IPsec; neither header was on a wire:
 *
 *   PFLOG, LINKTYPE 117                      ENC, LINKTYPE 109
 *   0        1        2                      0        4     8       12
 *   +--------+--------+---------             +--------+-----+-------+---------
 *   | length | family | ... IP ...           | family | SPI | flags | IP ...
 *   +--------+--------+---------             +--------+-----+-------+---------
 *
 * PFLOG's length is rounded up to a multiple of 4; ENC's family is in the writer's byte order.
 */
#include "decode/link.h"

#include "decode/failure.h"

#define PFLOG_LEAST_BYTES 4

void link_decode_pflog(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, 2);
	uint32_t bytes;

	if (!header) {
		packet_short(packet, reader, 2, DECODE_TRUNCATED_LINK);
		return;
	}
	bytes = (header[0] + 3u) / 4 * 4;
	if (bytes < PFLOG_LEAST_BYTES) {
		packet_fail(packet, DECODE_BAD_HEADER_LENGTH);
		return;
	}
	if (link_pseudo_skip(reader, bytes, packet))
		family_decode(reader, header[1], packet);
}

void link_decode_enc(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, ENC_BYTES);
	uint32_t family;

	if (!header) {
		packet_short(packet, reader, ENC_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	family = read_be32(header);
	reader_skip(reader, ENC_BYTES);
	family_decode(reader, family < 0x10000 ? family : read_le32(header), packet);
}
