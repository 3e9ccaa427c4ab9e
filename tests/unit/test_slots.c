/*
 * Slots, rule by rule, under a clock that the test turns: what a series shows from when on, who gets
 * one and who loses it, and where it is counted afterwards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "family/rows_traffic.h"
#include "support.h"

#define WARMUP 60
#define MINUTE 60

struct key {
	uint16_t interface;
	uint16_t id;
	uint32_t zero;
};

/* What is received. */
#define PACKETS ROWS_PACKETS
#define BYTES   ROWS_BYTES

static struct ledger ledger;
static struct tally tally;
static struct rows *rows;

/* 900 and 901 are pinned for certain, 910 to 913 where there is room. */
static enum rows_pin pin(const struct family_options *options, size_t i, void *key)
{
	static const uint16_t ids[] = {900, 900, 901, 910, 911, 912, 913};

	(void)options;
	if (i >= sizeof(ids) / sizeof(ids[0]))
		return ROWS_PIN_NONE;
	((struct key *)key)->id = ids[i];
	return ids[i] < 910 ? ROWS_PIN_ALWAYS : ROWS_PIN_IF_ROOM;
}

/* 950 once it is there. */
static bool is_pinned(const struct family_options *options, const void *key)
{
	(void)options;
	return ((const struct key *)key)->id == 950;
}

static const struct rows_kind plain = {
	.name = "table",
	.slots_name = "slots",
	.key_size = sizeof(struct key),
	.n_remainders = 1,
	.is_pinned = is_pinned,
};

static const struct rows_kind pinning = {
	.name = "table",
	.slots_name = "slots",
	.key_size = sizeof(struct key),
	.n_remainders = 1,
	.pin = pin,
	.is_pinned = is_pinned,
};

static void open_rows_with(const struct rows_kind *kind, uint32_t capacity, uint32_t slots,
			   uint32_t warmup)
{
	const struct family_options options = {.export_warmup_s = warmup};
	const struct rows_options wanted = {.capacity = capacity, .export_max = slots};
	const struct family_context context = {
		.options = &options,
		.ledger = &ledger,
		.tally = &tally,
		.max_interfaces = 2,
	};
	struct error error;

	tally = (struct tally){.n_interfaces = 2, .now_ns = BENCH_BEGINS};
	rows = rows_create(kind, &wanted, &context, &error);
	assert_non_null(rows);
}

static void open_rows(uint32_t capacity, uint32_t slots)
{
	open_rows_with(&plain, capacity, slots, WARMUP);
}

static int tear_down(void **state)
{
	(void)state;
	rows_destroy(rows);
	ledger_release(&ledger);
	ledger = (struct ledger){.n = 0};
	return 0;
}

/* The clock goes on by so many seconds, with a tick each. */
static void wait(int seconds)
{
	for (int i = 0; i < seconds; i++) {
		tally.now_ns += SECOND;
		rows_tick(rows, tally.now_ns);
	}
}

static void count_on(uint16_t interface, uint16_t id, uint32_t bytes)
{
	const struct key key = {interface, id, 0};
	struct rows_credit credit = {.packets = 1, .bytes = bytes, .direction = DIRECTION_RECEIVE};

	memcpy(credit.key, &key, sizeof(key));
	rows_count(rows, &credit, 1);
}

static void count(uint16_t id, uint32_t bytes)
{
	count_on(0, id, bytes);
}

/* Of interface 0; NULL: there is no series of this key. */
static const uint64_t *series(uint16_t id)
{
	struct rows_slot slot;

	for (uint32_t at = 0; rows_next_slot(rows, 0, &at, &slot);)
		if (((const struct key *)slot.key)->id == id)
			return slot.counters;
	return NULL;
}

static uint32_t n_series(uint16_t interface)
{
	struct rows_slot slot;
	uint32_t n = 0;

	for (uint32_t at = 0; rows_next_slot(rows, interface, &at, &slot);)
		n++;
	return n;
}

static uint64_t shown(uint16_t id)
{
	assert_non_null(series(id));
	return series(id)[BYTES];
}

