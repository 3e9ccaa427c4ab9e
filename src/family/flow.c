/*
 * The itemised flows: the largest, each a record under an id that is never used again. Not for
 * Prometheus. Beside them, where each interface's IP packets went, so that sums can be checked.
 */
#include "family/flow.h"

#include <errno.h>
#include <stdlib.h>

#include "family/bounded.h"
#include "family/flow_end.h"
#include "family/name_fields.h"
#include "family/per_interface.h"
#include "family/traffic.h"

struct flow_row {
	uint32_t interface;
	uint32_t id;
	struct family_address addresses[2]; /* by INITIATOR, RESPONDER, here and below */
	uint16_t ports[2];
	uint16_t service_port;
	uint8_t protocol;
	uint8_t state;
	uint32_t ip_protocol;
	uint32_t icmp_type;
	uint32_t vlan[2];
	uint64_t packets[2];
	uint64_t bytes[2];
	uint64_t last_bytes[2];
	uint64_t window[2];
	uint64_t scaled_window[2];
	char flags[2][8];
	char all_flags[2][8];
	char mac[2][MAC_TEXT];
	struct per_second rates[2];
	struct wall_time first_seen;
	struct wall_time last_seen;
	struct monotonic_time created;
};

struct flow_remainder_row {
	uint32_t interface;
	struct flow_totals totals;
};

struct flow_table_row {
	uint64_t flow_entries, flow_capacity, flow_evictions[FLOW_ENDS];
	uint64_t fragment_entries, fragment_capacity, fragment_evictions;
};

struct flow_family_state {
	const struct tally *tally;
	enum privacy privacy;
};

static const struct family_key flow_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct flow_row, interface)},
	{.kind = KEY_ID, .offset = offsetof(struct flow_row, id)},
};

static const struct family_key flow_remainder_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct flow_remainder_row, interface)},
};

#define FIELD_FLOW(field, text, field_kind, member, snmp_column, ...)                              \
	{                                                                                          \
		.name = field, .help = text, .kind = field_kind, .faces = FACE_SNMP | FACE_JSON,   \
		.offset = offsetof(struct flow_row, member), .column = snmp_column, __VA_ARGS__    \
	}
#define FIELDS_ENDS(field, text, field_kind, member, first_column, ...)                            \
	FIELD_FLOW("initiator_" field, text " the initiator.", field_kind, member[INITIATOR],      \
		   first_column, __VA_ARGS__),                                                     \
		FIELD_FLOW("responder_" field, text " the responder.", field_kind,                 \
			   member[RESPONDER], (first_column) + 1, __VA_ARGS__)

static void flow_service(struct names *names, const void *at, char *text)
{
	const struct flow_row *row = at;

	make_service_name(names, row->protocol, row->service_port, text);
}

static const struct family_field flow_fields[] = {
	FIELD_ADDRESS_NAME("initiator_name", "Name of the initiator.",
			   offsetof(struct flow_row, addresses[INITIATOR]), .faces = FACE_JSON),
	FIELD_ADDRESS_NAME("responder_name", "Name of the responder.",
			   offsetof(struct flow_row, addresses[RESPONDER]), .faces = FACE_JSON),
	FIELD_SERVICE(flow_service),
	FIELD_FLOW("address_type", "Of both addresses.", FIELD_ADDRESS_TYPE, addresses[INITIATOR],
		   2, ),
	FIELDS_ENDS("address", "Address of", FIELD_ADDRESS, addresses, 3, ),
	FIELDS_ENDS("port", "Port of", FIELD_PORT, ports, 5, ),
	FIELD_FLOW("protocol", "Protocol.", FIELD_ENUM, protocol, 7, .enum_names = protocol_names),
	FIELD_FLOW("ip_protocol", "IP protocol number.", FIELD_UNSIGNED, ip_protocol, 8, ),
	FIELD_FLOW("service_port", "Service port, of TCP and UDP.", FIELD_PORT, service_port, 9, ),
	FIELD_FLOW("vlan_outer", "Outer VLAN id; 0: none.", FIELD_UNSIGNED, vlan[0], 10, ),
	FIELD_FLOW("vlan_inner", "Inner VLAN id; 0: none.", FIELD_UNSIGNED, vlan[1], 11, ),
	FIELD_FLOW("initiator_packets", "Packets sent by the initiator.", FIELD_COUNTER,
		   packets[INITIATOR], 12, ),
	FIELD_FLOW("initiator_bytes", "Frame bytes sent by the initiator.", FIELD_COUNTER,
		   bytes[INITIATOR], 13, ),
	FIELD_FLOW("responder_packets", "Packets sent by the responder.", FIELD_COUNTER,
		   packets[RESPONDER], 14, ),
	FIELD_FLOW("responder_bytes", "Frame bytes sent by the responder.", FIELD_COUNTER,
		   bytes[RESPONDER], 15, ),
	FIELDS_ENDS("last_bytes", "Frame bytes of the last packet from", FIELD_GAUGE, last_bytes,
		    16, ),
	FIELDS_ENDS("window", "TCP window in the last packet from", FIELD_GAUGE, window, 18, ),
	FIELDS_ENDS("flags", "TCP flags of the last packet from", FIELD_TEXT, flags, 20,
		    .text_size = sizeof(((struct flow_row *)0)->flags[0])),
	FIELD_FLOW("state", "What the flow is doing.", FIELD_ENUM, state, 22,
		   .enum_names = flow_state_names),
	FIELD_FLOW("first_seen", "When its first packet came.", FIELD_DATE, first_seen, 23, ),
	FIELD_FLOW("last_seen", "When its last packet came.", FIELD_DATE, last_seen, 24, ),
	FIELD_FLOW("created", "When this row came into the table.", FIELD_TIME_STAMP, created,
		   25, ),
	FIELDS_ENDS("mac", "MAC address of the last packet from", FIELD_TEXT, mac, 26,
		    .text_size = MAC_TEXT),
	FIELDS_ENDS("scaled_window", "TCP window in bytes in the last packet from", FIELD_GAUGE,
		    scaled_window, 28, ),
	FIELDS_ENDS("all_flags", "TCP flags of all packets from", FIELD_TEXT, all_flags, 30,
		    .text_size = sizeof(((struct flow_row *)0)->all_flags[0])),
	FIELDS_PER_SECOND("initiator_", " sent by the initiator in the last interval.",
			  struct flow_row, rates[INITIATOR], 32),
	FIELDS_PER_SECOND("responder_", " sent by the responder in the last interval.",
			  struct flow_row, rates[RESPONDER], 34),
	FIELD_FLOW("icmp_type", "Type of the ICMP query; 0: it is of none.", FIELD_UNSIGNED,
		   icmp_type, 36, ),
};

