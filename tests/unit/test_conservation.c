/*
 * Sums close whatever comes: random packets of every kind, in random batches, through tables that
 * are much too small, with the clock jumping. What the tally says is compared with a plain count,
 * and its lists with what they must look like.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support.h"

#define INTERFACES 2
#define BATCHES    30000

struct counted {
	uint64_t packets;
	uint64_t bytes;
};

/* Recounts the live rows of an interface: both sides of each. */
static void assert_live_rows_sum_up(const struct bench *bench, uint16_t interface)
{
	const struct table *table = &bench->tally.flows.table;
	struct counted live = {0, 0};

	for (uint32_t row = 0; row < table->fresh; row++) {
		const struct flow *flow = table_row(table, row);

		if (!table_row_in_use(table, row) || flow->key.interface != interface)
			continue;
		for (int side = INITIATOR; side <= RESPONDER; side++) {
			live.packets += flow->sides[side].packets;
			live.bytes += flow->sides[side].bytes;
		}
	}
	assert_int_equal(live.packets, bench_totals(bench, interface)->live.packets);
	assert_int_equal(live.bytes, bench_totals(bench, interface)->live.bytes);
}

static void assert_ip_is_somewhere(const struct bench *bench, uint16_t interface,
				   const struct counted *ip)
{
	const struct flow_totals *totals = bench_totals(bench, interface);

	assert_int_equal(totals->live.packets + totals->ended.packets + totals->evicted.packets +
				 totals->unattributed.packets,
			 ip->packets);
	assert_int_equal(totals->live.bytes + totals->ended.bytes + totals->evicted.bytes +
				 totals->unattributed.bytes,
			 ip->bytes);
}

/* Each live flow stands in exactly one queue, which is linked the same both ways. */
static void assert_queues_are_whole(const struct bench *bench)
{
	const struct flow_table *flows = &bench->tally.flows;
	uint32_t standing = 0;

	for (int queue = 0; queue < FLOW_QUEUES; queue++) {
		uint32_t previous = TABLE_NONE, row = flows->queues[queue].first, n = 0;

		for (; row != TABLE_NONE; n++) {
			const struct flow *flow = table_row(&flows->table, row);

			assert_true(n < flows->queues[queue].n);
			assert_true(table_row_in_use(&flows->table, row));
			assert_int_equal(flow->queue, queue);
			assert_int_equal(flow->previous, previous);
			previous = row;
			row = flow->next;
		}
		assert_int_equal(flows->queues[queue].last, previous);
		assert_int_equal(flows->queues[queue].n, n);
		standing += n;
	}
	assert_int_equal(standing, flows->table.used);
}

static void assert_itemised_are_live(const struct bench *bench)
{
	const struct flow_table *flows = &bench->tally.flows;

	assert_in_range(flows->n_exported, 0, flows->export_max);
	for (uint32_t i = 0; i < flows->n_exported; i++) {
		const struct flow *flow = table_row(&flows->table, flows->exported[i].row);

		assert_true(table_row_in_use(&flows->table, flows->exported[i].row));
		assert_int_equal(flow->export_slot, i);
		assert_in_range(flows->exported[i].id, 1, flows->last_id);
	}
}

static void run_at_random(uint64_t seed, uint32_t capacity, uint32_t hosts, bool packet_clock)
{
	struct tally_options options = bench_options(capacity);
	struct counted ip[INTERFACES] = {{0, 0}};
	struct random random = {seed};
	struct packet packets[TALLY_BATCH];
	struct verdict verdicts[TALLY_BATCH];
	struct bench *bench;

	options.packet_clock = packet_clock;
	bench = bench_open(&options);
	for (int batch = 0; batch < BATCHES; batch++) {
		uint32_t n = random_below(&random, TALLY_BATCH) + 1;

		for (uint32_t i = 0; i < n; i++) {
			packets[i] = packet_random(&random, INTERFACES, hosts);
			packets[i].time.ns = bench->now_ns + random_below(&random, 1000000000);
			if (!packet_is_ip(&packets[i]))
				continue;
			ip[packets[i].interface].packets++;
			ip[packets[i].interface].bytes += packets[i].frame_bytes;
		}
		tally_classify(&bench->tally, packets, verdicts, n,
			       (struct monotonic_time){bench->now_ns});
		tally_age(&bench->tally, (struct monotonic_time){bench->now_ns},
			  random_below(&random, 65));
		if (random_below(&random, 4) == 0)
			bench_wait(bench, random_below(&random, 3000) * (SECOND / 100));
		if (random_below(&random, 1000) == 0)
			tally_finish(&bench->tally);
		for (uint16_t interface = 0; interface < INTERFACES; interface++)
			assert_ip_is_somewhere(bench, interface, &ip[interface]);
		if (batch % 16)
			continue;
		for (uint16_t interface = 0; interface < INTERFACES; interface++)
			assert_live_rows_sum_up(bench, interface);
		assert_queues_are_whole(bench);
		assert_itemised_are_live(bench);
	}
	assert_true(bench->tally.flows.ends[FLOW_TIMED_OUT] > 0);
	bench_close(bench);
}

static void sums_close_in_a_table_that_evicts_all_the_time(void **state)
{
	(void)state;
	run_at_random(1, 8, 40, false);
	run_at_random(2, 1, 40, false);
}

static void sums_close_in_a_table_with_room(void **state)
{
	(void)state;
	run_at_random(3, 4096, 5, false);
}

static void sums_close_under_a_capture_files_clock(void **state)
{
	(void)state;
	run_at_random(4, 64, 20, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_close_in_a_table_that_evicts_all_the_time),
		cmocka_unit_test(sums_close_in_a_table_with_room),
		cmocka_unit_test(sums_close_under_a_capture_files_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
