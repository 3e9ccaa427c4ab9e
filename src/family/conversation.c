/*
 * Who talks to whom about what: flows folded by initiator, responder, protocol and service port
 * (0 without ports). Keyed by these and the interface. What belongs to no flow is in `other`.
 */
#include "family/conversation.h"

#include "base/privacy.h"
#include "family/name_fields.h"
#include "family/rows_family.h"
#include "tally/flow.h"
#include "tally/verdict.h"

struct conversation_key {
	uint16_t interface;
	uint16_t port;
	uint8_t protocol; /* enum protocol */
	uint8_t zero[2];
	struct family_address initiator; /* whose bytes begin with a word, here and below */
	uint8_t zero_too[7];
	struct family_address responder;
};

static const struct family_key conversation_keys[] = {
	ROWS_INTERFACE_KEY,
	{.label = "initiator",
	 .kind = KEY_ADDRESS,
	 .offset = ROWS_KEY_AT(struct conversation_key, initiator)},
	{.label = "responder",
	 .kind = KEY_ADDRESS,
	 .offset = ROWS_KEY_AT(struct conversation_key, responder)},
	{.label = "protocol",
	 .kind = KEY_PROTOCOL,
	 .offset = ROWS_KEY_AT(struct conversation_key, protocol)},
	{.label = "port", .kind = KEY_PORT, .offset = ROWS_KEY_AT(struct conversation_key, port)},
};

/* The counters have two ends where others have two directions. */
#define FIELDS_CONVERSATION(prefix, row, member, first_column, ...)                                \
	FIELD_COUNT(prefix "initiator_packets", "iptally_conversation_initiator_packets",          \
		    "Packets sent by those who began to talk.", row,                               \
		    member.traffic.packets[INITIATOR], .column = first_column, __VA_ARGS__),       \
		FIELD_COUNT(prefix "initiator_bytes", "iptally_conversation_initiator_bytes",      \
			    "Frame bytes sent by those who began to talk.", row,                   \
			    member.traffic.bytes[INITIATOR], .column = (first_column) + 1,         \
			    __VA_ARGS__),                                                          \
		FIELD_COUNT(prefix "responder_packets", "iptally_conversation_responder_packets",  \
			    "Packets sent by those who were talked to.", row,                      \
			    member.traffic.packets[RESPONDER], .column = (first_column) + 2,       \
			    __VA_ARGS__),                                                          \
		FIELD_COUNT(prefix "responder_bytes", "iptally_conversation_responder_bytes",      \
			    "Frame bytes sent by those who were talked to.", row,                  \
			    member.traffic.bytes[RESPONDER], .column = (first_column) + 3,         \
			    __VA_ARGS__)

static void conversation_service(struct names *names, const void *at, char *text)
{
	const struct conversation_key *key =
		(const struct conversation_key *)((const struct rows_row *)at)->key;

	make_service_name(names, key->protocol, key->port, text);
}

#define FIELD_END_NAME(field, text, end)                                                           \
	FIELD_ADDRESS_NAME(field, text, ROWS_KEY_AT(struct conversation_key, end),                 \
			   .faces = FACE_JSON)

static const struct family_field conversation_fields[] = {
	FIELD_END_NAME("initiator_name", "Name of who began to talk.", initiator),
	FIELD_END_NAME("responder_name", "Name of who was talked to.", responder),
	FIELD_SERVICE(conversation_service),
	FIELDS_CONVERSATION("", struct rows_row, counters, 7, .faces = FACE_ALL),
	FIELD_COUNT("connections", NULL, "Connections begun.", struct rows_row,
		    counters.connections[INITIATOR], .column = 11, .faces = FACE_SNMP | FACE_JSON),
	FIELDS_ROW_TIMES(12),
};

static const struct family_field conversation_slot_fields[] = {
	FIELDS_CONVERSATION("", struct rows_row, counters, 7, .faces = FACE_PROMETHEUS),
};

static const struct family_key conversation_rest_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct rows_rest_row, interface)},
};

#define OTHER .labels = "initiator=\"other\",responder=\"other\",protocol=\"other\",port=\"other\""

static const struct family_field conversation_rest_fields[] = {
	FIELDS_CONVERSATION("conversation_other_", struct rows_rest_row, other, 37, OTHER,
			    .faces = FACE_SNMP | FACE_JSON),
	FIELDS_CONVERSATION("conversation_shown_other_", struct rows_rest_row, shown_other, 37,
			    OTHER, .faces = FACE_PROMETHEUS),
	FIELDS_SLOT_TOTALS("conversation", struct rows_rest_row, slots),
};

static const struct family_field conversation_table_fields[] = {
	FIELD_TABLE_ENTRIES("conversation", struct rows_table_row, entries, 22),
	FIELD_TABLE_CAPACITY("conversation", struct rows_table_row, capacity, 23),
	FIELD_TABLE_EVICTIONS("conversation", "least_used", struct rows_table_row, evictions, 24),
};

