/*
 * Ports: each TCP or UDP packet counts for exactly one, as `other` or as `unattributed`; connections
 * by the opening packet's destination port. SNMP sees every row that the bounded table holds,
 * Prometheus those that are exported; both close their sums.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "family/port.h"
#include "family/protocol.h"
#include "house.h"
#include "netif/listening.h"

static struct house house;

static int tear_down(void **state)
{
	(void)state;
	house_close(&house);
	return 0;
}

static const void *port(enum protocol protocol, uint16_t number)
{
	return house_row(&house, &port_family, 0, protocol, number);
}

static uint64_t value(enum protocol protocol, uint16_t number, const char *field)
{
	return row_value(&port_family, port(protocol, number), field);
}

static const void *series(enum protocol protocol, uint16_t number)
{
	return house_row(&house, &port_slots_family, 0, protocol, number);
}

static uint64_t series_value(enum protocol protocol, uint16_t number, const char *field)
{
	return row_value(&port_slots_family, series(protocol, number), field);
}

static bool is_exported(uint16_t number)
{
	return port_family.is_exported(port(PROTOCOL_UDP, number));
}

static uint64_t remainder_of(uint16_t slot, const char *protocol, const char *field)
{
	char name[80];

	snprintf(name, sizeof(name), "%s_%s", protocol, field);
	return row_value(&port_remainder_family,
			 house_row(&house, &port_remainder_family, slot, 0, 0), name);
}

/* A UDP flow of its own towards this port, from a port that is never the service. */
static void udp_to(uint16_t number, uint32_t bytes)
{
	house_count(&house, packet_udp(end4(1, 65000), end4(2, number), bytes));
}

static void packet_counts_for_its_service_port_alone(void **state)
{
	struct packet packet = packet_udp(end4(2, 53), end4(1, 5000), 300);

	(void)state;
	house_open(&house, 64, 64, EXPORT_ALL, false);
	house_count(&house, packet_udp(end4(1, 5000), end4(2, 53), 100));
	packet.direction = DIRECTION_TRANSMIT;
	house_count(&house, packet);
	assert_int_equal(value(PROTOCOL_UDP, 53, "receive_packets"), 1);
	assert_int_equal(value(PROTOCOL_UDP, 53, "receive_bytes"), 100);
	assert_int_equal(value(PROTOCOL_UDP, 53, "transmit_packets"), 1);
	assert_int_equal(value(PROTOCOL_UDP, 53, "transmit_bytes"), 300);
	assert_null(port(PROTOCOL_UDP, 5000));
	assert_null(port(PROTOCOL_TCP, 53));
}

static void packet_between_two_equal_ports_counts_once(void **state)
{
	(void)state;
	house_open(&house, 64, 64, EXPORT_ALL, false);
	house_count(&house, packet_udp(end4(1, 123), end4(2, 123), 90));
	assert_int_equal(value(PROTOCOL_UDP, 123, "receive_packets"), 1);
	assert_int_equal(value(PROTOCOL_UDP, 123, "receive_connections"), 1);
}

static void connections_count_by_destination_port_and_direction(void **state)
{
	struct packet answer = packet_tcp(end4(2, 80), end4(1, 40000), TCP_SYN | TCP_ACK, 9, 2);
	struct packet out = packet_tcp(end4(1, 40001), end4(2, 80), TCP_SYN, 1, 0);

	(void)state;
	house_open(&house, 64, 64, EXPORT_ALL, false);
	house_count(&house, packet_tcp(end4(1, 40000), end4(2, 80), TCP_SYN, 1, 0));
	house_count(&house, packet_tcp(end4(1, 40000), end4(2, 80), TCP_SYN, 1, 0));
	house_count(&house, answer);
	out.direction = DIRECTION_TRANSMIT;
	house_count(&house, out);
	assert_int_equal(value(PROTOCOL_TCP, 80, "receive_connections"), 1);
	assert_int_equal(value(PROTOCOL_TCP, 80, "transmit_connections"), 1);
	assert_int_equal(value(PROTOCOL_TCP, 80, "receive_packets"), 3);
}

