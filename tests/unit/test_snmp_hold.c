/* Which snapshot answers: fresh ones for GET, a held one for a walk, none kept too long. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "snmp/hold.h"

#define COUNT_MAX 16

/* A store that takes a new snapshot each time it is asked, at the time the test says. */
struct snapshot_store {
	struct snapshot snapshots[COUNT_MAX];
	int references[COUNT_MAX];
	size_t n;
	int64_t now_ns;
	bool without_memory;
};

static struct snapshot_store store;

const struct snapshot *snapshot_get(struct snapshot_store *from, int64_t max_age_ns)
{
	struct snapshot *snapshot = &from->snapshots[from->n];

	assert_true(max_age_ns <= NS_PER_SECOND);
	if (from->without_memory)
		return NULL;
	assert_true(from->n < COUNT_MAX);
	snapshot->number = from->n;
	snapshot->taken.ns = from->now_ns;
	from->references[from->n++] = 1;
	return snapshot;
}

const struct snapshot *snapshot_ref(const struct snapshot *snapshot)
{
	store.references[snapshot->number]++;
	return snapshot;
}

void snapshot_release(const struct snapshot *snapshot)
{
	assert_true(store.references[snapshot->number] > 0);
	store.references[snapshot->number]--;
}

static struct snmp_hold hold;

static int begin(void **state)
{
	(void)state;
	store = (struct snapshot_store){0};
	hold = (struct snmp_hold){.store = &store};
	return 0;
}

static struct monotonic_time at(double seconds)
{
	store.now_ns = (int64_t)(seconds * 1e9);
	return (struct monotonic_time){store.now_ns};
}

static uint64_t fresh(double seconds)
{
	return snmp_hold_fresh(&hold, at(seconds))->number;
}

static uint64_t walk(double seconds)
{
	return snmp_hold_walk(&hold, at(seconds))->number;
}

static int alive(void)
{
	int n = 0;

	for (size_t i = 0; i < COUNT_MAX; i++)
		n += store.references[i] > 0;
	return n;
}

static void fresh_snapshot_serves_for_one_second(void **state)
{
	(void)state;
	assert_int_equal(fresh(100), 0);
	assert_int_equal(fresh(100.9), 0);
	assert_int_equal(fresh(101.1), 1);
	assert_int_equal(alive(), 1);
}

static void walk_keeps_its_snapshot_while_it_goes_on(void **state)
{
	(void)state;
	for (int second = 100; second < 160; second++)
		assert_int_equal(walk(second), 0);
	assert_int_equal(alive(), 1);
}

static void walk_gets_a_new_snapshot_after_sixty_seconds(void **state)
{
	(void)state;
	for (int second = 100; second < 160; second++)
		walk(second);
	assert_int_equal(walk(160), 1);
}

static void walk_that_paused_after_ten_seconds_is_over(void **state)
{
	(void)state;
	walk(100);
	assert_int_equal(walk(109), 0);
	assert_int_equal(walk(110.9), 0); /* old, but not idle */
	assert_int_equal(walk(113), 1);   /* old, and idle for more than two seconds */
}

static void pause_before_ten_seconds_ends_no_walk(void **state)
{
	(void)state;
	walk(100);
	assert_int_equal(walk(109.9), 0); /* idle for long, but not old */
}

static void gets_are_fresh_while_a_walk_goes_on(void **state)
{
	(void)state;
	walk(100);
	assert_int_equal(fresh(105), 1);
	assert_int_equal(walk(105.1), 0);
	assert_int_equal(alive(), 2);
}

static void walk_begins_with_the_fresh_snapshot(void **state)
{
	(void)state;
	fresh(100);
	assert_int_equal(walk(100.5), 0);
	assert_int_equal(store.n, 1);
}

static void nothing_is_kept_once_it_is_of_no_use(void **state)
{
	(void)state;
	walk(100);
	assert_true(snmp_hold_expire(&hold, at(105)));
	assert_int_equal(alive(), 1);
	assert_false(snmp_hold_expire(&hold, at(110)));
	assert_int_equal(alive(), 0);
	fresh(200);
	assert_true(snmp_hold_expire(&hold, at(200.5)));
	assert_false(snmp_hold_expire(&hold, at(201.5)));
	assert_int_equal(alive(), 0);
}

static void expiry_takes_nothing_from_a_walk_that_goes_on(void **state)
{
	(void)state;
	for (int second = 100; second <= 115; second++)
		walk(second);
	assert_true(snmp_hold_expire(&hold, at(116)));
	assert_int_equal(walk(116.5), 0);
}

static void want_of_memory_is_told(void **state)
{
	(void)state;
	store.without_memory = true;
	assert_null(snmp_hold_fresh(&hold, at(100)));
	assert_null(snmp_hold_walk(&hold, at(100)));
	store.without_memory = false;
	assert_int_equal(walk(101), 0);
}

static void release_gives_everything_back(void **state)
{
	(void)state;
	walk(100);
	fresh(105);
	snmp_hold_release(&hold);
	assert_int_equal(alive(), 0);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fresh_snapshot_serves_for_one_second),
		TEST(walk_keeps_its_snapshot_while_it_goes_on),
		TEST(walk_gets_a_new_snapshot_after_sixty_seconds),
		TEST(walk_that_paused_after_ten_seconds_is_over),
		TEST(pause_before_ten_seconds_ends_no_walk),
		TEST(gets_are_fresh_while_a_walk_goes_on),
		TEST(walk_begins_with_the_fresh_snapshot),
		TEST(nothing_is_kept_once_it_is_of_no_use),
		TEST(expiry_takes_nothing_from_a_walk_that_goes_on),
		TEST(want_of_memory_is_told),
		TEST(release_gives_everything_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
