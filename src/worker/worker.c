/*
 * The loop of a capture worker. Reading and decoding need no lock; a decoded batch is counted under
 * it, and after each batch a waiting reader is let in.
 */
#include "worker/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "family/family_table.h"
#include "worker/worker_state.h"

/* Frames taken from one source before the next one has its turn. */
#define FRAMES_A_TURN 256
/* Without traffic, ageing goes on this often. */
#define IDLE_WAIT_MS 100
/* Flow rows looked at after a batch; without traffic there is time for more. */
#define AGED_A_BATCH 64
#define AGED_IDLE    4096
/* No batch tells of more than this: a few events for each packet, and for each row aged. */
#define EVENTS_A_BATCH 1024
#define EVENTS_AT_END  2048
/* How long a snapshot waits for the kernel's counters, and how long the one at the end does. */
#define REFRESH_NS      (5 * 1000 * 1000LL)
#define LAST_REFRESH_NS (200 * 1000 * 1000LL)
/* The end of a live run may not take longer than this to hand over what the rings still hold. */
#define STOP_NS (500 * 1000 * 1000LL)

static int create_view(struct netif_view *view, const struct netif_registry *registry,
		       struct error *error)
{
	if (!registry)
		return 0;
	view->capacity = netif_capacity(registry);
	view->statuses = calloc(view->capacity, sizeof(*view->statuses));
	return view->statuses ? 0 : error_set(error, ENOMEM, "capture worker: no memory");
}

struct worker *worker_create(const struct worker_options *options, struct ledger *ledger,
			     struct error *error)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	struct family_context context = {
		.options = &options->families,
		.ledger = ledger,
		.events = options->tally.events,
		.names = options->names,
		.board = options->board,
		.started = options->started,
		.max_interfaces = options->tally.max_interfaces,
	};

	if (!worker) {
		error_set(error, ENOMEM, "capture worker: no memory");
		return NULL;
	}
	context.tally = &worker->tally;
	context.lock = &worker->lock_statistics;
	worker->registry = options->registry;
	worker->names = options->names;
	worker->tell_open = options->tell_open;
	if (create_view(&worker->own_view, options->registry, error) < 0 ||
	    create_view(&worker->reader_view, options->registry, error) < 0)
		goto failed;
	handover_lock_init(&worker->lock);
	worker->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	worker->finished_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->wake_fd < 0 || worker->finished_fd < 0) {
		error_set(error, errno, "capture worker: eventfd: %s", strerror(errno));
		goto failed;
	}
	if (tally_create(&worker->tally, ledger, &options->tally, error) < 0 ||
	    family_set_create(&worker->families, &context, error) < 0)
		goto failed;
	return worker;
failed:
	worker_destroy(worker);
	return NULL;
}

static struct worker_source *next_source(struct worker *worker, struct error *error)
{
	struct worker_source *source = &worker->sources[worker->n_sources];

	if (worker->n_sources == worker->tally.max_interfaces) {
		error_set(error, ENOSPC,
			  "more than %zu interfaces; raise --interfaces.max or name fewer with -i",
			  worker->n_sources);
		return NULL;
	}
	*source = (struct worker_source){.worker = worker};
	return source;
}

int worker_add_live(struct worker *worker, const struct live_options *options, struct error *error)
{
	struct worker_source *source;
	int rc;

	for (size_t i = 0; i < worker->n_sources; i++)
		if (strcmp(worker->sources[i].options.interface, options->interface) == 0)
			return error_set(error, EEXIST,
					 "interface '%s' is named twice; name it once",
					 options->interface);
	source = next_source(worker, error);
	if (!source)
		return -ENOSPC;
	source->source = source_open_live(options, error);
	if (!source->source)
		return -EINVAL;
	source->options = *options;
	snprintf(source->name, sizeof(source->name), "%s", options->interface);
	source->options.interface = source->name;
	rc = worker_attach_interface(worker, source, error);
	if (rc < 0) {
		source_close(source->source);
		return rc;
	}
	worker->n_sources++;
	return 0;
}

/* Under the lock: once a second of the ageing clock. */
static void tick(struct worker *worker)
{
	if (worker->tally.now_ns < worker->next_tick_ns)
		return;
	worker->next_tick_ns = worker->tally.now_ns + NS_PER_SECOND;
	tally_tick(&worker->tally);
	if (!worker->from_file)
		tally_follow_wall_clock(&worker->tally, wall_now().ns - monotonic_now().ns);
	family_set_tick(&worker->families, worker->tally.now_ns);
}

/*
 * Waits until the ring has room for so many events, or this time has come. Not under the lock, which
 * the reader of events may want.
 */
static void wait_for_room(struct worker *worker, uint32_t n_events, struct monotonic_time until)
{
	static const struct timespec interval = {.tv_nsec = 1000000};
	const struct event_ring *ring = worker->tally.flows.events;

	if (!ring)
		return;
	while (event_ring_capacity(ring) - event_ring_used(ring) < n_events &&
	       monotonic_now().ns < until.ns &&
	       (!worker->from_file ||
		!atomic_load_explicit(&worker->stopping, memory_order_relaxed)))
		nanosleep(&interval, NULL);
}

