/*
 * The thread of the event log. The ring has no wake-up, so that the worker makes no system call: it
 * is looked at ten times a second, and more often while much comes.
 */
#include "eventlog/eventlog.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "eventlog/log_file.h"
#include "eventlog/summary.h"
#include "eventlog/text.h"
#include "family/event.h"
#include "snapshot/json_row.h"

#define TOPIC "eventlog"
/* Events taken before they are written, and how many of them are many. */
#define EVENTS_A_TURN 256
#define EVENTS_MANY   64
/* How long the thread sleeps: without many events, with many, and with a file that waits for it. */
#define IDLE_MS 100
#define BUSY_MS 10
#define FILE_MS 1
/* A file that had no event for so long is read, or its packets tell of nothing. */
#define FILE_SILENT_NS NS_PER_SECOND
/* What is lost is told this often at most. */
#define LOSSES_TOLD_NS (10 * NS_PER_SECOND)

struct eventlog {
	struct eventlog_options options;
	pthread_t thread;
	bool has_thread;
	int wake_fd; /* eventfd: one of these has changed */
	atomic_bool must_reopen;
	atomic_bool stopping;
	_Atomic int64_t give_up_ns; /* monotonic; set when stopping */

	/* the thread's, while it runs */
	struct log_file *file; /* NULL: there is none */
	struct buffer text;
	const struct snapshot *summarised; /* by the last summary; NULL: none yet */
	struct monotonic_time started, next_summary;
	struct monotonic_time last_event; /* or a little later */
	struct monotonic_time losses_told;
	uint64_t events_lost, lines_lost; /* as far as told */
};

/* --- an event --- */

static void append_line(struct eventlog *eventlog, const struct numbered_event *event)
{
	struct buffer *text = &eventlog->text;
	const struct snapshot names_alone = {.names = eventlog->options.names};
	struct event_row row;

	if (eventlog->options.is_json) {
		event_row_fill(&row, event);
		json_append(text, json_new_row(&names_alone, &event_family, &row));
	} else {
		text_append_time(text, event->event.time);
		buffer_append_text(text, " ");
		text_append_event(text, eventlog->options.names, &event->event);
	}
	buffer_append_text(text, "\n");
}

static void show_in_debug_log(struct eventlog *eventlog, const struct event *event)
{
	struct buffer *text = &eventlog->text;

	text->length = 0;
	text_append_event(text, eventlog->options.names, event);
	log_debug("event", "%.*s", (int)text->length, text->data);
}

static void tell(struct eventlog *eventlog, const struct event *event)
{
	struct numbered_event numbered = {event_board_add(eventlog->options.board, event), *event};

	if (log_enabled(LOG_LEVEL_DEBUG))
		show_in_debug_log(eventlog, event);
	if (!eventlog->file)
		return;
	eventlog->text.length = 0;
	append_line(eventlog, &numbered);
	log_file_add(eventlog->file, &eventlog->text);
}

/* Whether the log's reader is waited for, as a capture file can be; a disk that is full never is. */
static bool must_wait(const struct eventlog *eventlog)
{
	return eventlog->options.from_file && eventlog->file &&
	       log_file_is_behind(eventlog->file) && !log_file_fails(eventlog->file) &&
	       monotonic_now().ns < atomic_load(&eventlog->give_up_ns);
}

static size_t take_events(struct eventlog *eventlog)
{
	struct event event;
	size_t n = 0;

	while (n < EVENTS_A_TURN && !must_wait(eventlog) &&
	       event_ring_take(eventlog->options.ring, &event)) {
		event_hide(&event, eventlog->options.privacy);
		tell(eventlog, &event);
		n++;
	}
	return n;
}

/* --- what the log says of itself --- */

static void tell_count(struct eventlog *eventlog, enum event_kind kind, uint64_t count)
{
	const struct event event = {.time = wall_now(), .kind = (uint8_t)kind, .count = count};

	log_warn(TOPIC, "event log: %" PRIu64 " %s", count,
		 kind == EVENT_LINES_LOST ? "lines could not be written"
					  : "events came faster than they could be told of");
	tell(eventlog, &event);
}

