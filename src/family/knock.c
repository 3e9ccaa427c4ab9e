/*
 * The knock list: who tried to connect through an interface's door in the last 24 hours, at which
 * port, how often and with what outcome. Only what is received begins a knock: what this machine, or
 * those behind it, begin through the interface is none. Bounded; what was tried longest ago goes
 * first.
 */
#include "family/knock.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/privacy.h"
#include "family/bounded.h"
#include "family/knock_row.h"
#include "family/name_fields.h"
#include "family/traffic.h"
#include "tally/tally.h"
#include "tally/verdict.h"

/* How many rows are compared when a full table must give up one. */
#define EVICTION_CHOICES 16
/* How many rows one tick looks at for what is over. */
#define AGED_A_TICK 256

struct knocks {
	const struct tally *tally;
	struct table table;
	uint64_t seed;
	uint64_t evictions;
	uint32_t hand;    /* next row to be considered for eviction */
	uint32_t aged_at; /* next row to be looked at by the tick */
	enum privacy privacy;
};

struct knock_row {
	uint32_t interface;
	struct knock_key key;
	uint64_t tries_quarter_hour, tries_day;
	uint64_t tries, answered, refused;
	uint8_t outcome;
	struct wall_time first_seen, last_seen;
	struct monotonic_time created;
};

struct knock_table_row {
	uint64_t entries, capacity, evictions;
};

static const struct family_key knock_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct knock_row, interface)},
	{.label = "source", .kind = KEY_ADDRESS, .offset = offsetof(struct knock_row, key.source)},
	{.label = "protocol",
	 .kind = KEY_PROTOCOL,
	 .offset = offsetof(struct knock_row, key.protocol)},
	{.label = "port", .kind = KEY_PORT, .offset = offsetof(struct knock_row, key.port)},
};

static const char *const outcome_names[] = {"no_answer", "refused", "answered", NULL};

#define FIELD_KNOCK(field, text, field_kind, snmp_column, ...)                                     \
	{                                                                                          \
		.name = #field, .help = text, .kind = field_kind, .faces = FACE_SNMP | FACE_JSON,  \
		.column = snmp_column, .offset = offsetof(struct knock_row, field), __VA_ARGS__    \
	}

static void knock_service(struct names *names, const void *at, char *text)
{
	const struct knock_row *row = at;

	make_service_name(names, row->key.protocol, row->key.port, text);
}

static const struct family_field knock_fields[] = {
	FIELD_ADDRESS_NAME("name", "Name of the source.", offsetof(struct knock_row, key.source),
			   .column = 14, .faces = FACE_SNMP | FACE_JSON),
	FIELD_SERVICE(knock_service),
	FIELD_KNOCK(tries_quarter_hour, "Tries within the last 15 minutes.", FIELD_GAUGE, 5, ),
	FIELD_KNOCK(tries_day, "Tries within the last 24 hours.", FIELD_GAUGE, 6, ),
	FIELD_KNOCK(tries, "Tries since this row began.", FIELD_COUNTER, 7, ),
	FIELD_KNOCK(answered, "Tries that were answered.", FIELD_COUNTER, 8, ),
	FIELD_KNOCK(refused, "Tries that were refused.", FIELD_COUNTER, 9, ),
	FIELD_KNOCK(outcome, "What came of the last try.", FIELD_ENUM, 10,
		    .enum_names = outcome_names),
	FIELD_KNOCK(first_seen, "When the first try came.", FIELD_DATE, 11, ),
	FIELD_KNOCK(last_seen, "When the last try came.", FIELD_DATE, 12, ),
	{.name = "created",
	 .help = "When this row began at 0.",
	 .kind = FIELD_TIME_STAMP,
	 .faces = FACE_SNMP,
	 .column = 13,
	 .offset = offsetof(struct knock_row, created)},
};

static const struct family_field knock_table_fields[] = {
	FIELD_TABLE_ENTRIES("knock", struct knock_table_row, entries, 25),
	FIELD_TABLE_CAPACITY("knock", struct knock_table_row, capacity, 26),
	FIELD_TABLE_EVICTIONS("knock", "oldest", struct knock_table_row, evictions, 27),
};

