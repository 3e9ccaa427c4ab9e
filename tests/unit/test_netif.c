/*
 * netif without a kernel: rtnetlink messages built by hand -> links and routes; the state machine
 * and the deltas of the counters.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "netif/link.h"
#include "netif/lookup.h"
#include "netif/track.h"

#define MESSAGE_BYTES 4096

struct message {
	_Alignas(8) char space[MESSAGE_BYTES];
};

static struct nlmsghdr *begin_link(struct message *message, uint16_t type, unsigned flags)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(message->space);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));

	header->nlmsg_type = type;
	info->ifi_family = AF_UNSPEC;
	info->ifi_type = ARPHRD_ETHER;
	info->ifi_index = 7;
	info->ifi_flags = flags;
	return header;
}

static struct ifinfomsg *link_header(struct nlmsghdr *header)
{
	return mnl_nlmsg_get_payload(header);
}

/* rx_packets is 1, rx_bytes 2, and so on in the order of rtnl_link_stats64. */
static void put_statistics(struct nlmsghdr *header, size_t bytes)
{
	uint64_t numbers[40];

	for (uint64_t i = 0; i < 40; i++)
		numbers[i] = (i + 1) << 40 | (i + 1);
	mnl_attr_put(header, IFLA_STATS64, bytes, numbers);
}

static uint64_t statistic(uint64_t position)
{
	return position << 40 | position;
}

static struct nlmsghdr *whole_link(struct message *message)
{
	static const uint8_t mac[] = {0x02, 0xfc, 0, 0, 0, 0x01};
	struct nlmsghdr *header = begin_link(message, RTM_NEWLINK, IFF_UP | IFF_RUNNING);

	mnl_attr_put_strz(header, IFLA_IFNAME, "eth0");
	mnl_attr_put_u32(header, IFLA_MTU, 9000);
	mnl_attr_put(header, IFLA_ADDRESS, sizeof(mac), mac);
	mnl_attr_put_strz(header, IFLA_IFALIAS, "uplink");
	put_statistics(header, sizeof(struct rtnl_link_stats64));
	return header;
}

static void a_whole_message_becomes_a_link(void **state)
{
	struct message message;
	struct link link;
	char text[LINK_ADDRESS_TEXT];

	(void)state;
	assert_int_equal(link_parse(whole_link(&message), &link), 0);
	assert_int_equal(link.ifindex, 7);
	assert_string_equal(link.name, "eth0");
	assert_true(link.up);
	assert_true(link.running);
	assert_false(link.loopback);
	assert_int_equal(link.mtu, 9000);
	assert_int_equal(link.hardware_type, ARPHRD_ETHER);
	assert_string_equal(link.alias, "uplink");
	assert_string_equal(link_address_format(text, &link), "02:fc:00:00:00:01");
	assert_string_equal(link_hardware_name(link.hardware_type), "ether");
}

/* Positions counted in the struct of <linux/if_link.h>. */
static void each_counter_is_taken_from_its_own_place(void **state)
{
	struct message message;
	struct link link;

	(void)state;
	assert_int_equal(link_parse(whole_link(&message), &link), 0);
	assert_true(link.counters.receive_packets == statistic(1));
	assert_true(link.counters.transmit_packets == statistic(2));
	assert_true(link.counters.receive_bytes == statistic(3));
	assert_true(link.counters.transmit_bytes == statistic(4));
	assert_true(link.counters.receive_errors == statistic(5));
	assert_true(link.counters.transmit_errors == statistic(6));
	assert_true(link.counters.receive_dropped == statistic(7));
	assert_true(link.counters.transmit_dropped == statistic(8));
	assert_true(link.counters.receive_multicast_packets == statistic(9));
	/* rx_fifo_errors is the 15th, rx_missed_errors the 16th */
	assert_true(link.counters.receive_missed == statistic(15) + statistic(16));
}

static void statistics_of_older_and_newer_kernels_are_read(void **state)
{
	static const size_t sizes[] = {21 * 8, 23 * 8, 24 * 8, 25 * 8, 40 * 8};
	struct message message;
	struct link link;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct nlmsghdr *header = begin_link(&message, RTM_NEWLINK, 0);

		mnl_attr_put_strz(header, IFLA_IFNAME, "eth0");
		mnl_attr_put_u32(header, IFLA_MTU, 1500);
		put_statistics(header, sizes[i]);
		assert_int_equal(link_parse(header, &link), 0);
		assert_true(link.counters.receive_missed == statistic(15) + statistic(16));
	}
}

