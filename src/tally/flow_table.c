/*
 * Storage of flows. A full table gives up, in this order: closed flows that linger, half-open ones,
 * idle ones, one-packet ones, and at last the least recently used of a few active ones. What leaves
 * is added to its interface's `ended` or `evicted`, so that sums close.
 */
#include "tally/flow_table.h"

#include <errno.h>

#include "decode/packet.h"
#include "tally/flow_itemised.h"
#include "tally/tcp.h"

/* Each flow is looked at once in this time, whatever the size of the table. */
#define SWEEP_NS (8 * NS_PER_SECOND)
/* A smaller table is gone through as if it had so many rows, and so more often. */
#define SWEEP_LEAST 4096
/* How far ahead of its turn a row is fetched. */
#define SWEEP_AHEAD 8
/* Under eviction a flow that was silent for this long counts as idle. */
#define IDLE_NS (30 * NS_PER_SECOND)
/* How many active flows are compared when one of them must go. */
#define ACTIVE_CHOICES 8
/* How far ahead of its turn a flow that will be given up is fetched. */
#define AHEAD_MOST 16

int flow_table_create(struct flow_table *flows, struct ledger *ledger,
		      const struct flow_limits *limits, uint32_t max_interfaces,
		      struct error *error)
{
	int rc;

	*flows = (struct flow_table){
		.seed = hash_seed(),
		.export_max = limits->export_max,
		.id_step = 1,
	};
	for (int state = 0; state < FLOW_STATES; state++)
		flows->timeout_ns[state] = limits->timeout_ns[state];
	for (int queue = 0; queue < FLOW_QUEUES; queue++)
		flows->queues[queue] = (struct flow_list){
			.first = TABLE_NONE, .last = TABLE_NONE, .ahead = TABLE_NONE};

	rc = table_create(&flows->table, ledger, "flow table", sizeof(struct flow),
			  limits->capacity, error);
	if (rc < 0)
		return rc;
	rc = flow_evicted_create(&flows->evicted, ledger, limits->capacity, error);
	if (rc < 0)
		return rc;
	flows->exported =
		ledger_map(ledger, "itemised flows",
			   ((size_t)limits->export_max + 1) * sizeof(*flows->exported), error);
	flows->totals =
		ledger_map(ledger, "flow totals", max_interfaces * sizeof(*flows->totals), error);
	flows->tcp = ledger_map(ledger, "TCP totals", max_interfaces * sizeof(*flows->tcp), error);
	return flows->exported && flows->totals && flows->tcp ? 0 : -ENOMEM;
}

static struct flow *flow_at(const struct flow_table *flows, uint32_t row)
{
	return table_row(&flows->table, row);
}

static uint64_t flow_packets(const struct flow *flow)
{
	return flow->sides[INITIATOR].packets + flow->sides[RESPONDER].packets;
}

static bool is_over(const struct flow *flow)
{
	return flow->state == FLOW_CLOSED || flow->state == FLOW_RESET;
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
	flow_table_end(flows, flow, FLOW_TIMED_OUT, now_ns);
	return NULL;
}

