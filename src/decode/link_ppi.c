/*
 * Per-packet information, LINKTYPE 192: a pseudo-header that names the link type behind it, with
 * fields of type, length and value; all little-endian:
 *
 *   0         1       2        4           8
 *   +---------+-------+--------+-----------+------+--------+---------
 *   | version | flags | length | link type | type | length | value ...
 *   +---------+-------+--------+-----------+------+--------+---------
 *
 * The field of wireless LAN, type 2, tells at byte 8 whether the frame ends in its check sequence.
 */
#include "decode/link.h"

#include <pcap/dlt.h>

#include "decode/failure.h"

#define PPI_BYTES            8
#define FIELD_BYTES          4
#define FIELD_WIFI           2
#define FIELD_WIFI_FLAGS     8 /* in its value */
#define FLAGS_CHECK_SEQUENCE 0x0001
#define CHECK_SEQUENCE_BYTES 4
#define LINKTYPE_RAW         101 /* as files name it; libpcap's own number is another one */

static bool has_check_sequence(const struct reader *reader, uint32_t length, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, length);
	uint32_t at = PPI_BYTES;

	if (!header) {
		packet_short(packet, reader, length, DECODE_TRUNCATED_LINK);
		return false;
	}
	while (at + FIELD_BYTES <= length) {
		uint32_t type = read_le16(header + at);
		uint32_t bytes = read_le16(header + at + 2);

		at += FIELD_BYTES;
		if (type == FIELD_WIFI && bytes >= FIELD_WIFI_FLAGS + 2 && at + bytes <= length)
			return read_le16(header + at + FIELD_WIFI_FLAGS) & FLAGS_CHECK_SEQUENCE;
		at += bytes;
	}
	return false;
}

void link_decode_ppi(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, PPI_BYTES);
	uint32_t length;
	uint32_t dlt;
	bool check_sequence;

	if (!header) {
		packet_short(packet, reader, PPI_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	length = read_le16(header + 2);
	dlt = read_le32(header + 4);
	if (length < PPI_BYTES) {
		packet_fail(packet, DECODE_BAD_HEADER_LENGTH);
		return;
	}
	check_sequence = has_check_sequence(reader, length, packet);
	if (!link_pseudo_skip(reader, length, packet))
		return;
	if (check_sequence && reader->length >= CHECK_SEQUENCE_BYTES) {
		reader_limit(reader, reader->length - CHECK_SEQUENCE_BYTES);
		packet->frame_bytes -= CHECK_SEQUENCE_BYTES;
	}
	if (dlt == LINKTYPE_RAW)
		dlt = DLT_RAW;
	link_decode_nested(reader, (int)(dlt & INT32_MAX), packet);
}
