/*
 * Packets and bytes of each IP address, and connections to and from it, as the host sees them
 * (README, "What is counted"): each IP packet is transmitted by its source and received by its
 * destination. Keyed by interface and address.
 */
#include "family/host.h"

#include "base/privacy.h"
#include "family/name_fields.h"
#include "family/rows_family.h"
#include "tally/flow.h"
#include "tally/verdict.h"

struct host_key {
	uint16_t interface;
	uint8_t zero[5];
	struct family_address address; /* whose bytes begin with a word */
};

static const struct family_key host_keys[] = {
	ROWS_INTERFACE_KEY,
	{.label = "host", .kind = KEY_ADDRESS, .offset = ROWS_KEY_AT(struct host_key, address)},
};

#define METRIC(name) "iptally_host_" name
#define FIELDS_HOST(prefix, row, member, first_column, ...)                                        \
	FIELDS_TRAFFIC(prefix, METRIC(""), " by the host, whatever the interface's direction.",    \
		       row, member.traffic, first_column, __VA_ARGS__),                            \
		FIELD_COUNT(prefix "receive_connections", METRIC("receive_connections"),           \
			    "Connections begun towards the host.", row,                            \
			    member.connections[DIRECTION_RECEIVE], .column = (first_column) + 4,   \
			    __VA_ARGS__),                                                          \
		FIELD_COUNT(prefix "transmit_connections", METRIC("transmit_connections"),         \
			    "Connections begun by the host.", row,                                 \
			    member.connections[DIRECTION_TRANSMIT], .column = (first_column) + 5,  \
			    __VA_ARGS__)

/* The name is no label of the counters: series would change with it. */
#define FIELDS_HOST_NAME(name_column, ...)                                                         \
	FIELD_ADDRESS_NAME("name", "Name of the host.", ROWS_KEY_AT(struct host_key, address),     \
			   .column = name_column, .text_label = "name", __VA_ARGS__),              \
	{                                                                                          \
		.name = "info", .metric = METRIC("info"),                                          \
		.help = "Names of hosts that have series; always 1.", .kind = FIELD_INFO,          \
		.faces = FACE_PROMETHEUS                                                           \
	}

static const struct family_field host_fields[] = {
	FIELDS_HOST_NAME(12, .faces = FACE_ALL),
	FIELDS_HOST("", struct rows_row, counters, 3, .faces = FACE_ALL),
	FIELDS_ROW_TIMES(9),
};

static const struct family_field host_slot_fields[] = {
	FIELDS_HOST_NAME(0, .faces = FACE_PROMETHEUS),
	FIELDS_HOST("", struct rows_row, counters, 3, .faces = FACE_PROMETHEUS),
};

static const struct family_key host_rest_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct rows_rest_row, interface)},
};

#define OTHER .labels = "host=\"other\""

static const struct family_field host_rest_fields[] = {
	FIELDS_HOST("host_other_", struct rows_rest_row, other, 27, OTHER,
		    .faces = FACE_SNMP | FACE_JSON),
	FIELDS_HOST("host_shown_other_", struct rows_rest_row, shown_other, 27, OTHER,
		    .faces = FACE_PROMETHEUS),
	FIELDS_SLOT_TOTALS("host", struct rows_rest_row, slots),
};

static const struct family_field host_table_fields[] = {
	FIELD_TABLE_ENTRIES("host", struct rows_table_row, entries, 16),
	FIELD_TABLE_CAPACITY("host", struct rows_table_row, capacity, 17),
	FIELD_TABLE_EVICTIONS("host", "least_used", struct rows_table_row, evictions, 18),
};

static const struct rows_kind host_rows = {
	.name = "host table",
	.slots_name = "host slots",
	.key_size = sizeof(struct host_key),
	.n_remainders = 1,
};

static void *host_create(const struct family_context *context, struct error *error)
{
	const struct rows_options options = {
		.capacity = context->options->max_hosts,
		.export_max = context->options->export_hosts,
	};

	return rows_create(&host_rows, &options, context, error);
}

