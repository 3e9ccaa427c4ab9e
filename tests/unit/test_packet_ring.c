/* The latest packets that are not TCP: which are kept, what is told of each, and in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "family/packet_detail.h"
#include "family/packet_ring.h"
#include "house.h"

#define KEPT 512

static struct house house;

static void open_with(enum privacy privacy)
{
	const struct family_options options = {
		.max_ports = 64,
		.max_hosts = 64,
		.max_stations = 64,
		.max_conversations = 64,
		.max_knocks = 64,
		.privacy = privacy,
	};

	house_open_with(&house, 64, &options);
}

static int set_up(void **state)
{
	(void)state;
	open_with(PRIVACY_FULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	house_close(&house);
	return 0;
}

static const uint8_t *rows(size_t *n)
{
	return house_rows(&house, &packet_family, n);
}

static uint64_t id_of(const uint8_t *row)
{
	uint64_t id;

	memcpy(&id, row + packet_family.keys[0].offset, sizeof(id));
	return id;
}

static const struct family_field *field_of(const char *name)
{
	for (size_t i = 0; i < packet_family.n_fields; i++)
		if (strcmp(packet_family.fields[i].name, name) == 0)
			return &packet_family.fields[i];
	fail_msg("no field %s", name);
	return NULL;
}

static bool has(const uint8_t *row, const char *name)
{
	const struct family_field *field = field_of(name);

	return !field->has_offset || row[field->has_offset];
}

static void assert_text(const uint8_t *row, const char *name, const char *wanted)
{
	char made[FAMILY_TEXT_MAX];

	assert_true(has(row, name));
	assert_string_equal(family_text(field_of(name), NULL, row, made), wanted);
}

static void assert_address(const uint8_t *row, const char *name, const char *wanted)
{
	const struct family_address *address =
		(const struct family_address *)(row + field_of(name)->offset);
	char text[IP_ADDRESS_TEXT];

	assert_true(has(row, name));
	assert_string_equal(ip_address_format(text, address->version, address->bytes), wanted);
}

/* The only row, of a packet that is counted for this. */
static const uint8_t *row_of(struct packet packet)
{
	size_t n;
	const uint8_t *row;

	house_count(&house, packet);
	row = rows(&n);
	return row + (n - 1) * packet_family.row_size;
}

static void all_packets_but_those_of_tcp_are_kept(void **state)
{
	struct packet packets[] = {
		packet_udp(end4(1, 5000), end4(2, 53), 100),
		packet_tcp(end4(1, 5000), end4(2, 80), TCP_SYN, 1, 0),
		packet_arp(60),
		packet_ip(end4(1, 0), end4(2, 0), PROTOCOL_GRE, 200),
	};
	const uint8_t *row;
	size_t n;

	(void)state;
	house_count_many(&house, packets, 4);
	row = rows(&n);
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(id_of(row + i * packet_family.row_size), i + 1);
	assert_int_equal(row_value(&packet_family, row, "protocol"), PROTOCOL_UDP);
	assert_int_equal(row_value(&packet_family, row, "bytes"), 100);
	row += 2 * packet_family.row_size;
	assert_int_equal(row_value(&packet_family, row, "ip_protocol"), 47);
}

static void the_oldest_give_way_and_ids_go_on(void **state)
{
	const uint8_t *row;
	size_t n;

	(void)state;
	for (uint32_t i = 1; i <= KEPT + 88; i++)
		house_count(&house, packet_udp(end4(1, 5000), end4(2, 53), i));
	row = rows(&n);
	assert_int_equal(n, KEPT);
	assert_int_equal(id_of(row), 89);
	assert_int_equal(row_value(&packet_family, row, "bytes"), 89);
	row += (KEPT - 1) * packet_family.row_size;
	assert_int_equal(id_of(row), KEPT + 88);
	assert_int_equal(packet_family.rank(row), KEPT + 88); /* JSON shows the latest first */
}

