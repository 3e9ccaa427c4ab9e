/*
 * The fastest of the itemised flows, by rank: who uses the line now. Keyed by interface and rank. A
 * rank is another flow's in the next interval, so that there are rates here and no counters; the
 * flow's id leads to its counters.
 */
#include "family/top.h"

#include <errno.h>
#include <stdlib.h>

#include "family/flow_end.h"
#include "family/name_fields.h"
#include "family/per_interface.h"

#define RANKS 10

struct top_row {
	uint32_t interface;
	uint32_t rank;
	uint32_t interval;
	uint32_t flow;
	struct family_address addresses[2]; /* by INITIATOR, RESPONDER, here and below */
	uint16_t ports[2];
	uint8_t protocol;
	struct per_second rates[2];
};

struct top_place {
	uint64_t bytes;
	const struct flow_table *flows;
	const struct itemised_flow *flow;
};

/* The flows of one interface, the fastest first. */
struct top {
	struct top_place places[RANKS]; /* while they are chosen */
	struct top_row rows[RANKS];
	uint32_t n;
};

struct top_state {
	struct per_interface *interfaces; /* of struct top */
	uint32_t interval;                /* that was ranked */
};

static const struct family_key top_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct top_row, interface)},
	{.label = "rank", .kind = KEY_RANK, .offset = offsetof(struct top_row, rank)},
};

#define FIELD_TOP(field, text, field_kind, member, snmp_column, ...)                               \
	{                                                                                          \
		.name = field, .help = text, .kind = field_kind, .faces = FACE_SNMP | FACE_JSON,   \
		.offset = offsetof(struct top_row, member), .column = snmp_column, __VA_ARGS__     \
	}

static const struct family_field top_fields[] = {
	FIELD_TOP("interval", "Number of the interval that the rates are of.", FIELD_UNSIGNED,
		  interval, 2, ),
	FIELD_TOP("flow", "Id of the flow.", FIELD_UNSIGNED, flow, 3, ),
	FIELD_TOP("address_type", "Of both addresses.", FIELD_ADDRESS_TYPE, addresses[INITIATOR],
		  4, ),
	FIELD_TOP("initiator_address", "Address of the initiator.", FIELD_ADDRESS,
		  addresses[INITIATOR], 5, ),
	FIELD_TOP("responder_address", "Address of the responder.", FIELD_ADDRESS,
		  addresses[RESPONDER], 6, ),
	FIELD_ADDRESS_NAME("initiator_name", "Name of the initiator.",
			   offsetof(struct top_row, addresses[INITIATOR]), .faces = FACE_JSON),
	FIELD_ADDRESS_NAME("responder_name", "Name of the responder.",
			   offsetof(struct top_row, addresses[RESPONDER]), .faces = FACE_JSON),
	FIELD_TOP("initiator_port", "Port of the initiator.", FIELD_PORT, ports[INITIATOR], 7, ),
	FIELD_TOP("responder_port", "Port of the responder.", FIELD_PORT, ports[RESPONDER], 8, ),
	FIELD_TOP("protocol", "Protocol.", FIELD_ENUM, protocol, 9, .enum_names = protocol_names),
	FIELDS_PER_SECOND("initiator_", " sent by the initiator.", struct top_row, rates[INITIATOR],
			  10),
	FIELDS_PER_SECOND("responder_", " sent by the responder.", struct top_row, rates[RESPONDER],
			  12),
};

static void *top_create(const struct family_context *context, struct error *error)
{
	struct top_state *state = calloc(1, sizeof(*state));

	if (!state) {
		error_set(error, ENOMEM, "top flows: no memory");
		return NULL;
	}
	state->interfaces = per_interface_create(context, "top flows", sizeof(struct top), error);
	if (!state->interfaces) {
		free(state);
		return NULL;
	}
	return state;
}

static void top_destroy(void *opaque)
{
	struct top_state *state = opaque;

	free(state->interfaces);
	free(state);
}

