/* What a family may know of the agent when it is created: limits, memory, what else it can show. */
#ifndef IPTALLY_FAMILY_CONTEXT_H
#define IPTALLY_FAMILY_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

struct ledger;
struct lock_statistics;
struct tally;

/* --export.FAMILY=all */
#define EXPORT_ALL UINT32_MAX

struct family_context {
	struct ledger *ledger;
	const struct tally *tally; /* interfaces, flows and table statistics, under the lock */
	const struct lock_statistics *lock; /* of the snapshots */
	struct monotonic_time started;
	uint32_t max_interfaces;
	uint32_t max_ports;
	uint32_t export_ports; /* rows an interface that Prometheus shows, or EXPORT_ALL */
	bool export_largest; /* only one snapshot will ever be shown: choose the largest rows for it */
};

#endif
