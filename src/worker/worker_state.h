/*
 * The inside of the workers, shared by what is done with all of them (workers.c), the loop of each
 * (worker.c) and their care of interfaces (interfaces.c).
 */
#ifndef IPTALLY_WORKER_WORKER_STATE_H
#define IPTALLY_WORKER_WORKER_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/handover_lock.h"
#include "decode/decode.h"
#include "netif/link.h"
#include "worker/workers.h"

/* One worker's part of a source. */
struct worker_handle {
	struct worker *worker;
	struct source *source; /* NULL: closed */
	const struct link_type *link;
	uint16_t slot; /* as the source's */
	bool is_file;
	/* By its worker, which ends that; all but this and `dropped` is then the first worker's. */
	atomic_bool is_read;
	bool is_stopped;
	bool has_failed;
	struct error why; /* it has */
	atomic_uint_fast64_t dropped;
};

/* An interface, or the capture file. */
struct worker_source {
	struct worker_handle
		*handles; /* of each worker; closed where the interface is waited for */
	bool is_open;
	atomic_bool is_ending;       /* one of the handles has failed, so that the others end */
	struct live_options options; /* live: to open it again */
	char name[LINK_NAME_TEXT];   /* ... by the name that was asked for */
	uint32_t ifindex;
	uint16_t slot; /* of the tally; only while `has_slot` */
	bool has_slot;
	bool is_lost; /* the slot's interface is gone, and shown with its last values */
	struct monotonic_time lost;
	uint64_t dropped_before; /* by earlier handles on the same interface */
	struct {
		bool is_on;
		uint64_t seen;   /* frames dropped when last looked at */
		uint64_t before; /* ... before it began */
		struct monotonic_time begun, last;
	} dropping;
};

/* What the registry said of all interfaces, taken without the workers' locks, applied under them. */
struct netif_view {
	struct netif_status *statuses;
	size_t n, capacity;
};

struct worker {
	struct workers *all;
	uint32_t number; /* 0: the first, which cares for what is of all of them */
	pthread_t thread;
	bool running;
	struct monotonic_time next_look; /* at its drops */

	struct packet packets[TALLY_BATCH];
	struct verdict verdicts[TALLY_BATCH];
	size_t n_packets;

	struct handover_lock lock; /* guards what follows */
	struct tally tally;
	struct family_set families;
};

struct workers {
	struct worker *each;
	uint32_t n;
	atomic_bool stopping;
	int wake_fd;       /* eventfd: stopping */
	int finished_fd;   /* eventfd: a file is read */
	atomic_int result; /* set when `error` is */
	struct error error;

	struct worker_source sources[INTERFACES_MAX];
	size_t n_sources;
	atomic_bool some_ended; /* handles that the first worker has to look at */
	bool from_file;
	bool tell_open;
	struct netif_registry *registry;
	struct names *names; /* for readers of snapshots */
	struct monotonic_time next_care;
	struct netif_view own_view;             /* the first worker's thread's */
	struct netif_view reader_view;          /* whoever takes snapshots: one at a time */
	struct lock_statistics lock_statistics; /* the taker of snapshots' */

	/* of several, under the locks of all, and the last two of one: */
	const struct tally **tallies;
	struct tally view; /* of families that all workers share */
	struct family_sharing sharing;
	int64_t next_tick_ns; /* on the ageing clock */
};

/* --- worker.c --- */

/* The thread of a worker. */
void *worker_run(void *worker);

/* Counts what the worker has decoded; between batches there may be less than a whole one. */
void worker_count_batch(void *worker);

/* A worker's last act on a handle; why: it failed, or NULL. */
void worker_end_handle(struct workers *all, struct worker_source *source,
		       struct worker_handle *handle, const struct error *why);

/* --- workers.c --- */

static inline struct worker *workers_first(const struct workers *all)
{
	return &all->each[0];
}

/* Takes the locks of all workers, in their order. Not while the caller has one of them. */
void workers_lock_all(struct workers *all);
void workers_unlock_all(struct workers *all);

/* --- handles.c; but for the last one in the first worker's thread, once that runs --- */

/* Opens all handles of a live source, or none; lets traffic in to them; closes them. */
int workers_open_handles(struct workers *all, struct worker_source *source, struct error *error);
int workers_start_handles(struct workers *all, struct worker_source *source, struct error *error);
void workers_close_handles(struct workers *all, struct worker_source *source);

/* Frames dropped by all handles, these and earlier ones. */
uint64_t workers_dropped(const struct workers *all, const struct worker_source *source);

/* Why the handles have ended; NULL: they have not, or not all of them. */
const struct error *workers_why_ended(const struct workers *all,
				      const struct worker_source *source);

/* Of the worker's own handle: how many frames it dropped. */
void worker_look_at_drops(struct worker_handle *handle);

/* --- interfaces.c; in the first worker's thread, once that runs --- */

/*
 * Gives an opened source a slot of its own and fills in what the interface is. Its name and its
 * ifindex are taken from what is lost; -EEXIST where a living interface has one of them.
 */
int workers_attach_interface(struct workers *all, struct worker_source *source,
			     struct error *error);

/* Puts an event of an interface alone into the ring. */
void workers_tell(struct workers *all, const struct worker_source *source, enum event_kind kind,
		  uint64_t count, int64_t duration_ns);

/* Looks at the registry; not under the locks, since its thread takes the registry's own often. */
void workers_look_at_interfaces(const struct workers *all, struct netif_view *view);

/* Under the locks, any thread: copies what was seen of all interfaces into the tallies. */
void workers_read_interfaces(struct workers *all, const struct netif_view *view);

/* Marks interfaces lost, and waits for them, whose handles have all ended since one failed. */
void workers_lose_ended(struct workers *all);

/* Once a second: capture drops, lost interfaces that came back. */
void workers_care_for_interfaces(struct workers *all, struct monotonic_time now);

#endif
