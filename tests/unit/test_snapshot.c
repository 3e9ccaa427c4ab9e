/*
 * Snapshots: of one instant while the worker counts, sorted as SNMP walks, shared, rare, and alive
 * for as long as someone holds them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "../fuzz/conservation.h"
#include "family/flow.h"
#include "family/interface.h"
#include "family/port.h"
#include "family/protocol.h"
#include "family/size.h"
#include "pipe.h"
#include "snapshot/store.h"
#include "support.h"

#define INTERVAL_NS (100 * 1000 * 1000LL)

static struct pipe_capture capture;
static struct ledger ledger;
static struct workers *workers;
static struct snapshot_store *store;
static pthread_t writer;
static atomic_bool writing;

static void *write_on(void *context)
{
	static uint8_t records[100][PIPE_RECORD_BYTES];
	struct random random = {1};

	(void)context;
	while (atomic_load(&writing)) {
		for (size_t i = 0; i < 100; i++) {
			bool arp = random_below(&random, 8) == 0;
			uint16_t from = (uint16_t)(random_below(&random, 60) + 1000);
			uint16_t to = (uint16_t)(random_below(&random, 20) + 1);

			pipe_record(&capture, records[i], arp ? 0 : from, arp ? 0 : to,
				    60 + random_below(&random, 1454));
		}
		capture.seconds++;
		pipe_write(&capture, records, sizeof(records));
	}
	return NULL;
}

static void stop_writing(void)
{
	if (!atomic_exchange(&writing, false))
		return;
	pthread_join(writer, NULL);
	pipe_end(&capture);
}

static void rest(int64_t ns)
{
	nanosleep(&(struct timespec){ns / SECOND, ns % SECOND}, NULL);
}

/* --- sums --- */

static uint64_t sum(const struct family *family, const uint8_t *rows, size_t n, const char *field)
{
	uint64_t total = 0;

	for (; n > 0; n--, rows += family->row_size)
		total += row_value(family, rows, field);
	return total;
}

static uint64_t sum_now(const struct family *family, const char *field)
{
	const void *state = family_set_state(workers_families(workers, 0), family);
	uint8_t *rows = calloc(family->max_rows(state) + 1, family->row_size);
	uint64_t total = sum(family, rows, family->copy(state, rows), field);

	free(rows);
	return total;
}

static int set_up(void **state)
{
	struct error error;
	uint64_t packets = 0;

	(void)state;
	ledger = (struct ledger){.n = 0};
	pipe_open(&capture);
	workers = pipe_workers(&capture, &ledger);
	store = snapshot_store_create(workers, &error);
	atomic_store(&writing, true);
	assert_non_null(store);
	assert_int_equal(workers_start(workers, &error), 0);
	assert_int_equal(pthread_create(&writer, NULL, write_on, NULL), 0);
	while (packets < 1000) {
		rest(SECOND / 1000);
		workers_lock(workers);
		packets = sum_now(&interface_family, "receive_packets");
		workers_unlock(workers);
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	stop_writing();
	snapshot_store_destroy(store);
	workers_destroy(workers);
	ledger_release(&ledger);
	pipe_close(&capture);
	return 0;
}

/* Under one hold of the lock, as often as the machine can. */
static void sums_close_at_every_instant_while_the_worker_counts(void **state)
{
	uint64_t last = 0;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct conserved sums[INTERFACES_MAX];
		uint64_t packets;

		workers_lock(workers);
		conservation_check(workers_families(workers, 0), workers_tally(workers, 0), sums);
		workers_unlock(workers);
		packets = sums[0].traffic.packets[DIRECTION_RECEIVE];
		assert_true(packets >= last);
		last = packets;
	}
	assert_true(last > 0);
}

static const struct snapshot_rows *rows_of(const struct snapshot *snapshot,
					   const struct family *family)
{
	for (size_t i = 0; i < snapshot->n_families; i++)
		if (snapshot->families[i].family == family)
			return &snapshot->families[i];
	return NULL;
}

static uint64_t sum_of(const struct snapshot *snapshot, const struct family *family,
		       const char *field)
{
	const struct snapshot_rows *rows = rows_of(snapshot, family);

	return sum(family, rows->rows, rows->n, field);
}

static void sums_close_in_every_snapshot(void **state)
{
	uint64_t number = 0, packets = 0;

	(void)state;
	for (int i = 0; i < 8; i++) {
		const struct snapshot *snapshot = snapshot_get(store, 0);

		assert_non_null(snapshot);
		assert_true(snapshot->number > number);
		number = snapshot->number;
		packets = sum_of(snapshot, &interface_family, "receive_packets");
		assert_int_equal(sum_of(snapshot, &size_family, "receive_packets"), packets);
		assert_int_equal(sum_of(snapshot, &protocol_family, "receive_packets"), packets);
		assert_int_equal(sum_of(snapshot, &protocol_family, "receive_bytes"),
				 sum_of(snapshot, &interface_family, "receive_bytes"));
		snapshot_release(snapshot);
		rest(INTERVAL_NS + INTERVAL_NS / 10);
	}
	assert_true(packets > 0);
}

/* --- order --- */