static uint64_t other(void)
{
	uint64_t counters[ROWS_COUNTERS];

	rows_shown_other(rows, 0, 0, counters);
	return counters[BYTES];
}

static bool has_row(uint16_t id)
{
	for (uint32_t row = rows_from(rows, 0); row != TABLE_NONE; row = rows_from(rows, row + 1))
		if (((const struct key *)rows_key(rows, row))->id == id)
			return true;
	return false;
}

static void a_new_series_is_shown_at_0_until_its_warm_up_ends(void **state)
{
	(void)state;
	open_rows(16, 4);
	count(1, 100);
	assert_null(series(1));
	wait(1);
	assert_int_equal(shown(1), 0);
	count(1, 10);
	wait(WARMUP - 1);
	count(1, 1);
	assert_int_equal(shown(1), 0);
	assert_int_equal(other(), 111);
	wait(1);
	assert_int_equal(shown(1), 0);
	count(1, 1000);
	assert_int_equal(shown(1), 1000);
	assert_int_equal(series(1)[PACKETS], 1);
	assert_int_equal(other(), 111);
}

static void without_a_warm_up_a_series_counts_from_the_next_tick_on(void **state)
{
	(void)state;
	open_rows_with(&plain, 16, 4, 0);
	count(1, 100);
	wait(1);
	count(1, 10);
	assert_int_equal(shown(1), 10);
	assert_int_equal(other(), 100);
}

static void what_is_exact_is_counted_whatever_is_shown(void **state)
{
	(void)state;
	open_rows(16, 4);
	count(1, 100);
	wait(WARMUP + 1);
	count(1, 10);
	assert_int_equal(rows_body(rows, rows_from(rows, 0))->counters[BYTES], 110);
	assert_int_equal(rows_other(rows, 0, 0)[BYTES], 0);
}

static void free_slots_go_to_the_largest(void **state)
{
	(void)state;
	open_rows(64, 3);
	for (uint16_t id = 1; id <= 20; id++)
		count(id, id == 7 || id == 11 || id == 13 ? 5000 : 100U + id);
	wait(1);
	assert_int_equal(n_series(0), 3);
	assert_non_null(series(7));
	assert_non_null(series(11));
	assert_non_null(series(13));
}

static void each_interface_has_its_own_slots(void **state)
{
	(void)state;
	open_rows(64, 2);
	for (uint16_t id = 1; id <= 5; id++) {
		count_on(0, id, 100);
		count_on(1, id, 100000);
	}
	wait(1);
	assert_int_equal(n_series(0), 2);
	assert_int_equal(n_series(1), 2);
	assert_int_equal(rows_promotions(rows, 0), 2);
}

static void without_slots_all_is_other(void **state)
{
	(void)state;
	open_rows(16, 0);
	count(1, 100);
	wait(2 * MINUTE);
	count(1, 100);
	assert_int_equal(n_series(0), 0);
	assert_int_equal(other(), 200);
}

/* One slot, credited to 1. */
static void give_the_only_slot_to_1(void)
{
	open_rows(16, 1);
	count(1, 1000);
	wait(WARMUP + 1);
	count(1, 1000);
	wait(WARMUP);
	assert_int_equal(shown(1), 1000);
}

static void only_a_clearly_larger_row_takes_a_slot(void **state)
{
	(void)state;
	give_the_only_slot_to_1();
	count(1, 100000);
	count(2, 200000);
	wait(1);
	assert_null(series(2));
	count(3, 300000);
	wait(1);
	assert_null(series(2));
	assert_int_equal(shown(3), 0);
}

static void what_was_large_long_ago_gives_way(void **state)
{
	(void)state;
	give_the_only_slot_to_1();
	count(1, 1000000000);
	for (int minute = 0; minute < 60; minute++) {
		wait(MINUTE);
		count(2, 10000);
	}
	assert_non_null(series(2));
}