#define FIELDS_SUM(field, text, member, first_column)                                              \
	FIELD_COUNT(field "_packets", NULL, "IP packets " text, struct flow_remainder_row,         \
		    totals.member.packets, .column = first_column,                                 \
		    .faces = FACE_SNMP | FACE_JSON),                                               \
		FIELD_COUNT(field "_bytes", NULL, "Frame bytes of the IP packets " text,           \
			    struct flow_remainder_row, totals.member.bytes,                        \
			    .column = (first_column) + 1, .faces = FACE_SNMP | FACE_JSON)

static const struct family_field flow_remainder_fields[] = {
	FIELDS_SUM("flow_unattributed", "that name no flow.", unattributed, 21),
	FIELDS_SUM("flow_ended", "of flows that ended.", ended, 23),
	FIELDS_SUM("flow_evicted", "of flows that a full table gave up.", evicted, 25),
};

static const struct family_field flow_table_fields[] = {
	FIELD_TABLE_ENTRIES("flow", struct flow_table_row, flow_entries, 4),
	FIELD_TABLE_ENTRIES("fragment", struct flow_table_row, fragment_entries, 13),
	FIELD_TABLE_CAPACITY("flow", struct flow_table_row, flow_capacity, 5),
	FIELD_TABLE_CAPACITY("fragment", struct flow_table_row, fragment_capacity, 14),
	FIELD_TABLE_EVICTIONS("flow", "half_open", struct flow_table_row,
			      flow_evictions[FLOW_EVICTED_HALF_OPEN], 6),
	FIELD_TABLE_EVICTIONS("flow", "idle", struct flow_table_row,
			      flow_evictions[FLOW_EVICTED_IDLE], 7),
	FIELD_TABLE_EVICTIONS("flow", "one_packet", struct flow_table_row,
			      flow_evictions[FLOW_EVICTED_ONE_PACKET], 8),
	FIELD_TABLE_EVICTIONS("flow", "active", struct flow_table_row,
			      flow_evictions[FLOW_EVICTED_ACTIVE], 9),
	FIELD_TABLE_EVICTIONS("fragment", "oldest", struct flow_table_row, fragment_evictions, 15),
};

static void *flow_create(const struct family_context *context, struct error *error)
{
	struct flow_family_state *state = calloc(1, sizeof(*state));

	if (!state) {
		error_set(error, ENOMEM, "flow family: no memory");
		return NULL;
	}
	state->tally = context->tally;
	state->privacy = context->options->privacy;
	return state;
}

static size_t flow_max_rows(const void *opaque)
{
	return ((const struct flow_family_state *)opaque)->tally->flows.export_max;
}

