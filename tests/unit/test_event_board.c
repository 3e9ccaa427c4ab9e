/* The latest events, kept for those who ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "events/event_board.h"
#include "family/event.h"
#include "family/self.h"
#include "house.h"

static struct ledger ledger;
static struct event_board *board;
static struct numbered_event events[EVENT_BOARD_MAX];

static int set_up(void **state)
{
	(void)state;
	ledger = (struct ledger){.n = 0};
	board = event_board_create(&ledger, NULL);
	return board ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	ledger_release(&ledger);
	return 0;
}

static void take_over(void *context, const struct numbered_event *event)
{
	size_t *n = context;

	assert_true(*n < EVENT_BOARD_MAX);
	events[(*n)++] = *event;
}

static size_t copy(void)
{
	size_t n = 0;

	event_board_visit(board, take_over, &n);
	return n;
}

static uint32_t add(enum event_kind kind, uint64_t count)
{
	return event_board_add(board, &(struct event){.kind = (uint8_t)kind, .count = count});
}

/* Whether an event is still there, under its number. */
static bool has(size_t n, uint32_t number, uint64_t count)
{
	for (size_t i = 0; i < n; i++)
		if (events[i].number == number)
			return events[i].event.count == count;
	return false;
}

static void board_without_events_is_empty(void **state)
{
	(void)state;
	assert_int_equal(copy(), 0);
	assert_int_equal(event_board_lines(board).written, 0);
}

static void latest_events_are_kept_under_numbers_that_go_up(void **state)
{
	size_t n;

	(void)state;
	for (uint32_t i = 1; i <= EVENT_BOARD_HALF + 10; i++)
		assert_int_equal(add(EVENT_FLOW_BEGUN, 1000 + i), i);
	n = copy();
	assert_int_equal(n, EVENT_BOARD_HALF);
	for (uint32_t i = 11; i <= EVENT_BOARD_HALF + 10; i++)
		assert_true(has(n, i, 1000 + i));
}

static void flows_do_not_push_out_what_is_rare(void **state)
{
	size_t n;

	(void)state;
	add(EVENT_INTERFACE_LOST, 7);
	for (int i = 0; i < 2 * EVENT_BOARD_MAX; i++)
		add(EVENT_FLOW_LEFT_OPEN, 0);
	n = copy();
	assert_int_equal(n, EVENT_BOARD_HALF + 1);
	assert_true(has(n, 1, 7));
}

static void family_shows_the_board_the_queue_and_the_log(void **state)
{
	const struct family_options families = {
		.max_ports = 8,
		.max_hosts = 8,
		.max_stations = 8,
		.max_conversations = 8,
		.max_knocks = 8,
	};
	struct event_ring *ring = event_ring_create(&ledger, 4, NULL);
	struct family_context context = {
		.options = &families,
		.ledger = &ledger,
		.events = ring,
		.board = board,
	};
	struct event_row rows[EVENT_BOARD_MAX];
	uint8_t queue[1024] = {0};
	void *shown;

	(void)state;
	shown = self_family.create(&context, NULL);
	assert_non_null(shown);
	add(EVENT_INTERFACE_LOST, 0);
	for (int i = 0; i < 6; i++)
		event_ring_put(ring, &(struct event){.count = 1});
	event_board_set_lines(board, (struct event_lines){.written = 11, .lost = 5});
	assert_int_equal(event_family.max_rows(shown), EVENT_BOARD_MAX);
	assert_int_equal(event_family.copy(shown, rows), 1);
	assert_int_equal(rows[0].id, 1);
	assert_int_equal(rows[0].event.kind, EVENT_INTERFACE_LOST);
	assert_true(event_queue_family.row_size <= sizeof(queue));
	assert_int_equal(event_queue_family.copy(shown, queue), 1);
	assert_int_equal(row_value(&event_queue_family, queue, "event_entries"), 4);
	assert_int_equal(row_value(&event_queue_family, queue, "event_capacity"), 4);
	assert_int_equal(row_value(&event_queue_family, queue, "event_dropped"), 2);
	assert_int_equal(row_value(&event_queue_family, queue, "event_log_lines"), 11);
	assert_int_equal(row_value(&event_queue_family, queue, "event_log_lost_lines"), 5);
	self_family.destroy(shown);
}

static void family_without_readers_of_events_is_empty(void **state)
{
	struct family_context context = {.ledger = &ledger};
	uint8_t queue[1024] = {0};
	void *shown = self_family.create(&context, NULL);

	(void)state;
	assert_int_equal(event_family.max_rows(shown), 0);
	assert_int_equal(event_family.copy(shown, queue), 0);
	assert_int_equal(event_queue_family.copy(shown, queue), 1);
	assert_int_equal(row_value(&event_queue_family, queue, "event_capacity"), 0);
	self_family.destroy(shown);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(board_without_events_is_empty),
		TEST(latest_events_are_kept_under_numbers_that_go_up),
		TEST(flows_do_not_push_out_what_is_rare),
		TEST(family_shows_the_board_the_queue_and_the_log),
		TEST(family_without_readers_of_events_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
