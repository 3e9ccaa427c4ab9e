/* What a family may know of the agent when it is created: limits, memory, what else it can show. */
#ifndef IPTALLY_FAMILY_CONTEXT_H
#define IPTALLY_FAMILY_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/privacy.h"

struct event_board;
struct event_ring;
struct ledger;
struct listening_port;
struct lock_statistics;
struct names;
struct tally;

/* --export.FAMILY=all */
#define EXPORT_ALL UINT32_MAX

/* What the user asks of the families. */
struct family_options {
	bool only_core;     /* the others are not counted, and have no rows */
	uint32_t max_ports; /* rows, of all interfaces together, here and below */
	uint32_t max_hosts;
	uint32_t max_stations;
	uint32_t max_conversations;
	uint32_t max_knocks;
	uint32_t export_ports; /* rows an interface that Prometheus shows, or EXPORT_ALL */
	uint32_t export_hosts;
	uint32_t export_stations;
	uint32_t export_conversations;
	uint32_t export_warmup_s; /* how long a new series is shown at 0 */
	bool export_largest; /* only one snapshot will ever be shown: choose the largest rows for it */
	const uint16_t *pinned_ports; /* have series from the start; they outlast the families */
	size_t n_pinned_ports;
	const struct listening_port *listening; /* so have these; they outlast them too */
	size_t n_listening;
	enum privacy privacy;
	uint32_t flood_rate; /* SYNs a second of an interface below which there is no flood */
	uint32_t
		probe_ports; /* a source that tries more ports, or hosts, within the window probes */
	uint32_t probe_hosts;
	uint32_t probe_window_s;
};

struct family_context {
	const struct family_options *options;
	struct ledger *ledger;
	const struct tally *tally; /* interfaces, flows and table statistics, under the lock */
	const struct tally *const
		*tallies; /* of all workers, for a shared family; NULL: `tally` is all */
	size_t n_tallies;
	void *first; /* this family's state in the first worker; NULL: this is the first */
	const struct lock_statistics *lock; /* of the snapshots */
	struct event_ring *events; /* what happened, for readers of events; NULL: nobody listens */
	struct event_board *board; /* the latest of it, and how its log fares; NULL: nobody asks */
	struct names *names;       /* of addresses; NULL: none are looked up */
	struct monotonic_time started;
	uint32_t max_interfaces;
};

#endif
