/* The ring of events between workers and one reader: order, loss that is counted, threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sched.h>
#include <pthread.h>
#include <cmocka.h>

#include "events/event_ring.h"

#define CAPACITY 8
#define MANY     200000

static struct ledger ledger;
static struct event_ring *ring;

static int set_up(void **state)
{
	(void)state;
	ring = event_ring_create(&ledger, CAPACITY, NULL);
	return ring ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	ledger_release(&ledger);
	return 0;
}

static bool put(uint64_t number)
{
	return event_ring_put(ring, &(struct event){.packets = {number, ~number}});
}

/* The number of the event that was taken; 0: none. */
static uint64_t take(void)
{
	struct event event;

	if (!event_ring_take(ring, &event))
		return 0;
	assert_true(event.packets[1] == ~event.packets[0]);
	return event.packets[0];
}

static void empty_ring_gives_nothing(void **state)
{
	(void)state;
	assert_int_equal(take(), 0);
	put(1);
	assert_int_equal(take(), 1);
	assert_int_equal(take(), 0);
}

static void events_come_out_in_the_order_they_went_in(void **state)
{
	uint64_t in = 0, out = 0;

	(void)state;
	for (int round = 0; round < 100; round++) {
		for (int i = 0; i <= round % CAPACITY; i++)
			assert_true(put(++in));
		for (int i = 0; i <= round % CAPACITY; i++)
			assert_int_equal(take(), ++out);
	}
	assert_int_equal(event_ring_dropped(ring), 0);
}

static void full_ring_keeps_what_it_has_and_counts_what_it_drops(void **state)
{
	(void)state;
	for (uint64_t number = 1; number <= CAPACITY; number++)
		assert_true(put(number));
	assert_false(put(100));
	assert_false(put(101));
	assert_int_equal(event_ring_dropped(ring), 2);
	assert_int_equal(take(), 1);
	assert_true(put(9));
	for (uint64_t number = 2; number <= 9; number++)
		assert_int_equal(take(), number);
	assert_int_equal(event_ring_dropped(ring), 2);
}

static void *put_many(void *context)
{
	(void)context;
	for (uint64_t number = 1; number <= MANY; number++)
		while (!put(number))
			sched_yield();
	return NULL;
}

static void reader_in_another_thread_gets_every_event_whole_and_in_order(void **state)
{
	pthread_t writer;

	(void)state;
	assert_int_equal(pthread_create(&writer, NULL, put_many, NULL), 0);
	for (uint64_t expected = 1; expected <= MANY;) {
		uint64_t number = take();

		if (number)
			assert_int_equal(number, expected++);
		else
			sched_yield();
	}
	pthread_join(writer, NULL);
	assert_int_equal(take(), 0);
}

#define WRITERS 3

static void *put_for_writer(void *writer)
{
	for (uint64_t number = 1; number <= MANY / WRITERS; number++)
		while (!put((uint64_t)(uintptr_t)writer << 32 | number))
			sched_yield();
	return NULL;
}

static void of_several_writers_none_loses_an_event_or_its_order(void **state)
{
	pthread_t writers[WRITERS];
	uint64_t last[WRITERS] = {0}, n = 0;

	(void)state;
	for (uintptr_t i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&writers[i], NULL, put_for_writer, (void *)i), 0);
	while (n < MANY / WRITERS * WRITERS) {
		uint64_t number = take();

		if (number == 0) {
			sched_yield();
			continue;
		}
		assert_int_equal(number & UINT32_MAX, ++last[number >> 32]);
		n++;
	}
	for (size_t i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	assert_int_equal(take(), 0);
}

static void ring_tells_how_full_it_is(void **state)
{
	(void)state;
	assert_int_equal(event_ring_capacity(ring), CAPACITY);
	assert_int_equal(event_ring_used(ring), 0);
	for (uint64_t number = 1; number <= CAPACITY; number++) {
		put(number);
		assert_int_equal(event_ring_used(ring), number);
	}
	put(100);
	assert_int_equal(event_ring_used(ring), CAPACITY);
	take();
	assert_int_equal(event_ring_used(ring), CAPACITY - 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(empty_ring_gives_nothing),
		TEST(events_come_out_in_the_order_they_went_in),
		TEST(full_ring_keeps_what_it_has_and_counts_what_it_drops),
		TEST(reader_in_another_thread_gets_every_event_whole_and_in_order),
		TEST(of_several_writers_none_loses_an_event_or_its_order),
		TEST(ring_tells_how_full_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
