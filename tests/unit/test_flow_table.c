/*
 * What the bounded flow table keeps and gives up: the order of eviction, what it remembers of the
 * evicted, ageing, and the flows that are itemised.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "support.h"

static struct bench *bench;

static void open_bench(uint32_t flows)
{
	const struct tally_options options = bench_options(flows);

	bench = bench_open(&options);
}

static int tear_down(void **state)
{
	(void)state;
	bench_close(bench);
	return 0;
}

static bool udp(uint8_t host, uint16_t port)
{
	return bench_count(bench, packet_udp(end4(host, port), end4(200, 53), 100))->opened;
}

static bool udp_answer(uint8_t host, uint16_t port)
{
	return bench_count(bench, packet_udp(end4(200, 53), end4(host, port), 100))->opened;
}

static bool syn(uint8_t host, uint32_t sequence)
{
	return bench_count(bench, packet_tcp(end4(host, 4000), end4(200, 80), TCP_SYN, sequence, 0))
		->opened;
}

static void age(uint32_t budget)
{
	tally_age(&bench->tally, (struct monotonic_time){bench->now_ns}, budget);
}

/* Whether a flow of this host is in the table, without touching it. */
static bool is_live(uint8_t host)
{
	const struct table *table = &bench->tally.flows.table;

	for (uint32_t row = 0; row < table->fresh; row++) {
		const struct flow *flow = table_row(table, row);

		if (table_row_in_use(table, row) && flow_address(flow, INITIATOR)[3] == host)
			return true;
	}
	return false;
}

static uint64_t ends(enum flow_end how)
{
	return bench->tally.flows.ends[how];
}

/* --- eviction --- */

static void
full_table_gives_up_closed_half_open_idle_one_packet_and_active_in_this_order(void **state)
{
	(void)state;
	open_bench(6);
	udp(4, 1), udp_answer(4, 1); /* will be idle */
	bench_wait(bench, 31 * SECOND);
	udp(6, 1), udp_answer(6, 1); /* active, the least recent of them */
	udp(5, 1);                   /* one packet */
	udp(7, 1), udp_answer(7, 1); /* active */
	syn(3, 1000);                /* half-open */
	syn(2, 1000);                /* closed */
	bench_count(bench, packet_tcp(end4(200, 80), end4(2, 4000), TCP_RST | TCP_ACK, 0, 1001));
	age(64);
	assert_int_equal(bench->tally.flows.table.used, 6);

	bench_wait(bench, SECOND);
	udp(11, 1), udp_answer(11, 1);
	assert_false(is_live(2));
	assert_int_equal(ends(FLOW_TIMED_OUT), 1);
	udp(12, 1), udp_answer(12, 1);
	assert_false(is_live(3));
	assert_int_equal(ends(FLOW_EVICTED_HALF_OPEN), 1);
	udp(13, 1), udp_answer(13, 1);
	assert_false(is_live(4));
	assert_int_equal(ends(FLOW_EVICTED_IDLE), 1);
	udp(14, 1), udp_answer(14, 1);
	assert_false(is_live(5));
	assert_int_equal(ends(FLOW_EVICTED_ONE_PACKET), 1);
	bench_wait(bench, SECOND);
	udp(7, 1);
	udp(15, 1), udp_answer(15, 1);
	assert_false(is_live(6));
	assert_int_equal(ends(FLOW_EVICTED_ACTIVE), 1);
	assert_true(is_live(7));
	assert_int_equal(bench->tally.flows.table.used, 6);
	assert_int_equal(bench_totals(bench, 0)->evicted.packets, 1 + 2 + 1 + 2);
	assert_int_equal(bench_totals(bench, 0)->ended.packets, 2);
}