static void count_batch(struct worker *worker)
{
	struct monotonic_time now;

	if (worker->n_packets == 0)
		return;
	/* A file can wait, and so loses no event; live capture never waits. */
	if (worker->from_file)
		wait_for_room(worker, EVENTS_A_BATCH, (struct monotonic_time){INT64_MAX});
	now = monotonic_now();
	handover_worker_lock(&worker->lock);
	tally_classify(&worker->tally, worker->packets, worker->verdicts, worker->n_packets, now);
	family_set_count(&worker->families, worker->packets, worker->verdicts, worker->n_packets);
	tally_age(&worker->tally, now, AGED_A_BATCH);
	tick(worker);
	handover_worker_unlock(&worker->lock);
	worker->n_packets = 0;
}

static void count_before_waiting(void *worker)
{
	count_batch(worker);
}

int worker_add_file(struct worker *worker, const char *path, const char *filter,
		    struct error *error)
{
	struct worker_source *source = next_source(worker, error);
	int rc;

	if (!source)
		return -ENOSPC;
	worker->from_file = true;
	source->source = source_open_file(path, filter, count_before_waiting, worker, error);
	if (!source->source)
		return -EINVAL;
	rc = worker_attach_interface(worker, source, error);
	if (rc < 0) {
		source_close(source->source);
		return rc;
	}
	worker->n_sources++;
	return 0;
}

/* A batch of a file spans no second: what families count has its time, and the tick comes. */
static bool spans_a_second(const struct worker *worker, const struct frame *frame)
{
	return worker->from_file && worker->n_packets > 0 &&
	       frame->time.ns - worker->packets[0].time.ns >= NS_PER_SECOND;
}

static void take_frame(void *context, const struct frame *frame)
{
	const struct worker_source *source = context;
	struct worker *worker = source->worker;
	struct packet *packet;

	if (spans_a_second(worker, frame))
		count_batch(worker);
	packet = &worker->packets[worker->n_packets++];
	decode_frame(source->link, frame, packet);
	packet->interface = source->slot;
	if (worker->n_packets == TALLY_BATCH)
		count_batch(worker);
}

static bool read_sources(struct worker *worker, bool *all_ended)
{
	size_t handled, total = 0;

	*all_ended = true;
	for (size_t i = 0; i < worker->n_sources; i++) {
		struct worker_source *source = &worker->sources[i];
		struct error error;

		if (!source->source)
			continue;
		switch (source_read(source->source, FRAMES_A_TURN, take_frame, source, &handled,
				    &error)) {
		case SOURCE_OK:
			*all_ended = false;
			break;
		case SOURCE_END:
			break;
		case SOURCE_FAILED:
			count_batch(worker);
			if (!worker->from_file) {
				worker_lose_interface(worker, source, &error);
				break;
			}
			worker->error = error;
			atomic_store_explicit(&worker->result, -EIO, memory_order_release);
			break;
		}
		total += handled;
	}
	return total > 0;
}

static void wait_for_frames(struct worker *worker)
{
	struct pollfd fds[INTERFACES_MAX + 1];
	nfds_t n = 0;

	fds[n++] = (struct pollfd){.fd = worker->wake_fd, .events = POLLIN};
	for (size_t i = 0; i < worker->n_sources; i++)
		if (worker->sources[i].source)
			fds[n++] = (struct pollfd){
				.fd = source_poll_fd(worker->sources[i].source),
				.events = POLLIN,
			};
	poll(fds, n, IDLE_WAIT_MS);
}

static void age_without_traffic(struct worker *worker, struct monotonic_time now)
{
	handover_worker_lock(&worker->lock);
	tally_age(&worker->tally, now, AGED_IDLE);
	tick(worker);
	handover_worker_unlock(&worker->lock);
}

/* Nothing more comes: tells of each flow that did not end, and of what families still wait with. */
static void tell_the_end(struct worker *worker, struct monotonic_time deadline)
{
	uint32_t row = 0;
	bool more = worker->tell_open && worker->tally.flows.events;

	while (more && monotonic_now().ns < deadline.ns) {
		wait_for_room(worker, EVENTS_A_BATCH, deadline);
		handover_worker_lock(&worker->lock);
		more = tally_tell_open(&worker->tally, &row, EVENTS_A_BATCH);
		handover_worker_unlock(&worker->lock);
	}
	wait_for_room(worker, EVENTS_AT_END, deadline);
	handover_worker_lock(&worker->lock);
	if (worker->from_file)
		tally_finish(&worker->tally);
	family_set_finish(&worker->families, worker->tally.now_ns);
	handover_worker_unlock(&worker->lock);
}

