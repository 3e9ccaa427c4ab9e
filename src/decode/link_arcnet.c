/*
 * ARCNET with the headers of RFC 1201 and, for the two old types, RFC 1051; LINKTYPE 7 as the BSDs
 * capture it, LINKTYPE 129 as Linux does, with the packet's place in the card's buffer:
 *
 *   0        1             2               (+2)   +1     +2       +4
 *   +--------+-------------+---------------+------+------+--------+---------
 *   | source | destination | offset (Linux)| type | split| number | data ...
 *   +--------+-------------+---------------+------+------+--------+---------
 *                                                 '-- not RFC 1051'
 *
 * A split flag of ff makes an exception packet, with four more bytes that repeat the header. Even
 * split flags above 0 are the later pieces of a packet, which the link puts together. Destination 0
 * is everybody.
 */
#include "decode/link.h"

#include "decode/failure.h"
#include "decode/network.h"

#define ADDRESS_BYTES   2
#define OFFSET_BYTES    2
#define OLD_BYTES       1 /* the type */
#define NEW_BYTES       4
#define EXCEPTION_BYTES 4
#define SPLIT_EXCEPTION 0xff

enum {
	ARCNET_IPV6 = 196,
	ARCNET_IPV4 = 212,
	ARCNET_ARP = 213,
	ARCNET_IPV4_OLD = 240,
	ARCNET_ARP_OLD = 241
};

static void type_decode(struct reader *reader, uint8_t type, struct packet *packet)
{
	switch (type) {
	case ARCNET_IPV4:
	case ARCNET_IPV4_OLD:
		ipv4_decode(reader, packet);
		return;
	case ARCNET_IPV6:
		ipv6_decode(reader, packet);
		return;
	case ARCNET_ARP:
	case ARCNET_ARP_OLD:
		arp_decode(reader, packet);
		return;
	default:
		network_other(reader, packet);
	}
}

static void arcnet_decode(struct reader *reader, uint32_t type_offset, struct packet *packet)
{
	uint32_t wanted = type_offset + OLD_BYTES;
	const uint8_t *header = reader_bytes(reader, wanted);
	uint8_t type = header ? header[type_offset] : 0;
	uint8_t split;

	if (header && type != ARCNET_IPV4_OLD && type != ARCNET_ARP_OLD) {
		wanted = type_offset + NEW_BYTES;
		header = reader_bytes(reader, wanted);
		if (header && header[type_offset + 1] == SPLIT_EXCEPTION) {
			wanted += EXCEPTION_BYTES;
			header = reader_bytes(reader, wanted);
		}
	}
	if (!header) {
		packet_short(packet, reader, wanted, DECODE_TRUNCATED_LINK);
		return;
	}
	if (header[1] == 0)
		packet->cast = CAST_BROADCAST;
	split = wanted == type_offset + NEW_BYTES ? header[type_offset + 1] : 0;
	reader_skip(reader, wanted);
	if (split > 0 && split % 2 == 0)
		network_other(reader, packet);
	else
		type_decode(reader, type, packet);
}

void link_decode_arcnet(struct reader *reader, struct packet *packet)
{
	arcnet_decode(reader, ADDRESS_BYTES, packet);
}

void link_decode_arcnet_linux(struct reader *reader, struct packet *packet)
{
	arcnet_decode(reader, ADDRESS_BYTES + OFFSET_BYTES, packet);
}