/* FTP's data connection: from 20, which is the service, to a port above, which is opened. */
static void connection_away_from_the_service_counts_where_it_goes(void **state)
{
	(void)state;
	house_open(&house, 64, 64, EXPORT_ALL, false);
	house_count(&house, packet_tcp(end4(2, 20), end4(1, 40000), TCP_SYN, 1, 0));
	assert_int_equal(value(PROTOCOL_TCP, 20, "receive_packets"), 1);
	assert_int_equal(value(PROTOCOL_TCP, 20, "receive_connections"), 0);
	assert_int_equal(value(PROTOCOL_TCP, 40000, "receive_packets"), 0);
	assert_int_equal(value(PROTOCOL_TCP, 40000, "receive_connections"), 1);
}

static void packet_without_ports_is_unattributed(void **state)
{
	(void)state;
	house_open(&house, 64, 64, EXPORT_ALL, false);
	house_count(&house, packet_later_fragment(end4(1, 0), end4(2, 0), 7));
	house_count(&house, packet_ip(end4(1, 0), end4(2, 0), PROTOCOL_TCP, 60));
	house_count(&house, packet_ip(end4(1, 0), end4(2, 0), PROTOCOL_SCTP, 60));
	assert_int_equal(remainder_of(0, "udp", "unattributed_receive_packets"), 1);
	assert_int_equal(remainder_of(0, "udp", "unattributed_receive_bytes"), 1000);
	assert_int_equal(remainder_of(0, "tcp", "unattributed_receive_bytes"), 60);
	assert_int_equal(house_sum(&house, &port_family, -1, "receive_packets", false), 0);
}

/* Slots, and all that they do not hold, close the sums; SNMP's rows do by themselves. */
static void ports_in_slots_are_series_and_the_rest_is_shown_as_other(void **state)
{
	(void)state;
	house_open(&house, 64, 64, 2, false);
	udp_to(1000, 100);
	udp_to(1001, 200);
	udp_to(1002, 60000);
	house_tick(&house, 1);
	house_tick(&house, 1);
	for (uint16_t number = 1000; number <= 1002; number++)
		udp_to(number, 1000);
	assert_null(series(PROTOCOL_UDP, 1000));
	assert_int_equal(series_value(PROTOCOL_UDP, 1001, "receive_bytes"), 1000);
	assert_int_equal(series_value(PROTOCOL_UDP, 1002, "receive_packets"), 1);
	assert_int_equal(value(PROTOCOL_UDP, 1002, "receive_bytes"), 61000);
	assert_false(is_exported(1002));
	assert_int_equal(remainder_of(0, "udp", "shown_other_receive_bytes"), 61300);
	assert_int_equal(remainder_of(0, "udp", "shown_other_receive_connections"), 3);
	assert_int_equal(remainder_of(0, "udp", "other_receive_bytes"), 0);
	assert_int_equal(row_value(&port_remainder_family,
				   house_row(&house, &port_remainder_family, 0, 0, 0),
				   "port_promotions"),
			 2);
}

/* 53 and 4000 are the user's; UDP 53, TCP 8080 and UDP 5353 are listened on. */
static void open_pinned(uint32_t export_ports)
{
	static const uint16_t pinned[] = {53, 4000};
	static const struct listening_port listening[] = {{8080, false}, {53, true}, {5353, true}};
	const struct family_options options = {
		.max_ports = 64,
		.max_hosts = 64,
		.max_stations = 64,
		.max_conversations = 64,
		.max_knocks = 64,
		.export_ports = export_ports,
		.export_warmup_s = 60,
		.pinned_ports = pinned,
		.n_pinned_ports = COUNT(pinned),
		.listening = listening,
		.n_listening = COUNT(listening),
	};

	house_open_with(&house, 64, &options);
}

static void pinned_ports_and_those_listened_on_are_series_from_the_start(void **state)
{
	size_t n;

	(void)state;
	open_pinned(20);
	house_rows(&house, &port_slots_family, &n);
	assert_int_equal(n, 2 * 5);
	assert_int_equal(series_value(PROTOCOL_TCP, 53, "receive_packets"), 0);
	assert_int_equal(series_value(PROTOCOL_TCP, 4000, "receive_packets"), 0);
	assert_int_equal(series_value(PROTOCOL_TCP, 8080, "receive_packets"), 0);
	assert_null(series(PROTOCOL_UDP, 4000));
	udp_to(53, 100);
	assert_int_equal(series_value(PROTOCOL_UDP, 53, "receive_bytes"), 100);
	assert_int_equal(series_value(PROTOCOL_UDP, 53, "receive_connections"), 1);
	assert_int_equal(series_value(PROTOCOL_UDP, 5353, "receive_bytes"), 0);
}

