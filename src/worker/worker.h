/*
 * A capture worker: one thread that takes frames from its sources through decoding, the tally and
 * the families, a batch at a time. It owns all of their state; others see it under the lock.
 */
#ifndef IPTALLY_WORKER_WORKER_H
#define IPTALLY_WORKER_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/histogram.h"
#include "base/memory.h"
#include "capture/source.h"
#include "events/event_ring.h"
#include "family/family_table.h"
#include "netif/registry.h"
#include "tally/tally.h"

struct worker;

struct worker_options {
	struct tally_options tally;
	struct family_options families;
	struct names *names; /* NULL: none are looked up */
	struct event_board
		*board; /* the latest events, for those who ask; NULL: nobody keeps them */
	bool tell_open; /* at the end, tell of each flow that it was left open */
	struct monotonic_time started;
	struct netif_registry *registry; /* NULL: files only */
};

/* The tables are the ledger's. Returns NULL and fills *error. */
struct worker *worker_create(const struct worker_options *options, struct ledger *ledger,
			     struct error *error);

/* Opens an interface, closed to traffic until worker_start(). The options' strings must last. */
int worker_add_live(struct worker *worker, const struct live_options *options, struct error *error);

/*
 * Opens the interfaces of these names, "all" for each one that is up, or without any name that of the
 * default route. The options are the same for all; their interface is not read.
 */
int worker_add_interfaces(struct worker *worker, const char *const *names, size_t n,
			  const struct live_options *options, struct error *error);

/* Opens a capture file ("-": standard input) as the interface "file" with ifIndex 1. */
int worker_add_file(struct worker *worker, const char *path, const char *filter,
		    struct error *error);

/* Lets traffic in and starts the thread. */
int worker_start(struct worker *worker, struct error *error);

/* Closes the door, counts all that had come in by then, and ends the thread. */
void worker_stop(struct worker *worker);
void worker_destroy(struct worker *worker);

/* Readable once a capture file is read to its end, or up to its defect. */
int worker_finished_fd(const struct worker *worker);

/* After that: 0, or a negative errno with *error filled where the file ended in a defect. */
int worker_result(const struct worker *worker, struct error *error);

/*
 * For snapshots. Prepare, without the lock: has the kernel's view of the interfaces made fresh.
 * Between lock and unlock the worker stands still; the lock's price is the caller's to record.
 */
void worker_prepare_read(struct worker *worker);
void worker_lock(struct worker *worker);
void worker_unlock(struct worker *worker);
const struct family_set *worker_families(const struct worker *worker);
const struct tally *worker_tally(const struct worker *worker);
struct lock_statistics *worker_lock_statistics(struct worker *worker);
struct names *worker_names(const struct worker *worker);

#endif
