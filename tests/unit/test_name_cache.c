/*
 * The cache of names: how long what an answer says is known, and what a full table gives up. The
 * clock is turned by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "names/name_cache.h"

#define SECOND   NS_PER_SECOND
#define CAPACITY 64

static struct ledger ledger;
static struct error error;

static int tear_down(void **state)
{
	(void)state;
	ledger_release(&ledger);
	return 0;
}

static struct name_cache cache;
static struct monotonic_time now;

static int open_cache(void **state)
{
	(void)state;
	now.ns = 1000 * SECOND;
	return name_cache_create(&cache, &ledger, CAPACITY, &error);
}

static struct name_key number(uint32_t n)
{
	const uint8_t bytes[IP_ADDRESS_BYTES] = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8),
						 (uint8_t)n};

	return name_key(4, bytes);
}

/* The name, "" without one; and whether it must be looked up. */
static const char *cached(uint32_t n, bool is_due)
{
	static char name[NAMES_ADDRESS_TEXT];
	struct name_key key = number(n);
	bool due, is_known;

	name[0] = '\0';
	is_known = name_cache_find(&cache, &key, now, name, &due);
	assert_int_equal(is_known, name[0] != '\0');
	assert_int_equal(due, is_due);
	return name;
}

static bool expect(uint32_t n)
{
	struct name_key key = number(n);

	return name_cache_expect(&cache, &key, now);
}

/* A full table looks at a part of its rows each time, and was round after so many. */
static bool expect_soon(uint32_t n)
{
	for (int i = 0; i < CAPACITY / 16; i++)
		if (expect(n))
			return true;
	return false;
}

static void answer(uint32_t n, enum name_outcome outcome, const char *name, int64_t ttl_s)
{
	struct name_key key = number(n);

	name_cache_answer(&cache, &key, outcome, name, ttl_s * SECOND, now);
}

static void a_name_is_known_from_its_answer_to_the_end_of_its_time(void **state)
{
	(void)state;
	assert_string_equal(cached(1, true), "");
	assert_true(expect(1));
	assert_string_equal(cached(1, false), "");
	answer(1, NAME_FOUND, "one.example", 300);
	now.ns += 300 * SECOND - 1;
	assert_string_equal(cached(1, false), "one.example");
	now.ns += 1;
	/* Over: to be asked for again, and shown until there is another answer. */
	assert_string_equal(cached(1, true), "one.example");
	assert_true(expect(1));
	assert_string_equal(cached(1, false), "one.example");
	answer(1, NAME_FOUND, "two", 300);
	assert_string_equal(cached(1, false), "two");
	now.ns += 300 * SECOND;
	assert_true(expect(1));
	answer(1, NAME_NONE, "", 300);
	assert_string_equal(cached(1, false), "");
}

static void a_name_whose_time_is_over_is_shown_for_an_hour_at_most(void **state)
{
	(void)state;
	expect(1);
	answer(1, NAME_FOUND, "one", 60);
	now.ns += 3660 * SECOND - 1;
	assert_string_equal(cached(1, true), "one");
	now.ns += 1;
	assert_string_equal(cached(1, true), "");
}

static void a_server_that_fails_leaves_the_name_and_is_asked_again_in_a_minute(void **state)
{
	(void)state;
	expect(1);
	answer(1, NAME_FOUND, "one", 60);
	now.ns += 60 * SECOND;
	assert_true(expect(1));
	answer(1, NAME_FAILED, "", -1);
	assert_string_equal(cached(1, false), "one");
	now.ns += 60 * SECOND - 1;
	assert_string_equal(cached(1, false), "one");
	now.ns += 1;
	assert_string_equal(cached(1, true), "one");
	expect(2);
	answer(2, NAME_FAILED, "", -1);
	assert_string_equal(cached(2, false), "");
	now.ns += 60 * SECOND;
	assert_string_equal(cached(2, true), "");
}