static void pinned_port_is_a_series_of_udp_too_once_there_is_traffic(void **state)
{
	(void)state;
	open_pinned(4); /* three have theirs from the start, and one is kept for traffic */
	udp_to(9000, 100000);
	udp_to(4000, 100);
	house_tick(&house, 1);
	assert_int_equal(series_value(PROTOCOL_UDP, 4000, "receive_bytes"), 0);
	assert_null(series(PROTOCOL_UDP, 9000));
	house_tick(&house, 60);
	udp_to(4000, 100);
	assert_int_equal(series_value(PROTOCOL_UDP, 4000, "receive_bytes"), 100);
}

/* At the end of a run, when one snapshot is all there will be. */
static void largest_ports_are_exported_where_only_one_snapshot_is_shown(void **state)
{
	(void)state;
	house_open(&house, 64, 64, 2, true);
	udp_to(1000, 100);
	udp_to(1001, 300);
	udp_to(1002, 200);
	udp_to(1000, 150);
	assert_true(is_exported(1001));
	assert_true(is_exported(1000));
	assert_false(is_exported(1002));
	assert_int_equal(remainder_of(0, "udp", "shown_other_receive_bytes"), 200);
}

static void none_is_exported_where_none_is_asked_for(void **state)
{
	(void)state;
	house_open(&house, 64, 64, 0, false);
	udp_to(1000, 100);
	assert_false(is_exported(1000));
	assert_int_equal(remainder_of(0, "udp", "shown_other_receive_bytes"), 100);
}

static void full_table_folds_the_least_used_row_into_other(void **state)
{
	(void)state;
	house_open(&house, 64, 4, 1, false);
	udp_to(1000, 100); /* has a slot: not folded */
	house_tick(&house, 1);
	udp_to(1001, 100);
	udp_to(1001, 100);
	udp_to(1002, 100);
	udp_to(1003, 100);
	udp_to(1003, 100);
	udp_to(1004, 100);
	assert_null(port(PROTOCOL_UDP, 1002));
	assert_non_null(port(PROTOCOL_UDP, 1000));
	assert_non_null(port(PROTOCOL_UDP, 1004));
	assert_int_equal(remainder_of(0, "udp", "other_receive_packets"), 1);
	assert_int_equal(remainder_of(0, "udp", "other_receive_connections"), 1);
	assert_int_equal(remainder_of(0, "udp", "shown_other_receive_packets"), 7);
}

/* Rows that are all exported can't go, for a series may not vanish: what is new goes to `other`. */
static void table_full_of_exported_rows_sends_the_rest_to_other(void **state)
{
	(void)state;
	house_open(&house, 64, 2, EXPORT_ALL, false);
	udp_to(1000, 100);
	udp_to(1001, 100);
	udp_to(1002, 100);
	house_count(&house, packet_tcp(end4(1, 65000), end4(2, 80), TCP_SYN, 1, 0));
	assert_null(port(PROTOCOL_UDP, 1002));
	assert_int_equal(remainder_of(0, "udp", "other_receive_packets"), 1);
	assert_int_equal(remainder_of(0, "tcp", "other_receive_packets"), 1);
	assert_int_equal(remainder_of(0, "tcp", "other_receive_connections"), 1);
}

/* The flow's memory of its row is a guess: the row may have gone to another port since. */
static void flow_finds_its_port_again_after_its_row_was_folded(void **state)
{
	(void)state;
	house_open(&house, 64, 1, 0, false);
	udp_to(1000, 100);
	udp_to(1001, 100);
	udp_to(1000, 100);
	assert_null(port(PROTOCOL_UDP, 1001));
	assert_int_equal(value(PROTOCOL_UDP, 1000, "receive_packets"), 1);
	assert_int_equal(remainder_of(0, "udp", "other_receive_packets"), 2);
}

