/*
 * The bounded table against a plain array that does the same slowly. Tiny capacities and hashes
 * that collide and wrap around the end of the index are where such a table breaks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/hash.h"
#include "base/table.h"
#include "support.h"

#define KEYS_MAX 64
#define STEPS    1000000

struct row {
	struct table_head head;
	uint32_t key;
	uint32_t stamp; /* written by the test: a row keeps what was put into it */
	uint64_t zero;  /* never written: a new row is zeroed */
};

/* What the table should hold, by key. */
struct model {
	struct {
		uint32_t row; /* TABLE_NONE: not in the table */
		uint32_t stamp;
	} keys[KEYS_MAX];
	uint32_t used;
};

typedef uint32_t hash_function(uint32_t key);

static uint32_t hash_all_alike(uint32_t key)
{
	(void)key;
	return 0x12345678;
}

/* All in the last bucket of any index: every chain wraps around. */
static uint32_t hash_last_bucket(uint32_t key)
{
	return key << 16 | 0xffff;
}

static uint32_t hash_few(uint32_t key)
{
	return key % 3 * 5;
}

static uint32_t hash_well(uint32_t key)
{
	return hash_key(&key, sizeof(key), 42);
}

static struct row *row_at(const struct table *table, uint32_t row)
{
	return table_row(table, row);
}

static void check_find(const struct table *table, const struct model *model, hash_function *hash,
		       uint32_t key)
{
	uint32_t found = table_find(table, hash(key), &key, sizeof(key));

	assert_int_equal(found, model->keys[key].row);
	if (found == TABLE_NONE)
		return;
	assert_true(table_row_in_use(table, found));
	assert_true(table_row_has_key(table, found, &key, sizeof(key)));
	assert_int_equal(row_at(table, found)->stamp, model->keys[key].stamp);
	assert_int_equal(table_row_number(table, row_at(table, found)), found);
}

static void add(struct table *table, struct model *model, hash_function *hash, uint32_t key,
		uint32_t stamp)
{
	uint32_t row = table_add(table, hash(key), &key, sizeof(key));

	if (model->used == table->capacity) {
		assert_int_equal(row, TABLE_NONE);
		return;
	}
	assert_in_range(row, 0, table->capacity - 1);
	assert_int_equal(row_at(table, row)->stamp, 0);
	assert_int_equal(row_at(table, row)->zero, 0);
	for (uint32_t other = 0; other < KEYS_MAX; other++)
		assert_int_not_equal(model->keys[other].row, row);
	row_at(table, row)->stamp = stamp;
	model->keys[key].row = row;
	model->keys[key].stamp = stamp;
	model->used++;
}

static void compare_at_random(uint32_t capacity, hash_function *hash)
{
	struct ledger ledger = {0};
	struct random random = {capacity + 1};
	struct model model = {.used = 0};
	uint32_t n_keys = capacity * 2 + 1;
	struct table table;

	assert_true(n_keys <= KEYS_MAX);
	assert_int_equal(table_create(&table, &ledger, "test", sizeof(struct row), capacity, NULL),
			 0);
	for (uint32_t key = 0; key < KEYS_MAX; key++)
		model.keys[key].row = TABLE_NONE;
	for (uint32_t step = 1; step <= STEPS; step++) {
		uint32_t key = random_below(&random, n_keys);

		check_find(&table, &model, hash, key);
		if (model.keys[key].row == TABLE_NONE) {
			add(&table, &model, hash, key, step);
		} else if (random_below(&random, 2)) {
			table_remove(&table, model.keys[key].row);
			assert_false(table_row_in_use(&table, model.keys[key].row));
			model.keys[key].row = TABLE_NONE;
			model.used--;
		}
		assert_int_equal(table.used, model.used);
		if (step % 64 == 0)
			for (key = 0; key < n_keys; key++)
				check_find(&table, &model, hash, key);
	}
	ledger_release(&ledger);
}

static void table_does_what_an_array_would_whatever_the_hashes(void **state)
{
	static hash_function *const hashes[] = {hash_all_alike, hash_last_bucket, hash_few,
						hash_well};
	static const uint32_t capacities[] = {1, 2, 5, 16};

	(void)state;
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		for (size_t j = 0; j < sizeof(capacities) / sizeof(capacities[0]); j++)
			compare_at_random(capacities[j], hashes[i]);
}

static void full_table_refuses_and_takes_again_after_a_removal(void **state)
{
	struct ledger ledger = {0};
	struct table table;
	uint32_t key;

	(void)state;
	assert_int_equal(table_create(&table, &ledger, "test", sizeof(struct row), 3, NULL), 0);
	for (key = 0; key < 3; key++)
		assert_int_equal(table_add(&table, hash_well(key), &key, sizeof(key)), key);
	assert_int_equal(table_add(&table, hash_well(3), &(uint32_t){3}, sizeof(key)), TABLE_NONE);
	assert_int_equal(table.used, 3);
	table_remove(&table, 1);
	assert_int_equal(table_add(&table, hash_well(3), &(uint32_t){3}, sizeof(key)), 1);
	assert_int_equal(table_find(&table, hash_well(1), &(uint32_t){1}, sizeof(key)), TABLE_NONE);
	ledger_release(&ledger);
}

/* One chain of three; the middle one goes, and the others are where they were. */
static void rows_keep_their_numbers_when_others_go(void **state)
{
	struct ledger ledger = {0};
	struct table table;

	(void)state;
	assert_int_equal(table_create(&table, &ledger, "test", sizeof(struct row), 4, NULL), 0);
	for (uint32_t key = 0; key < 3; key++)
		table_add(&table, 7, &key, sizeof(key));
	table_remove(&table, 1);
	for (uint32_t key = 0; key < 3; key += 2) {
		assert_int_equal(table_find(&table, 7, &key, sizeof(key)), key);
		assert_int_equal(row_at(&table, key)->key, key);
	}
	ledger_release(&ledger);
}

static void row_numbers_outside_of_the_table_are_not_in_use(void **state)
{
	struct ledger ledger = {0};
	struct table table;

	(void)state;
	assert_int_equal(table_create(&table, &ledger, "test", sizeof(struct row), 2, NULL), 0);
	assert_false(table_row_in_use(&table, 0));
	assert_false(table_row_in_use(&table, TABLE_NONE));
	table_add(&table, 7, &(uint32_t){1}, sizeof(uint32_t));
	assert_true(table_row_in_use(&table, 0));
	assert_false(table_row_in_use(&table, 1));
	ledger_release(&ledger);
}

static void capacity_beyond_the_index_is_refused_by_name(void **state)
{
	struct ledger ledger = {0};
	struct error error = {""};
	struct table table;

	(void)state;
	assert_int_equal(
		table_create(&table, &ledger, "flow table", sizeof(struct row), UINT32_MAX, &error),
		-22);
	assert_non_null(strstr(error.text, "flow table"));
	assert_int_equal(ledger.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_does_what_an_array_would_whatever_the_hashes),
		cmocka_unit_test(full_table_refuses_and_takes_again_after_a_removal),
		cmocka_unit_test(rows_keep_their_numbers_when_others_go),
		cmocka_unit_test(row_numbers_outside_of_the_table_are_not_in_use),
		cmocka_unit_test(capacity_beyond_the_index_is_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