static void times_to_live_are_kept_within_bounds(void **state)
{
	static const struct {
		enum name_outcome outcome;
		int64_t ttl_s, kept_s;
	} cases[] = {
		{NAME_FOUND, 0, 5},           {NAME_FOUND, 5, 5}, {NAME_FOUND, 86400, 86400},
		{NAME_FOUND, 1 << 30, 86400}, {NAME_NONE, 0, 60}, {NAME_NONE, 600, 600},
		{NAME_NONE, 1 << 30, 3600},
	};

	(void)state;
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		expect(i);
		answer(i, cases[i].outcome, "x", cases[i].ttl_s);
		now.ns += cases[i].kept_s * SECOND - 1;
		cached(i, false);
		now.ns += 1;
		cached(i, true);
	}
}

static void an_answer_that_nobody_waits_for_changes_nothing(void **state)
{
	(void)state;
	answer(1, NAME_FOUND, "forged", 300);
	assert_string_equal(cached(1, true), "");
	expect(1);
	answer(1, NAME_FOUND, "true", 300);
	answer(1, NAME_FOUND, "forged", 300);
	assert_string_equal(cached(1, false), "true");
}

static void a_full_table_gives_up_what_was_not_asked_for_long(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < CAPACITY; i++) {
		assert_true(expect(i));
		answer(i, NAME_FOUND, "old", 86400);
	}
	/* All were asked for just now: there is no room. */
	assert_false(expect(1000));
	assert_int_equal(cache.evictions, 0);
	now.ns += NAME_KEPT_NS - 1;
	assert_false(expect(1000));
	for (uint32_t i = 0; i < CAPACITY / 2; i++)
		assert_string_equal(cached(i, false), "old");
	now.ns += 1;
	for (uint32_t i = 0; i < CAPACITY / 2; i++) {
		assert_true(expect_soon(1000 + i));
		assert_int_equal(cache.evictions, i + 1);
	}
	assert_false(expect_soon(2000));
	for (uint32_t i = 0; i < CAPACITY / 2; i++)
		assert_string_equal(cached(i, false), "old");
	assert_int_equal(cache.table.used, CAPACITY);
}

static void what_is_being_looked_up_is_not_given_up(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < CAPACITY; i++)
		assert_true(expect(i));
	now.ns += 100 * NAME_KEPT_NS;
	assert_false(expect(1000));
	answer(7, NAME_FAILED, "", -1);
	assert_true(expect_soon(1000));
	assert_string_equal(cached(7, true), "");
}

/* Any order of questions and answers: never more rows than there is room for, never a wrong name. */
static void whatever_is_asked_the_table_is_bounded_and_right(void **state)
{
	unsigned value = 7;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		char name[NAMES_ADDRESS_TEXT], expected[16];
		struct name_key key;
		bool is_due;
		uint32_t n;

		value = value * 1103515245 + 12345;
		n = (value >> 16) % 200;
		key = number(n);
		snprintf(expected, sizeof(expected), "h%u", n);
		if (name_cache_find(&cache, &key, now, name, &is_due))
			assert_string_equal(name, expected);
		if (is_due)
			expect(n);
		else
			answer(n, (value >> 8) % 3, expected, value % 400);
		now.ns += (value >> 16) % 32 * SECOND;
		assert_in_range(cache.table.used, 1, CAPACITY);
	}
	assert_true(cache.evictions > 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_cache, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_is_known_from_its_answer_to_the_end_of_its_time),
		TEST(a_name_whose_time_is_over_is_shown_for_an_hour_at_most),
		TEST(a_server_that_fails_leaves_the_name_and_is_asked_again_in_a_minute),
		TEST(times_to_live_are_kept_within_bounds),
		TEST(an_answer_that_nobody_waits_for_changes_nothing),
		TEST(a_full_table_gives_up_what_was_not_asked_for_long),
		TEST(what_is_being_looked_up_is_not_given_up),
		TEST(whatever_is_asked_the_table_is_bounded_and_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