static void short_statistics_are_malformed(void **state)
{
	static const size_t sizes[] = {0, 1, 8, 21 * 8 - 1};
	struct message message;
	struct link link;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct nlmsghdr *header = begin_link(&message, RTM_NEWLINK, 0);

		mnl_attr_put_strz(header, IFLA_IFNAME, "eth0");
		mnl_attr_put_u32(header, IFLA_MTU, 1500);
		put_statistics(header, sizes[i]);
		assert_int_equal(link_parse(header, &link), -EBADMSG);
	}
}

static void a_name_fills_its_place_and_no_more(void **state)
{
	struct message message;
	struct nlmsghdr *header = begin_link(&message, RTM_NEWLINK, 0);
	struct link link;

	(void)state;
	mnl_attr_put_strz(header, IFLA_IFNAME, "abcdefghijklmno"); /* 15 and the NUL */
	mnl_attr_put_u32(header, IFLA_MTU, 1500);
	put_statistics(header, sizeof(struct rtnl_link_stats64));
	assert_int_equal(link_parse(header, &link), 0);
	assert_string_equal(link.name, "abcdefghijklmno");

	header = begin_link(&message, RTM_NEWLINK, 0);
	mnl_attr_put_strz(header, IFLA_IFNAME, "abcdefghijklmnop");
	assert_int_equal(link_parse(header, &link), -EBADMSG);
}

static void a_name_without_its_nul_ends_with_its_attribute(void **state)
{
	struct message message;
	struct nlmsghdr *header;
	struct link link;

	(void)state;
	memset(&message, 'x', sizeof(message));
	header = begin_link(&message, RTM_NEWLINK, 0);
	mnl_attr_put(header, IFLA_IFNAME, 4, "wan0");
	mnl_attr_put_u32(header, IFLA_MTU, 1500);
	put_statistics(header, sizeof(struct rtnl_link_stats64));
	assert_int_equal(link_parse(header, &link), 0);
	assert_string_equal(link.name, "wan0");
}

static void malformed_attributes_are_refused(void **state)
{
	static const struct {
		uint16_t type;
		size_t bytes;
	} bad[] = {
		{IFLA_IFNAME, 0},    {IFLA_IFNAME, 17},   {IFLA_MTU, 0},
		{IFLA_MTU, 3},       {IFLA_MTU, 8},       {IFLA_ADDRESS, LINK_ADDRESS_BYTES + 1},
		{IFLA_IFALIAS, 256}, {IFLA_IFALIAS, 400},
	};
	char filler[400];
	struct message message;
	struct link link;

	(void)state;
	memset(filler, 'a', sizeof(filler));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct nlmsghdr *header = whole_link(&message);

		mnl_attr_put(header, bad[i].type, bad[i].bytes, filler);
		assert_int_equal(link_parse(header, &link), -EBADMSG);
	}
}

static void an_attribute_that_claims_more_than_the_message_has_is_not_read(void **state)
{
	struct message message;
	struct nlmsghdr *header = begin_link(&message, RTM_NEWLINK, 0);
	struct nlattr *last;
	struct link link;

	(void)state;
	mnl_attr_put_strz(header, IFLA_IFNAME, "eth0");
	put_statistics(header, sizeof(struct rtnl_link_stats64));
	last = mnl_nlmsg_get_payload_tail(header);
	mnl_attr_put_u32(header, IFLA_MTU, 1500);
	last->nla_len = 2000;
	assert_int_equal(link_parse(header, &link), -ENOMSG); /* so it has no MTU */
}

static void a_cut_header_is_malformed(void **state)
{
	struct message message;
	struct nlmsghdr *header = whole_link(&message);
	struct link link;

	(void)state;
	for (uint32_t payload = 0; payload < sizeof(struct ifinfomsg); payload++) {
		header->nlmsg_len = (uint32_t)sizeof(*header) + payload;
		assert_int_equal(link_parse(header, &link), -EBADMSG);
	}
}

/* Under ASan each cut lies at the end of its own allocation. */
static void no_cut_message_is_read_beyond_its_end(void **state)
{
	struct message message;
	const struct nlmsghdr *whole = whole_link(&message);

	(void)state;
	for (uint32_t length = sizeof(*whole); length < whole->nlmsg_len; length++) {
		struct nlmsghdr *cut = malloc(length);
		struct link link;

		assert_non_null(cut);
		memcpy(cut, whole, length);
		cut->nlmsg_len = length;
		assert_true(link_parse(cut, &link) < 0);
		free(cut);
	}
}

