/*
 * Probes: a source that within five minutes tries more than 15 ports, or hosts, and gets no
 * connection. The one who probes is 10.0.0.9.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "family/knock.h"
#include "family/probe.h"
#include "family/probe_set.h"
#include "house.h"

#define LIMIT  15
#define WINDOW 300
#define GRACE  2

static struct house house;
static uint16_t source_port;

static int set_up(void **state)
{
	(void)state;
	source_port = 10000;
	house_open(&house, 4096, 64, EXPORT_ALL, false);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	house_close(&house);
	return 0;
}

static void wait(int64_t seconds)
{
	house_tick(&house, seconds);
}

static void send(struct packet packet, enum direction direction)
{
	packet.direction = (uint8_t)direction;
	house_count(&house, packet);
}

/* From another source port each time. */
static struct end try(uint8_t source, uint8_t host, uint16_t port)
{
	struct end from = end4(source, ++source_port);

	send(packet_tcp(from, end4(host, port), TCP_SYN, 1, 0), DIRECTION_RECEIVE);
	return from;
}

static void refuse(struct end from, struct end to)
{
	send(packet_tcp(to, from, TCP_RST | TCP_ACK, 0, 2), DIRECTION_TRANSMIT);
}

static void answer(struct end from, struct end to)
{
	send(packet_tcp(to, from, TCP_SYN | TCP_ACK, 7, 2), DIRECTION_TRANSMIT);
}

static void connect(uint8_t source, uint8_t host, uint16_t port)
{
	struct end from = try(source, host, port);

	answer(from, end4(host, port));
	send(packet_tcp(from, end4(host, port), TCP_ACK, 2, 8), DIRECTION_RECEIVE);
}

static uint64_t active(void)
{
	return house_sum(&house, &probing_family, 0, "active", false);
}

/* The only probe's number of this name. */
static uint64_t told(const char *field)
{
	size_t n;
	const void *rows = house_rows(&house, &probe_family, &n);

	assert_int_equal(n, 1);
	return row_value(&probe_family, rows, field);
}

static struct event take(enum event_kind kind)
{
	struct event event;

	do
		assert_true(event_ring_take(house.events, &event));
	while (event.kind == EVENT_KNOCK);
	assert_int_equal(event.kind, kind);
	return event;
}

static void scan_of_ports_is_a_probe_until_it_is_calm(void **state)
{
	struct event event;

	(void)state;
	for (uint16_t port = 1; port <= 100; port++)
		refuse(try(9, 1, port), end4(1, port));
	wait(1);
	assert_int_equal(active(), 0); /* answers may be on their way */
	wait(1);
	assert_int_equal(active(), 1);
	assert_int_equal(told("ports"), 100);
	assert_int_equal(told("hosts"), 1);
	assert_int_equal(told("active"), 1);
	event = take(EVENT_PROBE_BEGUN);
	assert_int_equal(event.count, 100);
	assert_int_equal(event.hosts, 1);
	assert_memory_equal(event.addresses[0], ((uint8_t[]){10, 0, 0, 9}), 4);
	for (uint16_t port = 1000; port < 2000; port++)
		try(9, 1, port);
	wait(WINDOW);
	assert_int_equal(active(), 1);
	wait(1);
	assert_int_equal(active(), 0);
	assert_int_equal(told("active"), 0);
	assert_int_equal(told("ports"), 1100);
	event = take(EVENT_PROBE_ENDED);
	assert_int_equal(event.count, 1100);
	assert_int_equal(event.duration_ns, 2 * SECOND);
	assert_int_equal(house_sum(&house, &probing_family, 0, "begun", false), 1);
}

static void scan_of_hosts_is_one_too(void **state)
{
	(void)state;
	for (uint8_t host = 20; host < 20 + LIMIT; host++)
		try(9, host, 22);
	wait(GRACE);
	assert_int_equal(active(), 0);
	try(9, 20 + LIMIT, 22);
	wait(GRACE);
	assert_int_equal(active(), 1);
	assert_int_equal(told("hosts"), LIMIT + 1);
	assert_int_equal(told("ports"), 1);
}

