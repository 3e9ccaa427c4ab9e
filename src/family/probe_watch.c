/*
 * Who tries too much. Whoever opens many connections at once, and has not got them yet, looks like a
 * probe: so the verdict waits until answers would have come.
 */
#include "family/probe_watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MILLISECOND_NS (NS_PER_SECOND / 1000)
/* How long a source must have tried too much. */
#define GRACE_NS (2 * NS_PER_SECOND)
/* A set has room for so many items beyond the limit, whose answers may be on their way. */
#define SET_SPARE 16
/* Sources that are watched at most, however long the knock list is: each has its sets. */
#define SOURCES_MOST 16384
/* Silent sources that a tick lets go of. */
#define AGED_A_TICK 4096

static uint32_t ms_of(int64_t ns)
{
	return (uint32_t)(ns / MILLISECOND_NS);
}

static struct probe_touch *set_of(const struct probe_watch *watch, const struct probe_source *row,
				  enum probe_what what)
{
	size_t number = table_row_number(&watch->list.table, row);

	return watch->sets + (number * PROBE_WHATS + what) * watch->room;
}

static struct probe_totals *totals_of(const struct probe_watch *watch,
				      const struct probe_source *row)
{
	return per_interface_at(watch->totals, row->key.interface);
}

static struct probe *probe_at(const struct probe_watch *watch, uint32_t id)
{
	return &watch->probes[id % PROBES_MAX];
}

static bool is_over_limit(const struct probe_watch *watch, const struct probe_source *row)
{
	return row->n[PROBE_PORTS] > watch->limits[PROBE_PORTS] ||
	       row->n[PROBE_HOSTS] > watch->limits[PROBE_HOSTS];
}

/* Half of what makes a probe ends it, so that one at the limit does not begin again and again. */
static bool is_calm(const struct probe_watch *watch, const struct probe_source *row)
{
	return row->n[PROBE_PORTS] <= watch->limits[PROBE_PORTS] / 2 &&
	       row->n[PROBE_HOSTS] <= watch->limits[PROBE_HOSTS] / 2;
}

static void tell(const struct probe_watch *watch, const struct probe_source *row,
		 const struct probe *probe, enum event_kind kind)
{
	struct event event = alert_event(&watch->alerts, row->key.interface, kind, watch->now_ns);

	alert_set_address(&watch->alerts, &event, 0, &row->key.source);
	event.count = probe->tried[PROBE_PORTS];
	event.hosts = probe->tried[PROBE_HOSTS];
	event.duration_ns = probe->last_ns - probe->first_ns;
	alert_tell(&watch->alerts, &event);
}

/* What the notes say, or where there are none, the most that was in the sets at once. */
static void update_probe(const struct probe_watch *watch, const struct probe_source *row)
{
	struct probe *probe = probe_at(watch, row->id);

	if (probe->id != row->id)
		return; /* later ones have taken its place */
	probe->last_ns = row->links.seen_ns;
	for (int what = 0; what < PROBE_WHATS; what++) {
		uint32_t noted = probe_notes_count(watch->notes, row->notes, what);

		if (noted < row->n[what])
			noted = row->n[what];
		if (probe->tried[what] < noted)
			probe->tried[what] = noted;
	}
}

/* The time of the oldest item that counts. */
static int64_t first_of(const struct probe_watch *watch, const struct probe_source *row)
{
	uint32_t ms = ms_of(row->links.seen_ns), age_ms = 0;

	for (int what = 0; what < PROBE_WHATS; what++) {
		const struct probe_touch *set = set_of(watch, row, what);

		if (row->n[what] > 0 && ms - set[row->n[what] - 1].ms > age_ms)
			age_ms = ms - set[row->n[what] - 1].ms;
	}
	return row->links.seen_ns - age_ms * MILLISECOND_NS;
}

static void begin_probe(struct probe_watch *watch, struct probe_source *row)
{
	struct probe *probe;

	row->id = ++watch->last_id;
	probe = probe_at(watch, row->id);
	*probe = (struct probe){
		.id = row->id,
		.interface = row->key.interface,
		.active = true,
		.source = row->key.source,
		.first_ns = row->first_ns,
		.created = tally_monotonic(watch->alerts.tally),
	};
	update_probe(watch, row);
	totals_of(watch, row)->active++;
	totals_of(watch, row)->begun++;
	tell(watch, row, probe, EVENT_PROBE_BEGUN);
}

