/*
 * Interfaces that vanish and return. The kernel's part is played by this file, whose definitions
 * the linker takes before those of the libraries: which interfaces there are, what they hand over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <net/if.h>
#include <pcap/dlt.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/log.h"
#include "capture/source_kind.h"
#include "family/capture.h"
#include "family/interface.h"
#include "pipe.h"
#include "support.h"
#include "worker/worker_state.h"

/* --- the kernel's part --- */

static struct {
	const char *name;
	unsigned int ifindex; /* 0: there is none */
	bool refuses;         /* to be opened */
	atomic_uint queued;   /* frames that wait in its ring */
	atomic_bool gone;
	atomic_bool closed; /* its door: nothing more comes in */
	bool never_drains;
	uint64_t dropped; /* since the handle was opened */
	int opened, open_now;
	int fd;
} kernel;

unsigned int if_nametoindex(const char *name)
{
	return strcmp(name, kernel.name) == 0 ? kernel.ifindex : 0;
}

/* Several workers may want the same one. */
static bool take_queued(void)
{
	unsigned queued = atomic_load(&kernel.queued);

	while (queued > 0)
		if (atomic_compare_exchange_weak(&kernel.queued, &queued, queued - 1))
			return true;
	return false;
}

static enum source_state played_read(struct source *source, size_t budget, frame_sink *sink,
				     void *context, size_t *handled, struct error *error)
{
	static const uint8_t frame[60] = {[12] = 8, 6};

	(void)source;
	for (*handled = 0; *handled < budget && take_queued(); ++*handled) {
		sink(context, &(const struct frame){.data = frame,
						    .captured = 60,
						    .length = 60,
						    .time = {1},
						    .direction = DIRECTION_RECEIVE});
	}
	if (atomic_load(&kernel.gone)) {
		error_set(error, ENODEV, "interface '%s' is gone", kernel.name);
		return SOURCE_FAILED;
	}
	if (*handled == 0 && atomic_load(&kernel.closed) && !kernel.never_drains)
		return SOURCE_END;
	return SOURCE_OK;
}

static void played_stop(struct source *source)
{
	(void)source;
	atomic_store(&kernel.closed, true);
}

static void played_statistics(struct source *source, struct source_statistics *statistics)
{
	(void)source;
	statistics->dropped = kernel.dropped;
}

static void played_close(struct source *source)
{
	kernel.open_now--;
	free(source);
}

static const struct source_kind played = {
	.read = played_read,
	.stop = played_stop,
	.statistics = played_statistics,
	.close = played_close,
};

struct source *source_open_live(const struct live_options *options, struct error *error)
{
	struct source *source;

	if (!if_nametoindex(options->interface) || kernel.refuses) {
		error_set(error, ENODEV, "no such interface '%s'", options->interface);
		return NULL;
	}
	source = calloc(1, sizeof(*source));
	*source = (struct source){.kind = &played,
				  .name = kernel.name,
				  .poll_fd = kernel.fd,
				  .link_type = DLT_EN10MB,
				  .ifindex = kernel.ifindex,
				  .live = true};
	kernel.dropped = 0;
	kernel.opened++;
	kernel.open_now++;
	atomic_store(&kernel.gone, false);
	atomic_store(&kernel.closed, false);
	return source;
}

/* --- the worker on it --- */

static const struct live_options live = {.interface = "ppp0", .filter = ""};
static struct ledger ledger;
static struct event_ring *events;
static struct workers *workers;

static void unheard(enum log_level level, const char *line, void *context)
{
	(void)level;
	(void)line;
	(void)context;
}

static int set_up_workers(uint32_t n)
{
	struct workers_options options = {
		.n_workers = n, .tally = bench_options(16), .families = family_options_small};
	struct error error;

	log_set_sink(unheard, NULL);
	memset(&kernel, 0, sizeof(kernel));
	kernel.name = "ppp0";
	kernel.ifindex = 7;
	kernel.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ledger = (struct ledger){.n = 0};
	options.tally.events = events = event_ring_create(&ledger, 16, NULL);
	workers = workers_create(&options, &ledger, &error);
	assert_non_null(workers);
	return workers_add_live(workers, &live, &error);
}

static int set_up(void **state)
{
	(void)state;
	return set_up_workers(1);
}

static int set_up_three(void **state)
{
	(void)state;
	return set_up_workers(3);
}

