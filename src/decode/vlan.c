/*
 * A VLAN tag behind its EtherType (IEEE 802.1Q 9.6):
 *
 *   0                    2          4
 *   +-----+-+------------+----------+---------
 *   | PCP |D| VLAN id    | EtherType| data ...
 *   +-----+-+------------+----------+---------
 *
 * The ids of the outer two are kept, by their place: a priority tag (id 0) in front of a tag with
 * id 5 gives { 0, 5 }.
 */
#include "decode/link.h"

#include "decode/failure.h"

#define TAG_BYTES 4
#define VLAN_ID   0x0fff

void link_vlan(struct reader *reader, uint16_t control, struct packet *packet)
{
	if (reader->tags < 2)
		packet->vlan[reader->tags++] = control & VLAN_ID;
}

void vlan_decode(struct reader *reader, struct packet *packet)
{
	const uint8_t *tag = reader_bytes(reader, TAG_BYTES);

	if (!link_header_enter(reader, packet))
		return;
	if (!tag) {
		packet_short(packet, reader, TAG_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	link_vlan(reader, read_be16(tag), packet);
	reader_skip(reader, TAG_BYTES);
	ethertype_decode(reader, read_be16(tag + 2), packet);
}
