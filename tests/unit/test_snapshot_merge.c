/* Rows of the same key, of several workers, become one: by the description of a made-up family. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "snapshot/merge.h"

struct row {
	uint32_t interface;
	uint16_t port;
	uint8_t up;
	uint64_t packets, bytes, now, largest, kernel;
	struct monotonic_time created;
	struct wall_time first_seen, last_seen;
};

static const struct family_key keys[] = {
	{.kind = KEY_INTERFACE, .offset = offsetof(struct row, interface)},
	{.kind = KEY_PORT, .offset = offsetof(struct row, port)},
};

static const struct family_field fields[] = {
	{.kind = FIELD_HISTOGRAM,
	 .offset = offsetof(struct row, packets),
	 .sum_offset = offsetof(struct row, bytes)},
	{.kind = FIELD_COUNTER, .offset = offsetof(struct row, bytes)}, /* the same once more */
	{.kind = FIELD_GAUGE, .offset = offsetof(struct row, now)},
	{.kind = FIELD_GAUGE, .merge = MERGE_MOST, .offset = offsetof(struct row, largest)},
	{.kind = FIELD_COUNTER, .merge = MERGE_SAME, .offset = offsetof(struct row, kernel)},
	{.kind = FIELD_BOOL, .offset = offsetof(struct row, up)},
	{.kind = FIELD_TIME_STAMP, .offset = offsetof(struct row, created)},
	{.kind = FIELD_DATE, .offset = offsetof(struct row, first_seen)},
	{.kind = FIELD_DATE, .merge = MERGE_MOST, .offset = offsetof(struct row, last_seen)},
};

static const struct family family = {
	.keys = keys,
	.n_keys = COUNT(keys),
	.fields = fields,
	.n_fields = COUNT(fields),
	.row_size = sizeof(struct row),
};

/* Slot 0 has the greater ifIndex. */
static const struct snapshot_interface interfaces[] = {{"b", 9}, {"a", 3}};
static const struct snapshot snapshot = {.interfaces = interfaces, .n_interfaces = 2};

static size_t merge(struct row *rows, size_t n)
{
	struct snapshot_rows merged = {&family, (const uint8_t *)rows, n};

	snapshot_merge(&snapshot, &merged);
	return merged.n;
}

static void each_field_is_merged_as_its_kind_asks(void **state)
{
	struct row rows[] = {
		{.interface = 1,
		 .port = 80,
		 .up = 1,
		 .packets = 1,
		 .bytes = 100,
		 .now = 4,
		 .largest = 60,
		 .kernel = 50,
		 .created = {20},
		 .first_seen = {-5},
		 .last_seen = {7}},
		{.interface = 1,
		 .port = 80,
		 .up = 1,
		 .packets = 2,
		 .bytes = 300,
		 .now = 5,
		 .largest = 90,
		 .kernel = 50,
		 .created = {10},
		 .first_seen = {3},
		 .last_seen = {6}},
		{.interface = 1,
		 .port = 80,
		 .up = 1,
		 .packets = 3,
		 .bytes = UINT64_MAX,
		 .now = 0,
		 .largest = 70,
		 .kernel = 50,
		 .created = {30},
		 .first_seen = {4},
		 .last_seen = {-9}},
	};

	(void)state;
	assert_int_equal(merge(rows, 3), 1);
	assert_int_equal(rows[0].packets, 6);
	assert_true(rows[0].bytes == 399); /* modulo 2^64, as counters wrap */
	assert_int_equal(rows[0].now, 9);
	assert_int_equal(rows[0].largest, 90);
	assert_int_equal(rows[0].kernel, 50);
	assert_int_equal(rows[0].up, 1);
	assert_int_equal(rows[0].created.ns, 10);
	assert_int_equal(rows[0].first_seen.ns, -5);
	assert_int_equal(rows[0].last_seen.ns, 7);
}

static void rows_of_other_keys_stay_apart_and_in_order(void **state)
{
	struct row rows[] = {
		{.interface = 1, .port = 22, .packets = 1},
		{.interface = 1, .port = 53, .packets = 2},
		{.interface = 1, .port = 53, .packets = 4},
		{.interface = 0, .port = 53, .packets = 8},
		{.interface = 0, .port = 80, .packets = 16},
		{.interface = 0, .port = 80, .packets = 32},
	};

	(void)state;
	assert_int_equal(merge(rows, 6), 4);
	for (size_t i = 0; i < 4; i++) {
		static const uint64_t packets[] = {1, 6, 8, 48};
		static const uint16_t ports[] = {22, 53, 53, 80};

		assert_int_equal(rows[i].packets, packets[i]);
		assert_int_equal(rows[i].port, ports[i]);
	}
	assert_int_equal(rows[1].interface, 1);
	assert_int_equal(rows[2].interface, 0);
}

static void one_row_and_none_are_as_they_were(void **state)
{
	struct row row = {.packets = 5};

	(void)state;
	assert_int_equal(merge(&row, 0), 0);
	assert_int_equal(merge(&row, 1), 1);
	assert_int_equal(row.packets, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_is_merged_as_its_kind_asks),
		cmocka_unit_test(rows_of_other_keys_stay_apart_and_in_order),
		cmocka_unit_test(one_row_and_none_are_as_they_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
