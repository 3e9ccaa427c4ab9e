/*
 * Words for the numbers that IANA and IEEE have assigned: types and codes of ICMP, types of IGMP and
 * OSPF, operations of ARP, EtherTypes and service access points of what is not IP.
 */
#include "family/packet_detail.h"

#include <string.h>

#include "family/family.h"

struct word {
	uint16_t number;
	const char *text;
};

/* RFC 792, RFC 950, RFC 1256 */
static const struct word icmp_types[] = {
	{0, "echo reply"},           {3, "destination unreachable"},
	{4, "source quench"},        {5, "redirect"},
	{8, "echo request"},         {9, "router advertisement"},
	{10, "router solicitation"}, {11, "time exceeded"},
	{12, "parameter problem"},   {13, "timestamp request"},
	{14, "timestamp reply"},     {15, "information request"},
	{16, "information reply"},   {17, "address mask request"},
	{18, "address mask reply"},
};

/* RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1 */
static const struct word icmp_unreachable[] = {
	{0, "network"},
	{1, "host"},
	{2, "protocol"},
	{3, "port"},
	{4, "fragmentation needed"},
	{5, "source route failed"},
	{6, "network unknown"},
	{7, "host unknown"},
	{8, "source isolated"},
	{9, "network prohibited"},
	{10, "host prohibited"},
	{11, "network, for this service"},
	{12, "host, for this service"},
	{13, "filtered"},
	{14, "precedence violated"},
	{15, "precedence too low"},
};

static const struct word icmp_redirect[] = {
	{0, "network"},
	{1, "host"},
	{2, "network, for this service"},
	{3, "host, for this service"},
};

static const struct word time_exceeded[] = {{0, "in transit"}, {1, "reassembly"}};

/* RFC 4443, RFC 4861, RFC 2710, RFC 3810 */
static const struct word icmpv6_types[] = {
	{1, "destination unreachable"},
	{2, "packet too big"},
	{3, "time exceeded"},
	{4, "parameter problem"},
	{128, "echo request"},
	{129, "echo reply"},
	{130, "listener query"},
	{131, "listener report"},
	{132, "listener done"},
	{133, "router solicitation"},
	{134, "router advertisement"},
	{135, "neighbor solicitation"},
	{136, "neighbor advertisement"},
	{137, "redirect"},
	{143, "listener report"},
};

static const struct word icmpv6_unreachable[] = {
	{0, "no route"}, {1, "prohibited"},     {2, "beyond scope"},   {3, "address"},
	{4, "port"},     {5, "source address"}, {6, "route rejected"},
};

/* RFC 1112, RFC 2236, RFC 3376 */
static const struct word igmp_types[] = {
	{0x11, "membership query"}, {0x12, "membership report"}, {0x16, "membership report"},
	{0x17, "leave group"},      {0x22, "membership report"},
};

/* RFC 2328 A.3.1 */
static const struct word ospf_types[] = {
	{1, "hello"},
	{2, "database description"},
	{3, "link state request"},
	{4, "link state update"},
	{5, "link state acknowledgement"},
};

/* RFC 826, RFC 2390 */
static const struct word arp_operations[] = {
	{1, "request"}, {2, "reply"}, {8, "inverse request"}, {9, "inverse reply"}};

static const struct word ethertypes[] = {
	{0x0842, "wake on LAN"},     {0x6001, "DEC MOP"},       {0x6002, "DEC MOP"},
	{0x6003, "DECnet"},          {0x6004, "DEC LAT"},       {0x8035, "RARP"},
	{0x809b, "AppleTalk"},       {0x80f3, "AppleTalk ARP"}, {0x8137, "IPX"},
	{0x8863, "PPPoE discovery"}, {0x888e, "EAPOL"},         {0x88cc, "LLDP"},
	{0x88e1, "HomePlug"},        {0x88e5, "MACsec"},        {0x88f7, "PTP"},
	{0x893a, "IEEE 1905"},       {0x9000, "loopback test"},
};

/* IEEE 802.2: numbers of the standard groups at IEEE. */
static const struct word llc_saps[] = {
	{0x42, "spanning tree"}, {0xaa, "SNAP"}, {0xe0, "IPX"}, {0xf0, "NetBIOS"}, {0xfe, "OSI"}};

static const char *find(const struct word *words, size_t n, uint16_t number)
{
	for (size_t i = 0; i < n; i++)
		if (words[i].number == number)
			return words[i].text;
	return "";
}

#define FIND(words, number) find(words, COUNT(words), number)

bool packet_has_icmp(const struct packet *packet)
{
	bool is_icmp = packet->protocol == PROTOCOL_ICMP || packet->protocol == PROTOCOL_ICMPV6;
	bool is_whole = packet->error == DECODE_OK &&
			!(packet->flags & (PACKET_LATER_FRAGMENT | PACKET_SNAPPED));

	/* An echo reply is 0 and 0, as is what was not read. */
	return is_icmp && (is_whole || packet->icmp_type || packet->icmp_code);
}

static const char *icmp_code(const struct packet *packet)
{
	bool is_icmpv6 = packet->protocol == PROTOCOL_ICMPV6;

	switch (packet->icmp_type) {
	case 1:
		return is_icmpv6 ? FIND(icmpv6_unreachable, packet->icmp_code) : "";
	case 3:
		return is_icmpv6 ? FIND(time_exceeded, packet->icmp_code)
				 : FIND(icmp_unreachable, packet->icmp_code);
	case 5:
		return is_icmpv6 ? "" : FIND(icmp_redirect, packet->icmp_code);
	case 11:
		return is_icmpv6 ? "" : FIND(time_exceeded, packet->icmp_code);
	default:
		return "";
	}
}

static void icmp_detail(char *text, const struct packet *packet)
{
	const char *code = icmp_code(packet);

	if (!packet_has_icmp(packet))
		return;
	text = stpcpy(text, packet->protocol == PROTOCOL_ICMP
				    ? FIND(icmp_types, packet->icmp_type)
				    : FIND(icmpv6_types, packet->icmp_type));
	if (*code)
		stpcpy(stpcpy(text, ": "), code);
}

static const char *other_detail(const struct packet *packet)
{
	if (packet_has_ethertype(packet))
		return FIND(ethertypes, packet->ethertype);
	return packet->llc_sap ? FIND(llc_saps, packet->llc_sap) : "";
}

void packet_detail(char *text, const struct packet *packet)
{
	*text = '\0';
	if (packet->flags & PACKET_LATER_FRAGMENT)
		strcpy(text, "fragment");
	else if (packet->network == NETWORK_ARP)
		strcpy(text, FIND(arp_operations, packet->message));
	else if (packet->network == NETWORK_OTHER)
		strcpy(text, other_detail(packet));
	else if (packet->protocol == PROTOCOL_IGMP)
		strcpy(text, FIND(igmp_types, packet->message));
	else if (packet->protocol == PROTOCOL_OSPF)
		strcpy(text, FIND(ospf_types, packet->message));
	else
		icmp_detail(text, packet);
}
