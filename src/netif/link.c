/* RTM_NEWLINK messages -> struct link. Every attribute's length is checked before it is read. */
#include "netif/link.h"

#include <ctype.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* Kernels before 4.6 end here, later ones append: what a message lacks stays zero. */
#define STATISTICS_BYTES_MIN offsetof(struct rtnl_link_stats64, rx_compressed)

_Static_assert(LINK_NAME_TEXT == IFNAMSIZ, "the kernel's names fit");

static int parse_attribute(const struct nlattr *attribute, void *context);
static bool parse_text(const struct nlattr *attribute, char *text, size_t size);
static int parse_counters(const struct nlattr *attribute, struct link_counters *counters);

/* What a full description always has; wireless events come without. */
struct parsed {
	struct link *link;
	bool has_name;
	bool has_mtu;
	bool has_counters;
};

int link_parse(const struct nlmsghdr *message, struct link *link)
{
	struct parsed parsed = {.link = link};
	const struct ifinfomsg *info;

	*link = (struct link){0};
	if (message->nlmsg_type != RTM_NEWLINK && message->nlmsg_type != RTM_DELLINK)
		return -ENOMSG;
	if (mnl_nlmsg_get_payload_len(message) < sizeof(*info))
		return -EBADMSG;
	info = mnl_nlmsg_get_payload(message);
	/* A port that leaves a bridge is told as a deleted link of the family AF_BRIDGE. */
	if (info->ifi_family != AF_UNSPEC)
		return -ENOMSG;
	if (info->ifi_index <= 0)
		return -EBADMSG;

	link->ifindex = (uint32_t)info->ifi_index;
	link->hardware_type = info->ifi_type;
	link->up = info->ifi_flags & IFF_UP;
	link->running = link->up && (info->ifi_flags & IFF_RUNNING);
	link->loopback = info->ifi_flags & IFF_LOOPBACK;
	/* Not mnl_attr_parse(), which rounds the message's end up and reads beyond it. */
	if (mnl_attr_parse_payload(info + 1, mnl_nlmsg_get_payload_len(message) - sizeof(*info),
				   parse_attribute, &parsed) != MNL_CB_OK)
		return -EBADMSG;
	if (!parsed.has_name)
		return -EBADMSG;
	return parsed.has_mtu && parsed.has_counters ? 0 : -ENOMSG;
}

static int parse_attribute(const struct nlattr *attribute, void *context)
{
	struct parsed *parsed = context;
	struct link *link = parsed->link;
	uint16_t length = mnl_attr_get_payload_len(attribute);

	switch (mnl_attr_get_type(attribute)) {
	case IFLA_IFNAME:
		parsed->has_name = true;
		return parse_text(attribute, link->name, sizeof(link->name)) && *link->name
			       ? MNL_CB_OK
			       : MNL_CB_ERROR;
	case IFLA_IFALIAS:
		if (!parse_text(attribute, link->alias, sizeof(link->alias)))
			return MNL_CB_ERROR;
		link_clean_text(link->alias);
		return MNL_CB_OK;
	case IFLA_MTU:
		if (mnl_attr_validate(attribute, MNL_TYPE_U32) < 0)
			return MNL_CB_ERROR;
		parsed->has_mtu = true;
		link->mtu = mnl_attr_get_u32(attribute);
		return MNL_CB_OK;
	case IFLA_ADDRESS:
		if (length > sizeof(link->address))
			return MNL_CB_ERROR;
		link->address_bytes = (uint8_t)length;
		memcpy(link->address, mnl_attr_get_payload(attribute), length);
		return MNL_CB_OK;
	case IFLA_STATS64:
		parsed->has_counters = true;
		return parse_counters(attribute, &link->counters);
	default:
		return MNL_CB_OK;
	}
}