static uint64_t tcp_and_udp(uint16_t slot, const char *field)
{
	uint64_t sum = 0;

	for (uint64_t network = NETWORK_IPV4; network <= NETWORK_IPV6; network++)
		for (uint64_t protocol = PROTOCOL_TCP; protocol <= PROTOCOL_UDP; protocol++)
			sum += row_value(
				&protocol_family,
				house_row(&house, &protocol_family, slot, network, protocol),
				field);
	return sum;
}

static uint64_t remainders(uint16_t slot, const char *which, const char *field)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_%s", which, field);
	return remainder_of(slot, "tcp", name) + remainder_of(slot, "udp", name);
}

static void assert_sums_close(uint16_t slot, const char *field)
{
	uint64_t expected = tcp_and_udp(slot, field);
	uint64_t unattributed = remainders(slot, "unattributed", field);

	assert_int_equal(house_sum(&house, &port_family, slot, field, false) +
				 remainders(slot, "other", field) + unattributed,
			 expected);
	assert_int_equal(house_sum(&house, &port_family, slot, field, true) +
				 remainders(slot, "shown_other", field) + unattributed,
			 expected);
}

/* No series and no remainder ever falls, in what Prometheus sees. */
struct shown {
	uint64_t ports[2000];
	uint64_t other;
};

static void assert_nothing_fell(struct shown *before)
{
	size_t n;
	const uint8_t *row = house_rows(&house, &port_family, &n);
	uint64_t other;

	for (; n > 0; n--, row += port_family.row_size) {
		uint64_t number = row_key(&port_family, row, 2);
		uint64_t bytes = row_value(&port_family, row, "receive_bytes");

		if (row_key(&port_family, row, 0) != 0 || !port_family.is_exported(row) ||
		    row_key(&port_family, row, 1) != PROTOCOL_UDP)
			continue;
		assert_true(bytes >= before->ports[number]);
		before->ports[number] = bytes;
	}
	other = remainder_of(0, "udp", "shown_other_receive_bytes");
	assert_true(other >= before->other);
	before->other = other;
}

static void sums_close_in_both_views_while_the_table_evicts(void **state)
{
	static const char *const fields[] = {"receive_packets", "receive_bytes", "transmit_packets",
					     "transmit_bytes"};
	static const uint32_t exported[] = {0, EXPORT_ALL};

	(void)state;
	for (size_t i = 0; i < COUNT(exported); i++) {
		struct shown shown = {.other = 0};
		struct random random = {i + 1};
		struct packet packets[TALLY_BATCH];

		house_open(&house, 8, 5, exported[i], false);
		for (int batch = 0; batch < 2000; batch++) {
			for (int j = 0; j < TALLY_BATCH; j++) {
				struct packet *packet = &packets[j];

				*packet = packet_random(&random, 2, 20);
				if (!(packet->flags & PACKET_PORTS))
					continue;
				packet->source_port = (uint16_t)random_below(&random, 2000);
				packet->destination_port = (uint16_t)random_below(&random, 2000);
			}
			house_count_many(&house, packets, TALLY_BATCH);
			for (uint16_t slot = 0; batch % 8 == 0 && slot < 2; slot++)
				for (size_t field = 0; field < COUNT(fields); field++)
					assert_sums_close(slot, fields[field]);
			assert_nothing_fell(&shown);
		}
		if (i < COUNT(exported) - 1)
			house_close(&house);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, NULL, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(packet_counts_for_its_service_port_alone),
		TEST(packet_between_two_equal_ports_counts_once),
		TEST(connections_count_by_destination_port_and_direction),
		TEST(connection_away_from_the_service_counts_where_it_goes),
		TEST(packet_without_ports_is_unattributed),
		TEST(ports_in_slots_are_series_and_the_rest_is_shown_as_other),
		TEST(pinned_ports_and_those_listened_on_are_series_from_the_start),
		TEST(pinned_port_is_a_series_of_udp_too_once_there_is_traffic),
		TEST(largest_ports_are_exported_where_only_one_snapshot_is_shown),
		TEST(none_is_exported_where_none_is_asked_for),
		TEST(full_table_folds_the_least_used_row_into_other),
		TEST(table_full_of_exported_rows_sends_the_rest_to_other),
		TEST(flow_finds_its_port_again_after_its_row_was_folded),
		TEST(sums_close_in_both_views_while_the_table_evicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