static void rows_of_every_family_ascend_strictly(void **state)
{
	const struct snapshot *snapshot;

	(void)state;
	snapshot = snapshot_get(store, 0);
	assert_int_equal(snapshot->n_families, family_table_size);
	for (size_t i = 0; i < snapshot->n_families; i++) {
		const struct snapshot_rows *rows = &snapshot->families[i];

		assert_ptr_equal(rows->family, family_table[i]);
		for (size_t j = 1; j < rows->n; j++)
			assert_true(snapshot_compare(snapshot, rows->family,
						     snapshot_row(rows, j - 1),
						     snapshot_row(rows, j)) < 0);
	}
	assert_true(rows_of(snapshot, &port_family)->n > 1);
	assert_true(rows_of(snapshot, &flow_family)->n > 1);
	assert_string_equal(snapshot->interfaces[0].name, "file");
	assert_int_equal(snapshot->interfaces[0].ifindex, 1);
	snapshot_release(snapshot);
}

/* --- sharing --- */

static void snapshot_is_shared_for_100_ms_and_longer_where_that_is_young_enough(void **state)
{
	const struct snapshot *first, *second;
	int64_t asked = monotonic_now().ns;

	(void)state;
	first = snapshot_get(store, 0);
	second = snapshot_get(store, 0);
	if (monotonic_now().ns - asked < INTERVAL_NS)
		assert_ptr_equal(first, second);
	snapshot_release(second);
	rest(INTERVAL_NS + 1);
	second = snapshot_get(store, 60 * SECOND);
	assert_ptr_equal(first, second);
	snapshot_release(second);
	second = snapshot_get(store, 0);
	assert_ptr_not_equal(first, second);
	assert_int_equal(second->number, first->number + 1);
	assert_true(second->taken.ns - first->taken.ns >= INTERVAL_NS);
	snapshot_release(second);
	snapshot_release(first);
}

/* --- scrapes --- */

static void a_scrape_has_what_prometheus_shows_and_no_tables_of_other_faces(void **state)
{
	const struct snapshot *snapshot;
	uint64_t packets;

	(void)state;
	snapshot = snapshot_get_for_scrape(store);
	packets = sum_of(snapshot, &interface_family, "receive_packets");
	assert_true(packets > 0);
	assert_int_equal(sum_of(snapshot, &size_family, "receive_packets"), packets);
	assert_int_equal(sum_of(snapshot, &protocol_family, "receive_packets"), packets);
	assert_int_equal(snapshot->n_families, family_table_size);
	assert_int_equal(rows_of(snapshot, &port_family)->n, 0); /* slots show them */
	assert_int_equal(rows_of(snapshot, &flow_family)->n, 0);
	snapshot_release(snapshot);
}

static void a_whole_snapshot_serves_scrapes_but_not_the_other_way_round(void **state)
{
	const struct snapshot *scrape, *whole, *shared;
	int64_t asked = monotonic_now().ns;

	(void)state;
	scrape = snapshot_get_for_scrape(store);
	whole = snapshot_get(store, 60 * SECOND);
	assert_int_equal(whole->number, scrape->number + 1);
	assert_true(rows_of(whole, &port_family)->n > 1);
	shared = snapshot_get_for_scrape(store);
	if (monotonic_now().ns - asked < INTERVAL_NS)
		assert_ptr_equal(shared, whole);
	snapshot_release(shared);
	snapshot_release(whole);
	snapshot_release(scrape);
}

static void *get_often(void *context)
{
	int64_t until = monotonic_now().ns + 5 * INTERVAL_NS;

	(void)context;
	while (monotonic_now().ns < until) {
		const struct snapshot *snapshot = snapshot_get(store, 0);
		const struct snapshot *again = snapshot_ref(snapshot);

		snapshot_release(snapshot);
		if (sum_of(again, &size_family, "receive_packets") !=
		    sum_of(again, &interface_family, "receive_packets"))
			abort();
		snapshot_release(again);
	}
	return NULL;
}

/* However many readers ask: the worker stands still once in 100 ms. */
static void many_readers_take_no_more_than_one_snapshot_in_100_ms(void **state)
{
	int64_t begun = monotonic_now().ns, taken;
	pthread_t readers[4];
	const struct snapshot *last;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, get_often, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(readers[i], NULL);
	last = snapshot_get(store, 60 * SECOND);
	taken = (last->taken.ns - begun) / INTERVAL_NS + 1;
	assert_in_range(last->number, 2, taken);
	snapshot_release(last);
}

static void snapshot_that_is_held_does_not_change_and_outlives_its_store(void **state)
{
	const struct snapshot *held = snapshot_get(store, 0);
	uint64_t packets = sum_of(held, &interface_family, "receive_packets");
	const struct snapshot *later;

	(void)state;
	for (bool more = false; !more;) {
		rest(INTERVAL_NS + 1);
		later = snapshot_get(store, 0);
		assert_true(later->number > held->number);
		more = sum_of(later, &interface_family, "receive_packets") > packets;
		snapshot_release(later);
	}
	assert_int_equal(sum_of(held, &interface_family, "receive_packets"), packets);
	stop_writing();
	snapshot_store_destroy(store);
	store = NULL;
	assert_int_equal(sum_of(held, &interface_family, "receive_packets"), packets);
	snapshot_release(held);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sums_close_at_every_instant_while_the_worker_counts),
		TEST(sums_close_in_every_snapshot),
		TEST(rows_of_every_family_ascend_strictly),
		TEST(snapshot_is_shared_for_100_ms_and_longer_where_that_is_young_enough),
		TEST(a_scrape_has_what_prometheus_shows_and_no_tables_of_other_faces),
		TEST(a_whole_snapshot_serves_scrapes_but_not_the_other_way_round),
		TEST(many_readers_take_no_more_than_one_snapshot_in_100_ms),
		TEST(snapshot_that_is_held_does_not_change_and_outlives_its_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
