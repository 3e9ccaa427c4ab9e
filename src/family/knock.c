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

static void make_key(struct knock_key *key, const struct knocks *knocks,
		     const struct attempt *attempt)
{
	*key = (struct knock_key){
		.interface = attempt->interface,
		.port = attempt->port,
		.protocol = attempt->protocol,
		.source = attempt->source,
	};
	privacy_mask_address(knocks->privacy, key->source.version, key->source.bytes);
}

static struct knock_entry *begin(struct knocks *knocks, uint32_t hash, const struct knock_key *key,
				 const struct attempt *attempt)
{
	struct knock_entry *knock = watch_list_begin(&knocks->list, hash, key, attempt->now_ns);

	knock->created = tally_monotonic(knocks->tally);
	return knock;
}

/* NULL: comes in a crowd. Who comes again was turned away at the first try, which counts now. */
static struct knock_entry *begin_try(struct knocks *knocks, uint32_t hash,
				     const struct knock_key *key, const struct attempt *attempt)
{
	enum crowd_verdict verdict = watch_list_judge(&knocks->list, hash, attempt->now_ns);
	struct knock_entry *knock;

	if (verdict == CROWD_TURNED_AWAY)
		return NULL;
	knock = begin(knocks, hash, key, attempt);
	if (verdict == CROWD_CAME_AGAIN)
		knock_try(knock, attempt->now_ns);
	return knock;
}

/* Who gets a connection is no stranger under a forged address: such rows go last. */
static uint64_t weight_of(const struct knock_entry *knock)
{
	return knock->tries == 1 && knock->established > 0 ? 2 : knock->tries;
}

static void take_try(struct knocks *knocks, struct knock_entry *knock,
		     const struct attempt *attempt)
{
	knock_try(knock, attempt->now_ns);
	knock->last_from_port = attempt->from_port;
	knock->last_target = attempt->target;
	privacy_mask_address(knocks->privacy, attempt->target.version, knock->last_target.bytes);
	knock_lines_add(&knocks->lines, &knocks->list, knock);
}

static void count_try(struct knocks *knocks, const struct attempt *attempt)
{
	struct knock_entry *knock;
	struct knock_key key;
	uint32_t hash;

	make_key(&key, knocks, attempt);
	hash = watch_list_hash(&knocks->list, &key);
	knock = watch_list_find(&knocks->list, hash, &key);
	if (!knock)
		knock = begin_try(knocks, hash, &key, attempt);
	if (!knock)
		return;
	take_try(knocks, knock, attempt);
	if (knock->tries > 1)
		watch_list_touch(&knocks->list, knock, weight_of(knock), attempt->now_ns);
}

static void count_outcome(struct knocks *knocks, const struct attempt *attempt,
			  enum knock_outcome outcome, bool by_initiator)
{
	struct knock_entry *knock;
	struct knock_key key;
	uint32_t hash;

	make_key(&key, knocks, attempt);
	hash = watch_list_hash(&knocks->list, &key);
	knock = watch_list_find(&knocks->list, hash, &key);
	if (!knock && outcome == KNOCK_ESTABLISHED && by_initiator) {
		/* A flood has pushed out what turns out to be real. */
		knock = begin(knocks, hash, &key, attempt);
		take_try(knocks, knock, attempt);
	}
	if (!knock)
		return;
	knock->answered += outcome == KNOCK_ANSWERED;
	knock->refused += outcome == KNOCK_REFUSED;
	knock->established += outcome == KNOCK_ESTABLISHED;
	if (attempt->from_port == knock->last_from_port)
		knock->outcome = (uint8_t)outcome;
	if (outcome == KNOCK_ESTABLISHED)
		watch_list_touch(&knocks->list, knock, weight_of(knock), attempt->now_ns);
}

/* One ICMP error for a try is enough: each datagram of it, or SYN, may have its own. */
static void turn_away(struct knocks *knocks, const struct attempt *attempt)
{
	struct knock_entry *knock;
	struct knock_key key;

	make_key(&key, knocks, attempt);
	knock = watch_list_find(&knocks->list, watch_list_hash(&knocks->list, &key), &key);
	if (knock && attempt->from_port == knock->last_from_port &&
	    knock->outcome == KNOCK_NO_ANSWER) {
		knock->refused++;
		knock->outcome = KNOCK_REFUSED;
	}
}

static void take_attempt(struct knocks *knocks, const struct attempt *attempt)
{
	if (knocks->privacy != PRIVACY_NONE)
		count_try(knocks, attempt);
	probe_watch_try(&knocks->probes, attempt);
}

static void take_outcome(struct knocks *knocks, const struct attempt *attempt,
			 enum knock_outcome outcome, bool by_initiator)
{
	if (knocks->privacy != PRIVACY_NONE)
		count_outcome(knocks, attempt, outcome, by_initiator);
	if (outcome == KNOCK_ESTABLISHED ||
	    (outcome == KNOCK_ANSWERED && attempt->protocol == PROTOCOL_UDP))
		probe_watch_answer(&knocks->probes, attempt);
}

static const uint8_t outcomes[] = {
	[TRANSITION_ANSWERED] = KNOCK_ANSWERED,       [TRANSITION_REFUSED] = KNOCK_REFUSED,
	[TRANSITION_ESTABLISHED] = KNOCK_ESTABLISHED, [TRANSITION_RESET] = KNOCK_NO_ANSWER,
	[TRANSITION_CLOSED] = KNOCK_NO_ANSWER,
};

static void look_at(struct knocks *knocks, const struct packet *packet,
		    const struct verdict *verdict)
{
	enum knock_outcome outcome = outcomes[verdict->transition];
	struct attempt attempt;

	if (verdict->opened && attempt_comes_in(&knocks->attempts, packet, verdict)) {
		attempt = attempt_of(&knocks->attempts, packet, verdict);
		take_attempt(knocks, &attempt);
	}
	if (outcome != KNOCK_NO_ANSWER &&
	    attempt_may_have_come_in(&knocks->attempts, packet, verdict)) {
		attempt = attempt_of(&knocks->attempts, packet, verdict);
		take_outcome(knocks, &attempt, outcome, verdict->from_initiator);
	}
}

static void look_at_error(struct knocks *knocks, const struct packet *packet,
			  const struct verdict *verdict)
{
	struct attempt attempt;

	if (knocks->privacy != PRIVACY_NONE &&
	    attempt_is_turned_away(&knocks->attempts, packet, verdict, &attempt))
		turn_away(knocks, &attempt);
}

static void knock_count(void *knocks, const struct packet *packets, const struct verdict *verdicts,
			size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (packet_is_tcp_or_udp(&packets[i])) {
			if (verdicts[i].transition != TRANSITION_NONE)
				look_at(knocks, &packets[i], &verdicts[i]);
		} else if (packets[i].message) {
			look_at_error(knocks, &packets[i], &verdicts[i]);
		}
	}
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
	.count = knock_count,
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
