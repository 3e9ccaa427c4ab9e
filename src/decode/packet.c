/* The names of what a packet can be, as users see them in labels and in the MIB. */
#include "decode/packet.h"

const char *const network_names[NETWORKS + 1] = {
	[NETWORK_IPV4] = "ipv4",
	[NETWORK_IPV6] = "ipv6",
	[NETWORK_ARP] = "arp",
	[NETWORK_OTHER] = "other",
};

const char *network_name(enum network network)
{
	return network_names[network];
}

const char *const protocol_names[PROTOCOLS + 1] = {
	[PROTOCOL_TCP] = "tcp",       [PROTOCOL_UDP] = "udp",   [PROTOCOL_ICMP] = "icmp",
	[PROTOCOL_ICMPV6] = "icmpv6", [PROTOCOL_IGMP] = "igmp", [PROTOCOL_GRE] = "gre",
	[PROTOCOL_ESP] = "esp",       [PROTOCOL_AH] = "ah",     [PROTOCOL_SCTP] = "sctp",
	[PROTOCOL_OSPF] = "ospf",     [PROTOCOL_PIM] = "pim",   [PROTOCOL_OTHER] = "other",
	[PROTOCOL_NONE] = "none",
};

const char *protocol_name(enum protocol protocol)
{
	return protocol_names[protocol];
}

const char *decode_error_name(enum decode_error error)
{
	static const char *const names[DECODE_ERRORS] = {
		[DECODE_OK] = "none",
		[DECODE_UNKNOWN_LINK] = "unknown_link",
		[DECODE_TRUNCATED_LINK] = "truncated_link",
		[DECODE_TRUNCATED_NETWORK] = "truncated_network",
		[DECODE_TRUNCATED_TRANSPORT] = "truncated_transport",
		[DECODE_BAD_VERSION] = "bad_version",
		[DECODE_BAD_HEADER_LENGTH] = "bad_header_length",
		[DECODE_BAD_TOTAL_LENGTH] = "bad_total_length",
		[DECODE_TOO_DEEP] = "too_deep",
	};

	return names[error];
}
