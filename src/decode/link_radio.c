/*
 * What radios say about a frame of wireless LAN, in front of it and never on the air:
 *
 *   radiotap, LINKTYPE 127; all little-endian; bit 31 of a present word announces another:
 *   0         1     2        4              8
 *   +---------+-----+--------+--------------+-----+--------------------
 *   | version | pad | length | present word | ... | fields, aligned ...
 *   +---------+-----+--------+--------------+-----+--------------------
 *   AVS, LINKTYPE 163, big-endian:           Prism, LINKTYPE 119: 144 bytes, or AVS as well
 *   0         4        8
 *   +---------+--------+---------
 *   | version | length | ...
 *   +---------+--------+---------
 *
 * Only radiotap tells whether the frame ends in its check sequence.
 */
#include "decode/link.h"

#include "decode/failure.h"

#define RADIOTAP_BYTES        8
#define RADIOTAP_MORE_PRESENT 0x80000000
#define RADIOTAP_TIME         0x00000001 /* field 0: 8 bytes, aligned to 8 */
#define RADIOTAP_TIME_BYTES   8
#define RADIOTAP_FLAGS        0x00000002 /* field 1: a byte */
#define FLAGS_CHECK_SEQUENCE  0x10
#define FLAGS_PADDED          0x20

#define AVS_BYTES   8
#define AVS_VERSION 0x80211000 /* and its revision in the last byte */

#define PRISM_BYTES 144

#define CHECK_SEQUENCE_BYTES 4

/* The flags field, which stands behind all present words, or 0 where there is none. */
static unsigned radiotap_flags(const struct reader *reader, uint32_t length)
{
	const uint8_t *header = reader_bytes(reader, length);
	uint32_t at = RADIOTAP_BYTES;
	uint32_t present, more;

	if (!header)
		return 0;
	present = read_le32(header + 4);
	for (more = present; more & RADIOTAP_MORE_PRESENT; at += 4) {
		if (at + 4 > length)
			return 0;
		more = read_le32(header + at);
	}
	if (!(present & RADIOTAP_FLAGS))
		return 0;
	if (present & RADIOTAP_TIME)
		at = (at + 7) / 8 * 8 + RADIOTAP_TIME_BYTES;
	return at < length ? header[at] : 0;
}

void link_decode_radiotap(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, RADIOTAP_BYTES);
	uint32_t length;
	unsigned flags;

	if (!header) {
		packet_short(packet, reader, RADIOTAP_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	length = read_le16(header + 2);
	if (length < RADIOTAP_BYTES) {
		packet_fail(packet, DECODE_BAD_HEADER_LENGTH);
		return;
	}
	flags = radiotap_flags(reader, length);
	if (!link_pseudo_skip(reader, length, packet))
		return;
	if (flags & FLAGS_CHECK_SEQUENCE && reader->length >= CHECK_SEQUENCE_BYTES) {
		reader_limit(reader, reader->length - CHECK_SEQUENCE_BYTES);
		packet->frame_bytes -= CHECK_SEQUENCE_BYTES;
	}
	wifi_decode(reader, flags & FLAGS_PADDED, packet);
}

void link_decode_avs(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, AVS_BYTES);
	uint32_t length;

	if (!header) {
		packet_short(packet, reader, AVS_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	length = read_be32(header + 4);
	if (length < AVS_BYTES) {
		packet_fail(packet, DECODE_BAD_HEADER_LENGTH);
		return;
	}
	if (link_pseudo_skip(reader, length, packet))
		link_decode_wifi(reader, packet);
}

void link_decode_prism(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, 4);

	if (!header && reader->length >= 4)
		packet->flags |= PACKET_SNAPPED; /* either of the two */
	else if (header && (read_be32(header) & 0xfffff000) == AVS_VERSION)
		link_decode_avs(reader, packet);
	else if (link_pseudo_skip(reader, PRISM_BYTES, packet))
		link_decode_wifi(reader, packet);
}