/* One port each 18 s is 16 in 270 s; one each 21 s is 15 in 300 s. */
static void slow_scan_is_found_up_to_the_window(void **state)
{
	(void)state;
	for (uint16_t port = 1; port <= 60; port++) {
		try(8, 1, port);
		wait(21);
	}
	assert_int_equal(active(), 0);
	for (uint16_t port = 1; port <= LIMIT + 1; port++) {
		try(9, 1, port);
		wait(18);
	}
	assert_int_equal(active(), 1);
	assert_int_equal(told("ports"), LIMIT + 1);
}

static void same_ports_again_and_again_are_no_probe(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++)
		try(9, 1, (uint16_t)(1 + i % LIMIT));
	wait(GRACE);
	assert_int_equal(active(), 0);
}

/* A client of many: what it opens at once is not answered yet when it opens the next. */
static void who_gets_connections_does_not_probe(void **state)
{
	struct end from[30];

	(void)state;
	for (int round = 0; round < 10; round++) {
		for (uint8_t i = 0; i < 30; i++)
			from[i] = try(9, 20 + i, (uint16_t)(443 + i));
		wait(1);
		for (uint8_t i = 0; i < 30; i++) {
			struct end to = end4(20 + i, (uint16_t)(443 + i));

			answer(from[i], to);
			send(packet_tcp(from[i], to, TCP_ACK, 2, 8), DIRECTION_RECEIVE);
		}
		wait(1);
	}
	for (uint16_t port = 1000; port < 1100; port++) {
		struct packet packet = packet_udp(end4(8, port), end4(1, port), 80);

		send(packet, DIRECTION_RECEIVE);
		packet = packet_udp(end4(1, port), end4(8, port), 80);
		send(packet, DIRECTION_TRANSMIT);
	}
	wait(GRACE);
	assert_int_equal(active(), 0);
	assert_int_equal(house_sum(&house, &probe_table_family, -1, "probe_entries", false), 0);
}

/* A scan that leaves once it knows that a port is open. */
static void half_open_connections_are_none(void **state)
{
	(void)state;
	for (uint16_t port = 1; port <= 40; port++) {
		struct end from = try(9, 1, port);

		answer(from, end4(1, port));
		send(packet_tcp(from, end4(1, port), TCP_RST, 2, 0), DIRECTION_RECEIVE);
	}
	wait(GRACE);
	assert_int_equal(active(), 1);
	assert_int_equal(told("ports"), 40);
}

static void own_scan_is_none_and_a_forwarded_one_is_where_it_comes_in(void **state)
{
	(void)state;
	for (uint16_t port = 1; port <= 40; port++) {
		struct packet packet = packet_tcp(end4(1, 999), end4(5, port), TCP_SYN, 1, 0);

		send(packet, DIRECTION_TRANSMIT);
		packet = packet_tcp(end4(9, 999), end4(5, port), TCP_SYN, 1, 0);
		send(packet, DIRECTION_RECEIVE);
		packet.interface = 1;
		send(packet, DIRECTION_TRANSMIT);
	}
	wait(GRACE);
	assert_int_equal(active(), 1);
	assert_int_equal(house_sum(&house, &probing_family, 1, "active", false), 0);
}

static void probe_goes_on_below_the_limit_down_to_half_of_it(void **state)
{
	(void)state;
	for (uint16_t port = 1; port <= LIMIT + 1; port++)
		try(9, 1, port);
	wait(GRACE);
	assert_int_equal(active(), 1);
	for (int i = 0; i < 20; i++) {
		for (uint16_t port = 1; port <= LIMIT / 2 + 1; port++)
			try(9, 1, port);
		wait(WINDOW / 2);
		assert_int_equal(active(), 1);
	}
	for (int i = 0; i < 3; i++) {
		for (uint16_t port = 1; port <= LIMIT / 2; port++)
			try(9, 1, port);
		wait(WINDOW / 2);
	}
	assert_int_equal(active(), 0);
	assert_int_equal(told("ports"), LIMIT + 1);
}

static void scan_at_the_end_of_a_file_is_found_when_it_ends(void **state)
{
	(void)state;
	for (uint16_t port = 1; port <= 40; port++)
		try(9, 1, port);
	family_set_finish(&house.families, house.bench->now_ns);
	assert_int_equal(active(), 1);
	assert_int_equal(told("ports"), 40);
}

