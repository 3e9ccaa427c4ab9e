/*
 * Storage of flows: find, begin, end, age, evict, and the bounded set of flows that are itemised.
 * Every live flow stands in one of five queues, in the order in which a full table gives them up.
 */
#ifndef IPTALLY_TALLY_FLOW_TABLE_H
#define IPTALLY_TALLY_FLOW_TABLE_H

#include <stdint.h>

#include "base/hash.h"
#include "base/table.h"
#include "events/event_ring.h"
#include "tally/flow.h"
#include "tally/flow_evicted.h"
#include "tally/interface.h"
#include "tally/tcp_totals.h"

enum flow_queue {
	QUEUE_CLOSED, /* its life is over, it lingers for late segments */
	QUEUE_HALF_OPEN,
	QUEUE_IDLE, /* the sweep found it silent for long */
	QUEUE_ONE_PACKET,
	QUEUE_ACTIVE,
	FLOW_QUEUES
};

struct flow_limits {
	uint32_t capacity;
	uint32_t export_max; /* flows itemised in SNMP and JSON */
	int64_t timeout_ns[FLOW_STATES];
};

struct flow_sum {
	uint64_t packets;
	uint64_t bytes;
};

/* live + ended + evicted + unattributed = the interface's IP packets. */
struct flow_totals {
	struct flow_sum live;
	struct flow_sum ended;
	struct flow_sum evicted;
	struct flow_sum unattributed;
};

/* A flow that is itemised, under an id of its own. */
struct itemised_flow {
	uint32_t row;
	uint32_t id;
	struct monotonic_time since;
	uint16_t interface;
	struct flow_sum before[2]; /* what each end had sent when the interval began, and ... */
	struct flow_sum sent[2];   /* ... what it sent in the last interval that is over */
};

/* How fast flows are is measured over intervals of some seconds of the ageing clock. */
struct flow_interval {
	uint32_t number; /* of the last one that is over; 0: none is */
	int64_t lasted_ns;
	int64_t began_ns; /* the one that goes on; 0: none has begun */
};

struct flow_table {
	struct table table;
	uint64_t seed;
	int64_t timeout_ns[FLOW_STATES];
	int64_t aged_ns;
	uint32_t sweep_at;            /* the next row that ageing looks at */
	int64_t wall_offset_ns;       /* ageing clock + this = wall time, for display */
	struct monotonic_time moment; /* of this batch: for display, of a file's flows too */
	struct flow_list {
		uint32_t first, last, n;
		uint32_t ahead; /* up to this flow all is fetched that it takes to give them up */
		uint32_t ahead_by; /* ... which is so many behind the first, or fewer */
	} queues[FLOW_QUEUES];
	struct flow_totals *totals; /* by interface slot, here and below */
	struct tcp_totals *tcp;
	uint64_t ends[FLOW_ENDS];
	struct flow_evicted evicted;
	struct itemised_flow *exported;
	uint32_t n_exported, export_max, last_id, id_step;
	struct flow_interval interval; /* of the itemised flows */
	uint64_t exported_least;       /* no itemised flow has fewer bytes */
	struct event_ring *events;     /* NULL: nobody listens */
	const struct tally_interface *interfaces;
};

int flow_table_create(struct flow_table *flows, struct ledger *ledger,
		      const struct flow_limits *limits, uint32_t max_interfaces,
		      struct error *error);

static inline uint32_t flow_key_hash(const struct flow_table *flows, const struct flow_key *key)
{
	return hash_key(key, sizeof(*key), flows->seed);
}

/* The live flow with this key, or NULL. One that has been silent for too long is ended first. */
struct flow *flow_table_find(struct flow_table *flows, uint32_t hash, const struct flow_key *key,
			     int64_t now_ns);

/*
 * Fetches what it takes to move a flow to another queue, which the next packet does to most that are
 * not active.
 */
static inline void flow_table_prefetch_neighbours(const struct flow_table *flows, uint32_t row)
{
	const struct flow *flow = table_row(&flows->table, row), *neighbour;

	if (flow->queue == QUEUE_ACTIVE)
		return;
	if (flow->previous != TABLE_NONE) {
		neighbour = table_row(&flows->table, flow->previous);
		prefetch_line(&neighbour->next);
	}
	if (flow->next != TABLE_NONE) {
		neighbour = table_row(&flows->table, flow->next);
		prefetch_line(&neighbour->previous);
	}
}

/* A new flow; a full table gives up another one for it. Queued by flow_table_requeue(). */
struct flow *flow_table_begin(struct flow_table *flows, uint32_t hash, const struct flow_key *key,
			      int64_t now_ns);

void flow_table_end(struct flow_table *flows, struct flow *flow, enum flow_end how, int64_t now_ns);

/* Puts a flow into the queue that its state and packets ask for. */
void flow_table_requeue(struct flow_table *flows, struct flow *flow);

/* Looks at some flows, in proportion to the time since the last call and at most `budget`. */
void flow_table_age(struct flow_table *flows, int64_t now_ns, uint32_t budget);

/* Makes the itemised flows exactly the largest, by a full sort: for the end of a file. */
void flow_table_select_largest(struct flow_table *flows);

/* Ends all flows of an interface slot. A full sweep, for an interface that is gone. */
void flow_table_forget_interface(struct flow_table *flows, uint16_t interface, int64_t now_ns);

/* Tells of up to n rows from *from on that they were left open. Returns whether there are more. */
bool flow_table_tell_open(struct flow_table *flows, uint32_t *from, uint32_t n, int64_t now_ns);

/* Puts an event of this flow into the ring: enum event_kind. */
void flow_event(struct flow_table *flows, const struct flow *flow, int kind, int64_t now_ns);

#endif