static void tell_losses(struct eventlog *eventlog, bool at_once)
{
	uint64_t events = event_ring_dropped(eventlog->options.ring) - eventlog->events_lost;
	uint64_t lines = 0;
	struct monotonic_time now = monotonic_now();

	/* Lines are told of once they can be written again. */
	if (eventlog->file && !log_file_fails(eventlog->file) &&
	    !log_file_is_behind(eventlog->file))
		lines = log_file_lines(eventlog->file).lost - eventlog->lines_lost;
	if ((events == 0 && lines == 0) ||
	    (!at_once && now.ns - eventlog->losses_told.ns < LOSSES_TOLD_NS))
		return;
	eventlog->losses_told = now;
	eventlog->events_lost += events;
	eventlog->lines_lost += lines;
	if (events > 0)
		tell_count(eventlog, EVENT_EVENTS_LOST, events);
	if (lines > 0)
		tell_count(eventlog, EVENT_LINES_LOST, lines);
}

static void summarise(struct eventlog *eventlog)
{
	const struct snapshot *last = eventlog->summarised;
	const struct snapshot *now = snapshot_get(eventlog->options.store, 0);
	int64_t duration_ns = 0;

	if (!now)
		return;
	if (!eventlog->options.from_file)
		duration_ns = now->taken.ns - (last ? last->taken : eventlog->started).ns;
	eventlog->text.length = 0;
	summary_append(&eventlog->text, last, now, duration_ns, eventlog->options.is_json);
	log_file_add(eventlog->file, &eventlog->text);
	if (last)
		snapshot_release(last);
	eventlog->summarised = now;
}

static bool has_summaries(const struct eventlog *eventlog)
{
	return eventlog->file && eventlog->options.interval_s > 0;
}

/* A file has one, at its end: it is read in no time. */
static bool is_summary_due(struct eventlog *eventlog)
{
	int64_t interval_ns = eventlog->options.interval_s * NS_PER_SECOND;
	int64_t now_ns = monotonic_now().ns;

	if (!has_summaries(eventlog) || eventlog->options.from_file ||
	    now_ns < eventlog->next_summary.ns)
		return false;
	eventlog->next_summary.ns += interval_ns;
	if (eventlog->next_summary.ns <= now_ns) /* the machine stood still */
		eventlog->next_summary.ns = now_ns + interval_ns;
	return true;
}

/* --- the thread --- */

static void write_lines(struct eventlog *eventlog)
{
	if (!eventlog->file)
		return;
	log_file_write(eventlog->file, monotonic_now());
	event_board_set_lines(eventlog->options.board, log_file_lines(eventlog->file));
}

static int wait_ms(struct eventlog *eventlog, size_t n_events)
{
	struct monotonic_time now = monotonic_now();

	if (n_events > 0)
		eventlog->last_event = now;
	if (eventlog->options.from_file && now.ns - eventlog->last_event.ns < FILE_SILENT_NS)
		return FILE_MS;
	return n_events < EVENTS_MANY ? IDLE_MS : BUSY_MS;
}

/* Until there may be more to do. */
static void wait_for_more(struct eventlog *eventlog, int timeout_ms)
{
	struct pollfd fds[] = {
		{.fd = eventlog->wake_fd, .events = POLLIN},
		{.fd = eventlog->file ? log_file_wait_fd(eventlog->file) : -1, .events = POLLOUT},
	};
	uint64_t wakes;

	if (poll(fds, 2, timeout_ms) > 0 && fds[0].revents &&
	    read(eventlog->wake_fd, &wakes, sizeof(wakes)) < 0)
		log_debug(TOPIC, "eventfd: %s", strerror(errno));
}

/* The ring is empty and nobody fills it any more. */
static void finish(struct eventlog *eventlog)
{
	struct event_lines lines;

	if (!eventlog->file)
		return;
	tell_losses(eventlog, true);
	if (has_summaries(eventlog))
		summarise(eventlog);
	write_lines(eventlog);
	while (log_file_wait_fd(eventlog->file) >= 0 &&
	       monotonic_now().ns < atomic_load(&eventlog->give_up_ns)) {
		wait_for_more(eventlog, IDLE_MS);
		write_lines(eventlog);
	}
	lines = log_file_close(eventlog->file);
	eventlog->file = NULL;
	event_board_set_lines(eventlog->options.board, lines);
	if (lines.lost > eventlog->lines_lost)
		log_warn(TOPIC, "event log: %" PRIu64 " lines could not be written",
			 lines.lost - eventlog->lines_lost);
	eventlog->lines_lost = lines.lost;
}

