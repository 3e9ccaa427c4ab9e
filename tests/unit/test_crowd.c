/* Whom a full table lets in: everybody, until they come too fast. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/crowd.h"

static struct crowd crowd;

static int set_up(void **state)
{
	(void)state;
	crowd = (struct crowd){0};
	return 0;
}

/* From hash `from` on, all in one second: how many of them are let in. */
static uint32_t let_in(uint32_t from, uint32_t n, int64_t now_ns)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += crowd_judge(&crowd, from + i, now_ns) == CROWD_LET_IN;
	return sum;
}

static void few_a_second_are_all_let_in(void **state)
{
	(void)state;
	for (int64_t second = 1; second < 50; second++)
		assert_int_equal(
			let_in((uint32_t)second << 16, CROWD_A_SECOND, second * NS_PER_SECOND),
			CROWD_A_SECOND);
}

static void of_a_crowd_one_in_sixteen_is_let_in(void **state)
{
	(void)state;
	assert_int_equal(let_in(1, CROWD_A_SECOND + 16000, NS_PER_SECOND), CROWD_A_SECOND + 1000);
	assert_int_equal(let_in(1U << 20, CROWD_A_SECOND, 2 * NS_PER_SECOND), CROWD_A_SECOND);
}

static void who_comes_again_soon_is_let_in(void **state)
{
	(void)state;
	let_in(1, CROWD_A_SECOND, NS_PER_SECOND);
	assert_int_equal(crowd_judge(&crowd, 77777, NS_PER_SECOND), CROWD_TURNED_AWAY);
	assert_int_equal(crowd_judge(&crowd, 77778, NS_PER_SECOND), CROWD_TURNED_AWAY);
	assert_int_equal(crowd_judge(&crowd, 77777, NS_PER_SECOND), CROWD_CAME_AGAIN);
	let_in(1U << 20, 2 * CROWD_REMEMBERED, NS_PER_SECOND); /* each place has another now */
	assert_int_not_equal(crowd_judge(&crowd, 77778, NS_PER_SECOND), CROWD_CAME_AGAIN);
}

/* As a file's packets may have it. */
static void clock_that_jumps_begins_another_second(void **state)
{
	(void)state;
	let_in(1, CROWD_A_SECOND, INT64_MAX);
	assert_int_equal(crowd_judge(&crowd, 5000, INT64_MAX), CROWD_TURNED_AWAY);
	assert_int_equal(crowd_judge(&crowd, 6000, 0), CROWD_LET_IN);
	assert_int_equal(crowd_judge(&crowd, 7000, INT64_MIN), CROWD_LET_IN);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(few_a_second_are_all_let_in),
		TEST(of_a_crowd_one_in_sixteen_is_let_in),
		TEST(who_comes_again_soon_is_let_in),
		TEST(clock_that_jumps_begins_another_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
