/*
 * The families that keep fixed rows for each interface: interface, protocol, size, capture, flow
 * remainder. Every packet is in each of them exactly once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "family/capture.h"
#include "family/flood.h"
#include "family/flow.h"
#include "family/interface.h"
#include "family/knock.h"
#include "family/lock.h"
#include "family/port.h"
#include "family/protocol.h"
#include "family/self.h"
#include "family/size.h"
#include "family/station.h"
#include "family/tcp.h"
#include "house.h"

static struct house house;

static int set_up(void **state)
{
	(void)state;
	house_open(&house, 64, 64, EXPORT_ALL, false);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	house_close(&house);
	return 0;
}

static uint64_t interface_value(uint16_t slot, const char *field)
{
	return row_value(&interface_family, house_row(&house, &interface_family, slot, 0, 0),
			 field);
}

static void interface_counts_each_direction_by_itself(void **state)
{
	struct packet packet = packet_arp(60);

	(void)state;
	house_count(&house, packet);
	packet.direction = DIRECTION_TRANSMIT;
	packet.frame_bytes = 1514;
	packet.cast = CAST_BROADCAST;
	house_count(&house, packet);
	packet.cast = CAST_MULTICAST;
	house_count(&house, packet);
	packet.interface = 1;
	house_count(&house, packet);
	assert_int_equal(interface_value(0, "receive_packets"), 1);
	assert_int_equal(interface_value(0, "receive_bytes"), 60);
	assert_int_equal(interface_value(0, "transmit_packets"), 2);
	assert_int_equal(interface_value(0, "transmit_bytes"), 3028);
	assert_int_equal(interface_value(0, "receive_broadcast_packets"), 0);
	assert_int_equal(interface_value(0, "transmit_broadcast_packets"), 1);
	assert_int_equal(interface_value(0, "receive_broadcast_bytes"), 0);
	assert_int_equal(interface_value(0, "transmit_broadcast_bytes"), 1514);
	assert_int_equal(interface_value(0, "transmit_multicast_packets"), 1);
	assert_int_equal(interface_value(1, "transmit_packets"), 1);
}

static void interface_counts_super_frames_beside_their_wire_packets(void **state)
{
	struct packet packet = packet_tcp(end4(1, 1), end4(2, 2), TCP_ACK, 1, 1);

	(void)state;
	house.bench->tally.interfaces[0].mtu = 1500;
	packet.payload_bytes = 2 * 1448;
	packet.frame_bytes = 66 + 2 * 1448;
	house_count(&house, packet);
	house_count(&house, packet_arp(60));
	assert_int_equal(interface_value(0, "receive_packets"), 2);
	assert_int_equal(interface_value(0, "receive_bytes"), 66 + 2896 + 60);
	assert_int_equal(interface_value(0, "receive_superframes"), 1);
	assert_int_equal(interface_value(0, "receive_wire_packets"), 3);
	assert_int_equal(interface_value(0, "receive_wire_bytes"), 2 * 1514 + 60);
}

static void interface_counts_bad_checksums_apart_from_those_left_to_the_hardware(void **state)
{
	struct packet packet = packet_udp(end4(1, 1), end4(2, 2), 3000);

	(void)state;
	house.bench->tally.interfaces[0].mtu = 1500;
	packet.ipv4_checksum = CHECKSUM_BAD;
	house_count(&house, packet); /* a super-frame: not judged */
	packet.frame_bytes = 100;
	house_count(&house, packet);
	house_count(&house, packet);
	packet.direction = DIRECTION_TRANSMIT;
	house_count(&house, packet);
	packet.ipv4_checksum = CHECKSUM_UNSET;
	house_count(&house, packet);
	packet.ipv4_checksum = CHECKSUM_RIGHT;
	house_count(&house, packet);
	house_count(&house, packet_arp(60));
	assert_int_equal(interface_value(0, "receive_bad_checksum_packets"), 2);
	assert_int_equal(interface_value(0, "transmit_bad_checksum_packets"), 1);
	assert_int_equal(interface_value(0, "receive_unset_checksum_packets"), 0);
	assert_int_equal(interface_value(0, "transmit_unset_checksum_packets"), 1);
}

