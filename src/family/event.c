/*
 * The latest events, for the JSON API; the event log's lines in JSON are these rows, too. Which
 * fields an event has depends on its kind. Beside them, how full their queue is, and what was lost.
 */
#include "family/event.h"

#include <string.h>

#include "decode/packet.h"
#include "events/event_ring.h"
#include "family/name_fields.h"
#include "family/self.h"
#include "family/self_state.h"
#include "tally/flow.h"

struct event_queue_row {
	uint64_t entries, capacity, dropped;
	struct event_lines lines;
};

static const struct family_key event_keys[] = {
	{.kind = KEY_ID, .offset = offsetof(struct event_row, id)},
};

#define FIELD_EVENT(field, text, field_kind, member, ...)                                          \
	{                                                                                          \
		.name = field, .help = text, .kind = field_kind, .faces = FACE_JSON,               \
		.offset = offsetof(struct event_row, member), __VA_ARGS__                          \
	}
#define HAS(member)  .has_offset = offsetof(struct event_row, has_##member)
#define TEXT(member) .text_size = sizeof(((struct event_row *)0)->member) /* of one end */

static void event_service(struct names *names, const void *at, char *text)
{
	const struct event *event = &((const struct event_row *)at)->event;

	make_service_name(names, event->protocol, event->ports[RESPONDER], text);
}

static const struct family_field event_fields[] = {
	FIELD_EVENT("time", "When it was noticed.", FIELD_DATE, event.time, ),
	FIELD_EVENT("event", "What happened.", FIELD_ENUM, event.kind,
		    .enum_names = event_kind_names),
	FIELD_EVENT("interface", "Where.", FIELD_TEXT, event.interface, TEXT(event.interface),
		    HAS(interface)),
	FIELD_EVENT("vlan_outer", "Outer VLAN id.", FIELD_UNSIGNED, vlan[0], HAS(vlan[0])),
	FIELD_EVENT("vlan_inner", "Inner VLAN id.", FIELD_UNSIGNED, vlan[1], HAS(vlan[1])),
	FIELD_EVENT("protocol", "Protocol.", FIELD_ENUM, event.protocol,
		    .enum_names = protocol_names, HAS(protocol)),
	FIELD_EVENT("ip_protocol", "IP protocol number.", FIELD_UNSIGNED, ip_protocol,
		    HAS(traffic)),
	FIELD_EVENT("initiator_address", "Address of the initiator.", FIELD_ADDRESS,
		    addresses[INITIATOR], HAS(address[INITIATOR])),
	FIELD_EVENT("initiator_port", "Port of the initiator.", FIELD_PORT, event.ports[INITIATOR],
		    HAS(port[INITIATOR])),
	FIELD_ADDRESS_NAME("initiator_name", "Name of the initiator.",
			   offsetof(struct event_row, addresses[INITIATOR]), .faces = FACE_JSON,
			   HAS(address[INITIATOR])),
	FIELD_EVENT("responder_address", "Address of the responder.", FIELD_ADDRESS,
		    addresses[RESPONDER], HAS(address[RESPONDER])),
	FIELD_EVENT("responder_port", "Port of the responder.", FIELD_PORT, event.ports[RESPONDER],
		    HAS(port[RESPONDER])),
	FIELD_ADDRESS_NAME("responder_name", "Name of the responder.",
			   offsetof(struct event_row, addresses[RESPONDER]), .faces = FACE_JSON,
			   HAS(address[RESPONDER])),
	{.name = "service",
	 .help = "Name of the responder's port.",
	 .kind = FIELD_TEXT,
	 .faces = FACE_JSON,
	 .text_size = NAMES_SERVICE_TEXT,
	 .make = event_service,
	 HAS(service)},
	FIELD_EVENT("state", "What the flow was doing.", FIELD_ENUM, event.state,
		    .enum_names = flow_state_names, HAS(state)),
	FIELD_EVENT("initiator_packets", "Packets sent by the initiator.", FIELD_COUNTER,
		    event.packets[INITIATOR], HAS(traffic)),
	FIELD_EVENT("initiator_bytes", "Frame bytes sent by the initiator.", FIELD_COUNTER,
		    event.bytes[INITIATOR], HAS(traffic)),
	FIELD_EVENT("responder_packets", "Packets sent by the responder.", FIELD_COUNTER,
		    event.packets[RESPONDER], HAS(traffic)),
	FIELD_EVENT("responder_bytes", "Frame bytes sent by the responder.", FIELD_COUNTER,
		    event.bytes[RESPONDER], HAS(traffic)),
	FIELD_EVENT("duration", "From the first packet to the last; how long it lasted.",
		    FIELD_GAUGE, event.duration_ns, .scale = SCALE_NS_TO_SECONDS, HAS(duration)),
	FIELD_EVENT("silent", "Since the last packet.", FIELD_GAUGE, event.silent_ns,
		    .scale = SCALE_NS_TO_SECONDS, HAS(silence)),
	FIELD_EVENT("initiator_flags", "TCP flags of the last packet from the initiator.",
		    FIELD_TEXT, flags[INITIATOR], TEXT(flags[0]), HAS(flags)),
	FIELD_EVENT("responder_flags", "TCP flags of the last packet from the responder.",
		    FIELD_TEXT, flags[RESPONDER], TEXT(flags[0]), HAS(flags)),
	FIELD_EVENT("initiator_all_flags", "TCP flags of all packets from the initiator.",
		    FIELD_TEXT, all_flags[INITIATOR], TEXT(all_flags[0]), HAS(flags)),
	FIELD_EVENT("responder_all_flags", "TCP flags of all packets from the responder.",
		    FIELD_TEXT, all_flags[RESPONDER], TEXT(all_flags[0]), HAS(flags)),
	FIELD_EVENT("initiator_mac", "MAC address of the last packet from the initiator.",
		    FIELD_TEXT, mac[INITIATOR], TEXT(mac[0]), HAS(mac[INITIATOR])),
	FIELD_EVENT("responder_mac", "MAC address of the last packet from the responder.",
		    FIELD_TEXT, mac[RESPONDER], TEXT(mac[0]), HAS(mac[RESPONDER])),
	FIELD_EVENT("tries", "Attempts to connect.", FIELD_COUNTER, event.count, HAS(tries)),
	FIELD_EVENT("outcome", "What came of the last attempt.", FIELD_ENUM, event.outcome,
		    .enum_names = knock_outcome_names, HAS(tries)),
	FIELD_EVENT("ports", "Ports that were tried.", FIELD_COUNTER, event.count, HAS(tried)),
	FIELD_EVENT("hosts", "Hosts that were tried.", FIELD_COUNTER, event.hosts, HAS(tried)),
	FIELD_EVENT("syns_per_second", "SYNs a second.", FIELD_GAUGE, event.count, HAS(syns)),
	FIELD_EVENT("dropped_packets", "Frames that the capture ring had no room for.",
		    FIELD_COUNTER, event.count, HAS(drops)),
	FIELD_EVENT("lost", "Events, or lines, that were lost.", FIELD_COUNTER, event.count,
		    HAS(losses)),
};