/* What a packet counts for one of its ends, as that sees it. Hint: the flow's memory; or NULL. */
static void credit_end(struct rows_credit *credit, const struct packet *packet,
		       const uint8_t *address, enum direction direction, enum privacy privacy,
		       uint32_t *hint)
{
	struct host_key *key = (struct host_key *)credit->key;

	*credit = (struct rows_credit){
		.hint = hint,
		.packets = 1,
		.bytes = packet->frame_bytes,
		.direction = (uint8_t)direction,
		.is_other = privacy == PRIVACY_NONE,
	};
	key->interface = packet->interface;
	key->address.version = packet->network == NETWORK_IPV4 ? 4 : 6;
	memcpy(key->address.bytes, address, IP_ADDRESS_BYTES);
	if (privacy == PRIVACY_PREFIX)
		privacy_mask_address(privacy, key->address.version, key->address.bytes);
}

static void credit_connection(struct rows_credit *sender, struct rows_credit *receiver,
			      const struct verdict *verdict)
{
	uint8_t by_sender = verdict->from_initiator ? DIRECTION_TRANSMIT : DIRECTION_RECEIVE;

	sender->connections = receiver->connections = 1;
	sender->connection_direction = by_sender;
	receiver->connection_direction = !by_sender;
}

static void host_count(void *opaque, const struct packet *packets, const struct verdict *verdicts,
		       size_t n)
{
	struct rows_credit credits[ROWS_CREDITS_MAX];
	enum privacy privacy = rows_privacy(opaque);
	size_t n_credits = 0;

	for (size_t i = 0; i < n; i++) {
		const struct packet *packet = &packets[i];
		const struct verdict *verdict = &verdicts[i];
		uint32_t *hints = verdict->hints ? verdict->hints->hosts : NULL;
		int sender = verdict->from_initiator ? INITIATOR : RESPONDER;
		struct rows_credit *credit = &credits[n_credits];

		if (!packet_is_ip(packet))
			continue;
		credit_end(&credit[0], packet, packet->source, DIRECTION_TRANSMIT, privacy,
			   hints ? &hints[sender] : NULL);
		credit_end(&credit[1], packet, packet->destination, DIRECTION_RECEIVE, privacy,
			   hints ? &hints[!sender] : NULL);
		if (verdict->opened)
			credit_connection(&credit[0], &credit[1], verdict);
		n_credits += 2;
		if (n_credits == ROWS_CREDITS_MAX) {
			rows_count(opaque, credits, n_credits);
			n_credits = 0;
		}
	}
	rows_count(opaque, credits, n_credits);
}

const struct family host_family = {
	.name = "host",
	.kind = FAMILY_KEYED,
	.help = "Traffic by IP address.",
	.summary = "hosts",
	.subtree = 6, /* iptallyHostTable */
	.keys = host_keys,
	.n_keys = COUNT(host_keys),
	.fields = host_fields,
	.n_fields = COUNT(host_fields),
	.row_size = sizeof(struct rows_row),
	.create = host_create,
	.destroy = rows_destroy,
	.count = host_count,
	.tick = rows_tick,
	.forget_interface = rows_forget,
	.max_rows = rows_max_rows,
	.copy = rows_family_copy,
	.is_exported = rows_family_is_exported,
	.has_exported = rows_have_exported,
};

const struct family host_slots_family = {
	.name = "host_slots",
	.kind = FAMILY_SLOTTED,
	.help = "Traffic by IP address, of those that have series.",
	.keys = host_keys,
	.n_keys = COUNT(host_keys),
	.fields = host_slot_fields,
	.n_fields = COUNT(host_slot_fields),
	.row_size = sizeof(struct rows_row),
	.shows = &host_family,
	.max_rows = rows_family_slots_max,
	.copy = rows_family_slots_copy,
};

const struct family host_rest_family = {
	.name = "host_rest",
	.kind = FAMILY_FIXED,
	.help = "Traffic that no row of a host holds.",
	.subtree = 11, /* iptallyRemainderTable */
	.keys = host_rest_keys,
	.n_keys = COUNT(host_rest_keys),
	.fields = host_rest_fields,
	.n_fields = COUNT(host_rest_fields),
	.row_size = sizeof(struct rows_rest_row),
	.shows = &host_family,
	.max_rows = rows_family_rest_max,
	.copy = rows_family_rest_copy,
};

const struct family host_table_family = {
	.name = "host_table",
	.kind = FAMILY_FIXED,
	.help = "How full the table of hosts is.",
	.subtree = 1, /* scalars */
	.fields = host_table_fields,
	.n_fields = COUNT(host_table_fields),
	.row_size = sizeof(struct rows_table_row),
	.shows = &host_family,
	.max_rows = rows_family_table_max,
	.copy = rows_family_table_copy,
};