static void *knock_create(const struct family_context *context, struct error *error)
{
	struct knocks *knocks = calloc(1, sizeof(*knocks));

	if (!knocks) {
		error_set(error, ENOMEM, "knock list: no memory");
		return NULL;
	}
	knocks->tally = context->tally;
	knocks->seed = hash_seed();
	knocks->privacy = context->options->privacy;
	if (table_create(&knocks->table, context->ledger, "knock list", sizeof(struct knock_entry),
			 context->options->max_knocks, error) < 0) {
		free(knocks);
		return NULL;
	}
	return knocks;
}

static struct knock_entry *entry_at(const struct knocks *knocks, uint32_t row)
{
	return table_row(&knocks->table, row);
}

/* Of the next few rows gives up the one that was tried longest ago. */
static void make_room(struct knocks *knocks)
{
	uint32_t oldest = knocks->hand;

	for (int i = 0; i < EVICTION_CHOICES; i++) {
		if (entry_at(knocks, knocks->hand)->last_ns < entry_at(knocks, oldest)->last_ns)
			oldest = knocks->hand;
		knocks->hand = (knocks->hand + 1) % knocks->table.capacity;
	}
	table_remove(&knocks->table, oldest);
	knocks->evictions++;
}

static void make_key(struct knock_key *key, const struct knocks *knocks,
		     const struct packet *packet, const uint8_t *source, uint16_t port)
{
	*key = (struct knock_key){
		.interface = packet->interface,
		.port = port,
		.protocol = packet->protocol,
		.source.version = packet->network == NETWORK_IPV4 ? 4 : 6,
	};
	memcpy(key->source.bytes, source, IP_ADDRESS_BYTES);
	privacy_mask_address(knocks->privacy, key->source.version, key->source.bytes);
}

static struct knock_entry *find(const struct knocks *knocks, const struct knock_key *key)
{
	uint32_t hash = hash_key(key, sizeof(*key), knocks->seed);
	uint32_t row = table_find(&knocks->table, hash, key, sizeof(*key));

	return row == TABLE_NONE ? NULL : entry_at(knocks, row);
}

static struct knock_entry *begin(struct knocks *knocks, const struct knock_key *key)
{
	uint32_t hash = hash_key(key, sizeof(*key), knocks->seed);
	struct knock_entry *knock;

	if (knocks->table.used == knocks->table.capacity)
		make_room(knocks);
	knock = entry_at(knocks, table_add(&knocks->table, hash, key, sizeof(*key)));
	knock->created = monotonic_now();
	knock->first_ns = knocks->tally->now_ns;
	return knock;
}

static void count_try(struct knocks *knocks, const struct packet *packet,
		      const struct verdict *verdict)
{
	const uint8_t *initiator = verdict->from_initiator ? packet->source : packet->destination;
	struct knock_entry *knock;
	struct knock_key key;

	if (verdict->opening_direction != DIRECTION_RECEIVE || packet->cast != CAST_UNICAST)
		return;
	make_key(&key, knocks, packet, initiator, verdict->opening_port);
	knock = find(knocks, &key);
	if (!knock)
		knock = begin(knocks, &key);
	knock_try(knock, knocks->tally->now_ns);
}

/* What a flow's transition says of the try that began it: its row is named by the flow's ends. */
static void count_outcome(struct knocks *knocks, const struct packet *packet,
			  const struct verdict *verdict)
{
	bool refused = verdict->transition == TRANSITION_REFUSED;
	struct knock_entry *knock;
	struct knock_key key;

	if (verdict->from_initiator)
		make_key(&key, knocks, packet, packet->source, packet->destination_port);
	else
		make_key(&key, knocks, packet, packet->destination, packet->source_port);
	knock = find(knocks, &key);
	if (!knock)
		return;
	knock->outcome = refused ? KNOCK_REFUSED : KNOCK_ANSWERED;
	if (refused)
		knock->refused++;
	else
		knock->answered++;
}