static void interface_knows_its_largest_frames(void **state)
{
	struct packet packet = packet_udp(end4(1, 1), end4(2, 2), 300);

	(void)state;
	house_count(&house, packet);
	house_count(&house, packet_udp(end4(1, 1), end4(2, 2), 299));
	packet.direction = DIRECTION_TRANSMIT;
	packet.frame_bytes = 65549;
	house_count(&house, packet);
	assert_int_equal(interface_value(0, "receive_largest_bytes"), 300);
	assert_int_equal(interface_value(0, "transmit_largest_bytes"), 65549);
	assert_int_equal(interface_value(1, "receive_largest_bytes"), 0);
}

/* 2 networks of 12 protocols, but for ICMPv6 over IPv4, and ICMP and IGMP over IPv6; 2 without any: 23
 * for each interface, from the start. */
static void protocol_shows_all_possible_combinations_at_0(void **state)
{
	size_t n;

	(void)state;
	house_rows(&house, &protocol_family, &n);
	assert_int_equal(n, 2 * 23);
	assert_int_equal(house_sum(&house, &protocol_family, -1, "receive_packets", false), 0);
	assert_null(house_row(&house, &protocol_family, 0, NETWORK_ARP, PROTOCOL_TCP));
	assert_null(house_row(&house, &protocol_family, 0, NETWORK_IPV4, PROTOCOL_NONE));
	assert_non_null(house_row(&house, &protocol_family, 1, NETWORK_IPV6, PROTOCOL_ICMPV6));
	assert_non_null(house_row(&house, &protocol_family, 1, NETWORK_OTHER, PROTOCOL_NONE));
}

static void protocol_that_no_standard_knows_there_is_shown_once_it_came(void **state)
{
	struct packet packet = packet_udp(end6(1, 1), end6(2, 2), 100);

	(void)state;
	assert_null(house_row(&house, &protocol_family, 0, NETWORK_IPV6, PROTOCOL_ICMP));
	packet.protocol = PROTOCOL_ICMP;
	packet.flags = 0;
	house_count(&house, packet);
	assert_non_null(house_row(&house, &protocol_family, 0, NETWORK_IPV6, PROTOCOL_ICMP));
}

static void protocol_splits_by_network_and_protocol(void **state)
{
	const void *row;

	(void)state;
	house_count(&house, packet_udp(end4(1, 1), end4(2, 2), 100));
	house_count(&house, packet_udp(end6(1, 1), end6(2, 2), 200));
	house_count(&house, packet_udp(end6(1, 1), end6(2, 2), 300));
	house_count(&house, packet_arp(60));
	row = house_row(&house, &protocol_family, 0, NETWORK_IPV4, PROTOCOL_UDP);
	assert_int_equal(row_value(&protocol_family, row, "receive_bytes"), 100);
	row = house_row(&house, &protocol_family, 0, NETWORK_IPV6, PROTOCOL_UDP);
	assert_int_equal(row_value(&protocol_family, row, "receive_packets"), 2);
	assert_int_equal(row_value(&protocol_family, row, "receive_bytes"), 500);
	row = house_row(&house, &protocol_family, 0, NETWORK_ARP, PROTOCOL_NONE);
	assert_int_equal(row_value(&protocol_family, row, "receive_bytes"), 60);
	assert_int_equal(house_sum(&house, &protocol_family, -1, "receive_packets", false), 4);
}