static void probes_are_told_of_for_a_day_and_active_ones_first(void **state)
{
	const uint8_t *rows;
	size_t n;

	(void)state;
	for (uint8_t source = 100; source < 103; source++) {
		for (uint16_t port = 1; port <= 40; port++)
			try(source, 1, port);
		wait(GRACE);
		wait(source == 102 ? 0 : WINDOW + 1);
	}
	rows = house_rows(&house, &probe_family, &n);
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++)
		if (row_value(&probe_family, rows + i * probe_family.row_size, "active"))
			assert_int_equal(probe_family.rank(rows + i * probe_family.row_size) >> 32,
					 1);
	wait(23 * 3600);
	house_rows(&house, &probe_family, &n);
	assert_int_equal(n, 3);
	wait(3600);
	house_rows(&house, &probe_family, &n);
	assert_int_equal(n, 0);
}

/* 64 sources are watched. 1,000 strangers a second come and go. */
static void flood_of_strangers_hides_no_scan(void **state)
{
	uint32_t stranger = 0;

	(void)state;
	try(9, 1, 1); /* a slow one begins before it */
	for (int second = 0; second < 200; second++) {
		for (int i = 0; i < 1000; i++, stranger++) {
			struct packet syn = packet_tcp(end4(0, 1), end4(1, 80), TCP_SYN, 1, 0);

			memcpy(syn.source, &stranger, sizeof(stranger));
			syn.source[3] |= 0x80;
			send(syn, DIRECTION_RECEIVE);
			if (second == 100 && i % 5 == 0 && i < 500)
				try(8, 1, (uint16_t)(1 + i)); /* a fast one amid it */
		}
		if (second % 15 == 0)
			try(9, 1, (uint16_t)(100 + second));
		wait(1);
	}
	for (uint16_t port = 1; port <= 3; port++)
		try(9, 1, port);
	wait(GRACE);
	assert_int_equal(active(), 2);
}

static void more_probes_than_notes_are_found_as_well(void **state)
{
	(void)state;
	for (uint8_t source = 100; source < 150; source++)
		for (uint16_t port = 1; port <= 20; port++)
			try(source, 1, port);
	wait(GRACE);
	assert_int_equal(active(), 50);
	assert_int_equal(house_sum(&house, &probe_family, 0, "ports", false), 50 * 20);
	wait(WINDOW + 1);
	assert_int_equal(active(), 0);
}

static void forgotten_interface_has_no_probes(void **state)
{
	size_t n;

	(void)state;
	for (uint16_t port = 1; port <= 40; port++)
		try(9, 1, port);
	wait(GRACE);
	house_forget(&house, 0);
	assert_int_equal(active(), 0);
	house_rows(&house, &probe_family, &n);
	assert_int_equal(n, 0);
}

/* --- The set, against a list of everything --- */

static void set_has_the_latest_of_what_was_tried(void **state)
{
	struct probe_touch set[20];
	uint32_t last[64] = {0}; /* by item, the time of its last try; 0: none */
	struct random random = {5};
	uint16_t n = 0;

	(void)state;
	for (uint32_t now = 1; now < 100000; now += random_below(&random, 20)) {
		uint32_t item = random_below(&random, random_below(&random, 2) ? 64 : 10);
		uint32_t expected = 0;

		if (random_below(&random, 4)) {
			n = probe_set_add(set, n, COUNT(set), item, now);
			last[item] = now;
		} else {
			n = probe_set_drop(set, n, item);
			last[item] = 0;
		}
		n = probe_set_trim(set, n, now, 100);
		for (uint32_t i = 0; i < 64; i++) {
			uint32_t later = 0;

			if (!last[i] || now - last[i] > 100)
				continue;
			for (uint32_t j = 0; j < 64; j++)
				later += last[j] > last[i] || (last[j] == last[i] && j < i);
			expected += later < COUNT(set);
		}
		/* What was pushed out does not come back when others are dropped. */
		assert_true(n <= expected);
		if (expected < COUNT(set) / 2)
			assert_int_equal(n, expected);
		for (uint16_t i = 0; i < n; i++) {
			assert_int_equal(set[i].ms, last[set[i].item]);
			if (i > 0)
				assert_true(set[i].ms <= set[i - 1].ms);
		}
	}
}

/* --- A slow reference: of each source and item the last try that got no connection --- */

#define SOURCES 6
#define ITEMS   (LIMIT + 12) /* what a set has room for */

struct reference {
	int64_t ports[ITEMS], hosts[ITEMS]; /* 0: none */
	int64_t over_ns;                    /* 0: does not try too much */
	bool active;
};