static void *run(void *context)
{
	struct eventlog *eventlog = context;

	for (;;) {
		/* Read first: what is in the ring by then is taken below. */
		bool stopping = atomic_load(&eventlog->stopping);
		size_t n;

		if (atomic_exchange(&eventlog->must_reopen, false) && eventlog->file)
			log_file_reopen(eventlog->file, monotonic_now());
		n = take_events(eventlog);
		tell_losses(eventlog, false);
		if (is_summary_due(eventlog))
			summarise(eventlog);
		write_lines(eventlog);
		if (n == EVENTS_A_TURN)
			continue;
		if (stopping && event_ring_used(eventlog->options.ring) == 0)
			break;
		wait_for_more(eventlog, wait_ms(eventlog, n));
	}
	finish(eventlog);
	return NULL;
}

struct eventlog *eventlog_prepare(const struct eventlog_options *options, struct error *error)
{
	const struct log_file_options file = {
		.path = options->path,
		.max_bytes = options->max_bytes,
		.user = options->user,
	};
	struct eventlog *eventlog = calloc(1, sizeof(*eventlog));

	if (!eventlog) {
		error_set(error, ENOMEM, "event log: no memory");
		return NULL;
	}
	eventlog->options = *options;
	atomic_init(&eventlog->give_up_ns, INT64_MAX);
	eventlog->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (eventlog->wake_fd < 0)
		error_set(error, errno, "event log: eventfd: %s", strerror(errno));
	else if (options->path)
		eventlog->file = log_file_open(&file, error);
	if (eventlog->wake_fd >= 0 && (eventlog->file || !options->path))
		return eventlog;
	eventlog_stop(eventlog, 0);
	return NULL;
}

int eventlog_start(struct eventlog *eventlog, struct error *error)
{
	sigset_t all, before;
	int code;

	if (!eventlog)
		return 0;
	tzset(); /* now: the thread may find no files later */
	eventlog->started = monotonic_now();
	eventlog->next_summary.ns =
		eventlog->started.ns + eventlog->options.interval_s * NS_PER_SECOND;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&eventlog->thread, NULL, run, eventlog);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (code != 0)
		return error_set(error, code, "event log: cannot start a thread: %s",
				 strerror(code));
	eventlog->has_thread = true;
	pthread_setname_np(eventlog->thread, "eventlog");
	return 0;
}

static void wake(const struct eventlog *eventlog)
{
	static const uint64_t one = 1;

	if (write(eventlog->wake_fd, &one, sizeof(one)) < 0)
		log_debug(TOPIC, "eventfd: %s", strerror(errno));
}

void eventlog_reopen(struct eventlog *eventlog)
{
	if (!eventlog)
		return;
	atomic_store(&eventlog->must_reopen, true);
	wake(eventlog);
}

uint64_t eventlog_stop(struct eventlog *eventlog, int64_t patience_ns)
{
	int64_t now_ns = monotonic_now().ns;
	uint64_t lost;

	if (!eventlog)
		return 0;
	if (eventlog->has_thread) {
		atomic_store(&eventlog->give_up_ns,
			     patience_ns < INT64_MAX - now_ns ? now_ns + patience_ns : INT64_MAX);
		atomic_store(&eventlog->stopping, true);
		wake(eventlog);
		pthread_join(eventlog->thread, NULL);
	}
	if (eventlog->file)
		log_file_close(eventlog->file);
	if (eventlog->summarised)
		snapshot_release(eventlog->summarised);
	if (eventlog->wake_fd >= 0)
		close(eventlog->wake_fd);
	lost = eventlog->events_lost + eventlog->lines_lost;
	buffer_free(&eventlog->text);
	free(eventlog);
	return lost;
}
