/*
 * What follows an EtherType: the network header, or one of the headers that stand between link and
 * network and end in an EtherType again.
 */
#include "decode/link.h"

#include "decode/failure.h"
#include "decode/network.h"

#define ETHERTYPE_VLAN      0x8100 /* IEEE 802.1Q, customer tag */
#define ETHERTYPE_VLAN_QINQ 0x9100 /* outer tags from before IEEE 802.1ad */
#define ETHERTYPE_VLAN_8AD  0x88a8 /* IEEE 802.1ad, service tag */
#define ETHERTYPE_MPLS      0x8847 /* RFC 3032 5 */
#define ETHERTYPE_MPLS_UP   0x8848 /* upstream-assigned, RFC 5332 3 */
#define ETHERTYPE_PPPOE     0x8864 /* a session; its discovery (8863) carries no packets */

/* IEEE 802.3 3.2.6: what is smaller is the length of an LLC frame. */
#define ETHERTYPE_MINIMUM 0x0600

void ethertype_decode(struct reader *reader, uint16_t type, struct packet *packet)
{
	packet->ethertype = type;
	switch (type) {
	case ETHERTYPE_IPV4:
		ipv4_decode(reader, packet);
		return;
	case ETHERTYPE_IPV6:
		ipv6_decode(reader, packet);
		return;
	case ETHERTYPE_ARP:
		arp_decode(reader, packet);
		return;
	case ETHERTYPE_VLAN:
	case ETHERTYPE_VLAN_QINQ:
	case ETHERTYPE_VLAN_8AD:
		vlan_decode(reader, packet);
		return;
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_UP:
		mpls_decode(reader, packet);
		return;
	case ETHERTYPE_PPPOE:
		pppoe_decode(reader, packet);
		return;
	default:
		if (type < ETHERTYPE_MINIMUM)
			llc_decode(reader, packet);
		else
			network_other(reader, packet);
	}
}
