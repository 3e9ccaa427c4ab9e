/* The thread between the ring of events and those who want to know of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sched.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/log.h"
#include "decode/packet.h"
#include "eventlog/eventlog.h"
#include "family/family.h"

#define CAPACITY 4096

static char folder[64], path[128];
static struct ledger ledger;
static struct eventlog_options options;
static struct eventlog *eventlog;
static struct event latest;

static void unheard(enum log_level level, const char *line, void *context)
{
	(void)level;
	(void)line;
	(void)context;
}

static int set_up(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	strcpy(folder, "/tmp/eventlog-test-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/events.log", folder);
	log_set_sink(unheard, NULL);
	ledger = (struct ledger){.n = 0};
	options = (struct eventlog_options){
		.ring = event_ring_create(&ledger, CAPACITY, NULL),
		.board = event_board_create(&ledger, NULL),
		.path = path,
	};
	eventlog = NULL;
	return options.ring && options.board ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	eventlog_stop(eventlog, 0);
	ledger_release(&ledger);
	unlink(path);
	return rmdir(folder);
}

static void start(void)
{
	struct error error;

	eventlog = eventlog_prepare(&options, &error);
	assert_non_null(eventlog);
	assert_int_equal(eventlog_start(eventlog, &error), 0);
}

static uint64_t stop(int64_t patience_ns)
{
	uint64_t lost = eventlog_stop(eventlog, patience_ns);

	eventlog = NULL;
	return lost;
}

static struct event flow(uint16_t port)
{
	return (struct event){
		.time = {1717243200 * NS_PER_SECOND},
		.interface = "eth0",
		.kind = EVENT_FLOW_BEGUN,
		.version = 4,
		.protocol = PROTOCOL_TCP,
		.addresses = {{10, 0, 0, 1}, {10, 0, 0, 2}},
		.ports = {40000, port},
		.macs = {{2, 2, 2, 2, 2, 2}},
	};
}

/* Waits for room as the worker of a capture file does. */
static void put(struct event event)
{
	while (event_ring_used(options.ring) == CAPACITY)
		sched_yield();
	assert_true(event_ring_put(options.ring, &event));
}

/* The event that was shown last is in `latest`. */
static void count_event(void *context, const struct numbered_event *event)
{
	latest = event->event;
	++*(size_t *)context;
}

static size_t count_latest(void)
{
	size_t n = 0;

	event_board_visit(options.board, count_event, &n);
	return n;
}

static void assert_file(const char *expected)
{
	char text[1024] = "";
	FILE *stream = fopen(path, "r");

	assert_non_null(stream);
	text[fread(text, 1, sizeof(text) - 1, stream)] = '\0';
	fclose(stream);
	assert_string_equal(text, expected);
}

static void what_the_ring_holds_at_the_end_is_written(void **state)
{
	(void)state;
	start();
	put(flow(22));
	put((struct event){.kind = EVENT_INTERFACE_LOST, .interface = "eth1"});
	assert_int_equal(stop(NS_PER_SECOND), 0);
	assert_file("2024-06-01T12:00:00.000Z eth0 tcp 10.0.0.1:40000 > 10.0.0.2:22 begun; "
		    "02:02:02:02:02:02 > ?\n"
		    "1970-01-01T00:00:00.000Z eth1 interface lost\n");
	assert_int_equal(count_latest(), 2);
	assert_int_equal(event_board_lines(options.board).written, 2);
}

static void privacy_holds_for_the_log_and_for_the_latest_events(void **state)
{
	(void)state;
	options.privacy = PRIVACY_PREFIX;
	start();
	put(flow(22));
	stop(NS_PER_SECOND);
	assert_file("2024-06-01T12:00:00.000Z eth0 tcp 10.0.0.0:40000 > 10.0.0.0:22 begun; "
		    "02:02:02:00:00:00 > ?\n");
	assert_int_equal(count_latest(), 1);
	assert_int_equal(latest.addresses[0][3], 0);
	assert_int_equal(latest.macs[0][3], 0);
}

