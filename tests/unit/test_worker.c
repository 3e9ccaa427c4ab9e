/*
 * A worker that reads a capture as it is written: nothing waits for a full batch, ends and defects
 * are told, and it stops at once wherever it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "family/host.h"
#include "family/interface.h"
#include "pipe.h"
#include "support.h"

/* Longer than anything here takes on the slowest machine; a condition ends every wait before it. */
#define PATIENCE_NS (20 * SECOND)

static struct pipe_capture capture;
static struct ledger ledger;
static struct workers *workers;

static int set_up(void **state)
{
	(void)state;
	ledger = (struct ledger){.n = 0};
	pipe_open(&capture);
	workers = pipe_workers(&capture, &ledger);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	workers_destroy(workers);
	ledger_release(&ledger);
	pipe_close(&capture);
	return 0;
}

static void start(void)
{
	struct error error;

	assert_int_equal(workers_start(workers, &error), 0);
}

static uint64_t counted_packets(void)
{
	void *state = family_set_state(workers_families(workers, 0), &interface_family);
	uint8_t *rows = calloc(interface_family.max_rows(state) + 1, interface_family.row_size);
	uint64_t packets = 0;

	workers_lock(workers);
	if (interface_family.copy(state, rows) > 0)
		packets = row_value(&interface_family, rows, "receive_packets");
	workers_unlock(workers);
	free(rows);
	return packets;
}

static void wait_until_counted(uint64_t packets)
{
	int64_t deadline = monotonic_now().ns + PATIENCE_NS;

	while (counted_packets() < packets && monotonic_now().ns < deadline)
		nanosleep(&(struct timespec){.tv_nsec = 1000 * 1000}, NULL);
	assert_int_equal(counted_packets(), packets);
}

static bool is_finished(int wait_ms)
{
	struct pollfd fd = {.fd = workers_finished_fd(workers), .events = POLLIN};

	return poll(&fd, 1, wait_ms) == 1;
}

static void one_frame_is_counted_before_another_comes(void **state)
{
	(void)state;
	start();
	pipe_udp(&capture, 1000, 53, 100);
	wait_until_counted(1);
	pipe_udp(&capture, 1000, 53, 100);
	pipe_udp(&capture, 1000, 53, 100);
	wait_until_counted(3);
	assert_false(is_finished(0));
}

static void end_of_the_file_is_told_when_all_is_counted(void **state)
{
	struct error error;

	(void)state;
	start();
	for (int i = 0; i < 1000; i++)
		pipe_udp(&capture, 1000, 53, 100);
	pipe_end(&capture);
	assert_true(is_finished((int)(PATIENCE_NS / 1000000)));
	assert_int_equal(workers_result(workers, &error), 0);
	assert_int_equal(counted_packets(), 1000);
}

/* Seconds since 1970 of a field of the first host's row. */
static int64_t host_seen(const char *field)
{
	void *state = family_set_state(workers_families(workers, 0), &host_family);
	uint8_t *rows = calloc(host_family.max_rows(state) + 1, host_family.row_size);
	int64_t seconds = -1;

	assert_true(host_family.copy(state, rows) > 0);
	for (size_t i = 0; i < host_family.n_fields; i++)
		if (strcmp(host_family.fields[i].name, field) == 0)
			seconds = ((const struct wall_time *)(rows + host_family.fields[i].offset))
					  ->ns /
				  SECOND;
	free(rows);
	return seconds;
}

/* Whose frames are few and come hours apart, so that they fill no batch. */
static void times_of_a_slow_file_are_those_of_its_frames(void **state)
{
	int64_t begins = capture.seconds;

	(void)state;
	for (int i = 0; i < 10; i++, capture.seconds += 3600)
		pipe_udp(&capture, 1000, 53, 100);
	pipe_end(&capture);
	start();
	assert_true(is_finished((int)(PATIENCE_NS / 1000000)));
	assert_int_equal(host_seen("first_seen"), begins);
	assert_int_equal(host_seen("last_seen"), begins + 9 * 3600);
}

