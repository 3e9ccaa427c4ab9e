/* The inside of a worker, shared by its loop (worker.c) and its care of interfaces (interfaces.c). */
#ifndef IPTALLY_WORKER_WORKER_STATE_H
#define IPTALLY_WORKER_WORKER_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/handover_lock.h"
#include "decode/decode.h"
#include "netif/link.h"
#include "worker/worker.h"

struct worker_source {
	struct worker *worker;
	struct source *source; /* NULL: its interface is gone, and waited for */
	const struct link_type *link;
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

/* What the registry said of all interfaces, taken without the worker's lock, applied under it. */
struct netif_view {
	struct netif_status *statuses;
	size_t n, capacity;
};

struct worker {
	pthread_t thread;
	bool running;
	atomic_bool stopping;
	int wake_fd;       /* eventfd: stopping */
	int finished_fd;   /* eventfd: a file is read */
	atomic_int result; /* set when `error` is */
	struct error error;

	struct worker_source sources[INTERFACES_MAX];
	size_t n_sources;
	bool from_file;
	bool tell_open;
	struct netif_registry *registry;
	struct names *names; /* for readers of snapshots */
	struct monotonic_time next_care;
	struct netif_view own_view;    /* the worker's thread's */
	struct netif_view reader_view; /* whoever takes snapshots: one at a time */

	struct packet packets[TALLY_BATCH];
	struct verdict verdicts[TALLY_BATCH];
	size_t n_packets;

	struct handover_lock lock;              /* guards what follows */
	struct lock_statistics lock_statistics; /* ... but this: the taker of snapshots has it */
	struct tally tally;
	struct family_set families;
	int64_t next_tick_ns; /* on the ageing clock */
};

/*
 * Gives an opened source a slot of its own and fills in what the interface is. Its name and its
 * ifindex are taken from what is lost; -EEXIST where a living interface has one of them.
 */
int worker_attach_interface(struct worker *worker, struct worker_source *source,
			    struct error *error);

/* Puts an event of an interface alone into the ring. Only the worker's thread may, once it runs. */
void worker_tell(struct worker *worker, const struct worker_source *source, enum event_kind kind,
		 uint64_t count, int64_t duration_ns);

/* Looks at the registry; not under the lock, since its thread takes the registry's own often. */
void worker_look_at_interfaces(const struct worker *worker, struct netif_view *view);

/* Under the lock, any thread: copies what was seen of all interfaces into the tally. */
void worker_read_interfaces(struct worker *worker, const struct netif_view *view);

/* A live source failed: its interface is marked lost, and waited for. */
void worker_lose_interface(struct worker *worker, struct worker_source *source,
			   const struct error *why);

/* Once a second, in the worker's thread: capture drops, lost interfaces that came back. */
void worker_care_for_interfaces(struct worker *worker, struct monotonic_time now);

#endif
