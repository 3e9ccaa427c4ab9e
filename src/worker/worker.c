/*
 * The loop of a capture worker. Reading and decoding need no lock; a decoded batch is counted under
 * it, and after each batch a waiting reader is let in.
 */
#include "worker/worker_state.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

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
/* The end of a live run may not take longer than this to hand over what the rings still hold. */
#define STOP_NS (500 * 1000 * 1000LL)

static void follow_wall_clock(struct workers *all)
{
	struct tally *first = &workers_first(all)->tally;

	tally_follow_wall_clock(first, wall_now().ns - monotonic_now().ns);
	for (uint32_t i = 1; i < all->n; i++)
		all->each[i].tally.flows.wall_offset_ns = first->flows.wall_offset_ns;
	all->view.flows.wall_offset_ns = first->flows.wall_offset_ns;
}

/* Under the locks of all: once a second of the ageing clock, which is then the same for all. */
static void tick(struct workers *all, int64_t now_ns)
{
	if (now_ns < all->next_tick_ns)
		return;
	all->next_tick_ns = now_ns + NS_PER_SECOND;
	all->view.now_ns = now_ns;
	for (uint32_t i = 0; i < all->n; i++) {
		all->each[i].tally.now_ns = now_ns;
		tally_tick(&all->each[i].tally);
	}
	if (!all->from_file)
		follow_wall_clock(all);
	family_set_tick(&workers_first(all)->families, now_ns);
}

/* One that is alone ticks with its batches, which saves it the lock. */
static void tick_alone(struct worker *worker)
{
	if (worker->all->n == 1)
		tick(worker->all, worker->tally.now_ns);
}

/* The first of several ticks for all of them. */
static void tick_together(struct workers *all)
{
	if (all->n == 1 || monotonic_now().ns < all->next_tick_ns)
		return;
	workers_lock_all(all);
	tick(all, monotonic_now().ns);
	workers_unlock_all(all);
}

static bool is_stopping(const struct worker *worker)
{
	return atomic_load_explicit(&worker->all->stopping, memory_order_acquire);
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
	       monotonic_now().ns < until.ns && (!worker->all->from_file || !is_stopping(worker)))
		nanosleep(&interval, NULL);
}

static void count_batch(struct worker *worker)
{
	struct monotonic_time now;

	if (worker->n_packets == 0)
		return;
	/* A file can wait, and so loses no event; live capture never waits. */
	if (worker->all->from_file)
		wait_for_room(worker, EVENTS_A_BATCH, (struct monotonic_time){INT64_MAX});
	now = monotonic_now();
	handover_worker_lock(&worker->lock);
	tally_classify(&worker->tally, worker->packets, worker->verdicts, worker->n_packets, now);
	family_set_count(&worker->families, worker->packets, worker->verdicts, worker->n_packets);
	tally_age(&worker->tally, now, AGED_A_BATCH);
	tick_alone(worker);
	handover_worker_unlock(&worker->lock);
	worker->n_packets = 0;
}

void worker_count_batch(void *worker)
{
	count_batch(worker);
}

/* A batch of a file spans no second: what families count has its time, and the tick comes. */
static bool spans_a_second(const struct worker_handle *handle, const struct frame *frame)
{
	const struct worker *worker = handle->worker;

	return handle->is_file && worker->n_packets > 0 &&
	       frame->time.ns - worker->packets[0].time.ns >= NS_PER_SECOND;
}

static void take_frame(void *context, const struct frame *frame)
{
	const struct worker_handle *handle = context;
	struct worker *worker = handle->worker;
	struct packet *packet;

	if (spans_a_second(handle, frame))
		count_batch(worker);
	packet = &worker->packets[worker->n_packets++];
	decode_frame(handle->link, frame, packet);
	packet->interface = handle->slot;
	if (worker->n_packets == TALLY_BATCH)
		count_batch(worker);
}

static bool is_read(const struct worker_handle *handle)
{
	return atomic_load_explicit(&handle->is_read, memory_order_acquire);
}

void worker_end_handle(struct workers *all, struct worker_source *source,
		       struct worker_handle *handle, const struct error *why)
{
	worker_look_at_drops(handle);
	handle->has_failed = why != NULL;
	if (why) {
		handle->why = *why;
		atomic_store_explicit(&source->is_ending, true, memory_order_relaxed);
	}
	atomic_store_explicit(&handle->is_read, false, memory_order_release);
	atomic_store_explicit(&all->some_ended, true, memory_order_release);
}

static void fail(struct worker *worker, struct worker_source *source, struct worker_handle *handle,
		 const struct error *why)
{
	count_batch(worker);
	if (!worker->all->from_file) {
		worker_end_handle(worker->all, source, handle, why);
		return;
	}
	worker->all->error = *why;
	atomic_store_explicit(&worker->all->result, -EIO, memory_order_release);
}

static void stop_handle(struct worker_handle *handle)
{
	if (!handle->is_stopped)
		source_stop(handle->source);
	handle->is_stopped = true;
}

