/*
 * The capture workers: threads that take frames through decoding, the tally and the families, a batch
 * at a time. Each owns the state of its own; others see it under the locks of all of them.
 */
#ifndef IPTALLY_WORKER_WORKERS_H
#define IPTALLY_WORKER_WORKERS_H

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

struct workers;

/* Each has a ring and a thread; of a file there is one. */
#define WORKERS_MAX 32

struct workers_options {
	uint32_t n_workers; /* 0 is one, too */
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
struct workers *workers_create(const struct workers_options *options, struct ledger *ledger,
			       struct error *error);

/* Opens an interface, closed to traffic until workers_start(). The options' strings must last. */
int workers_add_live(struct workers *workers, const struct live_options *options,
		     struct error *error);

/*
 * Opens the interfaces of these names, "all" for each one that is up, or without any name that of the
 * default route. The options are the same for all; their interface is not read, and their rings are
 * smaller where those of all interfaces and workers together would take more than this much memory.
 */
int workers_add_interfaces(struct workers *workers, const char *const *names, size_t n,
			   const struct live_options *options, size_t memory, struct error *error);

/* Opens a capture file ("-": standard input) as the interface "file" with ifIndex 1. */
int workers_add_file(struct workers *workers, const char *path, const char *filter,
		     struct error *error);

/*
 * Lets traffic in and starts the first worker's thread, which opens interfaces again for all, and so
 * needs the capabilities that the caller has now; then those of the others, which need none.
 */
int workers_start(struct workers *workers, struct error *error);
int workers_start_others(struct workers *workers, struct error *error);

/* Closes the doors, counts all that had come in by then, and ends the threads. */
void workers_stop(struct workers *workers);
void workers_destroy(struct workers *workers);

/* Readable once a capture file is read to its end, or up to its defect. */
int workers_finished_fd(const struct workers *workers);

/* After that: 0, or a negative errno with *error filled where the file ended in a defect. */
int workers_result(const struct workers *workers, struct error *error);

/*
 * For snapshots. Prepare, without the locks: has the kernel's view of the interfaces made fresh.
 * Between lock and unlock all workers stand still; the lock's price is the caller's to record.
 */
void workers_prepare_read(struct workers *workers);
void workers_lock(struct workers *workers);
void workers_unlock(struct workers *workers);
uint32_t workers_number(const struct workers *workers);
const struct family_set *workers_families(const struct workers *workers, uint32_t worker);
const struct tally *workers_tally(const struct workers *workers, uint32_t worker);
struct lock_statistics *workers_lock_statistics(struct workers *workers);
struct names *workers_names(const struct workers *workers);

#endif