static int tear_down(void **state)
{
	(void)state;
	workers_destroy(workers);
	ledger_release(&ledger);
	close(kernel.fd);
	log_set_sink(NULL, NULL);
	return kernel.open_now;
}

/* A number of the only row that the family has; UINT64_MAX: it has none. */
static uint64_t value(const struct family *family, const char *field)
{
	void *state = family_set_state(workers_families(workers, 0), family);
	uint8_t *rows = calloc(family->max_rows(state) + 1, family->row_size);
	uint64_t found = UINT64_MAX;
	size_t n;

	workers_lock(workers);
	n = family->copy(state, rows);
	workers_unlock(workers);
	assert_in_range(n, 0, 1);
	if (n == 1)
		found = row_value(family, rows, field);
	free(rows);
	return found;
}

static uint64_t packets(void)
{
	return value(&interface_family, "receive_packets");
}

static void care_after(int64_t ns)
{
	workers_care_for_interfaces(workers, (struct monotonic_time){monotonic_now().ns + ns});
}

static void lose(void)
{
	worker_end_handle(workers, &workers->sources[0], workers->sources[0].handles,
			  &(struct error){"ppp0 is gone"});
	workers_lose_ended(workers);
}

/* Without the thread: three packets by hand, in the place of read_sources() and count_batch(). */
static void count_three(void)
{
	struct packet three[3] = {packet_arp(60), packet_arp(60), packet_arp(60)};
	struct verdict verdicts[3];

	tally_classify(&workers_first(workers)->tally, three, verdicts, 3, monotonic_now());
	family_set_count(&workers_first(workers)->families, three, verdicts, 3);
}

static void vanished_interface_is_shown_as_down_and_closed(void **state)
{
	(void)state;
	count_three();
	assert_int_equal(value(&interface_family, "up"), 1);
	lose();
	assert_int_equal(value(&interface_family, "up"), 0);
	assert_int_equal(packets(), 3);
	assert_int_equal(kernel.open_now, 0);
}

static void interface_that_returns_as_another_begins_at_0(void **state)
{
	(void)state;
	count_three();
	lose();
	kernel.ifindex = 0;
	care_after(0);
	assert_int_equal(packets(), 3);
	kernel.ifindex = 9;
	care_after(2 * SECOND);
	assert_int_equal(kernel.open_now, 1);
	assert_int_equal(packets(), 0);
	assert_int_equal(workers_first(workers)->tally.interfaces[0].ifindex, 9);
	assert_int_equal(value(&interface_family, "up"), 1);
}

static void interface_that_is_opened_again_under_its_ifindex_goes_on(void **state)
{
	(void)state;
	count_three();
	lose();
	care_after(0);
	assert_int_equal(kernel.opened, 2);
	assert_int_equal(packets(), 3);
	count_three();
	assert_int_equal(packets(), 6);
}

/* The new handle counts its own drops from 0; what is shown never falls. */
static void drops_go_on_from_those_of_the_handle_before(void **state)
{
	(void)state;
	kernel.dropped = 100;
	care_after(0);
	assert_int_equal(value(&capture_family, "dropped_packets"), 100);
	kernel.dropped = 130;
	lose();
	assert_int_equal(value(&capture_family, "dropped_packets"), 130);
	care_after(2 * SECOND);
	assert_int_equal(kernel.dropped, 0);
	care_after(4 * SECOND);
	assert_int_equal(value(&capture_family, "dropped_packets"), 130);
	kernel.dropped = 5;
	care_after(6 * SECOND);
	assert_int_equal(value(&capture_family, "dropped_packets"), 135);
}

static void drops_of_another_interface_begin_at_0(void **state)
{
	(void)state;
	kernel.dropped = 100;
	lose();
	kernel.ifindex = 9;
	care_after(0);
	kernel.dropped = 5;
	care_after(2 * SECOND);
	assert_int_equal(value(&capture_family, "dropped_packets"), 5);
}

static void vanished_interface_is_forgotten_after_5_minutes(void **state)
{
	(void)state;
	count_three();
	lose();
	kernel.ifindex = 0;
	care_after(299 * SECOND);
	assert_int_equal(packets(), 3);
	care_after(302 * SECOND);
	assert_int_equal(packets(), UINT64_MAX);
	kernel.ifindex = 7;
	care_after(400 * SECOND);
	assert_int_equal(packets(), 0);
}

