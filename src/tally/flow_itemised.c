/* Which flows are itemised: an array of their rows, and each row's place in it. */
#include "tally/flow_itemised.h"

#include <stdlib.h>

/* As long as what is `now` of an interface's rates. */
#define INTERVAL_NS (5 * NS_PER_SECOND)
/* Rows that are fetched ahead, since each is a cache line somewhere else. */
#define FETCHED_AHEAD 8

/* A larger flow takes an itemised one's place when it has 5/4 of its bytes. */
#define LARGER_BY(bytes) ((bytes) + (bytes) / 4)

static struct flow *flow_at(const struct flow_table *flows, uint32_t row)
{
	return table_row(&flows->table, row);
}

static struct flow_sum sent_by(const struct flow *flow, int side)
{
	return (struct flow_sum){flow->sides[side].packets, flow->sides[side].bytes};
}

void flow_itemise_for_worker(struct flow_table *flows, uint32_t worker, uint32_t n_workers)
{
	flows->export_max = (flows->export_max + n_workers - 1) / n_workers;
	flows->id_step = n_workers;
	flows->last_id = worker + 1 - n_workers;
}

void flow_itemise(struct flow_table *flows, struct flow *flow)
{
	flow->export_slot = (uint16_t)flows->n_exported;
	flows->exported[flows->n_exported++] = (struct itemised_flow){
		.row = table_row_number(&flows->table, flow),
		.id = flows->last_id += flows->id_step,
		.since = flows->moment,
		.interface = flow->key.interface,
		.before = {sent_by(flow, INITIATOR), sent_by(flow, RESPONDER)},
	};
	if (flow_bytes(flow) < flows->exported_least)
		flows->exported_least = flow_bytes(flow);
}

void flow_itemise_end(struct flow_table *flows, struct flow *flow)
{
	struct itemised_flow moved = flows->exported[--flows->n_exported];

	flows->exported[flow->export_slot] = moved;
	flow_at(flows, moved.row)->export_slot = flow->export_slot;
	flow->export_slot = FLOW_NOT_ITEMISED;
}

static struct flow *smallest(const struct flow_table *flows)
{
	struct flow *found = flow_at(flows, flows->exported[0].row);

	for (uint32_t i = 1; i < flows->n_exported; i++) {
		struct flow *flow = flow_at(flows, flows->exported[i].row);

		if (flow_bytes(flow) < flow_bytes(found))
			found = flow;
	}
	return found;
}

void flow_itemise_if_larger(struct flow_table *flows, struct flow *flow)
{
	struct flow *least;

	if (flows->n_exported < flows->export_max) {
		flow_itemise(flows, flow);
		return;
	}
	/* Flows only grow, so that most candidates are too small without a look at the set. */
	if (flows->n_exported == 0 || flow_bytes(flow) <= LARGER_BY(flows->exported_least))
		return;
	least = smallest(flows);
	flows->exported_least = flow_bytes(least);
	if (flow_bytes(flow) <= LARGER_BY(flow_bytes(least)))
		return;
	flow_itemise_end(flows, least);
	flow_itemise(flows, flow);
}

static void measure(struct itemised_flow *itemised, const struct flow *flow)
{
	for (int side = INITIATOR; side <= RESPONDER; side++) {
		struct flow_sum now = sent_by(flow, side);

		itemised->sent[side].packets = now.packets - itemised->before[side].packets;
		itemised->sent[side].bytes = now.bytes - itemised->before[side].bytes;
		itemised->before[side] = now;
	}
}

void flow_itemised_measure(struct flow_table *flows, int64_t now_ns)
{
	struct flow_interval *interval = &flows->interval;

	if (interval->began_ns && now_ns - interval->began_ns < INTERVAL_NS)
		return;
	if (interval->began_ns) {
		interval->number++;
		interval->lasted_ns = now_ns - interval->began_ns;
	}
	interval->began_ns = now_ns;
	for (uint32_t i = 0; i < flows->n_exported; i++) {
		if (i + FETCHED_AHEAD < flows->n_exported)
			__builtin_prefetch(
				flow_at(flows, flows->exported[i + FETCHED_AHEAD].row)->sides);
		measure(&flows->exported[i], flow_at(flows, flows->exported[i].row));
	}
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
		if (flow_at(flows, rows[i].row)->export_slot != FLOW_NOT_ITEMISED)
			flow_itemise_end(flows, flow_at(flows, rows[i].row));
	for (uint32_t i = 0; i < kept; i++)
		if (flow_at(flows, rows[i].row)->export_slot == FLOW_NOT_ITEMISED)
			flow_itemise(flows, flow_at(flows, rows[i].row));
	free(rows);
}