static void
a_series_is_not_replaced_before_it_was_shown_for_as_long_again_as_it_warmed_up(void **state)
{
	(void)state;
	open_rows(16, 1);
	count(1, 10);
	wait(1);
	count(2, 1000000);
	wait(2 * WARMUP - 1);
	assert_null(series(2));
	wait(1);
	assert_int_equal(shown(2), 0);
}

/* 1 is frozen at 1000, 2 is warming. */
static void let_2_replace_1(void)
{
	give_the_only_slot_to_1();
	count(2, 1000000);
	wait(1);
}

static void a_demoted_series_is_frozen_and_its_packets_go_to_other(void **state)
{
	uint64_t before;

	(void)state;
	let_2_replace_1();
	assert_int_equal(shown(1), 1000);
	assert_int_equal(shown(2), 0);
	before = other();
	count(1, 50);
	assert_int_equal(shown(1), 1000);
	assert_int_equal(other(), before + 50);
	assert_int_equal(rows_promotions(rows, 0), 2);
}

static void a_frozen_series_is_retired_after_5_minutes(void **state)
{
	uint64_t before;

	(void)state;
	let_2_replace_1();
	before = other();
	wait(5 * MINUTE - 1);
	assert_int_equal(shown(1), 1000);
	assert_int_equal(rows_retired(rows, 0, 0)[BYTES], 0);
	wait(1);
	assert_null(series(1));
	assert_int_equal(rows_retired(rows, 0, 0)[BYTES], 1000);
	assert_int_equal(rows_retired(rows, 0, 0)[PACKETS], 1);
	assert_int_equal(other(), before);
}

static void a_key_that_comes_back_goes_on_with_its_frozen_series(void **state)
{
	(void)state;
	let_2_replace_1();
	wait(2 * WARMUP);
	for (int i = 0; i < 30; i++)
		count(1, 1000000);
	wait(1);
	count(1, 7);
	assert_int_equal(shown(1), 1007);
	wait(10 * MINUTE);
	assert_int_equal(shown(1), 1007);
}

static void a_key_that_comes_back_late_begins_at_0(void **state)
{
	(void)state;
	let_2_replace_1();
	wait(60 * MINUTE); /* until the next promotion is allowed, too */
	assert_null(series(1));
	count(1, 1000000);
	wait(1);
	assert_int_equal(shown(1), 0);
	assert_int_equal(rows_retired(rows, 0, 0)[BYTES], 1000);
}

/* Of eight slots one is kept for what lingers. */
static void no_more_than_an_eighth_of_the_slots_lingers(void **state)
{
	(void)state;
	open_rows(64, 8);
	for (uint16_t id = 1; id <= 8; id++)
		count(id, 100);
	wait(2 * WARMUP + 1);
	for (uint16_t id = 11; id <= 14; id++)
		count(id, 1000000);
	wait(1);
	assert_int_equal(n_series(0), 8);
	assert_int_equal(rows_promotions(rows, 0), 8);
	wait(5 * MINUTE + 1);
	assert_int_equal(n_series(0), 8);
	assert_int_equal(rows_promotions(rows, 0), 9);
}

/* Two at once for each slot, and one for each an hour. */
static void promotions_are_capped(void **state)
{
	uint64_t before;
	uint16_t id = 1;

	(void)state;
	open_rows_with(&plain, 4096, 4, 1);
	for (int i = 0; i < 30; i++, id++) {
		for (int minute = 0; minute < 6; minute++) {
			count(id, 1000000);
			wait(MINUTE);
		}
	}
	before = rows_promotions(rows, 0);
	assert_in_range(before, 8 + 2 * 4, 8 + 3 * 4);
	for (int i = 0; i < 100; i++, id++) {
		for (int minute = 0; minute < 6; minute++) {
			count(id, 1000000);
			wait(MINUTE);
		}
	}
	assert_in_range(rows_promotions(rows, 0) - before, 4 * 10 - 2, 4 * 10 + 1);
}

