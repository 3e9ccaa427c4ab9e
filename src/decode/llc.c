/*
 * Logical link control (IEEE 802.2) and the sub-network access protocol on it (IEEE 802):
 *
 *   0      1      2         3             6          8
 *   +------+------+---------+-------------+----------+---------
 *   | DSAP | SSAP | control | OUI         | protocol | data ...
 *   +------+------+---------+-------------+----------+---------
 *                 '-- 3: UI '-- SNAP: only behind aa aa 03 ---'
 *
 * Under OUI 00-00-00 and 00-00-f8 (IEEE 802.1H) the protocol is an EtherType; under 00-80-c2 1 and 7
 * are bridged Ethernet frames, with and without their check sequence (RFC 2427, RFC 2684). Behind
 * fe fe 03 stands a network layer protocol identifier (ISO/IEC TR 9577).
 */
#include "decode/link.h"

#include "decode/failure.h"
#include "decode/network.h"

#define LLC_BYTES  3
#define SNAP_BYTES 5

#define SAP_IP   0x0606 /* RFC 948 */
#define SAP_ARP  0x9898
#define SAP_SNAP 0xaaaa
#define SAP_OSI  0xfefe

#define CONTROL_UI 0x03 /* unnumbered information */

#define OUI_ETHERNET 0x000000
#define OUI_TUNNEL   0x0000f8
#define OUI_BRIDGED  0x0080c2

#define BRIDGED_ETHERNET_FCS 1
#define BRIDGED_ETHERNET     7

#define NLPID_SNAP 0x80
#define NLPID_IPV6 0x8e
#define NLPID_IPV4 0xcc
#define NLPID_PPP  0xcf

void llc_decode(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, LLC_BYTES);

	if (!link_header_enter(reader, packet))
		return;
	if (!header) {
		packet_short(packet, reader, LLC_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	packet->llc_sap = header[0];
	reader_skip(reader, LLC_BYTES);
	if (header[2] != CONTROL_UI) {
		network_other(reader, packet);
		return;
	}
	switch (read_be16(header)) {
	case SAP_SNAP:
		snap_decode(reader, 0, packet);
		return;
	case SAP_IP:
		ipv4_decode(reader, packet);
		return;
	case SAP_ARP:
		arp_decode(reader, packet);
		return;
	case SAP_OSI:
		nlpid_decode(reader, packet);
		return;
	default:
		network_other(reader, packet);
	}
}

void snap_decode(struct reader *reader, uint32_t pad, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, SNAP_BYTES);
	uint32_t oui;
	uint16_t protocol;

	if (!header) {
		packet_short(packet, reader, SNAP_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	oui = read_be32(header) >> 8;
	protocol = read_be16(header + 3);
	reader_skip(reader, SNAP_BYTES);
	if (oui == OUI_ETHERNET || oui == OUI_TUNNEL) {
		ethertype_decode(reader, protocol, packet);
	} else if (oui == OUI_BRIDGED &&
		   (protocol == BRIDGED_ETHERNET || protocol == BRIDGED_ETHERNET_FCS)) {
		if (link_header_enter(reader, packet) && link_skip(reader, pad, packet))
			link_decode_ethernet(reader, packet);
	} else {
		network_other(reader, packet);
	}
}

void nlpid_decode(struct reader *reader, struct packet *packet)
{
	const uint8_t *nlpid = reader_bytes(reader, 1);

	if (!nlpid) {
		packet_short(packet, reader, 1, DECODE_TRUNCATED_LINK);
		return;
	}
	reader_skip(reader, 1);
	switch (*nlpid) {
	case NLPID_IPV4:
		ipv4_decode(reader, packet);
		return;
	case NLPID_IPV6:
		ipv6_decode(reader, packet);
		return;
	case NLPID_SNAP:
		snap_decode(reader, 0, packet);
		return;
	case NLPID_PPP:
		ppp_decode(reader, packet);
		return;
	default:
		network_other(reader, packet);
	}
}
