/*
 * Ethernet between a switch chip and its processor, with a tag that tells the port:
 *
 *   LINKTYPE 284 (Marvell DSA):     destination, source, tag (4), EtherType
 *   LINKTYPE 285 (Marvell EDSA):    destination, source, dada 00 00, tag (4), EtherType
 *   LINKTYPE 281 (Broadcom):        destination, source, tag (4), EtherType
 *   LINKTYPE 282 (Broadcom, first): tag (4), Ethernet
 *
 *   Marvell's tag:  command (2) | tagged (1) | device (5) | port (5) | .. | priority (3) | VLAN (12)
 *
 * Marvell's takes the place of the frame's VLAN tag, whose id it keeps, with the tagged bit set if
 * there was one. The tags are on the wire between the two, so they count.
 */
#include "decode/link.h"

#include "decode/failure.h"

#define ADDRESS_BYTES  12
#define TAG_BYTES      4
#define TYPE_BYTES     2
#define EDSA_BYTES     4 /* EtherType and reserved, in front of the tag */
#define MARVELL_TAGGED 0x20

/* A header of two addresses, `before` bytes, a tag and an EtherType. Returns it, or NULL. */
static const uint8_t *tagged_header(struct reader *reader, uint32_t before, struct packet *packet)
{
	const uint32_t bytes = ADDRESS_BYTES + before + TAG_BYTES + TYPE_BYTES;
	const uint8_t *header = reader_bytes(reader, bytes);

	if (!header) {
		packet_short(packet, reader, bytes, DECODE_TRUNCATED_LINK);
		return NULL;
	}
	link_macs(packet, header, header + MAC_BYTES);
	reader_skip(reader, bytes);
	return header + ADDRESS_BYTES + before;
}

static void marvell_decode(struct reader *reader, const uint8_t *tag, struct packet *packet)
{
	if (!tag)
		return;
	if (tag[0] & MARVELL_TAGGED)
		link_vlan(reader, read_be16(tag + 2), packet);
	ethertype_decode(reader, read_be16(tag + TAG_BYTES), packet);
}

void link_decode_dsa(struct reader *reader, struct packet *packet)
{
	marvell_decode(reader, tagged_header(reader, 0, packet), packet);
}

void link_decode_edsa(struct reader *reader, struct packet *packet)
{
	marvell_decode(reader, tagged_header(reader, EDSA_BYTES, packet), packet);
}

void link_decode_brcm(struct reader *reader, struct packet *packet)
{
	const uint8_t *tag = tagged_header(reader, 0, packet);

	if (tag)
		ethertype_decode(reader, read_be16(tag + TAG_BYTES), packet);
}

void link_decode_brcm_prepend(struct reader *reader, struct packet *packet)
{
	if (link_skip(reader, TAG_BYTES, packet))
		link_decode_ethernet(reader, packet);
}
