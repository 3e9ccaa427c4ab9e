/*
 * Storage of flows. A full table gives up, in this order: closed flows that linger, half-open ones,
 * idle ones, one-packet ones, and at last the least recently used of a few active ones. What leaves
 * is added to its interface's `ended` or `evicted`, so that sums close.
 */
#include "tally/flow_table.h"

#include <errno.h>
#include <stdlib.h>

#include "decode/packet.h"

/* A flow is looked at about once in this time, whatever the size of the table. */
#define SWEEP_NS (8 * NS_PER_SECOND)
/* Under eviction a flow that was silent for this long counts as idle. */
#define IDLE_NS (30 * NS_PER_SECOND)
/* How many active flows are compared when one of them must go. */
#define ACTIVE_CHOICES 8
/* A larger flow takes an itemised one's place when it has 5/4 of its bytes. */
#define LARGER_BY(bytes) ((bytes) + (bytes) / 4)

struct evicted_key {
	uint32_t fingerprint; /* 0: empty */
	uint32_t seconds;     /* of the eviction, on the ageing clock */
};

const char *const flow_state_names[FLOW_STATES + 1] = {
	[FLOW_ONE_WAY] = "one_way",     [FLOW_TWO_WAY] = "two_way",
	[FLOW_HALF_OPEN] = "half_open", [FLOW_ESTABLISHED] = "established",
	[FLOW_MIDSTREAM] = "midstream", [FLOW_CLOSING] = "closing",
	[FLOW_CLOSED] = "closed",       [FLOW_RESET] = "reset",
};

int flow_table_create(struct flow_table *flows, struct ledger *ledger,
		      const struct flow_limits *limits, uint32_t max_interfaces,
		      struct error *error)
{
	uint32_t remembered = 1;
	int rc;

	*flows = (struct flow_table){.seed = hash_seed(), .export_max = limits->export_max};
	for (int state = 0; state < FLOW_STATES; state++)
		flows->timeout_ns[state] = limits->timeout_ns[state];
	for (int queue = 0; queue < FLOW_QUEUES; queue++)
		flows->queues[queue] = (struct flow_list){TABLE_NONE, TABLE_NONE, 0};

	rc = table_create(&flows->table, ledger, "flow table", sizeof(struct flow),
			  limits->capacity, error);
	if (rc < 0)
		return rc;
	while (remembered <= limits->capacity / 2)
		remembered *= 2;
	flows->evicted_mask = remembered - 1;
	flows->evicted_keys = ledger_map(ledger, "evicted flows",
					 remembered * sizeof(*flows->evicted_keys), error);
	flows->exported =
		ledger_map(ledger, "itemised flows",
			   ((size_t)limits->export_max + 1) * sizeof(*flows->exported), error);
	flows->totals =
		ledger_map(ledger, "flow totals", max_interfaces * sizeof(*flows->totals), error);
	return flows->evicted_keys && flows->exported && flows->totals ? 0 : -ENOMEM;
}

static struct flow *flow_at(const struct flow_table *flows, uint32_t row)
{
	return table_row(&flows->table, row);
}

static uint64_t flow_bytes(const struct flow *flow)
{
	return flow->sides[INITIATOR].bytes + flow->sides[RESPONDER].bytes;
}

static uint64_t flow_packets(const struct flow *flow)
{
	return flow->sides[INITIATOR].packets + flow->sides[RESPONDER].packets;
}

static bool is_expired(const struct flow_table *flows, const struct flow *flow, int64_t now_ns)
{
	return now_ns - flow->seen_ns > flows->timeout_ns[flow->state];
}

struct flow *flow_table_find(struct flow_table *flows, uint32_t hash, const struct flow_key *key,
			     int64_t now_ns)
{
	uint32_t row = table_find(&flows->table, hash, key, sizeof(*key));
	struct flow *flow;

	if (row == TABLE_NONE)
		return NULL;
	flow = flow_at(flows, row);
	if (!is_expired(flows, flow, now_ns))
		return flow;
	flow_table_end(flows, flow, FLOW_ENDED);
	return NULL;
}

