/*
 * The lock between a worker that takes it for one batch after another and readers that want it now
 * and then. A plain mutex starves them: the worker has it back before they wake.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdatomic.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/handover_lock.h"

#define BATCH_NS      (200 * 1000) /* how long the worker holds the lock, as on a slow machine */
#define ROUNDS        150
#define BATCHES_10_MS (10 * 1000 * 1000 / BATCH_NS)

struct scene {
	struct handover_lock lock;
	atomic_bool stopping;
	atomic_uint_fast64_t batches;
	uint64_t guarded[2]; /* equal whenever nobody has the lock */
};

static void spin(int64_t ns)
{
	int64_t end = monotonic_now().ns + ns;

	while (monotonic_now().ns < end)
		;
}

static void *hammer(void *context)
{
	struct scene *scene = context;

	while (!atomic_load(&scene->stopping)) {
		handover_worker_lock(&scene->lock);
		scene->guarded[0]++;
		spin(BATCH_NS);
		scene->guarded[1]++;
		atomic_fetch_add(&scene->batches, 1);
		handover_worker_unlock(&scene->lock);
	}
	return NULL;
}

static void rest(long ns)
{
	nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/*
 * Counted in batches, so that other load matters less: a reader is let in after the batch that it
 * met, or the next if it asked just when that one ended. Some are put to sleep before they ask.
 */
static void waiting_reader_gets_the_lock_after_a_batch_or_two(void **state)
{
	struct scene scene = {.guarded = {0}};
	uint64_t waited[ROUNDS];
	pthread_t worker;

	(void)state;
	handover_lock_init(&scene.lock);
	assert_int_equal(pthread_create(&worker, NULL, hammer, &scene), 0);
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t before;

		rest(1000 * 1000);
		before = atomic_load(&scene.batches);
		handover_reader_lock(&scene.lock);
		waited[i] = atomic_load(&scene.batches) - before;
		assert_true(scene.guarded[0] == scene.guarded[1]);
		handover_reader_unlock(&scene.lock);
	}
	atomic_store(&scene.stopping, true);
	pthread_join(worker, NULL);
	qsort(waited, ROUNDS, sizeof(waited[0]), compare_numbers);
	assert_in_range(waited[ROUNDS / 2], 0, 2);
	assert_in_range(waited[ROUNDS * 9 / 10], 0, BATCHES_10_MS);
}

static void *read_once(void *context)
{
	struct scene *scene = context;

	handover_reader_lock(&scene->lock);
	scene->guarded[0]++;
	handover_reader_unlock(&scene->lock);
	return NULL;
}

/* The worker takes it again at once, and yet comes second. */
static void reader_that_waits_has_the_lock_before_the_worker_has_it_again(void **state)
{
	struct scene scene = {.guarded = {0}};

	(void)state;
	handover_lock_init(&scene.lock);
	for (uint64_t round = 1; round <= 500; round++) {
		pthread_t reader;

		handover_worker_lock(&scene.lock);
		assert_int_equal(pthread_create(&reader, NULL, read_once, &scene), 0);
		while (pthread_mutex_trylock(&scene.lock.gate) == 0) {
			pthread_mutex_unlock(&scene.lock.gate);
			sched_yield();
		}
		handover_worker_unlock(&scene.lock);
		handover_worker_lock(&scene.lock);
		assert_int_equal(scene.guarded[0], round);
		handover_worker_unlock(&scene.lock);
		pthread_join(reader, NULL);
	}
}

static void worker_without_readers_is_never_held_up(void **state)
{
	struct handover_lock lock;

	(void)state;
	handover_lock_init(&lock);
	for (int i = 0; i < 100000; i++) {
		handover_worker_lock(&lock);
		handover_worker_unlock(&lock);
	}
	handover_reader_lock(&lock);
	handover_reader_unlock(&lock);
	handover_worker_lock(&lock);
	handover_worker_unlock(&lock);
}

static void *read_often(void *context)
{
	struct scene *scene = context;

	for (int i = 0; i < ROUNDS; i++) {
		handover_reader_lock(&scene->lock);
		if (scene->guarded[0] != scene->guarded[1])
			abort();
		handover_reader_unlock(&scene->lock);
		rest(100 * 1000);
	}
	return NULL;
}

/* Several readers and the worker all get on, and none sees a half of a batch. */
static void readers_and_worker_exclude_each_other_and_all_get_on(void **state)
{
	struct scene scene = {.guarded = {0}};
	pthread_t worker, readers[3];

	(void)state;
	handover_lock_init(&scene.lock);
	assert_int_equal(pthread_create(&worker, NULL, hammer, &scene), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_often, &scene), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(readers[i], NULL);
	atomic_store(&scene.stopping, true);
	pthread_join(worker, NULL);
	assert_true(scene.guarded[0] == scene.guarded[1]);
	/* How many is the scheduler's affair; none would be starvation. */
	assert_true(atomic_load(&scene.batches) > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waiting_reader_gets_the_lock_after_a_batch_or_two),
		cmocka_unit_test(reader_that_waits_has_the_lock_before_the_worker_has_it_again),
		cmocka_unit_test(worker_without_readers_is_never_held_up),
		cmocka_unit_test(readers_and_worker_exclude_each_other_and_all_get_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