static void news_of_a_bridge_port_are_not_about_the_interface(void **state)
{
	struct message message;
	struct nlmsghdr *header = whole_link(&message);
	struct link link;

	(void)state;
	header->nlmsg_type = RTM_DELLINK; /* "the port left its bridge" */
	link_header(header)->ifi_family = AF_BRIDGE;
	assert_int_equal(link_parse(header, &link), -ENOMSG);
}

static void wireless_news_without_statistics_are_no_link(void **state)
{
	struct message message;
	struct nlmsghdr *header = begin_link(&message, RTM_NEWLINK, IFF_UP);
	struct link link;

	(void)state;
	mnl_attr_put_strz(header, IFLA_IFNAME, "wlan0");
	mnl_attr_put(header, IFLA_WIRELESS, 4, "abcd");
	assert_int_equal(link_parse(header, &link), -ENOMSG);
}

static void other_messages_are_no_links(void **state)
{
	struct message message;
	struct nlmsghdr *header = whole_link(&message);
	struct link link;

	(void)state;
	header->nlmsg_type = RTM_NEWADDR;
	assert_int_equal(link_parse(header, &link), -ENOMSG);
	header = whole_link(&message);
	link_header(header)->ifi_index = 0;
	assert_int_equal(link_parse(header, &link), -EBADMSG);
	link_header(header)->ifi_index = -1;
	assert_int_equal(link_parse(header, &link), -EBADMSG);
}

static void running_means_up_with_carrier(void **state)
{
	struct message message;
	struct nlmsghdr *header = whole_link(&message);
	struct link link;

	(void)state;
	link_header(header)->ifi_flags = IFF_UP;
	assert_int_equal(link_parse(header, &link), 0);
	assert_true(link.up);
	assert_false(link.running);
	link_header(header)->ifi_flags = IFF_RUNNING | IFF_LOOPBACK;
	assert_int_equal(link_parse(header, &link), 0);
	assert_false(link.up);
	assert_false(link.running);
	assert_true(link.loopback);
}

static void an_address_of_any_length_is_shown(void **state)
{
	struct link link = {.address_bytes = LINK_ADDRESS_BYTES};
	char text[LINK_ADDRESS_TEXT];

	(void)state;
	memset(link.address, 0xff, sizeof(link.address));
	assert_int_equal(strlen(link_address_format(text, &link)), LINK_ADDRESS_TEXT - 1);
	link.address_bytes = 1;
	assert_string_equal(link_address_format(text, &link), "ff");
	link.address_bytes = 0;
	assert_string_equal(link_address_format(text, &link), "");
}

static void text_that_no_scrape_would_take_is_cleaned(void **state)
{
	static const struct {
		const char *raw;
		const char *clean;
	} texts[] = {
		{"", ""},
		{"to the \"ISP\" \\o/", "to the \"ISP\" \\o/"},
		{"Zürich → 北京 𝄞", "Zürich → 北京 𝄞"},
		{"a\nb\tc\x7f", "a?b?c?"},
		{"\xff\xfe", "??"},
		{"\xc0\x80", "??"},                       /* an overlong NUL */
		{"\xe0\x9f\xbf", "???"},                  /* overlong */
		{"\xed\xa0\x80", "???"},                  /* a surrogate */
		{"\xf4\x90\x80\x80", "????"},             /* above U+10FFFF */
		{"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"}, /* U+10FFFF */
		{"end\xe2\x82", "end??"},                 /* cut */
		{"\xf0\x9f", "??"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char text[64];

		strcpy(text, texts[i].raw);
		link_clean_text(text);
		assert_string_equal(text, texts[i].clean);
	}
}

/* --- routes --- */

static struct nlmsghdr *begin_route(struct message *message, uint8_t family)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(message->space);
	struct rtmsg *route = mnl_nlmsg_put_extra_header(header, sizeof(*route));

	header->nlmsg_type = RTM_NEWROUTE;
	route->rtm_family = family;
	route->rtm_table = RT_TABLE_MAIN;
	route->rtm_type = RTN_UNICAST;
	return header;
}

static struct rtmsg *route_header(struct nlmsghdr *header)
{
	return mnl_nlmsg_get_payload(header);
}