/* The idle one stands behind an active one and in front of one-packet flows. */
static void idle_flow_is_found_behind_active_ones(void **state)
{
	(void)state;
	open_bench(4);
	udp(1, 1), udp_answer(1, 1);
	udp(2, 1), udp_answer(2, 1);
	bench_wait(bench, 31 * SECOND);
	udp(1, 1);
	udp(3, 1);
	udp(4, 1);
	age(64);
	udp(5, 1);
	assert_false(is_live(2));
	assert_true(is_live(3));
	assert_int_equal(ends(FLOW_EVICTED_IDLE), 1);
}

static void idle_flow_that_speaks_again_is_active_again(void **state)
{
	(void)state;
	open_bench(3);
	udp(1, 1), udp_answer(1, 1);
	udp(2, 1), udp_answer(2, 1);
	bench_wait(bench, 31 * SECOND);
	age(64);
	udp(1, 1);
	udp(3, 1);
	udp(4, 1);
	assert_false(is_live(2));
	udp(5, 1);
	assert_true(is_live(1));
	assert_int_equal(ends(FLOW_EVICTED_IDLE), 1);
	assert_int_equal(ends(FLOW_EVICTED_ONE_PACKET), 1);
}

static void table_of_one_flow_evicts_it_for_each_other(void **state)
{
	(void)state;
	open_bench(1);
	for (uint16_t port = 1; port <= 100; port++)
		assert_true(udp(1, port));
	assert_int_equal(ends(FLOW_EVICTED_ONE_PACKET), 99);
	assert_int_equal(bench_totals(bench, 0)->live.packets, 1);
	assert_int_equal(bench_totals(bench, 0)->evicted.packets, 99);
	assert_int_equal(bench_totals(bench, 0)->evicted.bytes, 9900);
}

/* All verdicts of the batch are right although the row that the first names is long another's. */
static void rows_used_again_within_a_batch_confuse_no_verdict(void **state)
{
	struct packet packets[TALLY_BATCH];
	struct verdict verdicts[TALLY_BATCH];

	(void)state;
	open_bench(2);
	for (uint16_t i = 0; i < TALLY_BATCH; i++)
		packets[i] = packet_udp(end4(1, i % 4 + 1), end4(2, 2000 + i % 4), 100);
	tally_classify(&bench->tally, packets, verdicts, TALLY_BATCH,
		       (struct monotonic_time){BENCH_BEGINS});
	for (uint16_t i = 0; i < TALLY_BATCH; i++) {
		assert_int_equal(verdicts[i].service_port, i % 4 + 1);
		assert_in_range(verdicts[i].flow, 0, 1);
		assert_non_null(verdicts[i].hints);
	}
	assert_int_equal(bench_totals(bench, 0)->live.packets +
				 bench_totals(bench, 0)->evicted.packets,
			 TALLY_BATCH);
}

/* --- what is remembered of the evicted --- */

/* Room for 64. */
static void fill_up(void)
{
	for (uint16_t port = 1; bench->tally.flows.table.used < 64; port++)
		udp(100, port);
}

static void flow_made_again_after_eviction_is_no_connection(void **state)
{
	(void)state;
	open_bench(64);
	assert_true(udp(1, 1));
	fill_up();
	assert_true(udp(2, 1));
	assert_false(is_live(1));
	assert_false(udp(1, 1));
}

/* Room for one, so that both flows have the same place in the memory. */
static void flow_is_recognised_before_its_place_goes_to_what_it_replaces(void **state)
{
	(void)state;
	open_bench(1);
	assert_true(udp(1, 1));
	assert_true(udp(2, 1));
	assert_false(udp(1, 1));
	assert_false(udp(2, 1));
}

static void syn_retransmitted_after_eviction_is_no_connection_but_another_syn_is(void **state)
{
	(void)state;
	open_bench(1);
	assert_true(syn(1, 1000));
	assert_true(udp(2, 1));
	assert_false(syn(1, 1000));
	assert_false(udp(2, 1));
	assert_true(syn(1, 1001));
}