/* Keeps the places in order; of equals, the one that was there first goes first. */
static void offer(struct top *top, uint64_t bytes, const struct flow_table *flows,
		  const struct itemised_flow *flow)
{
	uint32_t at = top->n;

	if (top->n == RANKS && bytes <= top->places[RANKS - 1].bytes)
		return;
	if (top->n < RANKS)
		top->n++;
	else
		at--;
	for (; at > 0 && top->places[at - 1].bytes < bytes; at--)
		top->places[at] = top->places[at - 1];
	top->places[at] = (struct top_place){bytes, flows, flow};
}

static void fill(struct top_row *row, const struct top_state *state, uint32_t rank,
		 const struct top_place *place)
{
	const struct itemised_flow *itemised = place->flow;
	const struct flow_table *flows = place->flows;
	const struct flow *flow = table_row(&flows->table, itemised->row);

	*row = (struct top_row){
		.interface = itemised->interface,
		.rank = rank,
		.interval = flows->interval.number,
		.flow = itemised->id,
		.protocol = flow->protocol,
	};
	for (int end = INITIATOR; end <= RESPONDER; end++) {
		row->addresses[end] = flow_end_address(flow, end, state->interfaces->privacy);
		row->ports[end] = flow_port(flow, end);
		row->rates[end] = flow_end_rate(itemised, end, &flows->interval);
	}
}

static void offer_flows(const struct top_state *state, const struct flow_table *flows)
{
	for (uint32_t i = 0; i < flows->n_exported; i++) {
		const struct itemised_flow *flow = &flows->exported[i];
		uint64_t bytes = flow->sent[INITIATOR].bytes + flow->sent[RESPONDER].bytes;

		if (bytes)
			offer(per_interface_at(state->interfaces, flow->interface), bytes, flows,
			      flow);
	}
}

static void rank_flows(const struct top_state *state)
{
	PER_INTERFACE_EACH (state->interfaces, slot)
		((struct top *)per_interface_at(state->interfaces, slot))->n = 0;
	for (size_t i = 0; i < state->interfaces->n_tallies; i++)
		offer_flows(state, &state->interfaces->tallies[i]->flows);
	PER_INTERFACE_EACH (state->interfaces, slot) {
		struct top *top = per_interface_at(state->interfaces, slot);

		for (uint32_t i = 0; i < top->n; i++)
			fill(&top->rows[i], state, i + 1, &top->places[i]);
	}
}

static void top_tick(void *opaque, int64_t now_ns)
{
	struct top_state *state = opaque;
	uint32_t interval =
		state->interfaces->tallies[0]->flows.interval.number; /* the same of all */

	(void)now_ns;
	if (state->interval == interval)
		return;
	state->interval = interval;
	rank_flows(state);
}

static void top_forget(void *opaque, uint16_t interface)
{
	const struct top_state *state = opaque;

	per_interface_forget(state->interfaces, interface);
}

static size_t top_max_rows(const void *opaque)
{
	const struct top_state *state = opaque;

	return (size_t)state->interfaces->tally->max_interfaces * RANKS;
}

static size_t top_copy(const void *opaque, void *rows)
{
	const struct top_state *state = opaque;
	struct top_row *row = rows;

	PER_INTERFACE_EACH (state->interfaces, slot) {
		const struct top *top = per_interface_at(state->interfaces, slot);

		memcpy(row, top->rows, top->n * sizeof(*row));
		row += top->n;
	}
	return (size_t)(row - (struct top_row *)rows);
}

const struct family top_family = {
	.name = "top",
	.kind = FAMILY_KEYED,
	.help = "The fastest flows of each interface.",
	.subtree = 10, /* iptallyTopTable */
	.keys = top_keys,
	.n_keys = COUNT(top_keys),
	.fields = top_fields,
	.n_fields = COUNT(top_fields),
	.row_size = sizeof(struct top_row),
	.is_shared = true,
	.create = top_create,
	.destroy = top_destroy,
	.tick = top_tick,
	.forget_interface = top_forget,
	.max_rows = top_max_rows,
	.copy = top_copy,
};