/* RFC 2819's bins moved by the FCS, then jumbo frames: 64, 127, 255, 511, 1023, 1518, 4095, 9216. */
static void size_has_each_length_in_its_bucket(void **state)
{
	static const struct {
		uint32_t bytes, lower, upper;
	} edges[] = {
		{0, 0, 64},
		{64, 0, 64},
		{65, 65, 127},
		{127, 65, 127},
		{128, 128, 255},
		{255, 128, 255},
		{256, 256, 511},
		{511, 256, 511},
		{512, 512, 1023},
		{1023, 512, 1023},
		{1024, 1024, 1518},
		{1518, 1024, 1518},
		{1519, 1519, 4095},
		{4095, 1519, 4095},
		{4096, 4096, 9216},
		{9216, 4096, 9216},
		{9217, 9217, 0xffffffff},
		{65549, 9217, 0xffffffff},
	};
	const void *row;
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(edges); i++) {
		uint64_t before = 0, before_bytes = 0;

		row = house_row(&house, &size_family, 0, edges[i].lower, 0);
		assert_non_null(row);
		before = row_value(&size_family, row, "receive_packets");
		before_bytes = row_value(&size_family, row, "receive_bytes");
		assert_int_equal(row_value(&size_family, row, "upper"), edges[i].upper);
		house_count(&house, packet_arp(edges[i].bytes));
		row = house_row(&house, &size_family, 0, edges[i].lower, 0);
		assert_int_equal(row_value(&size_family, row, "receive_packets"), before + 1);
		assert_int_equal(row_value(&size_family, row, "receive_bytes"),
				 before_bytes + edges[i].bytes);
		assert_int_equal(row_value(&size_family, row, "transmit_packets"), 0);
	}
	house_rows(&house, &size_family, &n);
	assert_int_equal(n, 2 * 9);
	assert_int_equal(house_sum(&house, &size_family, 0, "receive_packets", false), 18);
	assert_int_equal(house_sum(&house, &size_family, 1, "receive_packets", false), 0);
}

static void capture_counts_errors_by_reason_and_what_was_cut(void **state)
{
	struct packet packet = packet_arp(60);
	const void *row;

	(void)state;
	house_count(&house, packet);
	packet.error = DECODE_BAD_VERSION;
	house_count(&house, packet);
	packet.error = DECODE_TOO_DEEP;
	house_count(&house, packet);
	packet.error = DECODE_OK;
	packet.flags = PACKET_SNAPPED;
	house_count(&house, packet);
	house.bench->tally.interfaces[0].dropped = 1234;
	row = house_row(&house, &capture_family, 0, 0, 0);
	assert_int_equal(row_value(&capture_family, row, "packets"), 4);
	assert_int_equal(row_value(&capture_family, row, "snapped_packets"), 1);
	assert_int_equal(row_value(&capture_family, row, "dropped_packets"), 1234);
	assert_int_equal(row_value(&capture_family, row, "decode_errors"), 2);
	assert_int_equal(row_value(&capture_family, row, "decode_error_bad_version"), 1);
	assert_int_equal(row_value(&capture_family, row, "decode_error_too_deep"), 1);
	assert_int_equal(row_value(&capture_family, row, "decode_error_unknown_link"), 0);
}

static void flow_row_shows_both_ends_and_what_each_sent(void **state)
{
	struct packet packet = packet_tcp(end4(9, 40000), end4(2, 80), TCP_SYN, 10, 0);
	const void *row;

	(void)state;
	packet.tcp_window = 64240;
	packet.vlan[0] = 5;
	packet.interface = 1;
	house_count(&house, packet);
	row = house_row(&house, &flow_family, 1, 1, 0);
	assert_non_null(row);
	assert_int_equal(row_value(&flow_family, row, "initiator_port"), 40000);
	assert_int_equal(row_value(&flow_family, row, "responder_port"), 80);
	assert_int_equal(row_value(&flow_family, row, "service_port"), 80);
	assert_int_equal(row_value(&flow_family, row, "protocol"), PROTOCOL_TCP);
	assert_int_equal(row_value(&flow_family, row, "ip_protocol"), 6);
	assert_int_equal(row_value(&flow_family, row, "vlan_outer"), 5);
	assert_int_equal(row_value(&flow_family, row, "vlan_inner"), 0);
	assert_int_equal(row_value(&flow_family, row, "initiator_packets"), 1);
	assert_int_equal(row_value(&flow_family, row, "initiator_bytes"), 60);
	assert_int_equal(row_value(&flow_family, row, "initiator_last_bytes"), 60);
	assert_int_equal(row_value(&flow_family, row, "initiator_window"), 64240);
	assert_int_equal(row_value(&flow_family, row, "responder_packets"), 0);
	assert_int_equal(row_value(&flow_family, row, "state"), FLOW_HALF_OPEN);
}