static void queue_append(struct flow_table *flows, struct flow *flow, enum flow_queue which)
{
	struct flow_list *queue = &flows->queues[which];
	uint32_t row = table_row_number(&flows->table, flow);

	flow->queue = (uint8_t)which;
	flow->previous = queue->last;
	flow->next = TABLE_NONE;
	if (queue->last == TABLE_NONE)
		queue->first = row;
	else
		flow_at(flows, queue->last)->next = row;
	queue->last = row;
	queue->n++;
}

static void queue_remove(struct flow_table *flows, struct flow *flow)
{
	struct flow_list *queue = &flows->queues[flow->queue];

	if (flow->previous == TABLE_NONE)
		queue->first = flow->next;
	else
		flow_at(flows, flow->previous)->next = flow->next;
	if (flow->next == TABLE_NONE)
		queue->last = flow->previous;
	else
		flow_at(flows, flow->next)->previous = flow->previous;
	queue->n--;
}

void flow_table_requeue(struct flow_table *flows, struct flow *flow)
{
	enum flow_queue wanted = QUEUE_ACTIVE;

	if (flow->state == FLOW_CLOSED || flow->state == FLOW_RESET)
		wanted = QUEUE_CLOSED;
	else if (flow->state == FLOW_HALF_OPEN)
		wanted = QUEUE_HALF_OPEN;
	else if (flow_packets(flow) <= 1)
		wanted = QUEUE_ONE_PACKET;
	if (wanted == flow->queue)
		return;
	queue_remove(flows, flow);
	queue_append(flows, flow, wanted);
}

static void export_begin(struct flow_table *flows, struct flow *flow)
{
	flow->export_slot = flows->n_exported;
	flow->id = ++flows->last_id;
	flow->exported_since = monotonic_now();
	flows->exported[flows->n_exported++] = table_row_number(&flows->table, flow);
}

static void export_end(struct flow_table *flows, struct flow *flow)
{
	uint32_t moved = flows->exported[--flows->n_exported];

	flows->exported[flow->export_slot] = moved;
	flow_at(flows, moved)->export_slot = flow->export_slot;
	flow->export_slot = TABLE_NONE;
}

static struct evicted_key *evicted_key(struct flow_table *flows, uint32_t hash)
{
	return &flows->evicted_keys[hash & flows->evicted_mask];
}

static uint32_t evicted_fingerprint(uint32_t hash, uint32_t sequence)
{
	uint32_t fingerprint = hash ^ (sequence * 0x9e3779b1U);

	return fingerprint ? fingerprint : 1;
}

bool flow_table_was_evicted(struct flow_table *flows, uint32_t hash, uint32_t sequence,
			    int64_t now_ns)
{
	struct evicted_key *key = evicted_key(flows, hash);
	int64_t age_ns;

	if (key->fingerprint != evicted_fingerprint(hash, sequence))
		return false;
	age_ns = now_ns - key->seconds * NS_PER_SECOND;
	key->fingerprint = 0;
	return age_ns <= flows->timeout_ns[FLOW_HALF_OPEN];
}

static void remember_evicted(struct flow_table *flows, const struct flow *flow)
{
	*evicted_key(flows, flow->head.hash) = (struct evicted_key){
		.fingerprint = evicted_fingerprint(flow->head.hash, flow->initial_sequence),
		.seconds = (uint32_t)(flow->seen_ns / NS_PER_SECOND),
	};
}

void flow_event(struct flow_table *flows, const struct flow *flow, int kind, int64_t now_ns)
{
	struct event event;

	if (!flows->events)
		return;
	event = (struct event){
		.time.ns = now_ns + flows->wall_offset_ns,
		.interface = flow->key.interface,
		.kind = (uint8_t)kind,
		.version = flow->key.network == NETWORK_IPV4 ? 4 : 6,
		.protocol = flow->protocol,
	};
	for (int side = INITIATOR; side <= RESPONDER; side++) {
		event.ports[side] = flow_port(flow, side);
		memcpy(event.addresses[side], flow_address(flow, side), IP_ADDRESS_BYTES);
		event.packets[side] = flow->sides[side].packets;
		event.bytes[side] = flow->sides[side].bytes;
	}
	event_ring_put(flows->events, &event);
}

