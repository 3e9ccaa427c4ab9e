/*
 * Wireless LAN (IEEE 802.11-2020 9.2.3, 9.3), LINKTYPE 105, and behind each of the radio headers:
 *
 *   0         2          4         10        16        22    24        (30)  (32)  (36)
 *   +---------+----------+---------+---------+---------+-----+---------+-----+-----+---------
 *   | frame   | duration | address | address | address | seq | address | QoS | HT  | LLC ...
 *   | control |          | 1       | 2       | 3       |     | 4       |     |     |
 *   +---------+----------+---------+---------+---------+-----+---------+-----+-----+---------
 *
 *   frame control, first byte:  subtype (4) | type (2) | version (2)
 *   second byte:                order | protected | ... | from DS | to DS
 *
 * Address 4 is there if both DS bits are set, QoS control if the data subtype says so, HT control
 * if the order bit is set as well. Only data frames that are not encrypted, and the first piece of
 * those that the link cut, show a network header.
 */
#include "decode/link.h"

#include "decode/failure.h"
#include "decode/network.h"

#define FRAME_CONTROL_BYTES 2
#define CONTROL_BYTES       10 /* the least: up to address 1 */
#define HEADER_BYTES        24 /* up to the sequence control */
#define ADDRESS_1           4
#define ADDRESS_2           10
#define ADDRESS_3           16
#define SEQUENCE            22
#define ADDRESS_4           24

#define QOS_BYTES 2
#define HT_BYTES  4

enum { TYPE_MANAGEMENT, TYPE_CONTROL, TYPE_DATA };
#define SUBTYPE_NO_DATA 4
#define SUBTYPE_QOS     8

#define FLAG_TO_DS     0x01
#define FLAG_FROM_DS   0x02
#define FLAG_PROTECTED 0x40
#define FLAG_ORDER     0x80

#define SEQUENCE_FRAGMENT 0x000f
#define QOS_AMSDU         0x80 /* of its first byte */
#define QOS_MESH          0x01 /* of its second byte, in a mesh (9.2.4.5.1) */

/* Mesh control (9.2.4.7.3): flags, time to live, sequence, 0 to 2 more addresses. */
#define MESH_BYTES     6
#define MESH_ADDRESSES 0x03

/* The first of several MSDUs in one frame (9.3.2.2.2): destination, source, length, then LLC. */
#define SUBFRAME_BYTES 14

static void data_addresses(const uint8_t *header, unsigned flags, struct packet *packet)
{
	switch (flags & (FLAG_TO_DS | FLAG_FROM_DS)) {
	case 0:
		link_macs(packet, header + ADDRESS_1, header + ADDRESS_2);
		return;
	case FLAG_TO_DS:
		link_macs(packet, header + ADDRESS_3, header + ADDRESS_2);
		return;
	case FLAG_FROM_DS:
		link_macs(packet, header + ADDRESS_1, header + ADDRESS_3);
		return;
	default:
		link_macs(packet, header + ADDRESS_3, header + ADDRESS_4);
	}
}

/* Returns whether the mesh control was passed. */
static bool mesh_skip(struct reader *reader, struct packet *packet)
{
	const uint8_t *mesh = reader_bytes(reader, MESH_BYTES);
	uint32_t bytes;

	if (!mesh) {
		packet_short(packet, reader, MESH_BYTES, DECODE_TRUNCATED_LINK);
		return false;
	}
	bytes = MESH_BYTES + (mesh[0] & MESH_ADDRESSES) * (uint32_t)MAC_BYTES;
	if (bytes > reader->length) {
		packet_fail(packet, DECODE_TRUNCATED_LINK);
		return false;
	}
	reader_skip(reader, bytes);
	return true;
}

static void subframe_decode(struct reader *reader, struct packet *packet)
{
	const uint8_t *subframe = reader_bytes(reader, SUBFRAME_BYTES);

	if (!subframe) {
		packet_short(packet, reader, SUBFRAME_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	link_macs(packet, subframe, subframe + MAC_BYTES);
	reader_skip(reader, SUBFRAME_BYTES);
	llc_decode(reader, packet);
}

static void data_decode(struct reader *reader, const uint8_t *control, bool padded,
			struct packet *packet)
{
	const unsigned subtype = control[0] >> 4;
	const unsigned flags = control[1];
	const bool four_addresses = (flags & FLAG_TO_DS) && (flags & FLAG_FROM_DS);
	const bool has_qos = subtype & SUBTYPE_QOS;
	uint32_t bytes = HEADER_BYTES + (four_addresses ? MAC_BYTES : 0);
	const uint32_t qos_at = bytes;
	unsigned qos = 0, qos_high = 0;
	const uint8_t *header;

	if (has_qos)
		bytes += QOS_BYTES + (flags & FLAG_ORDER ? HT_BYTES : 0);
	header = reader_bytes(reader, bytes);
	if (!header) {
		packet_short(packet, reader, bytes, DECODE_TRUNCATED_LINK);
		return;
	}
	data_addresses(header, flags, packet);
	if (has_qos) {
		qos = header[qos_at];
		qos_high = header[qos_at + 1];
	}
	reader_skip(reader, bytes);
	if (padded) {
		uint32_t pad = -bytes % 4;

		reader_skip(reader, pad < reader->length ? pad : reader->length);
	}
	if (subtype & SUBTYPE_NO_DATA || flags & FLAG_PROTECTED ||
	    read_le16(header + SEQUENCE) & SEQUENCE_FRAGMENT) {
		network_other(reader, packet);
		return;
	}
	if (four_addresses && qos_high & QOS_MESH && !mesh_skip(reader, packet))
		return;
	if (qos & QOS_AMSDU)
		subframe_decode(reader, packet);
	else
		llc_decode(reader, packet);
}

static void management_decode(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, HEADER_BYTES);

	if (!header) {
		packet_short(packet, reader, HEADER_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	link_macs(packet, header + ADDRESS_1, header + ADDRESS_2);
	reader_skip(reader, HEADER_BYTES);
	network_other(reader, packet);
}

void wifi_decode(struct reader *reader, bool padded, struct packet *packet)
{
	const uint8_t *control = reader_bytes(reader, FRAME_CONTROL_BYTES);

	if (!control) {
		packet_short(packet, reader, FRAME_CONTROL_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	switch (control[0] >> 2 & 3) {
	case TYPE_DATA:
		data_decode(reader, control, padded, packet);
		return;
	case TYPE_MANAGEMENT:
		management_decode(reader, packet);
		return;
	case TYPE_CONTROL:
		if (!reader_bytes(reader, CONTROL_BYTES))
			packet_short(packet, reader, CONTROL_BYTES, DECODE_TRUNCATED_LINK);
		else
			network_other(reader, packet);
		return;
	default:
		network_other(reader, packet);
	}
}

void link_decode_wifi(struct reader *reader, struct packet *packet)
{
	wifi_decode(reader, false, packet);
}
