/*
 * Logical link control (IEEE 802.2) and the sub-network access protocol on it (IEEE 802):
 *
 *   0      1      2         3             6          8
 *   +------+------+---------+-------------+----------+---------
 *   | DSAP | SSAP | control | OUI         | protocol | data ...
 *   +------+------+---------+-------------+----------+---------
 *                 '-- 3: UI '-- SNAP: only behind aa aa 03 ---'
 *
 * Under OUI 00-00-00 and 00-00-f8 (IEEE 802.1H) the protocol is an EtherType.
 */
#include "decode/link.h"

#include "decode/failure.h"
#include "decode/network.h"

#define LLC_BYTES  3
#define SNAP_BYTES 8

#define SAP_IP       0x06 /* RFC 948 */
#define SAP_ARP      0x98
#define SAP_SNAP     0xaa
#define CONTROL_UI   0x03
#define OUI_ETHERNET 0x000000
#define OUI_TUNNEL   0x0000f8

static void snap_decode(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, SNAP_BYTES);
	uint32_t oui;

	if (!header) {
		packet_short(packet, reader, SNAP_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	oui = read_be32(header + 2) & 0xffffff;
	reader_skip(reader, SNAP_BYTES);
	if (oui == OUI_ETHERNET || oui == OUI_TUNNEL)
		ethertype_decode(reader, read_be16(header + 6), packet);
	else
		network_other(reader, packet);
}

void llc_decode(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, LLC_BYTES);
	uint32_t saps;

	if (!link_header_enter(reader, packet))
		return;
	if (!header) {
		packet_short(packet, reader, LLC_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	saps = read_be16(header);
	if (header[2] == CONTROL_UI && saps == (SAP_SNAP << 8 | SAP_SNAP)) {
		snap_decode(reader, packet);
		return;
	}
	reader_skip(reader, LLC_BYTES);
	if (header[2] == CONTROL_UI && saps == (SAP_IP << 8 | SAP_IP))
		ipv4_decode(reader, packet);
	else if (header[2] == CONTROL_UI && saps == (SAP_ARP << 8 | SAP_ARP))
		arp_decode(reader, packet);
	else
		network_other(reader, packet);
}