void flow_table_end(struct flow_table *flows, struct flow *flow, enum flow_end how)
{
	struct flow_totals *totals = &flows->totals[flow->key.interface];
	struct flow_sum *into = how == FLOW_ENDED ? &totals->ended : &totals->evicted;
	uint64_t packets = flow_packets(flow), bytes = flow_bytes(flow);

	totals->live.packets -= packets;
	totals->live.bytes -= bytes;
	into->packets += packets;
	into->bytes += bytes;
	flows->ends[how]++;
	if (how != FLOW_ENDED) {
		if (flow->opened)
			remember_evicted(flows, flow);
		flow_event(flows, flow, EVENT_FLOW_EVICTED, flow->seen_ns);
	} else if (flow->state != FLOW_CLOSED && flow->state != FLOW_RESET) {
		flow_event(flows, flow, EVENT_FLOW_TIMED_OUT, flow->seen_ns);
	}
	if (flow->export_slot != TABLE_NONE)
		export_end(flows, flow);
	queue_remove(flows, flow);
	table_remove(&flows->table, table_row_number(&flows->table, flow));
}

static struct flow *queue_first(const struct flow_table *flows, enum flow_queue queue)
{
	uint32_t row = flows->queues[queue].first;

	return row == TABLE_NONE ? NULL : flow_at(flows, row);
}

/* The one silent for longest among the first few; the others go to the end of the queue. */
static struct flow *least_recent_active(struct flow_table *flows)
{
	struct flow *oldest = queue_first(flows, QUEUE_ACTIVE);

	for (int i = 1; i < ACTIVE_CHOICES; i++) {
		struct flow *flow = queue_first(flows, QUEUE_ACTIVE);

		if (flow->seen_ns < oldest->seen_ns)
			oldest = flow;
		queue_remove(flows, flow);
		queue_append(flows, flow, QUEUE_ACTIVE);
	}
	return oldest;
}

static void make_room(struct flow_table *flows, int64_t now_ns)
{
	struct flow *closed = queue_first(flows, QUEUE_CLOSED);
	struct flow *half_open = queue_first(flows, QUEUE_HALF_OPEN);
	struct flow *one_packet = queue_first(flows, QUEUE_ONE_PACKET);
	struct flow *active = queue_first(flows, QUEUE_ACTIVE);

	if (closed)
		flow_table_end(flows, closed, FLOW_ENDED);
	else if (half_open)
		flow_table_end(flows, half_open, FLOW_EVICTED_HALF_OPEN);
	else if (active && now_ns - active->seen_ns > IDLE_NS)
		flow_table_end(flows, active, FLOW_EVICTED_IDLE);
	else if (one_packet && now_ns - one_packet->seen_ns > IDLE_NS)
		flow_table_end(flows, one_packet, FLOW_EVICTED_IDLE);
	else if (one_packet)
		flow_table_end(flows, one_packet, FLOW_EVICTED_ONE_PACKET);
	else
		flow_table_end(flows, least_recent_active(flows), FLOW_EVICTED_ACTIVE);
}

struct flow *flow_table_begin(struct flow_table *flows, uint32_t hash, const struct flow_key *key,
			      int64_t now_ns)
{
	struct flow *flow;

	if (flows->table.used == flows->table.capacity)
		make_room(flows, now_ns);
	flow = flow_at(flows, table_add(&flows->table, hash, key, sizeof(*key)));
	flow->first_ns = now_ns;
	flow->seen_ns = now_ns;
	flow->port_hint = TABLE_NONE;
	flow->export_slot = TABLE_NONE;
	queue_append(flows, flow, QUEUE_ONE_PACKET);
	if (flows->n_exported < flows->export_max)
		export_begin(flows, flow);
	return flow;
}

static struct flow *smallest_exported(const struct flow_table *flows)
{
	struct flow *smallest = NULL;

	for (uint32_t i = 0; i < flows->n_exported; i++) {
		struct flow *flow = flow_at(flows, flows->exported[i]);

		if (!smallest || flow_bytes(flow) < flow_bytes(smallest))
			smallest = flow;
	}
	return smallest;
}