static void tables_tell_how_full_they_are(void **state)
{
	const void *row;
	size_t n;

	(void)state;
	for (uint16_t port = 1; port <= 70; port++)
		house_count(&house, packet_udp(end4(1, port), end4(2, 60000), 100));
	house_count(&house, packet_first_fragment(end4(1, 1), end4(2, 60000), 1));
	row = house_rows(&house, &flow_table_family, &n);
	assert_int_equal(n, 1);
	assert_int_equal(row_value(&flow_table_family, row, "flow_entries"), 64);
	assert_int_equal(row_value(&flow_table_family, row, "flow_capacity"), 64);
	assert_int_equal(row_value(&flow_table_family, row, "flow_evicted_one_packet"), 7);
	assert_int_equal(row_value(&flow_table_family, row, "fragment_entries"), 1);
	row = house_rows(&house, &port_table_family, &n);
	assert_int_equal(row_value(&port_table_family, row, "port_capacity"), 64);
	assert_int_equal(row_value(&port_table_family, row, "port_entries"), 64);
}

static void lock_times_fall_into_their_buckets(void **state)
{
	size_t n;

	(void)state;
	histogram_add(&house.lock.held, 1000000);
	histogram_add(&house.lock.held, 1000001);
	histogram_add(&house.lock.waited, 10 * SECOND);
	house_rows(&house, &lock_family, &n);
	assert_int_equal(n, HISTOGRAM_BUCKETS);
	assert_int_equal(row_value(&lock_family, house.rows, "held"), 1);
	assert_int_equal(row_value(&lock_family, house.rows + lock_family.row_size, "held"), 1);
	assert_int_equal(row_value(&lock_family, house.rows + 3 * lock_family.row_size, "waited"),
			 1);
}

/* Everything of a slot is gone, and nothing of the other is. */
#define REMAINDERS 11 /* iptallyRemainderTable */

static void forgotten_interface_begins_again_at_0_in_every_family(void **state)
{
	struct random random = {5};

	(void)state;
	house_tick(&house, 0); /* what is measured over intervals has one */
	for (int i = 0; i < 5000; i++)
		house_count(&house, packet_random(&random, 2, 30));
	house_tick(&house, 5);
	house_forget(&house, 0);
	for (size_t i = 0; i < family_table_size; i++) {
		const struct family *family = family_table[i];
		uint64_t others = 0; /* of the other interface, which goes on */
		size_t n;
		const uint8_t *row = house_rows(&house, family, &n);

		if (!family->n_keys || family->keys[0].kind != KEY_INTERFACE)
			continue;
		for (; n > 0; n--, row += family->row_size)
			for (size_t j = 0; j < family->n_fields; j++) {
				const struct family_field *field = &family->fields[j];

				if (field->kind != FIELD_COUNTER &&
				    field->kind != FIELD_HISTOGRAM && field->kind != FIELD_GAUGE)
					continue;
				if (row_key(family, row, 0) == 0)
					assert_int_equal(row_value(family, row, field->name), 0);
				else
					others += row_value(family, row, field->name);
			}
		/* Chance fills no remainder and no slot here, finishes no handshake and is no flood
		 * and no probe; its packets have no MAC addresses. */
		if (family->kind != FAMILY_SLOTTED && family->subtree != REMAINDERS &&
		    family != &handshake_family && family->shows != &station_family &&
		    family != &station_family && family != &flood_family &&
		    family->shows != &knock_family)
			assert_true(others > 0);
	}
	assert_null(house_row(&house, &port_family, 0, PROTOCOL_UDP, 1022));
}