static void damaged_file_is_counted_up_to_its_defect_which_is_told(void **state)
{
	const uint8_t half[8] = {1, 2, 3, 4};
	struct error error = {""};

	(void)state;
	start();
	for (int i = 0; i < 70; i++)
		pipe_udp(&capture, 1000, 53, 100);
	pipe_write(&capture, half, sizeof(half));
	pipe_end(&capture);
	assert_true(is_finished((int)(PATIENCE_NS / 1000000)));
	assert_int_equal(workers_result(workers, &error), -EIO);
	assert_non_null(strstr(error.text, capture.path));
	assert_non_null(strstr(error.text, "70 packets"));
	assert_int_equal(counted_packets(), 70);
}

static void worker_that_waits_for_more_stops_at_once_with_its_counts(void **state)
{
	int64_t begun;

	(void)state;
	start();
	pipe_udp(&capture, 1000, 53, 100);
	wait_until_counted(1);
	begun = monotonic_now().ns;
	workers_stop(workers);
	assert_true(monotonic_now().ns - begun < SECOND);
	assert_int_equal(counted_packets(), 1);
	workers_stop(workers); /* a second time is nothing */
}

static void worker_stopped_in_the_middle_of_a_frame_counts_those_before(void **state)
{
	uint8_t record[PIPE_RECORD_BYTES];

	(void)state;
	start();
	pipe_udp(&capture, 1000, 53, 100);
	pipe_record(&capture, record, 1000, 53, 100);
	pipe_write(&capture, record, 40);
	wait_until_counted(1);
	workers_stop(workers);
	assert_int_equal(counted_packets(), 1);
}

static void worker_that_never_started_stops_and_goes(void **state)
{
	(void)state;
	workers_stop(workers);
	assert_int_equal(counted_packets(), 0);
}

static void file_that_is_not_there_is_named(void **state)
{
	const struct workers_options options = {.tally = bench_options(16),
						.families = family_options_small};
	struct workers *other = workers_create(&options, &ledger, NULL);
	struct error error = {""};

	(void)state;
	assert_non_null(other);
	assert_true(workers_add_file(other, "/nowhere/at/all.pcap", "", &error) < 0);
	assert_non_null(strstr(error.text, "/nowhere/at/all.pcap"));
	workers_destroy(other);
}

static void more_sources_than_slots_are_refused_with_the_mend(void **state)
{
	struct error error = {""};
	struct pipe_capture other;
	int rc = 0;

	(void)state;
	for (int i = 0; i < 4 && rc == 0; i++) { /* bench_options() has 4 slots */
		pipe_open(&other);
		rc = workers_add_file(workers, other.path, "", &error);
		pipe_close(&other);
		assert_true(rc == 0 || i == 3);
	}
	assert_int_equal(rc, -ENOSPC);
	assert_non_null(strstr(error.text, "--interfaces.max"));
}

static void table_that_cannot_be_mapped_is_named(void **state)
{
	struct workers_options options = {.tally = bench_options(16),
					  .families = family_options_small};
	struct error error = {""};
	struct ledger own = {.n = 0};

	(void)state;
	options.tally.flows.capacity = UINT32_MAX;
	assert_null(workers_create(&options, &own, &error));
	assert_non_null(strstr(error.text, "flow table"));
	ledger_release(&own);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_frame_is_counted_before_another_comes),
		TEST(end_of_the_file_is_told_when_all_is_counted),
		TEST(times_of_a_slow_file_are_those_of_its_frames),
		TEST(damaged_file_is_counted_up_to_its_defect_which_is_told),
		TEST(worker_that_waits_for_more_stops_at_once_with_its_counts),
		TEST(worker_stopped_in_the_middle_of_a_frame_counts_those_before),
		TEST(worker_that_never_started_stops_and_goes),
		TEST(file_that_is_not_there_is_named),
		TEST(more_sources_than_slots_are_refused_with_the_mend),
		TEST(table_that_cannot_be_mapped_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
