/*
 * The knock list: who tried to connect through an interface's door in the last 24 hours, at which
 * port, how often and with what outcome. Only what is received begins a knock: what this machine, or
 * those behind it, begin through the interface is none. Bounded; what was tried least goes first.
 */
#include "family/knock.h"

#include <errno.h>
#include <stdlib.h>

#include "family/bounded.h"
#include "family/knock_state.h"
#include "family/name_fields.h"

/* Rows that a tick ends because a day has passed, at most. */
#define AGED_A_TICK 4096
/* How long a row that was tried once stays, as long as there is room for it. */
#define PATIENCE_NS (15 * 60 * NS_PER_SECOND)

struct knock_row {
	uint32_t interface;
	struct knock_key key;
	uint64_t tries_quarter_hour, tries_day;
	uint64_t tries, answered, refused, established;
	uint8_t outcome;
	struct family_address target;
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
	FIELD_KNOCK(established, "Tries that became connections, of TCP.", FIELD_COUNTER, 15, ),
	FIELD_KNOCK(outcome, "What came of the last try.", FIELD_ENUM, 10,
		    .enum_names = knock_outcome_names),
	FIELD_KNOCK(first_seen, "When the first try came.", FIELD_DATE, 11, ),
	FIELD_KNOCK(last_seen, "When the last try came.", FIELD_DATE, 12, ),
	{.name = "created",
	 .help = "When this row began at 0.",
	 .kind = FIELD_TIME_STAMP,
	 .faces = FACE_SNMP,
	 .column = 13,
	 .offset = offsetof(struct knock_row, created)},
	{.name = "target_type",
	 .help = "Of the target.",
	 .kind = FIELD_ADDRESS_TYPE,
	 .faces = FACE_SNMP,
	 .column = 16,
	 .offset = offsetof(struct knock_row, target)},
	FIELD_KNOCK(target, "Whom the last try was for.", FIELD_ADDRESS, 17, ),
};

static const struct family_field knock_table_fields[] = {
	/* Prometheus is told what a full list gave up: that matters, and it has to store the rest. */
	{.name = "knock_entries",
	 .help = "Rows of the knock list.",
	 .kind = FIELD_GAUGE,
	 .faces = FACE_SNMP | FACE_JSON,
	 .column = 25,
	 .offset = offsetof(struct knock_table_row, entries)},
	{.name = "knock_capacity",
	 .help = "Rows that the knock list can hold.",
	 .kind = FIELD_GAUGE,
	 .faces = FACE_SNMP | FACE_JSON,
	 .column = 26,
	 .offset = offsetof(struct knock_table_row, capacity)},
	FIELD_TABLE_EVICTIONS("knock", "least_tried", struct knock_table_row, evictions, 27),
};

static const struct watch_kind knock_kind = {
	.name = "knock list",
	.row_size = sizeof(struct knock_entry),
	.key_size = sizeof(struct knock_key),
	.links_at = offsetof(struct knock_entry, links),
	.patience_ns = PATIENCE_NS,
};

static void knock_destroy(void *opaque)
{
	struct knocks *knocks = opaque;

	probe_watch_destroy(&knocks->probes);
	free(knocks);
}

static void *knock_create(const struct family_context *context, struct error *error)
{
	struct knocks *knocks = calloc(1, sizeof(*knocks));

	if (!knocks) {
		error_set(error, ENOMEM, "knock list: no memory");
		return NULL;
	}
	knocks->tally = context->tally;
	knocks->privacy = context->options->privacy;
	knocks->lines.alerts = alerts_of(context);
	if (attempts_create(&knocks->attempts, context->tally, context->ledger, error) < 0 ||
	    watch_list_create(&knocks->list, &knock_kind, context->options->max_knocks, NULL,
			      context->ledger, error) < 0 ||
	    probe_watch_create(&knocks->probes, context, error) < 0) {
		knock_destroy(knocks);
		return NULL;
	}
	return knocks;
}

static void knock_tick(void *opaque, int64_t now_ns)
{
	struct knocks *knocks = opaque;

	knock_lines_tell(&knocks->lines, &knocks->list, now_ns, false);
	watch_list_expire(&knocks->list, now_ns - KNOCK_LIFE_NS, AGED_A_TICK);
	probe_watch_tick(&knocks->probes, now_ns);
}

static void knock_finish(void *opaque, int64_t now_ns)
{
	struct knocks *knocks = opaque;

	knock_lines_tell(&knocks->lines, &knocks->list, now_ns, true);
	probe_watch_finish(&knocks->probes, now_ns);
}

static void knock_forget(void *opaque, uint16_t interface)
{
	struct knocks *knocks = opaque;

	WATCH_LIST_EACH(&knocks->list, number)
	{
		struct knock_entry *knock = watch_list_row(&knocks->list, number);

		if (knock->key.interface == interface)
			watch_list_remove(&knocks->list, knock);
	}
	probe_watch_forget(&knocks->probes, interface);
}

static size_t knock_max_rows(const void *opaque)
{
	return ((const struct knocks *)opaque)->list.table.capacity;
}

static void fill_row(struct knock_row *row, const struct knocks *knocks,
		     const struct knock_entry *knock)
{
	int64_t wall_offset_ns = knocks->tally->flows.wall_offset_ns;
	int64_t now_ns = knocks->tally->now_ns;

	*row = (struct knock_row){
		.interface = knock->key.interface,
		.key = knock->key,
		.tries_quarter_hour = knock_tries_quarter_hour(knock, now_ns),
		.tries_day = knock_tries_day(knock, now_ns),
		.tries = knock->tries,
		.answered = knock->answered,
		.refused = knock->refused,
		.established = knock->established,
		.outcome = knock->outcome,
		.target = knock->last_target,
		.first_seen.ns = knock->first_ns + wall_offset_ns,
		.last_seen.ns = knock->last_ns + wall_offset_ns,
		.created = knock->created,
	};
}

static size_t knock_copy(const void *opaque, void *rows)
{
	const struct knocks *knocks = opaque;
	struct knock_row *copy = rows;

	WATCH_LIST_EACH(&knocks->list, number)
	{
		const struct knock_entry *knock = watch_list_row(&knocks->list, number);

		if (knocks->tally->now_ns - knock->last_ns <= KNOCK_LIFE_NS)
			fill_row(copy++, knocks, knock);
	}
	return (size_t)(copy - (struct knock_row *)rows);
}

/* Who tried most, and of those who tried as often, the latest. */
static uint64_t knock_rank(const void *opaque)
{
	const struct knock_row *row = opaque;
	uint64_t tries = row->tries_day < 1 << 24 ? row->tries_day : (1 << 24) - 1;

	return tries << 40 | (uint64_t)(row->last_seen.ns / NS_PER_SECOND);
}

static size_t knock_table_max_rows(const void *state)
{
	(void)state;
	return 1;
}

static size_t knock_table_copy(const void *opaque, void *rows)
{
	const struct watch_list *list = &((const struct knocks *)opaque)->list;

	*(struct knock_table_row *)rows = (struct knock_table_row){
		.entries = list->table.used,
		.capacity = list->table.capacity,
		.evictions = list->evictions,
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
	.is_shared = true,
	.create = knock_create,
	.destroy = knock_destroy,
	.count = knocks_count,
	.tick = knock_tick,
	.finish = knock_finish,
	.forget_interface = knock_forget,
	.max_rows = knock_max_rows,
	.copy = knock_copy,
	.rank = knock_rank,
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
