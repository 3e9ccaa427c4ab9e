/* Which flows are itemised in SNMP and JSON, and under which ids. Room for 4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support.h"

static struct bench *bench;

static int set_up(void **state)
{
	const struct tally_options options = bench_options(64);

	(void)state;
	bench = bench_open(&options);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bench_close(bench);
	return 0;
}

static void udp(uint8_t host, uint32_t bytes)
{
	bench_count(bench, packet_udp(end4(host, 1000), end4(200, 53), bytes));
}

static void sweep(void)
{
	for (int i = 0; i < 16; i++) {
		bench_wait(bench, SECOND);
		tally_age(&bench->tally, (struct monotonic_time){bench->now_ns}, 64);
	}
}

/* The id of this host's flow; 0: not itemised. */
static uint32_t id_of(uint8_t host)
{
	const struct flow_table *flows = &bench->tally.flows;

	for (uint32_t i = 0; i < flows->n_exported; i++) {
		const struct flow *flow = table_row(&flows->table, flows->exported[i].row);

		if (flow_address(flow, INITIATOR)[3] == host)
			return flows->exported[i].id;
	}
	return 0;
}

static void all_flows_are_itemised_while_there_is_room(void **state)
{
	(void)state;
	for (uint8_t host = 1; host <= 4; host++)
		udp(host, 100);
	for (uint8_t host = 1; host <= 4; host++)
		assert_int_equal(id_of(host), host);
	udp(5, 100);
	assert_int_equal(id_of(5), 0);
	assert_int_equal(bench->tally.flows.n_exported, 4);
}

/* It needs 5/4 of the smallest one's bytes, so that two alike don't change places for ever. */
static void clearly_larger_flow_takes_the_smallest_ones_place_under_a_new_id(void **state)
{
	(void)state;
	for (uint8_t host = 1; host <= 4; host++)
		udp(host, 1000u + host);
	udp(5, 1250);
	sweep();
	assert_int_equal(id_of(5), 0);
	udp(5, 100);
	sweep();
	assert_int_equal(id_of(1), 0);
	assert_int_equal(id_of(5), 5);
	assert_int_equal(id_of(2), 2);
	udp(1, 5000);
	sweep();
	assert_int_equal(id_of(1), 6);
	assert_int_equal(id_of(2), 0);
}

static void place_of_a_flow_that_ended_goes_to_another(void **state)
{
	(void)state;
	for (uint8_t host = 1; host <= 5; host++)
		udp(host, 1000);
	bench_wait(bench, 50 * SECOND);
	udp(2, 100), udp(3, 100), udp(4, 100), udp(5, 100);
	bench_wait(bench, 11 * SECOND);
	sweep();
	assert_int_equal(id_of(1), 0);
	assert_int_equal(id_of(5), 5);
	assert_int_equal(bench->tally.flows.n_exported, 4);
}

static void new_flow_takes_a_place_that_is_free_at_once(void **state)
{
	(void)state;
	for (uint8_t host = 1; host <= 4; host++)
		udp(host, 1000);
	bench_wait(bench, 61 * SECOND);
	udp(1, 100);
	assert_int_equal(id_of(1), 5);
	assert_int_equal(id_of(2), 2);
}

static void end_of_a_file_leaves_exactly_the_largest(void **state)
{
	(void)state;
	for (uint8_t host = 1; host <= 20; host++)
		udp(host, 100u + (host * 7u) % 20u); /* 100..119, each once */
	tally_finish(&bench->tally);
	assert_int_equal(bench->tally.flows.n_exported, 4);
	/* 7 x 17 = 119, 7 x 14 = 98, 7 x 11 = 77, 7 x 8 = 56: 19, 18, 17, 16 beyond a score */
	for (uint8_t host = 1; host <= 20; host++)
		assert_int_equal(id_of(host) != 0,
				 host == 17 || host == 14 || host == 11 || host == 8);
}

static void nothing_is_itemised_where_nothing_was_asked_for(void **state)
{
	struct tally_options options = bench_options(8);

	(void)state;
	options.flows.export_max = 0;
	bench = bench_open(&options);
	for (uint8_t host = 1; host <= 50; host++)
		udp(host, 100);
	sweep();
	tally_finish(&bench->tally);
	assert_int_equal(bench->tally.flows.n_exported, 0);
	assert_int_equal(bench->tally.flows.last_id, 0);
}

#define IDS_MAX 20000

/* An id that was there and is not any more never comes back. */
static void no_id_is_used_again(void **state)
{
	const struct flow_table *flows = &bench->tally.flows;
	static int last_seen[IDS_MAX]; /* round */
	struct random random = {1};

	(void)state;
	for (int round = 1; round <= 300; round++) {
		for (int i = 0; i < 20; i++)
			udp((uint8_t)(random_below(&random, 100) + 1),
			    100 + random_below(&random, 1400));
		bench_wait(bench, random_below(&random, 70) * SECOND);
		sweep();
		for (uint32_t i = 0; i < flows->n_exported; i++) {
			assert_in_range(flows->exported[i].id, 1, IDS_MAX - 1);
			assert_true(last_seen[flows->exported[i].id] == 0 ||
				    last_seen[flows->exported[i].id] == round - 1);
			last_seen[flows->exported[i].id] = round;
		}
	}
	assert_true(flows->last_id > 300);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_flows_are_itemised_while_there_is_room),
		TEST(clearly_larger_flow_takes_the_smallest_ones_place_under_a_new_id),
		TEST(place_of_a_flow_that_ended_goes_to_another),
		TEST(new_flow_takes_a_place_that_is_free_at_once),
		TEST(end_of_a_file_leaves_exactly_the_largest),
		cmocka_unit_test_setup_teardown(nothing_is_itemised_where_nothing_was_asked_for,
						NULL, tear_down),
		TEST(no_id_is_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