static void a_datagram_has_ports_and_a_fragment_has_none(void **state)
{
	struct packet packet = packet_udp(end4(1, 5000), end4(2, 53), 100);
	const uint8_t *row;

	(void)state;
	packet.direction = DIRECTION_TRANSMIT;
	packet.vlan[0] = 7;
	packet.time.ns = 1234567;
	row = row_of(packet);
	assert_int_equal(row_value(&packet_family, row, "direction"), DIRECTION_TRANSMIT);
	assert_int_equal(row_value(&packet_family, row, "source_port"), 5000);
	assert_int_equal(row_value(&packet_family, row, "destination_port"), 53);
	assert_int_equal(row_value(&packet_family, row, "service_port"), 53);
	assert_address(row, "source_address", "10.0.0.1");
	assert_address(row, "destination_address", "10.0.0.2");
	assert_int_equal(row_value(&packet_family, row, "vlan_outer"), 7);
	assert_true(has(row, "vlan_outer") && has(row, "service"));
	assert_false(has(row, "vlan_inner") || has(row, "icmp_type") || has(row, "source_mac") ||
		     has(row, "ethertype") || has(row, "ospf_area"));
	assert_text(row, "detail", "");
	row = row_of(packet_later_fragment(end6(1, 0), end6(2, 0), 9));
	assert_text(row, "detail", "fragment");
	assert_address(row, "source_address", "2001:db8::1");
	assert_false(has(row, "source_port") || has(row, "service_port"));
}

static void icmp_has_type_and_code_unless_it_was_cut(void **state)
{
	struct packet packet = packet_ip(end4(1, 0), end4(2, 0), PROTOCOL_ICMP, 98);
	const uint8_t *row;

	(void)state;
	packet.icmp_type = 3;
	packet.icmp_code = 3;
	row = row_of(packet);
	assert_true(has(row, "icmp_type"));
	assert_int_equal(row_value(&packet_family, row, "icmp_type"), 3);
	assert_int_equal(row_value(&packet_family, row, "icmp_code"), 3);
	assert_text(row, "detail", "destination unreachable: port");
	packet.flags = PACKET_SNAPPED; /* behind them */
	assert_text(row_of(packet), "detail", "destination unreachable: port");
	packet.icmp_type = 0; /* before them, or an echo reply: who knows */
	packet.icmp_code = 0;
	row = row_of(packet);
	assert_false(has(row, "icmp_type") || has(row, "icmp_code"));
	assert_text(row, "detail", "");
}

static void arp_tells_who_asks_for_whom_as_far_as_it_was_captured(void **state)
{
	struct packet packet = packet_arp(60);
	static const uint8_t sender[] = {192, 0, 2, 1}, target[] = {192, 0, 2, 9};
	const uint8_t *row;

	(void)state;
	row = row_of(packet);
	assert_false(has(row, "source_address") || has(row, "destination_address"));
	packet.message = 1;
	memcpy(packet.source, sender, sizeof(sender));
	row = row_of(packet);
	assert_address(row, "source_address", "192.0.2.1");
	assert_false(has(row, "destination_address"));
	memcpy(packet.destination, target, sizeof(target));
	row = row_of(packet);
	assert_address(row, "destination_address", "192.0.2.9");
	assert_text(row, "detail", "request");
	assert_false(has(row, "ip_protocol") || has(row, "ethertype"));
}

static void ospf_has_its_router_and_area(void **state)
{
	struct packet packet = packet_ip(end4(1, 0), end4(2, 0), PROTOCOL_OSPF, 78);
	const uint8_t *row;

	(void)state;
	packet.message = 1;
	packet.ospf_router = 0xc0000201;
	packet.ospf_area = 5;
	row = row_of(packet);
	assert_address(row, "ospf_router", "192.0.2.1");
	assert_int_equal(row_value(&packet_family, row, "ospf_area"), 5);
	packet.message = 0; /* cut */
	row = row_of(packet);
	assert_false(has(row, "ospf_router") || has(row, "ospf_area"));
}