static void export_if_larger(struct flow_table *flows, struct flow *flow,
			     const struct flow *smallest)
{
	if (flow_bytes(flow) <= LARGER_BY(flow_bytes(smallest)))
		return;
	export_end(flows, flow_at(flows, table_row_number(&flows->table, smallest)));
	export_begin(flows, flow);
}

/* Looks at the first n of a queue; the largest that is not itemised comes back. */
static struct flow *age_queue(struct flow_table *flows, enum flow_queue which, int64_t now_ns,
			      uint32_t n, struct flow *largest)
{
	for (uint32_t i = 0; i < n; i++) {
		struct flow *flow = queue_first(flows, which);

		if (is_expired(flows, flow, now_ns)) {
			flow_table_end(flows, flow, FLOW_ENDED);
			continue;
		}
		if (flow->export_slot == TABLE_NONE &&
		    (!largest || flow_bytes(flow) > flow_bytes(largest)))
			largest = flow;
		queue_remove(flows, flow);
		queue_append(flows, flow, which);
	}
	return largest;
}

void flow_table_age(struct flow_table *flows, int64_t now_ns, uint32_t budget)
{
	int64_t elapsed_ns = now_ns - flows->aged_ns;
	struct flow *largest = NULL;
	uint64_t due;

	if (elapsed_ns <= 0 || flows->table.used == 0) {
		flows->aged_ns = now_ns;
		return;
	}
	if (elapsed_ns > SWEEP_NS)
		elapsed_ns = SWEEP_NS;
	due = (uint64_t)elapsed_ns * flows->table.used / SWEEP_NS;
	if (due == 0)
		return;
	flows->aged_ns = now_ns;
	if (due > budget)
		due = budget;
	for (int queue = 0; queue < FLOW_QUEUES; queue++) {
		uint64_t share = due * flows->queues[queue].n / (flows->table.used + 1) + 1;

		if (share > flows->queues[queue].n)
			share = flows->queues[queue].n;
		largest = age_queue(flows, queue, now_ns, (uint32_t)share, largest);
	}
	if (largest && flows->n_exported == flows->export_max && flows->export_max)
		export_if_larger(flows, largest, smallest_exported(flows));
	else if (largest && flows->n_exported < flows->export_max)
		export_begin(flows, largest);
}

struct sized_row {
	uint64_t bytes;
	uint32_t row;
};

static int larger_first(const void *a, const void *b)
{
	const struct sized_row *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return (x->row > y->row) - (x->row < y->row);
}

void flow_table_select_largest(struct flow_table *flows)
{
	struct sized_row *rows;
	uint32_t n = 0, kept;

	if (flows->table.used <= flows->n_exported)
		return;
	rows = malloc(flows->table.used * sizeof(*rows));
	if (!rows)
		return; /* the set stays what it was: large flows, if not surely the largest */
	for (uint32_t row = 0; row < flows->table.fresh; row++)
		if (table_row_in_use(&flows->table, row))
			rows[n++] = (struct sized_row){flow_bytes(flow_at(flows, row)), row};
	qsort(rows, n, sizeof(*rows), larger_first);
	kept = n < flows->export_max ? n : flows->export_max;
	for (uint32_t i = kept; i < n; i++)
		if (flow_at(flows, rows[i].row)->export_slot != TABLE_NONE)
			export_end(flows, flow_at(flows, rows[i].row));
	for (uint32_t i = 0; i < kept; i++)
		if (flow_at(flows, rows[i].row)->export_slot == TABLE_NONE)
			export_begin(flows, flow_at(flows, rows[i].row));
	free(rows);
}

void flow_table_forget_interface(struct flow_table *flows, uint16_t interface)
{
	for (uint32_t row = 0; row < flows->table.fresh; row++)
		if (table_row_in_use(&flows->table, row) &&
		    flow_at(flows, row)->key.interface == interface)
			flow_table_end(flows, flow_at(flows, row), FLOW_ENDED);
	flows->totals[interface] = (struct flow_totals){0};
}