static void knock_count(void *opaque, const struct packet *packets, const struct verdict *verdicts,
			size_t n)
{
	struct knocks *knocks = opaque;

	if (knocks->privacy == PRIVACY_NONE)
		return;
	for (size_t i = 0; i < n; i++) {
		if (verdicts[i].transition == TRANSITION_NONE || !packet_is_tcp_or_udp(&packets[i]))
			continue;
		if (verdicts[i].opened)
			count_try(knocks, &packets[i], &verdicts[i]);
		else if (verdicts[i].transition == TRANSITION_REFUSED ||
			 verdicts[i].transition == TRANSITION_ESTABLISHED ||
			 verdicts[i].transition == TRANSITION_ANSWERED)
			count_outcome(knocks, &packets[i], &verdicts[i]);
	}
}

static void knock_tick(void *opaque, int64_t now_ns)
{
	struct knocks *knocks = opaque;

	for (uint32_t i = 0; i < AGED_A_TICK && i < knocks->table.fresh; i++) {
		uint32_t row = knocks->aged_at++ % knocks->table.fresh;

		if (table_row_in_use(&knocks->table, row) &&
		    now_ns - entry_at(knocks, row)->last_ns > KNOCK_LIFE_NS)
			table_remove(&knocks->table, row);
	}
}

static void knock_forget(void *opaque, uint16_t interface)
{
	struct knocks *knocks = opaque;

	for (uint32_t row = 0; row < knocks->table.fresh; row++)
		if (table_row_in_use(&knocks->table, row) &&
		    entry_at(knocks, row)->key.interface == interface)
			table_remove(&knocks->table, row);
}

static size_t knock_max_rows(const void *opaque)
{
	return ((const struct knocks *)opaque)->table.capacity;
}

static size_t knock_copy(const void *opaque, void *rows)
{
	const struct knocks *knocks = opaque;
	int64_t wall_offset_ns = knocks->tally->flows.wall_offset_ns;
	int64_t now_ns = knocks->tally->now_ns;
	struct knock_row *copy = rows;

	for (uint32_t row = 0; row < knocks->table.fresh; row++) {
		const struct knock_entry *knock = entry_at(knocks, row);

		if (!table_row_in_use(&knocks->table, row) ||
		    now_ns - knock->last_ns > KNOCK_LIFE_NS)
			continue;
		*copy++ = (struct knock_row){
			.interface = knock->key.interface,
			.key = knock->key,
			.tries_quarter_hour = knock_tries_quarter_hour(knock, now_ns),
			.tries_day = knock_tries_day(knock, now_ns),
			.tries = knock->tries,
			.answered = knock->answered,
			.refused = knock->refused,
			.outcome = knock->outcome,
			.first_seen.ns = knock->first_ns + wall_offset_ns,
			.last_seen.ns = knock->last_ns + wall_offset_ns,
			.created = knock->created,
		};
	}
	return (size_t)(copy - (struct knock_row *)rows);
}

static size_t knock_table_max_rows(const void *state)
{
	(void)state;
	return 1;
}

static size_t knock_table_copy(const void *opaque, void *rows)
{
	const struct knocks *knocks = opaque;

	*(struct knock_table_row *)rows = (struct knock_table_row){
		.entries = knocks->table.used,
		.capacity = knocks->table.capacity,
		.evictions = knocks->evictions,
	};
	return 1;
}

const struct family knock_family = {
	.name = "knock",
	.kind = FAMILY_KEYED,
	.help = "Who tried to connect through an interface in the last 24 hours.",
	.subtree = 12, /* iptallyKnockTable */
	.keys = knock_keys,
	.n_keys = COUNT(knock_keys),
	.fields = knock_fields,
	.n_fields = COUNT(knock_fields),
	.row_size = sizeof(struct knock_row),
	.create = knock_create,
	.destroy = free,
	.count = knock_count,
	.tick = knock_tick,
	.forget_interface = knock_forget,
	.max_rows = knock_max_rows,
	.copy = knock_copy,
};

const struct family knock_table_family = {
	.name = "knock_table",
	.kind = FAMILY_FIXED,
	.help = "How full the knock list is.",
	.subtree = 1, /* scalars */
	.fields = knock_table_fields,
	.n_fields = COUNT(knock_table_fields),
	.row_size = sizeof(struct knock_table_row),
	.shows = &knock_family,
	.max_rows = knock_table_max_rows,
	.copy = knock_table_copy,
};