static void a_default_route_has_its_interface_and_metric(void **state)
{
	struct message message;
	struct nlmsghdr *header = begin_route(&message, AF_INET);
	struct default_route route;

	(void)state;
	mnl_attr_put_u32(header, RTA_TABLE, RT_TABLE_MAIN);
	mnl_attr_put_u32(header, RTA_PRIORITY, 100);
	mnl_attr_put_u32(header, RTA_GATEWAY, 0x0100000a);
	mnl_attr_put_u32(header, RTA_OIF, 4);
	assert_int_equal(default_route_parse(header, &route), 0);
	assert_int_equal(route.ifindex, 4);
	assert_int_equal(route.metric, 100);
	assert_false(route.link_down);

	header = begin_route(&message, AF_INET);
	route_header(header)->rtm_flags = RTNH_F_LINKDOWN;
	mnl_attr_put_u32(header, RTA_OIF, 4);
	assert_int_equal(default_route_parse(header, &route), 0);
	assert_int_equal(route.metric, 0);
	assert_true(route.link_down);
}

static void routes_that_are_not_the_default_are_passed_over(void **state)
{
	struct message message;
	struct nlmsghdr *header = begin_route(&message, AF_INET);
	struct default_route route;

	(void)state;
	mnl_attr_put_u32(header, RTA_OIF, 4);
	route_header(header)->rtm_dst_len = 24;
	assert_int_equal(default_route_parse(header, &route), -ENOMSG);
	route_header(header)->rtm_dst_len = 0;
	route_header(header)->rtm_type = RTN_UNREACHABLE; /* IPv6 has one on lo */
	assert_int_equal(default_route_parse(header, &route), -ENOMSG);
	route_header(header)->rtm_type = RTN_UNICAST;
	route_header(header)->rtm_table = 200;
	assert_int_equal(default_route_parse(header, &route), -ENOMSG);
	route_header(header)->rtm_table = RT_TABLE_MAIN;
	route_header(header)->rtm_flags = RTNH_F_DEAD;
	assert_int_equal(default_route_parse(header, &route), -ENOMSG);
	route_header(header)->rtm_flags = 0;
	assert_int_equal(default_route_parse(header, &route), 0);
	mnl_attr_put_u32(header, RTA_TABLE, 1000); /* above 255, rtm_table cannot say it */
	assert_int_equal(default_route_parse(header, &route), -ENOMSG);
}

static void of_several_hops_the_first_living_one_counts(void **state)
{
	struct rtnexthop hops[] = {
		{.rtnh_len = sizeof(hops[0]), .rtnh_flags = RTNH_F_DEAD, .rtnh_ifindex = 3},
		{.rtnh_len = sizeof(hops[0]), .rtnh_flags = RTNH_F_LINKDOWN, .rtnh_ifindex = 5},
		{.rtnh_len = sizeof(hops[0]), .rtnh_ifindex = 6},
	};
	struct message message;
	struct nlmsghdr *header = begin_route(&message, AF_INET);
	struct default_route route;

	(void)state;
	mnl_attr_put(header, RTA_MULTIPATH, sizeof(hops), hops);
	assert_int_equal(default_route_parse(header, &route), 0);
	assert_int_equal(route.ifindex, 5);
	assert_true(route.link_down);

	hops[1].rtnh_flags = RTNH_F_DEAD;
	hops[2].rtnh_flags = RTNH_F_DEAD;
	header = begin_route(&message, AF_INET);
	mnl_attr_put(header, RTA_MULTIPATH, sizeof(hops), hops);
	assert_int_equal(default_route_parse(header, &route), -ENOMSG);
}

static void malformed_routes_are_refused(void **state)
{
	static const uint16_t hop_lengths[] = {0, 7, 9, 4000};
	static const struct rtnexthop dead = {
		.rtnh_len = 9, .rtnh_flags = RTNH_F_DEAD, .rtnh_ifindex = 3};
	char unaligned[9] = {0};
	struct message message;
	struct nlmsghdr *header = begin_route(&message, AF_INET);
	struct default_route route;

	(void)state;
	mnl_attr_put_u16(header, RTA_OIF, 4);
	assert_int_equal(default_route_parse(header, &route), -EBADMSG);
	header = begin_route(&message, AF_INET);
	header->nlmsg_len -= 1;
	assert_int_equal(default_route_parse(header, &route), -EBADMSG);
	for (size_t i = 0; i < sizeof(hop_lengths) / sizeof(hop_lengths[0]); i++) {
		struct rtnexthop hop = {.rtnh_len = hop_lengths[i], .rtnh_ifindex = 3};

		header = begin_route(&message, AF_INET);
		mnl_attr_put(header, RTA_MULTIPATH, sizeof(hop), &hop);
		assert_int_equal(default_route_parse(header, &route), -EBADMSG);
	}
	/* A dead hop with a length that is not aligned, and nothing after it. */
	memcpy(unaligned, &dead, sizeof(dead));
	header = begin_route(&message, AF_INET);
	mnl_attr_put(header, RTA_MULTIPATH, sizeof(unaligned), unaligned);
	assert_int_equal(default_route_parse(header, &route), -ENOMSG);
}