static void answer_after_eviction_is_no_connection(void **state)
{
	(void)state;
	open_bench(1);
	assert_true(udp(1, 1));
	assert_true(udp(2, 1));
	assert_false(udp_answer(1, 1));
}

/* An answered flow lives for 180 s, and what comes back within them is no new connection. */
static void evicted_flow_is_remembered_as_long_as_it_would_have_lived(void **state)
{
	(void)state;
	open_bench(2);
	udp(1, 1), udp_answer(1, 1);
	bench_wait(bench, SECOND);
	udp(2, 1), udp_answer(2, 1);
	udp(3, 1);
	assert_false(is_live(1));
	bench_wait(bench, 179 * SECOND);
	assert_false(udp(1, 1));
}

static void evicted_flow_that_would_have_ended_by_now_is_a_new_connection(void **state)
{
	(void)state;
	open_bench(64);
	udp(1, 1);
	fill_up();
	udp(2, 1);
	assert_false(is_live(1));
	bench_wait(bench, 61 * SECOND + 1);
	assert_true(udp(1, 1));
}

/* --- ageing --- */

static void ageing_ends_what_was_silent_for_longer_than_its_time(void **state)
{
	(void)state;
	open_bench(64);
	udp(1, 1);                   /* 60 s */
	udp(2, 1), udp_answer(2, 1); /* 180 s */
	syn(3, 1);                   /* 60 s */
	bench_wait(bench, 60 * SECOND);
	age(64);
	assert_int_equal(bench->tally.flows.table.used, 3);
	bench_wait(bench, 1);
	for (int i = 0; i < 9; i++) {
		bench_wait(bench, SECOND);
		age(64);
	}
	assert_false(is_live(1));
	assert_true(is_live(2));
	assert_false(is_live(3));
	assert_int_equal(ends(FLOW_TIMED_OUT), 2);
	bench_wait(bench, 180 * SECOND);
	for (int i = 0; i < 9; i++) {
		bench_wait(bench, SECOND);
		age(64);
	}
	assert_int_equal(bench->tally.flows.table.used, 0);
	assert_int_equal(bench_totals(bench, 0)->live.packets, 0);
	assert_int_equal(bench_totals(bench, 0)->live.bytes, 0);
	assert_int_equal(bench_totals(bench, 0)->ended.packets, 4);
}

static void ageing_looks_at_no_more_rows_than_its_budget_and_one_a_queue(void **state)
{
	(void)state;
	open_bench(1000);
	for (uint16_t port = 1; port <= 1000; port++)
		udp(1, port);
	bench_wait(bench, 3600 * SECOND);
	age(10);
	assert_in_range(ends(FLOW_TIMED_OUT), 1, 10 + FLOW_QUEUES);
}

/* Calls a millisecond apart: all of a thousand flows are looked at within two sweeps of 8 s. */
static void ageing_in_small_steps_reaches_every_flow(void **state)
{
	(void)state;
	open_bench(1000);
	for (uint16_t port = 1; port <= 500; port++) {
		udp(1, port);
		udp(2, port), udp_answer(2, port);
	}
	age(64);
	bench_wait(bench, 181 * SECOND);
	for (int i = 0; i < 16000; i++) {
		bench_wait(bench, SECOND / 1000);
		age(64);
	}
	assert_int_equal(bench->tally.flows.table.used, 0);
	assert_int_equal(ends(FLOW_TIMED_OUT), 1000);
}

static void clock_that_stands_still_ages_nothing(void **state)
{
	(void)state;
	open_bench(64);
	udp(1, 1);
	bench_wait(bench, 3600 * SECOND);
	age(64);
	assert_int_equal(bench->tally.flows.table.used, 0);
	udp(1, 1);
	for (int i = 0; i < 100; i++)
		age(64);
	assert_int_equal(bench->tally.flows.table.used, 1);
}

