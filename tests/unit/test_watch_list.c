/*
 * The list of those who were seen, against floods: by sentences, and by a slow model of what the
 * header says over random visits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "family/watch_list.h"
#include "support.h"

#define CAPACITY 64
#define FRESH    (CAPACITY / 8)
#define QUARTER  (CAPACITY / 4)
#define PATIENCE (900 * SECOND)

struct visitor {
	struct table_head head;
	uint64_t who;
	struct watch_links links;
	uint64_t visits;
};

static const struct watch_kind kind = {
	.name = "visitors",
	.row_size = sizeof(struct visitor),
	.key_size = sizeof(uint64_t),
	.links_at = offsetof(struct visitor, links),
	.patience_ns = PATIENCE,
};

static struct ledger ledger;
static struct watch_list list;
static int64_t now_ns;
static uint64_t strangers;

static int set_up(void **state)
{
	struct error error;

	(void)state;
	ledger = (struct ledger){0};
	now_ns = 1000 * SECOND;
	strangers = 1 << 20;
	assert_int_equal(watch_list_create(&list, &kind, CAPACITY, NULL, &ledger, &error), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	ledger_release(&ledger);
	return 0;
}

static struct visitor *find(uint64_t who)
{
	return watch_list_find(&list, watch_list_hash(&list, &who), &who);
}

/* Each visit weighs as much as there were of this visitor since it is in the list. */
static uint64_t visit(uint64_t who)
{
	struct visitor *row = find(who);

	if (!row)
		row = watch_list_begin(&list, watch_list_hash(&list, &who), &who, now_ns);
	row->visits++;
	if (row->visits > 1)
		watch_list_touch(&list, row, row->visits, now_ns);
	return row->visits;
}

static void flood(uint32_t n, int64_t apart_ns)
{
	for (uint32_t i = 0; i < n; i++) {
		visit(strangers++);
		now_ns += apart_ns;
	}
}

static void visit_often(uint64_t who, uint32_t times)
{
	for (uint32_t i = 0; i < times; i++)
		visit(who);
}

static void who_comes_again_stays_in_a_flood_of_strangers(void **state)
{
	(void)state;
	visit_often(1, 2);
	visit_often(2, 6);
	flood(100000, SECOND / 1000);
	assert_non_null(find(1));
	assert_non_null(find(2));
	assert_int_equal(list.table.used, CAPACITY);
	assert_int_equal(list.evictions, 100000 + 2 - CAPACITY);
}

/* Six visits, 150 s apart, the first before the flood. */
static void who_comes_slowly_is_recognised_through_a_flood(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 6; i++) {
		assert_int_equal(visit(1), i);
		flood(15000, SECOND / 100);
	}
}

/* Between two visits come fewer than the latest eighth. */
static void who_comes_quickly_is_recognised_in_a_flood(void **state)
{
	(void)state;
	flood(10000, SECOND / 1000);
	for (uint64_t i = 1; i <= 6; i++) {
		assert_int_equal(visit(1), i);
		flood(FRESH - 1, SECOND / 1000);
	}
	flood(10000, SECOND / 1000);
	assert_non_null(find(1));
}

static void who_waited_for_longer_than_the_patience_makes_room(void **state)
{
	(void)state;
	visit(1);
	flood(CAPACITY - 1, 0);
	assert_non_null(find(1));
	now_ns += PATIENCE + 1;
	flood(FRESH, 0);
	assert_null(find(1));
}

static void lightest_leave_first_and_of_those_the_one_silent_for_longest(void **state)
{
	(void)state;
	for (uint64_t who = 1; who <= CAPACITY; who++) {
		visit_often(who, who <= 8 ? 3 : who <= 16 ? 2 : 4);
		now_ns += SECOND;
	}
	visit(1); /* 4 now */
	/* The latest eighth comes at the cost of those who came 2 or 3 times, one by one. */
	for (uint64_t who = 2; who <= 1 + FRESH; who++) {
		assert_non_null(find(who));
		flood(1, SECOND);
		assert_null(find(who));
	}
	for (uint64_t who = 17; who <= CAPACITY; who++)
		assert_non_null(find(who));
	assert_non_null(find(1));
}

/* A flood takes an eighth and a quarter of the list and no more. */
static void strangers_take_no_more_than_their_share_of_a_list_in_use(void **state)
{
	uint32_t left = 0;

	(void)state;
	for (uint64_t who = 1; who <= CAPACITY; who++)
		visit_often(who, 2);
	flood(100000, SECOND / 1000);
	for (uint64_t who = 1; who <= CAPACITY; who++)
		left += find(who) != NULL;
	assert_int_equal(left, CAPACITY - FRESH - QUARTER);
}

static void who_was_silent_for_long_is_forgotten(void **state)
{
	(void)state;
	visit_often(1, 5);
	visit(2);
	now_ns += 100 * SECOND;
	visit(3);
	visit_often(4, 2);
	watch_list_expire(&list, now_ns - 50 * SECOND, 1);
	assert_int_equal(list.table.used, 3);
	watch_list_expire(&list, now_ns - 50 * SECOND, 100);
	assert_null(find(1));
	assert_null(find(2));
	assert_non_null(find(3));
	assert_non_null(find(4));
	assert_int_equal(list.evictions, 0);
}