static void interface_that_cannot_be_opened_yet_is_tried_again(void **state)
{
	(void)state;
	count_three();
	lose();
	kernel.refuses = true;
	care_after(0);
	assert_int_equal(kernel.opened, 1);
	kernel.refuses = false;
	care_after(SECOND / 2); /* not before a second has passed */
	assert_int_equal(kernel.opened, 1);
	care_after(2 * SECOND);
	assert_int_equal(kernel.opened, 2);
	assert_int_equal(packets(), 3);
}

static void assert_event(enum event_kind kind, uint64_t count)
{
	struct event event;

	assert_true(event_ring_take(events, &event));
	assert_int_equal(event.kind, kind);
	assert_int_equal(event.count, count);
	assert_string_equal(event.interface, "ppp0");
}

static void assert_no_event(void)
{
	struct event event;

	assert_false(event_ring_take(events, &event));
}

static void losing_an_interface_and_its_return_are_events(void **state)
{
	(void)state;
	lose();
	assert_event(EVENT_INTERFACE_LOST, 0);
	kernel.ifindex = 0;
	care_after(0);
	assert_no_event();
	kernel.ifindex = 9;
	care_after(2 * SECOND);
	assert_event(EVENT_INTERFACE_BACK, 0);
	care_after(4 * SECOND);
	assert_no_event();
}

/* One event where dropping begins and one where it has ended for good, however it flickers. */
static void drops_are_told_when_they_begin_and_when_they_have_ended(void **state)
{
	struct event event;

	(void)state;
	care_after(0);
	assert_no_event();
	kernel.dropped = 100;
	care_after(2 * SECOND);
	assert_event(EVENT_CAPTURE_DROPPING, 100);
	kernel.dropped = 130;
	care_after(4 * SECOND);
	care_after(13 * SECOND);
	kernel.dropped = 131;
	care_after(15 * SECOND);
	care_after(24 * SECOND);
	assert_no_event();
	care_after(26 * SECOND);
	assert_true(event_ring_take(events, &event));
	assert_int_equal(event.kind, EVENT_CAPTURE_RECOVERED);
	assert_int_equal(event.count, 131);
	assert_in_range(event.duration_ns, 13 * SECOND - SECOND / 2, 13 * SECOND + SECOND / 2);
	care_after(50 * SECOND);
	assert_no_event();
	kernel.dropped = 150;
	care_after(52 * SECOND);
	assert_event(EVENT_CAPTURE_DROPPING, 19);
}

static void interface_named_twice_is_refused(void **state)
{
	struct error error = {""};

	(void)state;
	assert_int_equal(workers_add_live(workers, &live, &error), -EEXIST);
	assert_non_null(strstr(error.text, "ppp0"));
}

/* --- with the thread --- */

static void start(void)
{
	struct error error;

	assert_int_equal(workers_start(workers, &error), 0);
}

static void hand_over(unsigned frames)
{
	atomic_fetch_add(&kernel.queued, frames);
	assert_int_equal(eventfd_write(kernel.fd, 1), 0);
}

static void wait_for_packets(uint64_t n)
{
	int64_t deadline = monotonic_now().ns + 20 * SECOND;

	while (packets() != n && monotonic_now().ns < deadline)
		nanosleep(&(struct timespec){.tv_nsec = 1000 * 1000}, NULL);
	assert_int_equal(packets(), n);
}

static void few_frames_are_counted_without_waiting_for_more(void **state)
{
	(void)state;
	start();
	hand_over(3);
	wait_for_packets(3);
	hand_over(1);
	wait_for_packets(4);
}

static void stop_counts_all_that_had_come_in(void **state)
{
	(void)state;
	start();
	hand_over(100000);
	workers_stop(workers);
	assert_int_equal(packets(), 100000);
	assert_int_equal(atomic_load(&kernel.queued), 0);
}

static void stop_does_not_wait_for_an_interface_that_never_drains(void **state)
{
	int64_t begun;

	(void)state;
	kernel.never_drains = true;
	start();
	hand_over(5);
	wait_for_packets(5);
	begun = monotonic_now().ns;
	workers_stop(workers);
	assert_true(monotonic_now().ns - begun < 2 * SECOND);
	assert_int_equal(packets(), 5);
}

