/* What a family may know of the agent when it is created: limits, memory, what else it can show. */
#ifndef IPTALLY_FAMILY_CONTEXT_H
#define IPTALLY_FAMILY_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

struct ledger;
struct tally;

/* --export.FAMILY=all */
#define EXPORT_ALL UINT32_MAX

struct family_context {
	struct ledger *ledger;
	const struct tally *tally; /* interfaces, flows and table statistics, under the lock */
	const struct reader_statistics *readers; /* of the snapshot lock */
	struct monotonic_time started;
	uint32_t max_interfaces;
	uint32_t max_ports;
	uint32_t export_ports; /* rows an interface that Prometheus shows, or EXPORT_ALL */
};

#endif