/* --- one interface over time --- */

static struct monotonic_time at(int64_t seconds)
{
	return (struct monotonic_time){seconds * NS_PER_SECOND};
}

static struct link a_link(uint32_t ifindex, const char *name, bool up, uint64_t packets)
{
	struct link link = {.ifindex = ifindex, .up = up, .running = up};

	strcpy(link.name, name);
	link.counters.receive_packets = packets;
	link.counters.receive_bytes = 100 * packets;
	link.counters.transmit_packets = 10 * packets;
	return link;
}

static void counters_begin_at_zero_with_the_watch(void **state)
{
	struct netif_event events[TRACK_EVENTS_MAX];
	struct link link = a_link(7, "eth0", true, 5000);
	struct netif_status status;

	(void)state;
	track_start(&status, &link, at(10));
	assert_int_equal(status.state, NETIF_UP);
	assert_int_equal(status.generation, 1);
	assert_true(status.counters.receive_packets == 0);
	link = a_link(7, "eth0", true, 5003);
	assert_int_equal(track_update(&status, &link, at(11), events), 0);
	assert_true(status.counters.receive_packets == 3);
	assert_true(status.counters.receive_bytes == 300);
	assert_true(status.counters.transmit_packets == 30);
	assert_true(status.measured.ns == at(11).ns);
	assert_true(status.since.ns == at(10).ns);
	assert_true(status.changed.ns == at(10).ns);
}

