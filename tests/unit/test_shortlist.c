/*
 * Which rows a full table gives up, by a truth that the test keeps beside it: what each row is worth,
 * and how many rows were asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/shortlist.h"
#include "support.h"

#define CAPACITY 1024

struct row {
	struct table_head head;
	uint64_t key;
};

static struct ledger ledger;
static struct table table;
static struct shortlist list;
static uint64_t worths[CAPACITY];
static uint64_t asked;
static uint64_t last_key;

static uint64_t worth(const void *owner, uint32_t row)
{
	assert_ptr_equal(owner, &table);
	asked++;
	return worths[row];
}

static void add(uint64_t is_worth)
{
	uint64_t key = last_key++;
	uint32_t row = table_add(&table, (uint32_t)(key * 0x9e3779b9U), &key, sizeof(key));

	assert_int_not_equal(row, TABLE_NONE);
	worths[row] = is_worth;
}

static int set_up(void **state)
{
	struct error error;

	(void)state;
	assert_int_equal(
		table_create(&table, &ledger, "rows", sizeof(struct row), CAPACITY, &error), 0);
	list = (struct shortlist){0};
	asked = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	ledger_release(&ledger);
	return 0;
}

/* Gives up a row for another one. Returns what it was worth. */
static uint64_t exchange(uint64_t is_worth)
{
	uint32_t row = shortlist_take(&list, &table, worth, &table);
	uint64_t was_worth = worths[row];

	assert_true(table_row_in_use(&table, row));
	table_remove(&table, row);
	add(is_worth);
	return was_worth;
}

/* Four of five rows are in use again and again, the rest come once: none of the four may go. */
static void what_comes_once_goes_before_what_is_used(void **state)
{
	(void)state;
	for (int i = 0; i < CAPACITY; i++)
		add(i % 5 ? 10000 + (uint64_t)i : 60);
	/* Until it knows what is little, some may go that are not. */
	for (int i = 0; i < 100; i++)
		exchange(60);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(exchange(60), 60);
}

static void few_rows_are_asked_for_each_that_goes(void **state)
{
	(void)state;
	for (int i = 0; i < CAPACITY; i++)
		add(60);
	asked = 0;
	for (int i = 0; i < 10000; i++)
		exchange(60);
	assert_true(asked < 50000);
}

/* The limit rises where all rows are large, and comes down again where some are small. */
static void limit_follows_what_rows_are_worth(void **state)
{
	(void)state;
	for (int i = 0; i < CAPACITY; i++)
		add(1000000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(exchange(1000000), 1000000);
	for (int i = 0; i < CAPACITY; i += 2)
		worths[i] = 60;
	for (int i = 0; i < 500; i++)
		exchange(60);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(exchange(60), 60);
}

static void row_that_was_used_after_it_was_chosen_stays(void **state)
{
	uint32_t row;

	(void)state;
	for (int i = 0; i < CAPACITY; i++)
		add(60);
	row = shortlist_take(&list, &table, worth, &table);
	for (int i = 0; i < SHORTLIST_ROWS; i++)
		worths[list.rows[i].row] = 61;
	for (int i = 0; i < SHORTLIST_ROWS; i++) {
		uint32_t chosen = list.rows[i].row;
		uint32_t next = shortlist_take(&list, &table, worth, &table);

		assert_int_not_equal(next, row);
		assert_int_not_equal(next, chosen);
	}
}

static void what_goes_last_goes_once_nothing_else_is_left(void **state)
{
	(void)state;
	for (int i = 0; i < CAPACITY; i++)
		add(i % 100 ? SHORTLIST_LAST + (uint64_t)i : 1000);
	for (int i = 0; i < 2 * CAPACITY / 100; i++)
		assert_true(exchange(1000) < SHORTLIST_LAST);
	for (int i = 0; i < CAPACITY; i++)
		worths[i] = SHORTLIST_LAST + (uint64_t)i;
	assert_true(exchange(1000) >= SHORTLIST_LAST);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_comes_once_goes_before_what_is_used),
		TEST(few_rows_are_asked_for_each_that_goes),
		TEST(limit_follows_what_rows_are_worth),
		TEST(row_that_was_used_after_it_was_chosen_stays),
		TEST(what_goes_last_goes_once_nothing_else_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