static void events_that_did_not_fit_are_told_of(void **state)
{
	char line[256];
	FILE *stream;
	int told = 0;

	(void)state;
	for (int i = 0; i < CAPACITY + 36; i++)
		event_ring_put(options.ring, &(struct event){.kind = EVENT_INTERFACE_LOST});
	options.is_json = true;
	start();
	assert_int_equal(stop(NS_PER_SECOND), 36);
	assert_int_equal(event_board_lines(options.board).written, CAPACITY + 1);
	stream = fopen(path, "r");
	assert_non_null(stream);
	while (fgets(line, sizeof(line), stream))
		told += strstr(line, "\"event\":\"events_lost\",\"lost\":36}\n") != NULL;
	fclose(stream);
	assert_int_equal(told, 1);
}

static void without_a_log_the_latest_events_are_kept_all_the_same(void **state)
{
	(void)state;
	options.path = NULL;
	start();
	put(flow(22));
	eventlog_reopen(eventlog);
	assert_int_equal(stop(NS_PER_SECOND), 0);
	assert_int_equal(count_latest(), 1);
}

struct reader {
	pthread_t thread;
	int fd;
	uint64_t lines;
	uint64_t out_of_order;
};

/* Takes its time, and looks for ports that count up from 0. */
static void *read_slowly(void *context)
{
	static const struct timespec pause = {.tv_nsec = 1000000};
	struct reader *reader = context;
	FILE *stream = fdopen(reader->fd, "r");
	char line[256];

	while (fgets(line, sizeof(line), stream)) {
		unsigned port = 0;

		sscanf(line, "%*s eth0 tcp 10.0.0.1:40000 > 10.0.0.2:%u", &port);
		reader->out_of_order += port != reader->lines % 65536;
		if (++reader->lines % 1000 == 0)
			nanosleep(&pause, NULL);
	}
	fclose(stream);
	return NULL;
}

/* More than all buffers on the way hold, so that the reader's pace is everybody's. */
static void capture_file_waits_for_a_slow_reader_of_the_log(void **state)
{
	struct reader reader = {0};

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	reader.fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader.fd >= 0);
	options.from_file = true;
	start();
	assert_int_equal(fcntl(reader.fd, F_SETFL, 0), 0);
	assert_int_equal(pthread_create(&reader.thread, NULL, read_slowly, &reader), 0);
	for (int i = 0; i < 30000; i++)
		put(flow((uint16_t)i));
	assert_int_equal(stop(INT64_MAX), 0);
	pthread_join(reader.thread, NULL);
	assert_int_equal(reader.lines, 30000);
	assert_int_equal(reader.out_of_order, 0);
}

/* A terminal that is stopped, a pager: the ring is emptied all the same, and the end comes. */
static void reader_that_does_not_read_holds_nobody_up(void **state)
{
	struct monotonic_time begun;
	uint64_t lost;
	int fd;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	start();
	for (int i = 0; i < 30000; i++)
		put(flow((uint16_t)i));
	begun = monotonic_now();
	lost = stop(NS_PER_SECOND / 10);
	assert_in_range(monotonic_now().ns - begun.ns, 0, 5 * NS_PER_SECOND);
	assert_in_range(lost, 1, 30000);
	/* the notice of what was lost is a line that is lost, too */
	assert_in_range(event_board_lines(options.board).written + lost, 30000, 30001);
	close(fd);
}

static void log_that_cannot_be_opened_is_an_error(void **state)
{
	struct error error = {""};

	(void)state;
	options.path = folder;
	assert_null(eventlog_prepare(&options, &error));
	assert_non_null(strstr(error.text, folder));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_ring_holds_at_the_end_is_written),
		TEST(privacy_holds_for_the_log_and_for_the_latest_events),
		TEST(events_that_did_not_fit_are_told_of),
		TEST(without_a_log_the_latest_events_are_kept_all_the_same),
		TEST(capture_file_waits_for_a_slow_reader_of_the_log),
		TEST(reader_that_does_not_read_holds_nobody_up),
		TEST(log_that_cannot_be_opened_is_an_error),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