static void copy_end(struct flow_row *row, const struct flow *flow, int end, enum privacy privacy)
{
	const struct flow_side *side = &flow->sides[end];

	row->addresses[end] = flow_end_address(flow, end, privacy);
	row->ports[end] = flow_port(flow, end);
	row->packets[end] = side->packets;
	row->bytes[end] = side->bytes;
	row->last_bytes[end] = side->last_bytes;
	row->window[end] = side->window;
	row->scaled_window[end] = flow_window(flow, end);
	if (flow->protocol == PROTOCOL_TCP) {
		flow_flags_format(row->flags[end], side->flags, side->marks);
		flow_all_flags_format(row->all_flags[end], side->all_flags);
	}
	flow_end_mac(row->mac[end], flow, end, privacy);
}

static size_t flow_copy(const void *opaque, void *rows)
{
	const struct flow_family_state *state = opaque;
	const struct tally *tally = state->tally;
	const struct flow_table *flows = &tally->flows;
	struct flow_row *row = rows;

	for (uint32_t i = 0; i < flows->n_exported; i++, row++) {
		const struct itemised_flow *itemised = &flows->exported[i];
		const struct flow *flow = table_row(&flows->table, itemised->row);

		row->interface = flow->key.interface;
		row->id = itemised->id;
		for (int end = INITIATOR; end <= RESPONDER; end++) {
			copy_end(row, flow, end, state->privacy);
			row->rates[end] = flow_end_rate(itemised, end, &flows->interval);
		}
		if (flow->protocol == PROTOCOL_TCP || flow->protocol == PROTOCOL_UDP)
			row->service_port = service_port(&tally->service_ports, flow->key.low_port,
							 flow->key.high_port);
		row->protocol = flow->protocol;
		row->state = flow->state;
		row->ip_protocol = flow->key.ip_protocol;
		row->icmp_type = flow_icmp_type(flow);
		row->vlan[0] = flow->key.vlan[0];
		row->vlan[1] = flow->key.vlan[1];
		row->first_seen.ns = flow->first_ns + flows->wall_offset_ns;
		row->last_seen.ns = flow->seen_ns + flows->wall_offset_ns;
		row->created = itemised->since;
	}
	return flows->n_exported;
}

static size_t flow_remainder_max_rows(const void *opaque)
{
	return ((const struct flow_family_state *)opaque)->tally->max_interfaces;
}

static size_t flow_remainder_copy(const void *opaque, void *rows)
{
	const struct tally *tally = ((const struct flow_family_state *)opaque)->tally;
	struct flow_remainder_row *row = rows;

	for (uint32_t slot = 0; slot < tally->n_interfaces; slot++)
		if (tally->interfaces[slot].in_use)
			*row++ = (struct flow_remainder_row){slot, tally->flows.totals[slot]};
	return (size_t)(row - (struct flow_remainder_row *)rows);
}

static size_t flow_table_max_rows(const void *state)
{
	(void)state;
	return 1;
}

static size_t flow_table_copy(const void *opaque, void *rows)
{
	const struct tally *tally = ((const struct flow_family_state *)opaque)->tally;
	struct flow_table_row *row = rows;

	row->flow_entries = tally->flows.table.used;
	row->flow_capacity = tally->flows.table.capacity;
	memcpy(row->flow_evictions, tally->flows.ends, sizeof(row->flow_evictions));
	row->fragment_entries = tally->fragments.table.used;
	row->fragment_capacity = tally->fragments.table.capacity;
	row->fragment_evictions = tally->fragments.evictions;
	return 1;
}

const struct family flow_family = {
	.name = "flow",
	.kind = FAMILY_RECORD,
	.is_core = true,
	.help = "The largest flows.",
	.subtree = 9, /* iptallyFlowTable */
	.keys = flow_keys,
	.n_keys = COUNT(flow_keys),
	.fields = flow_fields,
	.n_fields = COUNT(flow_fields),
	.row_size = sizeof(struct flow_row),
	.create = flow_create,
	.destroy = free,
	.max_rows = flow_max_rows,
	.copy = flow_copy,
};

const struct family flow_remainder_family = {
	.name = "flow_remainder",
	.kind = FAMILY_FIXED,
	.help = "IP traffic by what became of its flow.",
	.subtree = 11, /* iptallyRemainderTable */
	.keys = flow_remainder_keys,
	.n_keys = COUNT(flow_remainder_keys),
	.fields = flow_remainder_fields,
	.n_fields = COUNT(flow_remainder_fields),
	.row_size = sizeof(struct flow_remainder_row),
	.shows = &flow_family,
	.max_rows = flow_remainder_max_rows,
	.copy = flow_remainder_copy,
};

const struct family flow_table_family = {
	.name = "flow_table",
	.kind = FAMILY_FIXED,
	.help = "How full the tables of flows and fragments are.",
	.subtree = 1, /* scalars */
	.fields = flow_table_fields,
	.n_fields = COUNT(flow_table_fields),
	.row_size = sizeof(struct flow_table_row),
	.shows = &flow_family,
	.max_rows = flow_table_max_rows,
	.copy = flow_table_copy,
};