static void list_of_one_row_works(void **state)
{
	struct error error;

	(void)state;
	ledger_release(&ledger);
	ledger = (struct ledger){0};
	assert_int_equal(watch_list_create(&list, &kind, 1, NULL, &ledger, &error), 0);
	flood(10, SECOND);
	assert_int_equal(visit(1), 1);
	assert_int_equal(visit(1), 2);
	flood(1, SECOND);
	assert_null(find(1));
	assert_int_equal(list.table.used, 1);
}

/* --- The model: rows in the order of their queues, searched from end to end --- */

struct model_row {
	uint64_t who, visits;
	int64_t seen_ns;
	int queue; /* as enum watch_queue */
};

static struct model_row model[CAPACITY];
static size_t n_model;

static void model_remove(size_t at)
{
	memmove(&model[at], &model[at + 1], (--n_model - at) * sizeof(model[0]));
}

/* To the end of its queue. */
static void model_move(size_t at, int queue)
{
	struct model_row row = model[at];

	row.queue = queue;
	model_remove(at);
	model[n_model++] = row;
}

static size_t model_count(int queue)
{
	size_t n = 0;

	for (size_t i = 0; i < n_model; i++)
		n += model[i].queue == queue;
	return n;
}

/* The first or the last of a queue; n_model: none. */
static size_t model_end(int queue, bool last)
{
	size_t found = n_model;

	for (size_t i = 0; i < n_model; i++)
		if (model[i].queue == queue && (last || found == n_model))
			found = i;
	return found;
}

static size_t model_dispensable(void)
{
	size_t at = model_end(WATCH_WAITING, false);

	if (at < n_model && now_ns - model[at].seen_ns > PATIENCE)
		return at;
	at = n_model;
	if (model_count(WATCH_WAITING) < QUARTER)
		for (int queue = WATCH_QUEUES - 1; queue >= WATCH_TWICE; queue--)
			if (model_count(queue))
				at = model_end(queue, false);
	return at;
}

static void model_make_room(void)
{
	bool is_full = n_model == CAPACITY;
	size_t leaving = is_full ? model_dispensable() : n_model;
	bool nobody = leaving == n_model;

	if (model_count(WATCH_FRESH) < FRESH) {
		if (is_full)
			model_remove(nobody ? model_end(WATCH_WAITING, true) : leaving);
		return;
	}
	if (is_full && nobody) {
		model_remove(model_end(WATCH_FRESH, false));
		return;
	}
	if (!nobody)
		model_remove(leaving);
	model_move(model_end(WATCH_FRESH, false), WATCH_WAITING);
}

static int model_queue(uint64_t visits)
{
	return visits < 4    ? WATCH_TWICE
	       : visits < 8  ? WATCH_TWICE + 1
	       : visits < 16 ? WATCH_TWICE + 2
			     : WATCH_TOP;
}

static uint64_t model_visit(uint64_t who)
{
	size_t at = 0;

	while (at < n_model && model[at].who != who)
		at++;
	if (at < n_model) {
		model[at].visits++;
		model[at].seen_ns = now_ns;
		model_move(at, model_queue(model[at].visits));
		return model[n_model - 1].visits;
	}
	model_make_room();
	model[n_model++] = (struct model_row){who, 1, now_ns, WATCH_FRESH};
	return 1;
}

/* Regulars, and strangers in floods that come and go. */
static void list_is_as_its_model_over_random_visits(void **state)
{
	struct random random = {7};
	uint64_t next_stranger = 1000;

	(void)state;
	n_model = 0;
	for (int i = 0; i < 300000; i++) {
		bool in_flood = i / 20000 % 2;
		uint64_t who = random_below(&random, in_flood ? 50 : 3)
				       ? next_stranger++ - random_below(&random, 40)
				       : random_below(&random, 100);

		assert_int_equal(visit(who), model_visit(who));
		now_ns += (in_flood ? 1 : 1000) * (int64_t)random_below(&random, SECOND / 20);
		assert_int_equal(list.table.used, n_model);
	}
	for (size_t i = 0; i < n_model; i++)
		assert_int_equal(find(model[i].who)->visits, model[i].visits);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_comes_again_stays_in_a_flood_of_strangers),
		TEST(who_comes_slowly_is_recognised_through_a_flood),
		TEST(who_comes_quickly_is_recognised_in_a_flood),
		TEST(who_waited_for_longer_than_the_patience_makes_room),
		TEST(lightest_leave_first_and_of_those_the_one_silent_for_longest),
		TEST(strangers_take_no_more_than_their_share_of_a_list_in_use),
		TEST(who_was_silent_for_long_is_forgotten),
		TEST(list_of_one_row_works),
		TEST(list_is_as_its_model_over_random_visits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