static void queue_append(struct flow_table *flows, struct flow *flow, enum flow_queue which)
{
	struct flow_list *queue = &flows->queues[which];
	uint32_t row = table_row_number(&flows->table, flow);

	flow->queue = (uint8_t)which;
	if (queue->ahead == TABLE_NONE)
		queue->ahead = row;
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

	if (queue->ahead == table_row_number(&flows->table, flow)) {
		queue->ahead = flow->next;
		if (flow->previous == TABLE_NONE)
			queue->ahead_by = 0;
	} else if (flow->previous == TABLE_NONE) {
		queue->ahead_by--;
	}
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

static void move(struct flow_table *flows, struct flow *flow, enum flow_queue which)
{
	queue_remove(flows, flow);
	queue_append(flows, flow, which);
}

void flow_table_requeue(struct flow_table *flows, struct flow *flow)
{
	enum flow_queue wanted = QUEUE_ACTIVE;

	if (is_over(flow))
		wanted = QUEUE_CLOSED;
	else if (flow->state == FLOW_HALF_OPEN)
		wanted = QUEUE_HALF_OPEN;
	else if (flow_packets(flow) <= 1)
		wanted = QUEUE_ONE_PACKET;
	if (wanted != flow->queue)
		move(flows, flow, wanted);
}

void flow_event(struct flow_table *flows, const struct flow *flow, int kind, int64_t now_ns)
{
	struct event event;

	if (!flows->events)
		return;
	event = (struct event){
		.time.ns = now_ns + flows->wall_offset_ns,
		.kind = (uint8_t)kind,
		.version = flow->key.network == NETWORK_IPV4 ? 4 : 6,
		.protocol = flow->protocol,
		.ip_protocol = flow->key.ip_protocol,
		.state = flow->state,
		.vlan = {flow->key.vlan[0], flow->key.vlan[1]},
		.duration_ns = flow->seen_ns - flow->first_ns,
		.silent_ns = now_ns - flow->seen_ns,
	};
	event_set_interface(&event, flows->interfaces[flow->key.interface].name);
	for (int side = INITIATOR; side <= RESPONDER; side++) {
		event.ports[side] = flow_port(flow, side);
		event.last_flags[side] = flow->sides[side].flags;
		event.all_flags[side] = flow->sides[side].all_flags;
		event.marks[side] = flow->sides[side].marks;
		memcpy(event.addresses[side], flow_address(flow, side), IP_ADDRESS_BYTES);
		memcpy(event.macs[side], flow->sides[side].mac, MAC_BYTES);
		event.packets[side] = flow->sides[side].packets;
		event.bytes[side] = flow->sides[side].bytes;
	}
	event_ring_put(flows->events, &event);
}

static bool is_eviction(enum flow_end how)
{
	return how >= FLOW_EVICTED_HALF_OPEN;
}

static void tell_end(struct flow_table *flows, const struct flow *flow, enum flow_end how,
		     int64_t now_ns)
{
	enum event_kind kind = EVENT_FLOW_ENDED;

	if (!flows->events || is_over(flow)) /* which has said so */
		return;
	if (is_eviction(how))
		kind = EVENT_FLOW_EVICTED;
	else if (how == FLOW_REPLACED)
		kind = EVENT_FLOW_REPLACED;
	else if (how == FLOW_TIMED_OUT && flow->protocol == PROTOCOL_TCP)
		kind = EVENT_FLOW_TIMED_OUT;
	flow_event(flows, flow, kind, now_ns);
}

bool flow_table_tell_open(struct flow_table *flows, uint32_t *from, uint32_t n, int64_t now_ns)
{
	uint32_t end = flows->table.fresh - *from > n ? *from + n : flows->table.fresh;

	for (; *from < end; ++*from)
		if (table_row_in_use(&flows->table, *from) && !is_over(flow_at(flows, *from)))
			flow_event(flows, flow_at(flows, *from), EVENT_FLOW_LEFT_OPEN, now_ns);
	return end < flows->table.fresh;
}

void flow_table_end(struct flow_table *flows, struct flow *flow, enum flow_end how, int64_t now_ns)
{
	struct flow_totals *totals = &flows->totals[flow->key.interface];
	struct flow_sum *into = is_eviction(how) ? &totals->evicted : &totals->ended;
	uint64_t packets = flow_packets(flow), bytes = flow_bytes(flow);

	totals->live.packets -= packets;
	totals->live.bytes -= bytes;
	into->packets += packets;
	into->bytes += bytes;
	flows->ends[how]++;
	tcp_count_state(&flows->tcp[flow->key.interface], flow->state, flow->opened, -1);
	tcp_count_end(&flows->tcp[flow->key.interface], flow, how);
	if (is_eviction(how) && (flow->opened || flow->came_back))
		flow_evicted_remember(&flows->evicted, flow->head.hash, flow->initial_sequence,
				      flow->seen_ns + flows->timeout_ns[flow->state]);
	tell_end(flows, flow, how, now_ns);
	if (flow->export_slot != FLOW_NOT_ITEMISED)
		flow_itemise_end(flows, flow);
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
		move(flows, flow, QUEUE_ACTIVE);
	}
	return oldest;
}

/*
 * Fetches what it will touch to give up the flows of a queue, one by one in the order in which they
 * will go: each record was fetched a step before, since only it knows the next.
 */
static void look_ahead(struct flow_table *flows, enum flow_queue which)
{
	struct flow_list *queue = &flows->queues[which];

	for (int i = 0; i < 2 && queue->ahead_by < AHEAD_MOST; i++) {
		const struct flow *flow;

		if (queue->ahead == TABLE_NONE)
			return;
		flow = flow_at(flows, queue->ahead);
		table_prefetch_slot(&flows->table, flow->head.hash);
		flow_evicted_prefetch(&flows->evicted, flow->head.hash);
		if (flow->next != TABLE_NONE)
			prefetch_bytes(flow_at(flows, flow->next), sizeof(*flow));
		queue->ahead = flow->next;
		queue->ahead_by++;
	}
}