/* In packets and in bytes, for each direction of each interface. */
static void size_and_protocol_and_interface_have_the_same_sums(void **state)
{
	static const char *const fields[] = {"receive_packets", "receive_bytes", "transmit_packets",
					     "transmit_bytes"};
	struct packet packets[TALLY_BATCH];
	struct random random = {6};
	uint64_t truth[2][4] = {{0}};

	(void)state;
	for (int batch = 0; batch < 2000; batch++) {
		for (int i = 0; i < TALLY_BATCH; i++) {
			struct packet *packet = &packets[i];

			*packet = packet_random(&random, 2, 200);
			truth[packet->interface][packet->direction * 2]++;
			truth[packet->interface][packet->direction * 2 + 1] += packet->frame_bytes;
		}
		house_count_many(&house, packets, TALLY_BATCH);
	}
	for (int interface = 0; interface < 2; interface++)
		for (int i = 0; i < 4; i++) {
			uint64_t expected = truth[interface][i];

			assert_int_equal(
				house_sum(&house, &interface_family, interface, fields[i], false),
				expected);
			assert_int_equal(
				house_sum(&house, &size_family, interface, fields[i], false),
				expected);
			assert_int_equal(
				house_sum(&house, &protocol_family, interface, fields[i], false),
				expected);
		}
}

/* The same packets in an agent with all families and in one with the core alone. */
static void core_families_count_the_same_and_the_others_take_no_memory(void **state)
{
	const struct family_options options = {
		.only_core = true, .max_ports = 64, .export_ports = EXPORT_ALL};
	struct random random = {7};
	struct house core;

	(void)state;
	house_open_with(&core, 64, &options);
	for (int i = 0; i < 2000; i++) {
		struct packet packet = packet_random(&random, 2, 30);

		house_count(&house, packet);
		house_count(&core, packet);
	}
	house_tick(&core, 1);
	house_forget(&core, 1);
	assert_int_equal(house_sum(&core, &interface_family, 0, "receive_bytes", false),
			 house_sum(&house, &interface_family, 0, "receive_bytes", false));
	assert_int_equal(house_sum(&core, &port_family, 0, "receive_bytes", false),
			 house_sum(&house, &port_family, 0, "receive_bytes", false));
	assert_non_null(family_set_state(&core.families, &port_slots_family));
	assert_null(family_set_state(&core.families, &station_family));
	assert_null(family_set_state(&core.families, &station_slots_family));
	for (size_t i = 0; i < core.bench->ledger.n; i++)
		assert_string_not_equal(core.bench->ledger.entries[i].name, "station table");
	house_close(&core);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(interface_counts_each_direction_by_itself),
		TEST(interface_counts_super_frames_beside_their_wire_packets),
		TEST(interface_counts_bad_checksums_apart_from_those_left_to_the_hardware),
		TEST(interface_knows_its_largest_frames),
		TEST(protocol_shows_all_possible_combinations_at_0),
		TEST(protocol_that_no_standard_knows_there_is_shown_once_it_came),
		TEST(protocol_splits_by_network_and_protocol),
		TEST(size_has_each_length_in_its_bucket),
		TEST(capture_counts_errors_by_reason_and_what_was_cut),
		TEST(flow_row_shows_both_ends_and_what_each_sent),
		TEST(tables_tell_how_full_they_are),
		TEST(lock_times_fall_into_their_buckets),
		TEST(forgotten_interface_begins_again_at_0_in_every_family),
		TEST(size_and_protocol_and_interface_have_the_same_sums),
		TEST(core_families_count_the_same_and_the_others_take_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