#define FIELD_QUEUE(field, text, field_kind, member, scalar, ...)                                  \
	{                                                                                          \
		.name = field, .help = text, .kind = field_kind, .column = scalar,                 \
		.offset = offsetof(struct event_queue_row, member), __VA_ARGS__                    \
	}
#define NOT_PROMETHEUS .faces = FACE_SNMP | FACE_JSON

/* In Prometheus what was lost is all that matters. */
static const struct family_field event_queue_fields[] = {
	FIELD_QUEUE("event_entries", "Events in the queue that were not told of yet.", FIELD_GAUGE,
		    entries, 34, NOT_PROMETHEUS),
	FIELD_QUEUE("event_capacity", "Events that the queue can hold.", FIELD_GAUGE, capacity, 35,
		    NOT_PROMETHEUS),
	FIELD_QUEUE("event_dropped", "Events that came faster than they could be told of.",
		    FIELD_COUNTER, dropped, 36, .metric = "iptally_events_dropped",
		    .faces = FACE_ALL),
	FIELD_QUEUE("event_log_lines", "Lines written to the event log.", FIELD_COUNTER,
		    lines.written, 37, NOT_PROMETHEUS),
	FIELD_QUEUE("event_log_lost_lines", "Lines that could not be written to the event log.",
		    FIELD_COUNTER, lines.lost, 38, .metric = "iptally_event_log_lost_lines",
		    .faces = FACE_ALL),
};

static bool has_ports(const struct event *event)
{
	switch (event->protocol) {
	case PROTOCOL_TCP:
	case PROTOCOL_UDP:
	case PROTOCOL_SCTP:
		return true;
	case PROTOCOL_ICMP: /* queries' identifiers; errors have none */
	case PROTOCOL_ICMPV6:
		return event->ports[INITIATOR] != 0;
	default:
		return false;
	}
}