static void what_is_not_ip_has_its_ethertype_or_none(void **state)
{
	struct packet packet = packet_arp(60);
	static const uint8_t mac[] = {2, 0, 0, 0, 0, 7};
	const uint8_t *row;

	(void)state;
	packet.network = NETWORK_OTHER;
	packet.ethertype = 0x88cc;
	packet.flags = PACKET_MACS;
	memcpy(packet.source_mac, mac, sizeof(mac));
	row = row_of(packet);
	assert_int_equal(row_value(&packet_family, row, "ethertype"), 0x88cc);
	assert_text(row, "detail", "LLDP");
	assert_text(row, "source_mac", "02:00:00:00:00:07");
	assert_text(row, "destination_mac", "00:00:00:00:00:00");
	packet.ethertype = 38; /* the length of an LLC frame */
	packet.llc_sap = 0x42;
	row = row_of(packet);
	assert_false(has(row, "ethertype"));
	assert_text(row, "detail", "spanning tree");
}

/* The words of RFC 792, 1122, 1812, 4443, 4861, 2710, 3810, 2236, 3376, 2328, 826, and of IEEE. */
static void numbers_are_told_in_words(void **state)
{
	static const struct {
		enum network network;
		enum protocol protocol;
		uint8_t type, code, message;
		uint16_t ethertype;
		uint8_t sap;
		const char *detail;
	} told[] = {
		{NETWORK_IPV4, PROTOCOL_ICMP, 0, 0, 0, 0, 0, "echo reply"},
		{NETWORK_IPV4, PROTOCOL_ICMP, 8, 0, 0, 0, 0, "echo request"},
		{NETWORK_IPV4, PROTOCOL_ICMP, 3, 0, 0, 0, 0, "destination unreachable: network"},
		{NETWORK_IPV4, PROTOCOL_ICMP, 3, 1, 0, 0, 0, "destination unreachable: host"},
		{NETWORK_IPV4, PROTOCOL_ICMP, 3, 13, 0, 0, 0, "destination unreachable: filtered"},
		{NETWORK_IPV4, PROTOCOL_ICMP, 3, 99, 0, 0, 0, "destination unreachable"},
		{NETWORK_IPV4, PROTOCOL_ICMP, 5, 1, 0, 0, 0, "redirect: host"},
		{NETWORK_IPV4, PROTOCOL_ICMP, 11, 0, 0, 0, 0, "time exceeded: in transit"},
		{NETWORK_IPV4, PROTOCOL_ICMP, 12, 0, 0, 0, 0, "parameter problem"},
		{NETWORK_IPV4, PROTOCOL_ICMP, 200, 0, 0, 0, 0, ""},
		{NETWORK_IPV6, PROTOCOL_ICMPV6, 1, 4, 0, 0, 0, "destination unreachable: port"},
		{NETWORK_IPV6, PROTOCOL_ICMPV6, 2, 0, 0, 0, 0, "packet too big"},
		{NETWORK_IPV6, PROTOCOL_ICMPV6, 3, 1, 0, 0, 0, "time exceeded: reassembly"},
		{NETWORK_IPV6, PROTOCOL_ICMPV6, 5, 1, 0, 0, 0, ""},
		{NETWORK_IPV6, PROTOCOL_ICMPV6, 128, 0, 0, 0, 0, "echo request"},
		{NETWORK_IPV6, PROTOCOL_ICMPV6, 135, 0, 0, 0, 0, "neighbor solicitation"},
		{NETWORK_IPV6, PROTOCOL_ICMPV6, 143, 0, 0, 0, 0, "listener report"},
		{NETWORK_IPV4, PROTOCOL_IGMP, 0, 0, 0x11, 0, 0, "membership query"},
		{NETWORK_IPV4, PROTOCOL_IGMP, 0, 0, 0x22, 0, 0, "membership report"},
		{NETWORK_IPV4, PROTOCOL_IGMP, 0, 0, 0x17, 0, 0, "leave group"},
		{NETWORK_IPV4, PROTOCOL_OSPF, 0, 0, 1, 0, 0, "hello"},
		{NETWORK_IPV6, PROTOCOL_OSPF, 0, 0, 4, 0, 0, "link state update"},
		{NETWORK_IPV4, PROTOCOL_GRE, 0, 0, 0, 0, 0, ""},
		{NETWORK_ARP, PROTOCOL_NONE, 0, 0, 1, 0x0806, 0, "request"},
		{NETWORK_ARP, PROTOCOL_NONE, 0, 0, 2, 0x0806, 0, "reply"},
		{NETWORK_OTHER, PROTOCOL_NONE, 0, 0, 0, 0x8035, 0, "RARP"},
		{NETWORK_OTHER, PROTOCOL_NONE, 0, 0, 0, 0x888e, 0, "EAPOL"},
		{NETWORK_OTHER, PROTOCOL_NONE, 0, 0, 0, 0x1234, 0, ""},
		{NETWORK_OTHER, PROTOCOL_NONE, 0, 0, 0, 100, 0xfe, "OSI"},
		{NETWORK_OTHER, PROTOCOL_NONE, 0, 0, 0, 0, 0, ""},
	};
	char text[FAMILY_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(told); i++) {
		const struct packet packet = {
			.network = (uint8_t)told[i].network,
			.protocol = (uint8_t)told[i].protocol,
			.icmp_type = told[i].type,
			.icmp_code = told[i].code,
			.message = told[i].message,
			.ethertype = told[i].ethertype,
			.llc_sap = told[i].sap,
		};

		packet_detail(text, &packet);
		assert_string_equal(text, told[i].detail);
	}
}