static void every_counter_is_a_delta(void **state)
{
	struct netif_event events[TRACK_EVENTS_MAX];
	struct link link = a_link(7, "eth0", true, 0);
	struct netif_status status;

	(void)state;
	memset(&link.counters, 0, sizeof(link.counters));
	track_start(&status, &link, at(0));
	link.counters = (struct link_counters){1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
	track_update(&status, &link, at(1), events);
	assert_memory_equal(&status.counters, &link.counters, sizeof(link.counters));
}

static void a_driver_that_resets_its_counters_makes_none_fall_or_jump(void **state)
{
	static const uint64_t raw[] = {1000, 1200, 4, 10, 9, 12};
	static const uint64_t expected[] = {0, 200, 200, 206, 206, 209};
	struct netif_event events[TRACK_EVENTS_MAX];
	struct netif_status status;

	(void)state;
	for (size_t i = 0; i < sizeof(raw) / sizeof(raw[0]); i++) {
		struct link link = a_link(7, "eth0", true, raw[i]);

		if (i == 0)
			track_start(&status, &link, at(0));
		else
			track_update(&status, &link, at((int64_t)i), events);
		assert_true(status.counters.receive_packets == expected[i]);
	}
}

static void down_and_up_are_told_once(void **state)
{
	struct netif_event events[TRACK_EVENTS_MAX];
	struct link down = a_link(7, "eth0", false, 1);
	struct link up = a_link(7, "eth0", true, 1);
	struct netif_status status;

	(void)state;
	track_start(&status, &up, at(0));
	assert_int_equal(track_down(&status, at(1), events), 1);
	assert_int_equal(events[0].kind, NETIF_WENT_DOWN);
	assert_int_equal(status.state, NETIF_DOWN);
	assert_false(status.link.running);
	assert_int_equal(track_down(&status, at(2), events), 0);
	assert_int_equal(track_update(&status, &down, at(3), events), 0);
	assert_true(status.changed.ns == at(1).ns);
	assert_int_equal(track_update(&status, &up, at(4), events), 1);
	assert_int_equal(events[0].kind, NETIF_WENT_UP);
	assert_int_equal(events[0].ifindex, 7);
	assert_int_equal(events[0].generation, 1);
	assert_string_equal(events[0].name, "eth0");
	assert_true(status.changed.ns == at(4).ns);
}

static void a_rename_keeps_identity_and_counters(void **state)
{
	struct netif_event events[TRACK_EVENTS_MAX];
	struct link link = a_link(7, "eth0", true, 10);
	struct netif_status status;

	(void)state;
	track_start(&status, &link, at(0));
	link = a_link(7, "wan0", true, 15);
	assert_int_equal(track_update(&status, &link, at(1), events), 1);
	assert_int_equal(events[0].kind, NETIF_RENAMED);
	assert_string_equal(events[0].name, "wan0");
	assert_string_equal(events[0].previous_name, "eth0");
	assert_int_equal(status.generation, 1);
	assert_true(status.counters.receive_packets == 5);
}

static void a_lost_interface_keeps_its_last_values(void **state)
{
	struct netif_event events[TRACK_EVENTS_MAX];
	struct link link = a_link(7, "eth0", true, 10);
	struct netif_status status;

	(void)state;
	track_start(&status, &link, at(0));
	link = a_link(7, "eth0", true, 14);
	track_update(&status, &link, at(1), events);
	assert_int_equal(track_lost(&status, at(2), events), 1);
	assert_int_equal(events[0].kind, NETIF_LOST);
	assert_int_equal(status.state, NETIF_ABSENT);
	assert_false(status.link.up);
	assert_true(status.counters.receive_packets == 4);
	assert_string_equal(status.link.name, "eth0");
	assert_true(status.changed.ns == at(2).ns);
	assert_int_equal(track_lost(&status, at(3), events), 0);
	assert_int_equal(track_down(&status, at(3), events), 0);
}

static void counters_in_the_kernels_last_word_are_counted(void **state)
{
	struct link link = a_link(7, "eth0", true, 10);
	struct netif_status status;

	(void)state;
	track_start(&status, &link, at(0));
	link = a_link(7, "eth0", true, 14);
	track_last_counters(&status, &link);
	assert_true(status.counters.receive_packets == 4);
	link = a_link(7, "eth0", true, 12); /* a device that is half gone may say less */
	track_last_counters(&status, &link);
	assert_true(status.counters.receive_packets == 4);
}

static void the_kernels_last_word_may_come_after_the_loss_was_seen(void **state)
{
	struct netif_event events[TRACK_EVENTS_MAX];
	struct link link = a_link(7, "eth0", true, 10);
	struct netif_status status;

	(void)state;
	track_start(&status, &link, at(0));
	track_lost(&status, at(2), events);
	link = a_link(7, "dummy0", true, 90); /* another one, that came and went meanwhile */
	track_last_counters(&status, &link);
	assert_true(status.counters.receive_packets == 0);
	link = a_link(7, "eth0", true, 14);
	track_last_counters(&status, &link);
	assert_true(status.counters.receive_packets == 4);
}

static void a_name_that_returns_with_a_new_ifindex_begins_from_zero(void **state)
{
	struct netif_event events[TRACK_EVENTS_MAX];
	struct link link = a_link(7, "ppp0", true, 10);
	struct netif_status lost, status;

	(void)state;
	track_start(&lost, &link, at(0));
	link = a_link(7, "ppp0", true, 90);
	track_update(&lost, &link, at(1), events);
	track_lost(&lost, at(2), events);
	link = a_link(9, "ppp0", true, 3);
	assert_int_equal(track_return(&status, &lost, &link, at(5), events), 2);
	assert_int_equal(events[0].kind, NETIF_RETURNED);
	assert_int_equal(events[0].ifindex, 9);
	assert_int_equal(events[0].previous_ifindex, 7);
	assert_int_equal(events[0].generation, 2);
	assert_int_equal(events[1].kind, NETIF_WENT_UP);
	assert_int_equal(status.state, NETIF_UP);
	assert_true(status.counters.receive_packets == 0);
	assert_true(status.since.ns == at(5).ns);
	assert_true(lost.counters.receive_packets == 80);
}

static void a_return_may_take_the_place_of_the_lost_one(void **state)
{
	struct netif_event events[TRACK_EVENTS_MAX];
	struct link link = a_link(7, "ppp0", true, 10);
	struct netif_status status;

	(void)state;
	track_start(&status, &link, at(0));
	track_lost(&status, at(2), events);
	link = a_link(9, "ppp0", false, 3);
	assert_int_equal(track_return(&status, &status, &link, at(5), events), 1);
	assert_int_equal(events[0].previous_ifindex, 7);
	assert_int_equal(status.link.ifindex, 9);
	assert_int_equal(status.generation, 2);
	assert_int_equal(status.state, NETIF_DOWN);
}

static void the_same_ifindex_that_returns_goes_on_counting(void **state)
{
	struct netif_event events[TRACK_EVENTS_MAX];
	struct link link = a_link(7, "veth0", true, 10);
	struct netif_status status;

	(void)state;
	track_start(&status, &link, at(0));
	link = a_link(7, "veth0", true, 14);
	track_update(&status, &link, at(1), events);
	track_lost(&status, at(2), events);
	link = a_link(7, "veth0", true, 1000); /* back from another namespace, say */
	assert_int_equal(track_update(&status, &link, at(3), events), 2);
	assert_int_equal(events[0].kind, NETIF_RETURNED);
	assert_int_equal(events[0].previous_ifindex, 7);
	assert_int_equal(events[1].kind, NETIF_WENT_UP);
	assert_int_equal(status.generation, 2);
	assert_true(status.counters.receive_packets == 4);
	link = a_link(7, "veth0", true, 1001);
	track_update(&status, &link, at(4), events);
	assert_true(status.counters.receive_packets == 5);
}

static void a_name_that_never_was_there_comes_as_generation_1(void **state)
{
	struct netif_event events[TRACK_EVENTS_MAX];
	struct link link = a_link(9, "ppp0", true, 3);
	struct netif_status status;

	(void)state;
	track_await(&status, "ppp0", at(0));
	assert_int_equal(status.state, NETIF_ABSENT);
	assert_int_equal(status.link.ifindex, 0);
	assert_int_equal(track_return(&status, &status, &link, at(5), events), 2);
	assert_int_equal(events[0].previous_ifindex, 0);
	assert_int_equal(status.generation, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_message_becomes_a_link),
		cmocka_unit_test(each_counter_is_taken_from_its_own_place),
		cmocka_unit_test(statistics_of_older_and_newer_kernels_are_read),
		cmocka_unit_test(short_statistics_are_malformed),
		cmocka_unit_test(a_name_fills_its_place_and_no_more),
		cmocka_unit_test(a_name_without_its_nul_ends_with_its_attribute),
		cmocka_unit_test(malformed_attributes_are_refused),
		cmocka_unit_test(an_attribute_that_claims_more_than_the_message_has_is_not_read),
		cmocka_unit_test(a_cut_header_is_malformed),
		cmocka_unit_test(no_cut_message_is_read_beyond_its_end),
		cmocka_unit_test(news_of_a_bridge_port_are_not_about_the_interface),
		cmocka_unit_test(wireless_news_without_statistics_are_no_link),
		cmocka_unit_test(other_messages_are_no_links),
		cmocka_unit_test(running_means_up_with_carrier),
		cmocka_unit_test(an_address_of_any_length_is_shown),
		cmocka_unit_test(text_that_no_scrape_would_take_is_cleaned),
		cmocka_unit_test(a_default_route_has_its_interface_and_metric),
		cmocka_unit_test(routes_that_are_not_the_default_are_passed_over),
		cmocka_unit_test(of_several_hops_the_first_living_one_counts),
		cmocka_unit_test(malformed_routes_are_refused),
		cmocka_unit_test(counters_begin_at_zero_with_the_watch),
		cmocka_unit_test(every_counter_is_a_delta),
		cmocka_unit_test(a_driver_that_resets_its_counters_makes_none_fall_or_jump),
		cmocka_unit_test(down_and_up_are_told_once),
		cmocka_unit_test(a_rename_keeps_identity_and_counters),
		cmocka_unit_test(a_lost_interface_keeps_its_last_values),
		cmocka_unit_test(counters_in_the_kernels_last_word_are_counted),
		cmocka_unit_test(the_kernels_last_word_may_come_after_the_loss_was_seen),
		cmocka_unit_test(a_name_that_returns_with_a_new_ifindex_begins_from_zero),
		cmocka_unit_test(a_return_may_take_the_place_of_the_lost_one),
		cmocka_unit_test(the_same_ifindex_that_returns_goes_on_counting),
		cmocka_unit_test(a_name_that_never_was_there_comes_as_generation_1),
	};

	return cmocka_run_group_tests_name("netif", tests, NULL, NULL);
}