static void interface_that_vanishes_with_frames_in_its_ring_loses_none(void **state)
{
	(void)state;
	start();
	kernel.ifindex = 0;
	atomic_store(&kernel.queued, 10);
	atomic_store(&kernel.gone, true);
	hand_over(0);
	wait_for_packets(10);
	workers_stop(workers);
	assert_int_equal(packets(), 10);
	assert_int_equal(value(&interface_family, "up"), 0);
}

/* --- with several workers --- */

static uint64_t packets_of_all(void)
{
	uint64_t sum = 0;

	workers_lock(workers);
	for (uint32_t i = 0; i < workers_number(workers); i++) {
		struct family_set *families = &workers->each[i].families;
		uint8_t *rows = calloc(2, interface_family.row_size);

		assert_int_equal(
			interface_family.copy(family_set_state(families, &interface_family), rows),
			1);
		sum += row_value(&interface_family, rows, "receive_packets");
		free(rows);
	}
	workers_unlock(workers);
	return sum;
}

static void start_all(void)
{
	struct error error;

	start();
	assert_int_equal(workers_start_others(workers, &error), 0);
}

static void stop_counts_all_that_any_worker_got(void **state)
{
	(void)state;
	start_all();
	hand_over(100000);
	workers_stop(workers);
	assert_int_equal(packets_of_all(), 100000);
}

/* Each handle has dropped as many, since it plays the same kernel. */
static void drops_of_all_handles_add_up(void **state)
{
	(void)state;
	start_all();
	kernel.dropped = 7;
	workers_stop(workers);
	assert_int_equal(value(&capture_family, "dropped_packets"), 21);
}

static void an_interface_is_lost_once_all_its_handles_have_ended(void **state)
{
	struct worker_source *source = &workers->sources[0];
	const struct error gone = {"ppp0 is gone"};

	(void)state;
	worker_end_handle(workers, source, &source->handles[1], &gone);
	atomic_store(&source->handles[0].is_read, true);
	workers_lose_ended(workers);
	assert_int_equal(kernel.open_now, 3);
	assert_true(atomic_load(&source->is_ending)); /* the others are to end, too */
	worker_end_handle(workers, source, &source->handles[0], NULL);
	workers_lose_ended(workers);
	assert_int_equal(kernel.open_now, 0);
	assert_int_equal(value(&interface_family, "up"), 0);
	care_after(0);
	assert_int_equal(kernel.open_now, 3);
	assert_int_equal(value(&interface_family, "up"), 0); /* until the registry says so */
}

static void several_workers_wait_for_an_interface_and_go_on(void **state)
{
	int64_t deadline = monotonic_now().ns + 20 * SECOND;

	(void)state;
	start_all();
	hand_over(10);
	kernel.ifindex = 0;
	atomic_store(&kernel.gone, true);
	hand_over(0);
	while (value(&interface_family, "up") == 1 && monotonic_now().ns < deadline)
		nanosleep(&(struct timespec){.tv_nsec = 1000 * 1000}, NULL);
	workers_stop(workers);
	assert_int_equal(value(&interface_family, "up"), 0);
	assert_int_equal(packets_of_all(), 10);
}

#define TEST(name)       cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST_THREE(name) cmocka_unit_test_setup_teardown(name, set_up_three, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(vanished_interface_is_shown_as_down_and_closed),
		TEST(interface_that_returns_as_another_begins_at_0),
		TEST(interface_that_is_opened_again_under_its_ifindex_goes_on),
		TEST(drops_go_on_from_those_of_the_handle_before),
		TEST(drops_of_another_interface_begin_at_0),
		TEST(vanished_interface_is_forgotten_after_5_minutes),
		TEST(interface_that_cannot_be_opened_yet_is_tried_again),
		TEST(losing_an_interface_and_its_return_are_events),
		TEST(drops_are_told_when_they_begin_and_when_they_have_ended),
		TEST(interface_named_twice_is_refused),
		TEST(few_frames_are_counted_without_waiting_for_more),
		TEST(stop_counts_all_that_had_come_in),
		TEST(stop_does_not_wait_for_an_interface_that_never_drains),
		TEST(interface_that_vanishes_with_frames_in_its_ring_loses_none),
		TEST_THREE(stop_counts_all_that_any_worker_got),
		TEST_THREE(drops_of_all_handles_add_up),
		TEST_THREE(an_interface_is_lost_once_all_its_handles_have_ended),
		TEST_THREE(several_workers_wait_for_an_interface_and_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