static const struct rows_kind conversation_rows = {
	.name = "conversation table",
	.slots_name = "conversation slots",
	.key_size = sizeof(struct conversation_key),
	.n_remainders = 1,
};

static void *conversation_create(const struct family_context *context, struct error *error)
{
	const struct rows_options options = {
		.capacity = context->options->max_conversations,
		.export_max = context->options->export_conversations,
	};

	return rows_create(&conversation_rows, &options, context, error);
}

static void set_end(struct family_address *end, enum privacy privacy, const struct packet *packet,
		    const uint8_t *address)
{
	end->version = packet->network == NETWORK_IPV4 ? 4 : 6;
	memcpy(end->bytes, address, IP_ADDRESS_BYTES);
	if (privacy == PRIVACY_PREFIX)
		privacy_mask_address(privacy, end->version, end->bytes);
}

static void credit_flow(struct rows_credit *credit, const struct packet *packet,
			const struct verdict *verdict, enum privacy privacy)
{
	struct conversation_key *key = (struct conversation_key *)credit->key;
	bool is_answer = verdict->hints && !verdict->from_initiator;

	/* What belongs to no flow answers nobody. */
	*credit = (struct rows_credit){
		.hint = verdict->hints ? &verdict->hints->conversation : NULL,
		.packets = 1,
		.bytes = packet->frame_bytes,
		.direction = is_answer ? RESPONDER : INITIATOR,
		.connections = verdict->opened,
		.connection_direction = INITIATOR,
		.is_other = !verdict->hints || privacy == PRIVACY_NONE,
	};
	key->interface = packet->interface;
	key->port = verdict->service_port;
	key->protocol = packet->protocol;
	set_end(&key->initiator, privacy, packet, is_answer ? packet->destination : packet->source);
	set_end(&key->responder, privacy, packet, is_answer ? packet->source : packet->destination);
}

static void conversation_count(void *opaque, const struct packet *packets,
			       const struct verdict *verdicts, size_t n)
{
	struct rows_credit credits[ROWS_CREDITS_MAX];
	enum privacy privacy = rows_privacy(opaque);
	size_t n_credits = 0;

	for (size_t i = 0; i < n; i++) {
		if (!packet_is_ip(&packets[i]))
			continue;
		credit_flow(&credits[n_credits++], &packets[i], &verdicts[i], privacy);
		if (n_credits == ROWS_CREDITS_MAX) {
			rows_count(opaque, credits, n_credits);
			n_credits = 0;
		}
	}
	rows_count(opaque, credits, n_credits);
}

const struct family conversation_family = {
	.name = "conversation",
	.kind = FAMILY_KEYED,
	.help = "Traffic by who talks to whom about what.",
	.summary = "conversations",
	.subtree = 13, /* iptallyConversationTable */
	.keys = conversation_keys,
	.n_keys = COUNT(conversation_keys),
	.fields = conversation_fields,
	.n_fields = COUNT(conversation_fields),
	.row_size = sizeof(struct rows_row),
	.create = conversation_create,
	.destroy = rows_destroy,
	.count = conversation_count,
	.tick = rows_tick,
	.forget_interface = rows_forget,
	.max_rows = rows_max_rows,
	.copy = rows_family_copy,
	.is_exported = rows_family_is_exported,
	.has_exported = rows_have_exported,
};

const struct family conversation_slots_family = {
	.name = "conversation_slots",
	.kind = FAMILY_SLOTTED,
	.help = "Traffic by who talks to whom about what, of those that have series.",
	.keys = conversation_keys,
	.n_keys = COUNT(conversation_keys),
	.fields = conversation_slot_fields,
	.n_fields = COUNT(conversation_slot_fields),
	.row_size = sizeof(struct rows_row),
	.shows = &conversation_family,
	.max_rows = rows_family_slots_max,
	.copy = rows_family_slots_copy,
};

const struct family conversation_rest_family = {
	.name = "conversation_rest",
	.kind = FAMILY_FIXED,
	.help = "Traffic that no row of a conversation holds.",
	.subtree = 11, /* iptallyRemainderTable */
	.keys = conversation_rest_keys,
	.n_keys = COUNT(conversation_rest_keys),
	.fields = conversation_rest_fields,
	.n_fields = COUNT(conversation_rest_fields),
	.row_size = sizeof(struct rows_rest_row),
	.shows = &conversation_family,
	.max_rows = rows_family_rest_max,
	.copy = rows_family_rest_copy,
};

const struct family conversation_table_family = {
	.name = "conversation_table",
	.kind = FAMILY_FIXED,
	.help = "How full the table of conversations is.",
	.subtree = 1, /* scalars */
	.fields = conversation_table_fields,
	.n_fields = COUNT(conversation_table_fields),
	.row_size = sizeof(struct rows_table_row),
	.shows = &conversation_family,
	.max_rows = rows_family_table_max,
	.copy = rows_family_table_copy,
};