/* A capture file's clock: the greatest packet time so far, so an older packet ends nothing. */
static void packet_that_is_out_of_order_does_not_turn_the_clock_back(void **state)
{
	struct tally_options options = bench_options(64);

	(void)state;
	options.packet_clock = true;
	bench = bench_open(&options);
	assert_true(udp(1, 1));
	bench_wait(bench, 50 * SECOND);
	assert_true(udp(2, 1));
	bench_wait(bench, -40 * SECOND);
	assert_false(udp(1, 1));
	assert_int_equal(bench_flow(bench)->seen_ns, BENCH_BEGINS + 50 * SECOND);
	bench_wait(bench, 100 * SECOND); /* 60 s after the greatest time: exactly the bound */
	assert_false(udp(2, 1));
}

/* Damage, or a joke: a flow of that time can still be evicted, remembered and counted. */
static void time_stamp_at_the_end_of_time_ends_the_clock_in_2106(void **state)
{
	struct tally_options options = bench_options(1);

	(void)state;
	options.packet_clock = true;
	bench = bench_open(&options);
	bench->now_ns = INT64_MAX;
	assert_true(udp(1, 1));
	assert_int_equal(bench_flow(bench)->seen_ns, 4294967295 * SECOND);
	assert_true(udp(2, 1));
	assert_int_equal(bench_totals(bench, 0)->evicted.packets, 1);
	bench->now_ns = INT64_MIN;
	assert_false(udp(1, 1));
	assert_int_equal(bench_flow(bench)->seen_ns, 4294967295 * SECOND);
}

static void forgotten_interface_has_no_flows_and_no_sums(void **state)
{
	struct packet other = packet_udp(end4(1, 1), end4(2, 2), 100);

	(void)state;
	open_bench(64);
	other.interface = 1;
	for (uint16_t port = 1; port <= 20; port++)
		udp(1, port);
	bench_count(bench, other);
	bench_count(bench, packet_ip(end4(1, 0), end4(2, 0), PROTOCOL_TCP, 60));
	tally_forget_interface(&bench->tally, 0);
	assert_int_equal(bench->tally.flows.table.used, 1);
	assert_int_equal(bench_totals(bench, 0)->live.packets, 0);
	assert_int_equal(bench_totals(bench, 0)->ended.packets, 0);
	assert_int_equal(bench_totals(bench, 0)->unattributed.packets, 0);
	assert_int_equal(bench_totals(bench, 1)->live.packets, 1);
	assert_false(bench->tally.interfaces[0].in_use);
	assert_true(udp(1, 1)); /* and begins from nothing */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, NULL, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(full_table_gives_up_closed_half_open_idle_one_packet_and_active_in_this_order),
		TEST(idle_flow_is_found_behind_active_ones),
		TEST(idle_flow_that_speaks_again_is_active_again),
		TEST(table_of_one_flow_evicts_it_for_each_other),
		TEST(rows_used_again_within_a_batch_confuse_no_verdict),
		TEST(flow_made_again_after_eviction_is_no_connection),
		TEST(flow_is_recognised_before_its_place_goes_to_what_it_replaces),
		TEST(syn_retransmitted_after_eviction_is_no_connection_but_another_syn_is),
		TEST(answer_after_eviction_is_no_connection),
		TEST(evicted_flow_is_remembered_as_long_as_it_would_have_lived),
		TEST(evicted_flow_that_would_have_ended_by_now_is_a_new_connection),
		TEST(ageing_ends_what_was_silent_for_longer_than_its_time),
		TEST(ageing_looks_at_no_more_rows_than_its_budget_and_one_a_queue),
		TEST(ageing_in_small_steps_reaches_every_flow),
		TEST(clock_that_stands_still_ages_nothing),
		TEST(packet_that_is_out_of_order_does_not_turn_the_clock_back),
		TEST(time_stamp_at_the_end_of_time_ends_the_clock_in_2106),
		TEST(forgotten_interface_has_no_flows_and_no_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