static void make_room(struct flow_table *flows, int64_t now_ns)
{
	static const struct {
		enum flow_queue queue;
		enum flow_end how;
	} order[] = {
		{QUEUE_CLOSED, FLOW_TIMED_OUT},
		{QUEUE_HALF_OPEN, FLOW_EVICTED_HALF_OPEN},
		{QUEUE_IDLE, FLOW_EVICTED_IDLE},
		{QUEUE_ONE_PACKET, FLOW_EVICTED_ONE_PACKET},
	};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct flow *first = queue_first(flows, order[i].queue);

		if (!first)
			continue;
		flow_table_end(flows, first, order[i].how, now_ns);
		look_ahead(flows, order[i].queue);
		return;
	}
	flow_table_end(flows, least_recent_active(flows), FLOW_EVICTED_ACTIVE, now_ns);
	look_ahead(flows, QUEUE_ACTIVE);
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
	memset(&flow->hints, 0xff, sizeof(flow->hints)); /* TABLE_NONE */
	flow->export_slot = FLOW_NOT_ITEMISED;
	queue_append(flows, flow, QUEUE_ONE_PACKET);
	if (flows->n_exported < flows->export_max)
		flow_itemise(flows, flow);
	return flow;
}

static bool becomes_idle(const struct flow *flow, int64_t now_ns)
{
	return (flow->queue == QUEUE_ONE_PACKET || flow->queue == QUEUE_ACTIVE) &&
	       now_ns - flow->seen_ns > IDLE_NS;
}

/* Ends a flow that was silent for too long. Returns the larger one of those that are not itemised. */
static struct flow *age_flow(struct flow_table *flows, struct flow *flow, int64_t now_ns,
			     struct flow *largest)
{
	if (is_expired(flows, flow, now_ns)) {
		flow_table_end(flows, flow, FLOW_TIMED_OUT, now_ns);
		return largest;
	}
	if (becomes_idle(flow, now_ns))
		move(flows, flow, QUEUE_IDLE);
	if (flow->export_slot == FLOW_NOT_ITEMISED &&
	    (!largest || flow_bytes(flow) > flow_bytes(largest)))
		return flow;
	return largest;
}

void flow_table_age(struct flow_table *flows, int64_t now_ns, uint32_t budget)
{
	uint64_t fresh = flows->table.fresh, pace = fresh > SWEEP_LEAST ? fresh : SWEEP_LEAST;
	int64_t elapsed_ns = now_ns - flows->aged_ns;
	struct flow *largest = NULL;
	uint64_t due;

	if (elapsed_ns <= 0 || flows->table.used == 0) {
		flows->aged_ns = now_ns;
		return;
	}
	if (elapsed_ns > SWEEP_NS)
		elapsed_ns = SWEEP_NS;
	due = (uint64_t)elapsed_ns * pace / SWEEP_NS;
	if (due == 0)
		return;
	flows->aged_ns = now_ns;
	if (due > fresh)
		due = fresh;
	if (due > budget)
		due = budget;
	/* One row after the other, which memory likes better than the order of any queue. */
	for (; due > 0; due--) {
		uint32_t row = flows->sweep_at, ahead = row + SWEEP_AHEAD;

		if (ahead < flows->table.fresh)
			prefetch_bytes(flow_at(flows, ahead), offsetof(struct flow, hints));
		flows->sweep_at = row + 1 < flows->table.fresh ? row + 1 : 0;
		if (table_row_in_use(&flows->table, row))
			largest = age_flow(flows, flow_at(flows, row), now_ns, largest);
	}
	if (largest)
		flow_itemise_if_larger(flows, largest);
}

void flow_table_forget_interface(struct flow_table *flows, uint16_t interface, int64_t now_ns)
{
	for (uint32_t row = 0; row < flows->table.fresh; row++)
		if (table_row_in_use(&flows->table, row) &&
		    flow_at(flows, row)->key.interface == interface)
			flow_table_end(flows, flow_at(flows, row), FLOW_FORGOTTEN, now_ns);
	flows->totals[interface] = (struct flow_totals){0};
	flows->tcp[interface] = (struct tcp_totals){0};
}