static void fill_flow(struct event_row *row, const struct event *event)
{
	static const uint8_t unknown[MAC_BYTES];

	row->has_protocol = true;
	row->has_state = true;
	row->has_traffic = true;
	row->has_duration = true;
	row->has_silence = true;
	row->has_flags = event->protocol == PROTOCOL_TCP;
	row->ip_protocol = event->ip_protocol;
	for (int end = INITIATOR; end <= RESPONDER; end++) {
		row->has_address[end] = event->version != 0;
		row->has_port[end] = has_ports(event);
		row->has_mac[end] = memcmp(event->macs[end], unknown, MAC_BYTES) != 0;
		mac_format(row->mac[end], event->macs[end]);
		flow_flags_format(row->flags[end], event->last_flags[end], event->marks[end]);
		flow_all_flags_format(row->all_flags[end], event->all_flags[end]);
	}
}

static void fill_other(struct event_row *row, const struct event *event)
{
	row->has_duration = event->duration_ns > 0;
	row->has_address[INITIATOR] = event->version != 0;
	switch ((enum event_kind)event->kind) {
	case EVENT_KNOCK:
		row->has_protocol = true;
		row->has_address[RESPONDER] = event->version != 0;
		row->has_port[INITIATOR] = true;
		row->has_port[RESPONDER] = true;
		row->has_tries = true;
		break;
	case EVENT_PROBE_BEGUN:
	case EVENT_PROBE_ENDED:
		row->has_tried = true;
		break;
	case EVENT_FLOOD_BEGUN:
	case EVENT_FLOOD_ENDED:
		row->has_syns = true;
		break;
	case EVENT_CAPTURE_DROPPING:
	case EVENT_CAPTURE_RECOVERED:
		row->has_drops = true;
		break;
	case EVENT_EVENTS_LOST:
	case EVENT_LINES_LOST:
		row->has_losses = true;
		break;
	default:
		break;
	}
}

void event_row_fill(struct event_row *row, const struct numbered_event *numbered)
{
	const struct event *event = &numbered->event;

	*row = (struct event_row){.id = numbered->number, .event = *event};
	row->has_interface = *event->interface != '\0';
	for (int i = 0; i < 2; i++) {
		row->vlan[i] = event->vlan[i];
		row->has_vlan[i] = event->vlan[i] != 0;
		row->addresses[i].version = event->version;
		memcpy(row->addresses[i].bytes, event->addresses[i], IP_ADDRESS_BYTES);
	}
	if (event_is_of_flow(event))
		fill_flow(row, event);
	else
		fill_other(row, event);
	row->has_service = row->has_port[RESPONDER] &&
			   (event->protocol == PROTOCOL_TCP || event->protocol == PROTOCOL_UDP);
}

static size_t event_max_rows(const void *opaque)
{
	return ((const struct self_state *)opaque)->board ? EVENT_BOARD_MAX : 0;
}

static void append_row(void *context, const struct numbered_event *event)
{
	struct event_row **next = context;

	event_row_fill((*next)++, event);
}

static size_t event_copy(const void *opaque, void *rows)
{
	const struct self_state *state = opaque;
	struct event_row *next = rows;

	if (state->board)
		event_board_visit(state->board, append_row, &next);
	return (size_t)(next - (struct event_row *)rows);
}

static size_t event_queue_max_rows(const void *state)
{
	(void)state;
	return 1;
}

static size_t event_queue_copy(const void *opaque, void *copies)
{
	const struct self_state *state = opaque;
	struct event_queue_row *row = copies;

	if (state->events) {
		row->entries = event_ring_used(state->events);
		row->capacity = event_ring_capacity(state->events);
		row->dropped = event_ring_dropped(state->events);
	}
	if (state->board)
		row->lines = event_board_lines(state->board);
	return 1;
}

const struct family event_family = {
	.name = "event",
	.kind = FAMILY_EXTERNAL,
	.help = "What happened: the latest events, with flows apart from all others.",
	.keys = event_keys,
	.n_keys = COUNT(event_keys),
	.fields = event_fields,
	.n_fields = COUNT(event_fields),
	.row_size = sizeof(struct event_row),
	.shows = &self_family,
	.max_rows = event_max_rows,
	.copy = event_copy,
};

const struct family event_queue_family = {
	.name = "event_queue",
	.kind = FAMILY_EXTERNAL,
	.help = "How full the queue of events is, and what was lost of them.",
	.subtree = 1, /* scalars */
	.fields = event_queue_fields,
	.n_fields = COUNT(event_queue_fields),
	.row_size = sizeof(struct event_queue_row),
	.shows = &self_family,
	.max_rows = event_queue_max_rows,
	.copy = event_queue_copy,
};