static void a_full_table_gives_up_rows_with_slots_last(void **state)
{
	(void)state;
	open_rows(4, 2);
	count(1, 2);
	count(2, 2);
	wait(WARMUP + 1);
	for (uint16_t id = 10; id < 30; id++)
		count(id, 1000);
	assert_true(has_row(1));
	assert_true(has_row(2));
	assert_int_equal(rows_evictions(rows), 18);
}

static void a_full_table_gives_up_idle_rows_first(void **state)
{
	(void)state;
	open_rows(4, 0);
	count(1, 1000000);
	wait(15 * MINUTE + 1);
	count(2, 10);
	count(3, 10);
	count(4, 10);
	count(5, 10);
	assert_false(has_row(1));
	assert_true(has_row(2));
	count(6, 10);
	assert_true(has_row(6));
	assert_int_equal(rows_other(rows, 0, 0)[BYTES], 1000010);
	assert_int_equal(other(), 1000050);
}

static void a_row_that_is_evicted_leaves_its_series_frozen(void **state)
{
	(void)state;
	open_rows(2, 2);
	count(1, 1000);
	count(2, 2000);
	wait(WARMUP + 1);
	count(1, 1);
	count(2, 2);
	count(3, 3);
	assert_false(has_row(1));
	assert_int_equal(shown(1), 1);
	assert_int_equal(rows_other(rows, 0, 0)[BYTES], 1001);
	assert_int_equal(rows_other(rows, 0, 0)[PACKETS], 2);
	wait(5 * MINUTE);
	assert_null(series(1));
	assert_int_equal(rows_retired(rows, 0, 0)[BYTES], 1);
}

static void an_evicted_row_that_comes_back_goes_on_with_its_frozen_series(void **state)
{
	(void)state;
	open_rows(2, 2);
	count(1, 1000);
	count(2, 2000);
	wait(WARMUP + 1);
	count(1, 1);
	count(3, 3);
	count(1, 4);
	assert_int_equal(shown(1), 1);
	wait(1);
	count(1, 5);
	assert_int_equal(shown(1), 6);
}

static void pinned_keys_have_series_that_count_from_the_start(void **state)
{
	(void)state;
	open_rows_with(&pinning, 16, 20, WARMUP);
	assert_int_equal(n_series(0), 6);
	assert_int_equal(shown(900), 0);
	assert_int_equal(shown(913), 0);
	count(900, 10);
	assert_int_equal(shown(900), 10);
	assert_int_equal(other(), 0);
	assert_int_equal(rows_promotions(rows, 0), 0);
}

static void pinned_keys_are_never_replaced_or_retired(void **state)
{
	(void)state;
	open_rows_with(&pinning, 16, 2, WARMUP);
	for (int minute = 0; minute < 30; minute++) {
		count(1, 1000000);
		count(2, 1000000);
		wait(MINUTE);
	}
	assert_int_equal(n_series(0), 2);
	assert_int_equal(shown(900), 0);
	assert_int_equal(shown(901), 0);
	assert_int_equal(other(), 60000000);
}

static void a_pinned_series_outlasts_its_row(void **state)
{
	(void)state;
	open_rows_with(&pinning, 1, 20, WARMUP);
	count(900, 10);
	count(1, 100);
	assert_false(has_row(900));
	wait(10 * MINUTE);
	assert_int_equal(shown(900), 10);
	count(900, 1);
	assert_int_equal(shown(900), 11);
}

static void pins_leave_a_quarter_to_traffic_but_for_the_certain_ones(void **state)
{
	(void)state;
	open_rows_with(&pinning, 16, 7, WARMUP);
	assert_int_equal(n_series(0), 5);
	assert_non_null(series(912));
	assert_null(series(913));
}

static void pins_are_no_more_than_the_slots(void **state)
{
	(void)state;
	open_rows_with(&pinning, 16, 1, WARMUP);
	assert_int_equal(n_series(0), 1);
	assert_non_null(series(900));
}