static void end_probe(struct probe_watch *watch, struct probe_source *row)
{
	struct probe *probe = probe_at(watch, row->id);

	totals_of(watch, row)->active--;
	if (probe->id == row->id) {
		probe->active = false;
		tell(watch, row, probe, EVENT_PROBE_ENDED);
	}
	row->id = 0;
}

static void begin_too_much(struct probe_watch *watch, struct probe_source *row)
{
	row->tries_too_much = true;
	row->over_ns = watch->now_ns;
	row->first_ns = first_of(watch, row);
	row->notes = probe_notes_take(watch->notes);
	for (int what = 0; what < PROBE_WHATS; what++)
		for (uint16_t i = 0; i < row->n[what]; i++)
			probe_notes_add(watch->notes, row->notes, what,
					set_of(watch, row, what)[i].item);
}

static void end_too_much(struct probe_watch *watch, struct probe_source *row)
{
	probe_notes_give_back(watch->notes, row->notes);
	row->notes = PROBE_NO_NOTES;
	row->tries_too_much = false;
}

static void source_leaves(void *owner, void *opaque)
{
	struct probe_source *row = opaque;

	if (row->id)
		end_probe(owner, row);
	end_too_much(owner, row);
}

static const struct watch_kind source_kind = {
	.name = "sources watched",
	.row_size = sizeof(struct probe_source),
	.key_size = sizeof(struct probe_key),
	.links_at = offsetof(struct probe_source, links),
	.leaves = source_leaves,
};

/* Whether a source tries too much from now on, or no more; whether it may go. Its sets are trimmed. */
static void judge(struct probe_watch *watch, struct probe_source *row)
{
	bool too_much = is_over_limit(watch, row);
	uint16_t weight = row->n[PROBE_PORTS] > row->n[PROBE_HOSTS] ? row->n[PROBE_PORTS]
								    : row->n[PROBE_HOSTS];

	if (row->id && is_calm(watch, row))
		end_probe(watch, row);
	if (too_much && !row->tries_too_much)
		begin_too_much(watch, row);
	else if (!too_much && row->tries_too_much && !row->id)
		end_too_much(watch, row);
	if (weight == 0)
		watch_list_remove(&watch->list, row);
	else
		watch_list_touch(&watch->list, row, row->tries_too_much ? WATCH_WEIGHT_TOP : weight,
				 row->links.seen_ns);
}

static void trim(const struct probe_watch *watch, struct probe_source *row)
{
	bool is_stale = watch->now_ns - row->links.seen_ns > watch->window_ns;

	for (int what = 0; what < PROBE_WHATS; what++)
		row->n[what] =
			is_stale ? 0
				 : probe_set_trim(set_of(watch, row, what), row->n[what],
						  ms_of(watch->now_ns), ms_of(watch->window_ns));
}

static void make_key(struct probe_key *key, const struct attempt *attempt)
{
	*key = (struct probe_key){.interface = attempt->interface, .source = attempt->source};
}

/* Of an IPv6 address what nobody outside can aim at. */
static uint32_t host_item(const struct probe_watch *watch, const struct family_address *address)
{
	const uint8_t *bytes = address->bytes;

	if (address->version == 4)
		return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
		       (uint32_t)bytes[2] << 8 | bytes[3];
	return hash_key(bytes, sizeof(address->bytes), watch->seed);
}

/* NULL: comes in a crowd. */
static struct probe_source *find_or_begin(struct probe_watch *watch, const struct attempt *attempt)
{
	struct probe_source *row;
	struct probe_key key;
	uint32_t hash;

	make_key(&key, attempt);
	hash = watch_list_hash(&watch->list, &key);
	row = watch_list_find(&watch->list, hash, &key);
	if (row) {
		trim(watch, row);
		return row;
	}
	if (watch_list_judge(&watch->list, hash, attempt->now_ns) == CROWD_TURNED_AWAY)
		return NULL;
	row = watch_list_begin(&watch->list, hash, &key, attempt->now_ns);
	row->notes = PROBE_NO_NOTES;
	return row;
}