/* False where the text is too long for its place. The wire's NUL is optional. */
static bool parse_text(const struct nlattr *attribute, char *text, size_t size)
{
	const char *payload = mnl_attr_get_payload(attribute);
	size_t length = strnlen(payload, mnl_attr_get_payload_len(attribute));

	if (length >= size)
		return false;
	memcpy(text, payload, length);
	text[length] = '\0';
	return true;
}

static int parse_counters(const struct nlattr *attribute, struct link_counters *counters)
{
	struct rtnl_link_stats64 kernel = {0};
	size_t length = mnl_attr_get_payload_len(attribute);

	if (length < STATISTICS_BYTES_MIN)
		return MNL_CB_ERROR;
	/* The attribute is aligned to 4 bytes only, the numbers want 8. */
	memcpy(&kernel, mnl_attr_get_payload(attribute),
	       length < sizeof(kernel) ? length : sizeof(kernel));
	*counters = (struct link_counters){
		.receive_packets = kernel.rx_packets,
		.receive_bytes = kernel.rx_bytes,
		.receive_errors = kernel.rx_errors,
		.receive_dropped = kernel.rx_dropped,
		.receive_missed = kernel.rx_missed_errors + kernel.rx_fifo_errors,
		.receive_multicast_packets = kernel.multicast,
		.transmit_packets = kernel.tx_packets,
		.transmit_bytes = kernel.tx_bytes,
		.transmit_errors = kernel.tx_errors,
		.transmit_dropped = kernel.tx_dropped,
	};
	return MNL_CB_OK;
}

const char *link_hardware_name(uint16_t hardware_type)
{
	static const struct {
		uint16_t hardware_type;
		const char *name;
	} names[] = {
		{ARPHRD_ETHER, "ether"},
		{ARPHRD_LOOPBACK, "loopback"},
		{ARPHRD_PPP, "ppp"},
		{ARPHRD_NONE, "none"}, /* tun, WireGuard: bare IP */
		{ARPHRD_RAWIP, "rawip"},
		{ARPHRD_TUNNEL, "ipip"},
		{ARPHRD_TUNNEL6, "tunnel6"},
		{ARPHRD_SIT, "sit"},
		{ARPHRD_IPGRE, "gre"},
		{ARPHRD_IP6GRE, "gre6"},
		{ARPHRD_SLIP, "slip"},
		{ARPHRD_CSLIP, "cslip"},
		{ARPHRD_SLIP6, "slip6"},
		{ARPHRD_CSLIP6, "cslip6"},
		{ARPHRD_CISCO, "hdlc"},
		{ARPHRD_DLCI, "dlci"},
		{ARPHRD_FRAD, "frad"},
		{ARPHRD_ATM, "atm"},
		{ARPHRD_IEEE802, "ieee802"},
		{ARPHRD_IEEE802_TR, "ieee802_tr"},
		{ARPHRD_FDDI, "fddi"},
		{ARPHRD_ARCNET, "arcnet"},
		{ARPHRD_INFINIBAND, "infiniband"},
		{ARPHRD_IEEE80211, "ieee802.11"},
		{ARPHRD_IEEE80211_PRISM, "ieee802.11_prism"},
		{ARPHRD_IEEE80211_RADIOTAP, "ieee802.11_radiotap"},
		{ARPHRD_IEEE802154, "ieee802.15.4"},
		{ARPHRD_CAN, "can"},
		{ARPHRD_NETLINK, "netlink"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].hardware_type == hardware_type)
			return names[i].name;
	return "unknown";
}

const char *link_address_format(char text[LINK_ADDRESS_TEXT], const struct link *link)
{
	char *at = text;

	*text = '\0';
	for (size_t i = 0; i < link->address_bytes; i++)
		at += sprintf(at, i ? ":%02x" : "%02x", link->address[i]);
	return text;
}

void link_clean_text(char *text)
{
	while (*text) {
		size_t length = utf8_length(text);

		if (length == 0 || iscntrl((unsigned char)*text))
			*text++ = '?';
		else
			text += length;
	}
}