/* It goes before what is larger, and warms up, since its series is new. */
static void a_key_that_is_pinned_once_it_is_there_gets_its_slot_then(void **state)
{
	(void)state;
	give_the_only_slot_to_1();
	count(1, 1000000);
	count(950, 1);
	wait(1);
	count(950, 1);
	assert_int_equal(shown(950), 0);
	wait(WARMUP);
	count(950, 5);
	assert_int_equal(shown(950), 5);
	for (int minute = 0; minute < 10; minute++) {
		count(1, 100000000);
		wait(MINUTE);
	}
	assert_int_equal(shown(950), 5);
	assert_null(series(1));
}

static void a_forgotten_interface_has_its_pins_at_0_and_nothing_else(void **state)
{
	(void)state;
	open_rows_with(&pinning, 16, 20, WARMUP);
	count(900, 10);
	count(1, 10);
	count_on(1, 1, 10);
	wait(WARMUP + 1);
	rows_forget(rows, 0);
	assert_int_equal(n_series(0), 6);
	assert_int_equal(n_series(1), 7);
	assert_int_equal(shown(900), 0);
	assert_int_equal(other(), 0);
	assert_int_equal(rows_promotions(rows, 0), 0);
	assert_int_equal(rows_promotions(rows, 1), 1);
	count(900, 3);
	assert_int_equal(shown(900), 3);
}

/* A capture file's clock may jump by days between two packets. */
static void a_clock_that_jumps_ends_warm_ups_and_lingering_at_once(void **state)
{
	(void)state;
	let_2_replace_1();
	tally.now_ns += 86400 * SECOND;
	rows_tick(rows, tally.now_ns);
	count(2, 9);
	assert_int_equal(shown(2), 9);
	assert_null(series(1));
	assert_int_equal(rows_retired(rows, 0, 0)[BYTES], 1000);
}

/* More rows than are looked at in one tick. */
static void in_a_large_table_too_the_largest_get_the_slots(void **state)
{
	(void)state;
	open_rows(8192, 2);
	for (uint16_t id = 1001; id <= 9000; id++)
		count(id, id == 4000 || id == 7777 ? 500000 : 100);
	wait(8);
	assert_int_equal(n_series(0), 2);
	assert_non_null(series(4000));
	assert_non_null(series(7777));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, NULL, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_series_is_shown_at_0_until_its_warm_up_ends),
		TEST(without_a_warm_up_a_series_counts_from_the_next_tick_on),
		TEST(what_is_exact_is_counted_whatever_is_shown),
		TEST(free_slots_go_to_the_largest),
		TEST(each_interface_has_its_own_slots),
		TEST(without_slots_all_is_other),
		TEST(only_a_clearly_larger_row_takes_a_slot),
		TEST(what_was_large_long_ago_gives_way),
		TEST(a_series_is_not_replaced_before_it_was_shown_for_as_long_again_as_it_warmed_up),
		TEST(a_demoted_series_is_frozen_and_its_packets_go_to_other),
		TEST(a_frozen_series_is_retired_after_5_minutes),
		TEST(a_key_that_comes_back_goes_on_with_its_frozen_series),
		TEST(a_key_that_comes_back_late_begins_at_0),
		TEST(no_more_than_an_eighth_of_the_slots_lingers),
		TEST(promotions_are_capped),
		TEST(a_full_table_gives_up_rows_with_slots_last),
		TEST(a_full_table_gives_up_idle_rows_first),
		TEST(a_row_that_is_evicted_leaves_its_series_frozen),
		TEST(an_evicted_row_that_comes_back_goes_on_with_its_frozen_series),
		TEST(pinned_keys_have_series_that_count_from_the_start),
		TEST(pinned_keys_are_never_replaced_or_retired),
		TEST(a_pinned_series_outlasts_its_row),
		TEST(pins_leave_a_quarter_to_traffic_but_for_the_certain_ones),
		TEST(pins_are_no_more_than_the_slots),
		TEST(a_key_that_is_pinned_once_it_is_there_gets_its_slot_then),
		TEST(a_forgotten_interface_has_its_pins_at_0_and_nothing_else),
		TEST(a_clock_that_jumps_ends_warm_ups_and_lingering_at_once),
		TEST(in_a_large_table_too_the_largest_get_the_slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
