/*
 * Remembers connections that a full flow table gave up and that may still go on, so that they are
 * not counted again when they come back. Bounded: each has one place, and the later one takes it.
 */
#ifndef IPTALLY_TALLY_FLOW_EVICTED_H
#define IPTALLY_TALLY_FLOW_EVICTED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/prefetch.h"

struct flow_evicted {
	struct evicted_key {
		uint32_t fingerprint; /* 0: empty */
		uint32_t until;       /* seconds on the ageing clock */
	} * keys;
	uint32_t mask;
};

/* For a flow table of this capacity. The memory is the ledger's. */
int flow_evicted_create(struct flow_evicted *evicted, struct ledger *ledger, uint32_t capacity,
			struct error *error);

static inline void flow_evicted_prefetch(const struct flow_evicted *evicted, uint32_t hash)
{
	prefetch_line(&evicted->keys[hash & evicted->mask]);
}

/*
 * Hash: of the flow's key. Sequence: of a TCP connection's SYN, else 0. Until: when the flow would
 * have ended if nothing more had come, on the ageing clock; rounded up to a second.
 */
void flow_evicted_remember(struct flow_evicted *evicted, uint32_t hash, uint32_t sequence,
			   int64_t until_ns);

/* Whether this flow that begins now is one of them. It is forgotten then. */
bool flow_evicted_take(struct flow_evicted *evicted, uint32_t hash, uint32_t sequence,
		       int64_t now_ns);

#endif