static void an_interface_that_is_forgotten_has_no_packets(void **state)
{
	struct packet packet = packet_udp(end4(1, 5000), end4(2, 53), 100);
	const uint8_t *row;
	size_t n;

	(void)state;
	house_count(&house, packet);
	packet.interface = 1;
	house_count(&house, packet);
	house_forget(&house, 0);
	row = rows(&n);
	assert_int_equal(n, 1);
	assert_int_equal(id_of(row), 2);
	packet.interface = 0;
	house_count(&house, packet);
	rows(&n);
	assert_int_equal(n, 2);
}

static struct packet packet_to_hide(void)
{
	struct packet packet = packet_ip(end4(1, 0), end4(2, 0), PROTOCOL_OSPF, 78);
	static const uint8_t mac[] = {2, 1, 3, 4, 5, 6};

	packet.flags = PACKET_MACS;
	packet.message = 1;
	packet.ospf_router = 0xc0000201;
	memcpy(packet.source_mac, mac, sizeof(mac));
	return packet;
}

static void under_privacy_packets_have_prefixes_or_no_addresses(void **state)
{
	const uint8_t *row;

	(void)state;
	open_with(PRIVACY_PREFIX);
	row = row_of(packet_to_hide());
	assert_address(row, "source_address", "10.0.0.0");
	assert_address(row, "ospf_router", "192.0.2.0");
	assert_text(row, "source_mac", "02:01:03:00:00:00");
	house_close(&house);
	open_with(PRIVACY_NONE);
	row = row_of(packet_to_hide());
	assert_false(has(row, "source_address") || has(row, "destination_address") ||
		     has(row, "source_name") || has(row, "source_mac") || has(row, "ospf_router"));
	assert_text(row, "detail", "hello");
	house_close(&house);
}

#define RING_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RING_TEST(all_packets_but_those_of_tcp_are_kept),
		RING_TEST(the_oldest_give_way_and_ids_go_on),
		RING_TEST(a_datagram_has_ports_and_a_fragment_has_none),
		RING_TEST(icmp_has_type_and_code_unless_it_was_cut),
		RING_TEST(arp_tells_who_asks_for_whom_as_far_as_it_was_captured),
		RING_TEST(ospf_has_its_router_and_area),
		RING_TEST(what_is_not_ip_has_its_ethertype_or_none),
		cmocka_unit_test(numbers_are_told_in_words),
		RING_TEST(an_interface_that_is_forgotten_has_no_packets),
		cmocka_unit_test(under_privacy_packets_have_prefixes_or_no_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