static struct reference references[SOURCES];

static int count_in_window(const int64_t *items)
{
	int n = 0;

	for (int i = 0; i < ITEMS; i++)
		n += items[i] && house.bench->now_ns - items[i] <= WINDOW * SECOND;
	return n;
}

static void refer(struct reference *reference)
{
	int ports = count_in_window(reference->ports), hosts = count_in_window(reference->hosts);

	if (reference->active && ports <= LIMIT / 2 && hosts <= LIMIT / 2)
		reference->active = false;
	if (ports <= LIMIT && hosts <= LIMIT && !reference->active)
		reference->over_ns = 0;
	else if (!reference->over_ns)
		reference->over_ns = house.bench->now_ns;
}

static void refer_tick(void)
{
	for (int i = 0; i < SOURCES; i++) {
		struct reference *reference = &references[i];

		if (reference->over_ns && !reference->active &&
		    house.bench->now_ns - reference->over_ns >= GRACE * SECOND)
			reference->active = true;
		refer(reference);
	}
}

static void assert_probes_are_those_of_the_reference(void)
{
	bool found[SOURCES] = {false};
	size_t n;
	const uint8_t *row = house_rows(&house, &probe_family, &n);

	for (; n > 0; n--, row += probe_family.row_size) {
		const struct family_address *source =
			(const struct family_address *)(row + probe_family.fields[1].offset);

		if (row_value(&probe_family, row, "active"))
			found[source->bytes[3] - 100] = true;
	}
	for (int i = 0; i < SOURCES; i++)
		assert_int_equal(found[i], references[i].active);
}

/* Sources of different haste, of which some get more connections than others. */
static void probes_are_what_a_slow_reference_finds(void **state)
{
	struct random random = {17};
	uint64_t begun;

	(void)state;
	memset(references, 0, sizeof(references));
	for (int i = 0; i < 200000; i++) {
		uint32_t source = random_below(&random, SOURCES);
		uint32_t port = random_below(&random, ITEMS), host = random_below(&random, ITEMS);
		struct reference *reference = &references[source];

		if (random_below(&random, 200) == 0) {
			port = random_below(&random, 3);
			house.bench->now_ns += random_below(&random, 200) * SECOND;
		}
		/* Times when much is tried, and times when little is. */
		house.bench->now_ns +=
			random_below(&random, i / 300 % 2 ? 40000 : 3000) * (SECOND / 1000);
		if (random_below(&random, 10) < source + 3) {
			connect((uint8_t)(100 + source), (uint8_t)(20 + host),
				(uint16_t)(1 + port));
			reference->ports[port] = house.bench->now_ns;
			reference->hosts[host] = house.bench->now_ns;
			refer(reference);
			reference->ports[port] = 0;
			reference->hosts[host] = 0;
		} else {
			try((uint8_t)(100 + source), (uint8_t)(20 + host), (uint16_t)(1 + port));
			reference->ports[port] = house.bench->now_ns;
			reference->hosts[host] = house.bench->now_ns;
		}
		refer(reference);
		if (random_below(&random, 4) == 0) {
			house_tick(&house, 0);
			refer_tick();
			assert_probes_are_those_of_the_reference();
		}
	}
	begun = house_sum(&house, &probing_family, 0, "begun", false);
	print_message("%d probes began\n", (int)begun);
	assert_true(begun > 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(scan_of_ports_is_a_probe_until_it_is_calm),
		TEST(scan_of_hosts_is_one_too),
		TEST(slow_scan_is_found_up_to_the_window),
		TEST(same_ports_again_and_again_are_no_probe),
		TEST(who_gets_connections_does_not_probe),
		TEST(half_open_connections_are_none),
		TEST(own_scan_is_none_and_a_forwarded_one_is_where_it_comes_in),
		TEST(probe_goes_on_below_the_limit_down_to_half_of_it),
		TEST(scan_at_the_end_of_a_file_is_found_when_it_ends),
		TEST(probes_are_told_of_for_a_day_and_active_ones_first),
		TEST(flood_of_strangers_hides_no_scan),
		TEST(more_probes_than_notes_are_found_as_well),
		TEST(forgotten_interface_has_no_probes),
		TEST(set_has_the_latest_of_what_was_tried),
		TEST(probes_are_what_a_slow_reference_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
