/* Whether the flow and fragment tables are sound: index, queues, itemised flows, live totals. */
#include "conservation.h"

#include <string.h>

static const struct flow *flow_at(const struct flow_table *flows, uint32_t row)
{
	return table_row(&flows->table, row);
}

/* Both directions of a flow make one key: of any two ends, the same one is low. In ICMP's key the
 * ports are an identifier and a type. */
static bool is_in_order(const struct flow *flow)
{
	const struct flow_key *key = &flow->key;
	uint64_t low[2], high[2];

	memcpy(low, key->low, sizeof(low));
	memcpy(high, key->high, sizeof(high));
	if (low[0] != high[0])
		return low[0] < high[0];
	if (low[1] != high[1])
		return low[1] < high[1];
	return flow_is_icmp(flow) || key->low_port <= key->high_port;
}

static void check_flow(const struct flow_table *flows, uint32_t row)
{
	const struct flow *flow = flow_at(flows, row);

	EXPECT(table_find(&flows->table, flow->head.hash, &flow->key, sizeof(flow->key)) == row);
	EXPECT(flow->head.hash == flow_key_hash(flows, &flow->key));
	EXPECT(is_in_order(flow));
	EXPECT(flow->state < FLOW_STATES);
	EXPECT(flow->queue < FLOW_QUEUES);
	EXPECT(flow->protocol < PROTOCOL_NONE);
	EXPECT(flow->sides[INITIATOR].packets + flow->sides[RESPONDER].packets > 0);
	EXPECT(flow->first_ns <= flow->seen_ns);
	if (flow->export_slot != FLOW_NOT_ITEMISED) {
		EXPECT(flow->export_slot < flows->n_exported);
		EXPECT(flows->exported[flow->export_slot].row == row);
	}
}

static uint32_t check_queue(const struct flow_table *flows, int which)
{
	const struct flow_list *queue = &flows->queues[which];
	uint32_t previous = TABLE_NONE, n = 0;

	for (uint32_t row = queue->first; row != TABLE_NONE; row = flow_at(flows, row)->next) {
		EXPECT(table_row_in_use(&flows->table, row));
		EXPECT(flow_at(flows, row)->queue == which);
		EXPECT(flow_at(flows, row)->previous == previous);
		EXPECT(++n <= queue->n);
		previous = row;
	}
	EXPECT(queue->last == previous);
	EXPECT(n == queue->n);
	return n;
}

static void check_flow_table(const struct tally *tally)
{
	const struct flow_table *flows = &tally->flows;
	struct flow_sum live[INTERFACES_MAX];
	uint64_t half_open[INTERFACES_MAX], open[INTERFACES_MAX];
	uint32_t n = 0, queued = 0, itemised = 0;

	memset(live, 0, tally->max_interfaces * sizeof(*live));
	memset(half_open, 0, tally->max_interfaces * sizeof(*half_open));
	memset(open, 0, tally->max_interfaces * sizeof(*open));
	for (uint32_t row = 0; row < flows->table.fresh; row++) {
		const struct flow *flow = flow_at(flows, row);

		if (!table_row_in_use(&flows->table, row))
			continue;
		check_flow(flows, row);
		n++;
		itemised += flow->export_slot != FLOW_NOT_ITEMISED;
		/* One that a full table gave up and that came back is an attempt no more. */
		half_open[flow->key.interface] += flow->state == FLOW_HALF_OPEN && flow->opened;
		open[flow->key.interface] += flow->state == FLOW_ESTABLISHED ||
					     flow->state == FLOW_MIDSTREAM ||
					     flow->state == FLOW_CLOSING;
		for (int side = INITIATOR; side <= RESPONDER; side++) {
			live[flow->key.interface].packets += flow->sides[side].packets;
			live[flow->key.interface].bytes += flow->sides[side].bytes;
		}
	}
	for (int queue = 0; queue < FLOW_QUEUES; queue++)
		queued += check_queue(flows, queue);
	EXPECT(n == flows->table.used);
	EXPECT(n <= flows->table.capacity);
	EXPECT(queued == n);
	EXPECT(itemised == flows->n_exported);
	EXPECT(itemised <= flows->export_max);
	for (uint32_t slot = 0; slot < tally->n_interfaces; slot++) {
		const struct flow_sum *totals = &flows->totals[slot].live;

		expect_equal("packets of live flows", slot, live[slot].packets, totals->packets);
		expect_equal("bytes of live flows", slot, live[slot].bytes, totals->bytes);
		expect_equal("half-open connections", slot, half_open[slot],
			     flows->tcp[slot].half_open);
		expect_equal("open connections", slot, open[slot], flows->tcp[slot].open);
	}
}

static void check_fragment_table(const struct fragment_table *fragments)
{
	uint32_t n = 0;

	for (uint32_t row = 0; row < fragments->table.fresh; row++)
		n += table_row_in_use(&fragments->table, row);
	EXPECT(n == fragments->table.used);
	EXPECT((n == 0) == (fragments->first == TABLE_NONE));
	EXPECT((n == 0) == (fragments->last == TABLE_NONE));
	EXPECT(n != 1 || fragments->first == fragments->last);
}

void tables_check(const struct tally *tally)
{
	check_flow_table(tally);
	check_fragment_table(&tally->fragments);
}