void probe_watch_try(struct probe_watch *watch, const struct attempt *attempt)
{
	const uint32_t items[] = {
		[PROBE_PORTS] = attempt->port,
		[PROBE_HOSTS] = host_item(watch, &attempt->target),
	};
	struct probe_source *row;

	watch->now_ns = attempt->now_ns;
	row = find_or_begin(watch, attempt);
	if (!row)
		return;
	row->links.seen_ns = attempt->now_ns;
	for (int what = 0; what < PROBE_WHATS; what++) {
		row->n[what] = probe_set_add(set_of(watch, row, what), row->n[what], watch->room,
					     items[what], ms_of(attempt->now_ns));
		probe_notes_add(watch->notes, row->notes, what, items[what]);
	}
	if (row->id)
		update_probe(watch, row);
	judge(watch, row);
}

void probe_watch_answer(struct probe_watch *watch, const struct attempt *attempt)
{
	struct probe_source *row;
	struct probe_key key;

	make_key(&key, attempt);
	row = watch_list_find(&watch->list, watch_list_hash(&watch->list, &key), &key);
	if (!row)
		return;
	watch->now_ns = attempt->now_ns;
	trim(watch, row);
	row->n[PROBE_PORTS] =
		probe_set_drop(set_of(watch, row, PROBE_PORTS), row->n[PROBE_PORTS], attempt->port);
	row->n[PROBE_HOSTS] = probe_set_drop(set_of(watch, row, PROBE_HOSTS), row->n[PROBE_HOSTS],
					     host_item(watch, &attempt->target));
	judge(watch, row);
}

/* Each in the heaviest queue, which goes to its end then: whoever tries too much is among them. */
static void look_at_heaviest(struct probe_watch *watch, int64_t grace_ns)
{
	for (uint32_t n = watch->list.queues[WATCH_TOP].n; n > 0; n--) {
		struct probe_source *row = watch_list_first(&watch->list, WATCH_TOP);

		if (row->tries_too_much && !row->id && watch->now_ns - row->over_ns >= grace_ns)
			begin_probe(watch, row);
		trim(watch, row);
		judge(watch, row);
	}
}

void probe_watch_tick(struct probe_watch *watch, int64_t now_ns)
{
	watch->now_ns = now_ns;
	look_at_heaviest(watch, GRACE_NS);
	watch_list_expire(&watch->list, now_ns - watch->window_ns, AGED_A_TICK);
}

void probe_watch_finish(struct probe_watch *watch, int64_t now_ns)
{
	watch->now_ns = now_ns;
	look_at_heaviest(watch, 0);
}

void probe_watch_forget(struct probe_watch *watch, uint16_t interface)
{
	WATCH_LIST_EACH(&watch->list, number)
	{
		struct probe_source *row = watch_list_row(&watch->list, number);

		if (row->key.interface == interface)
			watch_list_remove(&watch->list, row);
	}
	for (int i = 0; i < PROBES_MAX; i++)
		if (watch->probes[i].interface == interface)
			watch->probes[i].id = 0;
	per_interface_forget(watch->totals, interface);
}

void probe_watch_destroy(struct probe_watch *watch)
{
	free(watch->totals);
}

int probe_watch_create(struct probe_watch *watch, const struct family_context *context,
		       struct error *error)
{
	const struct family_options *options = context->options;
	uint32_t most = options->probe_ports > options->probe_hosts ? options->probe_ports
								    : options->probe_hosts;
	uint32_t sources = options->max_knocks < SOURCES_MOST ? options->max_knocks : SOURCES_MOST;
	size_t sets = (size_t)sources * PROBE_WHATS;

	*watch = (struct probe_watch){
		.alerts = alerts_of(context),
		.seed = hash_seed(),
		.window_ns = options->probe_window_s * NS_PER_SECOND,
		.limits = {[PROBE_PORTS] = options->probe_ports,
			   [PROBE_HOSTS] = options->probe_hosts},
		.room = (uint16_t)(most + SET_SPARE),
	};
	if (watch_list_create(&watch->list, &source_kind, sources, watch, context->ledger, error) <
	    0)
		return -ENOMEM;
	watch->list.patience_ns = watch->window_ns;
	watch->sets = ledger_map(context->ledger, "ports and hosts tried",
				 sets * watch->room * sizeof(*watch->sets), error);
	watch->probes =
		ledger_map(context->ledger, "probes", PROBES_MAX * sizeof(*watch->probes), error);
	watch->notes = probe_notes_create(context->ledger, error);
	if (!watch->sets || !watch->probes || !watch->notes)
		return -ENOMEM;
	watch->totals =
		per_interface_create(context, "probe totals", sizeof(struct probe_totals), error);
	return watch->totals ? 0 : -ENOMEM;
}