/* Returns how many frames there were; false in *ended: there may be more. */
static size_t read_source(struct worker *worker, struct worker_source *source, bool *ended)
{
	struct worker_handle *handle = &source->handles[worker->number];
	struct error error;
	size_t handled;

	if (!is_read(handle))
		return 0;
	if (atomic_load_explicit(&source->is_ending, memory_order_relaxed))
		stop_handle(handle);
	switch (source_read(handle->source, FRAMES_A_TURN, take_frame, handle, &handled, &error)) {
	case SOURCE_OK:
		*ended = false;
		break;
	case SOURCE_END:
		if (!worker->all->from_file)
			worker_end_handle(worker->all, source, handle, NULL);
		break;
	case SOURCE_FAILED:
		fail(worker, source, handle, &error);
		break;
	}
	return handled;
}

static bool read_sources(struct worker *worker, bool *all_ended)
{
	size_t total = 0;

	*all_ended = true;
	for (size_t i = 0; i < worker->all->n_sources; i++)
		total += read_source(worker, &worker->all->sources[i], all_ended);
	return total > 0;
}

static void wait_for_frames(const struct worker *worker)
{
	struct pollfd fds[INTERFACES_MAX + 1];
	nfds_t n = 0;

	fds[n++] = (struct pollfd){.fd = worker->all->wake_fd, .events = POLLIN};
	for (size_t i = 0; i < worker->all->n_sources; i++) {
		const struct worker_handle *handle =
			&worker->all->sources[i].handles[worker->number];

		if (is_read(handle))
			fds[n++] = (struct pollfd){
				.fd = source_poll_fd(handle->source),
				.events = POLLIN,
			};
	}
	poll(fds, n, IDLE_WAIT_MS);
}

static void age_without_traffic(struct worker *worker, struct monotonic_time now)
{
	handover_worker_lock(&worker->lock);
	tally_age(&worker->tally, now, AGED_IDLE);
	tick_alone(worker);
	handover_worker_unlock(&worker->lock);
}

static void tell_open(struct worker *worker, struct monotonic_time deadline)
{
	uint32_t row = 0;
	bool more = worker->all->tell_open && worker->tally.flows.events;

	while (more && monotonic_now().ns < deadline.ns) {
		wait_for_room(worker, EVENTS_A_BATCH, deadline);
		handover_worker_lock(&worker->lock);
		more = tally_tell_open(&worker->tally, &row, EVENTS_A_BATCH);
		handover_worker_unlock(&worker->lock);
	}
}

/* Nothing more comes: tells of each flow that did not end, and of what families still wait with. */
static void tell_the_end(struct workers *all, struct monotonic_time deadline)
{
	struct worker *first = workers_first(all);

	for (uint32_t i = 0; i < all->n; i++)
		tell_open(&all->each[i], deadline);
	wait_for_room(first, EVENTS_AT_END, deadline);
	workers_lock_all(all);
	if (all->from_file)
		tally_finish(&first->tally);
	family_set_finish(&first->families, all->n == 1 ? first->tally.now_ns : monotonic_now().ns);
	workers_unlock_all(all);
}

/* The others know of their own drops alone. */
static void take_care(struct worker *worker)
{
	struct workers *all = worker->all;
	struct monotonic_time now = monotonic_now();

	if (worker == workers_first(all)) {
		tick_together(all);
		workers_lose_ended(all);
		workers_care_for_interfaces(all, now);
		return;
	}
	if (now.ns < worker->next_look.ns)
		return;
	worker->next_look.ns = now.ns + NS_PER_SECOND;
	for (size_t i = 0; i < all->n_sources; i++)
		if (is_read(&all->sources[i].handles[worker->number]))
			worker_look_at_drops(&all->sources[i].handles[worker->number]);
}

static void drain(struct worker *worker, struct monotonic_time deadline)
{
	bool all_ended = false;

	for (size_t i = 0; i < worker->all->n_sources; i++)
		if (is_read(&worker->all->sources[i].handles[worker->number]))
			stop_handle(&worker->all->sources[i].handles[worker->number]);
	while (!all_ended && monotonic_now().ns < deadline.ns)
		if (!read_sources(worker, &all_ended) && !all_ended)
			poll(NULL, 0, 1);
	count_batch(worker);
}

static void run_live(struct worker *worker)
{
	struct workers *all = worker->all;
	struct monotonic_time deadline;
	bool all_ended = false;

	while (!is_stopping(worker)) {
		if (!read_sources(worker, &all_ended)) {
			count_batch(worker);
			wait_for_frames(worker);
			age_without_traffic(worker, monotonic_now());
		}
		take_care(worker);
	}
	deadline.ns = monotonic_now().ns + STOP_NS;
	drain(worker, deadline);
	if (worker != workers_first(all))
		return;
	for (uint32_t i = 1; i < all->n; i++)
		if (all->each[i].running)
			pthread_join(all->each[i].thread, NULL);
	workers_lose_ended(all);
	workers_care_for_interfaces(all, (struct monotonic_time){INT64_MAX});
	tell_the_end(all, deadline);
}

static void run_file(struct worker *worker)
{
	bool ended = false;
	uint64_t one = 1;

	while (!ended && !is_stopping(worker))
		read_sources(worker, &ended);
	count_batch(worker);
	tell_the_end(worker->all, (struct monotonic_time){INT64_MAX});
	if (write(worker->all->finished_fd, &one, sizeof(one)) < 0)
		log_error("capture", "cannot say that the file is read: %s", strerror(errno));
}

void *worker_run(void *context)
{
	struct worker *worker = context;

	if (worker->all->from_file)
		run_file(worker);
	else
		run_live(worker);
	return NULL;
}