static void run_live(struct worker *worker)
{
	struct monotonic_time deadline;
	bool all_ended = false;

	while (!atomic_load_explicit(&worker->stopping, memory_order_relaxed)) {
		if (!read_sources(worker, &all_ended)) {
			count_batch(worker);
			wait_for_frames(worker);
			age_without_traffic(worker, monotonic_now());
		}
		worker_care_for_interfaces(worker, monotonic_now());
	}
	for (size_t i = 0; i < worker->n_sources; i++)
		if (worker->sources[i].source)
			source_stop(worker->sources[i].source);
	deadline.ns = monotonic_now().ns + STOP_NS;
	for (all_ended = false; !all_ended && monotonic_now().ns < deadline.ns;)
		if (!read_sources(worker, &all_ended) && !all_ended)
			poll(NULL, 0, 1);
	count_batch(worker);
	worker_care_for_interfaces(worker, (struct monotonic_time){INT64_MAX});
	tell_the_end(worker, deadline);
}

static void run_file(struct worker *worker)
{
	bool ended = false;
	uint64_t one = 1;

	while (!ended && !atomic_load_explicit(&worker->stopping, memory_order_relaxed))
		read_sources(worker, &ended);
	count_batch(worker);
	tell_the_end(worker, (struct monotonic_time){INT64_MAX});
	if (write(worker->finished_fd, &one, sizeof(one)) < 0)
		log_error("capture", "cannot say that the file is read: %s", strerror(errno));
}

static void *worker_run(void *context)
{
	struct worker *worker = context;

	if (worker->from_file)
		run_file(worker);
	else
		run_live(worker);
	return NULL;
}

int worker_start(struct worker *worker, struct error *error)
{
	int rc;

	for (size_t i = 0; i < worker->n_sources; i++) {
		struct worker_source *source = &worker->sources[i];

		if (source->ifindex && worker->registry && !worker->from_file) {
			rc = netif_watch(worker->registry, source->ifindex, error);
			if (rc < 0)
				return rc;
		}
		rc = source_start(source->source, error);
		if (rc < 0)
			return rc;
		if (!worker->from_file) {
			log_info("capture", "listening on %s", source->options.interface);
			worker_tell(worker, source, EVENT_INTERFACE_OPENED, 0, 0);
		}
	}
	rc = pthread_create(&worker->thread, NULL, worker_run, worker);
	if (rc != 0)
		return error_set(error, rc, "capture worker: cannot start a thread: %s",
				 strerror(rc));
	worker->running = true;
	return 0;
}

void worker_stop(struct worker *worker)
{
	uint64_t one = 1;

	if (!worker->running)
		return;
	atomic_store_explicit(&worker->stopping, true, memory_order_relaxed);
	if (write(worker->wake_fd, &one, sizeof(one)) < 0)
		log_error("capture", "cannot wake the worker: %s", strerror(errno));
	for (size_t i = 0; i < worker->n_sources && worker->from_file; i++)
		source_wake(worker->sources[i].source);
	pthread_join(worker->thread, NULL);
	worker->running = false;
}

void worker_destroy(struct worker *worker)
{
	if (!worker)
		return;
	worker_stop(worker);
	for (size_t i = 0; i < worker->n_sources; i++)
		if (worker->sources[i].source)
			source_close(worker->sources[i].source);
	family_set_destroy(&worker->families);
	free(worker->own_view.statuses);
	free(worker->reader_view.statuses);
	if (worker->wake_fd >= 0)
		close(worker->wake_fd);
	if (worker->finished_fd >= 0)
		close(worker->finished_fd);
	free(worker);
}

int worker_finished_fd(const struct worker *worker)
{
	return worker->finished_fd;
}

int worker_result(const struct worker *worker, struct error *error)
{
	int result = atomic_load_explicit(&worker->result, memory_order_acquire);

	if (result < 0)
		*error = worker->error;
	return result;
}

void worker_prepare_read(struct worker *worker)
{
	/* Captured and kernel counters should be of nearly the same instant; late ones are no harm, but
	 * for the last ones. */
	if (worker->registry && !worker->from_file)
		netif_refresh(worker->registry,
			      atomic_load_explicit(&worker->stopping, memory_order_relaxed)
				      ? LAST_REFRESH_NS
				      : REFRESH_NS);
	worker_look_at_interfaces(worker, &worker->reader_view);
}

void worker_lock(struct worker *worker)
{
	handover_reader_lock(&worker->lock);
	worker_read_interfaces(worker, &worker->reader_view);
}

void worker_unlock(struct worker *worker)
{
	handover_reader_unlock(&worker->lock);
}

const struct family_set *worker_families(const struct worker *worker)
{
	return &worker->families;
}

const struct tally *worker_tally(const struct worker *worker)
{
	return &worker->tally;
}

struct lock_statistics *worker_lock_statistics(struct worker *worker)
{
	return &worker->lock_statistics;
}

struct names *worker_names(const struct worker *worker)
{
	return worker->names;
}
