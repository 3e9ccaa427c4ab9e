/*
 * The probes of the last 24 hours, each a record under an id that is never used again; how many go on
 * at each interface. They show what probe_watch.c found among the attempts that knock.c counts.
 */
#include "family/probe.h"

#include "family/bounded.h"
#include "family/knock.h"
#include "family/knock_state.h"
#include "family/name_fields.h"
#include "family/traffic.h"

struct probe_row {
	uint32_t interface;
	uint32_t id;
	struct family_address source;
	uint8_t active;
	uint64_t tried[PROBE_WHATS];
	struct wall_time first_seen, last_seen;
	struct monotonic_time created;
};

struct probing_row {
	uint32_t interface;
	struct probe_totals totals;
};

struct probe_table_row {
	uint64_t entries, capacity, evictions;
};

static const struct family_key probe_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct probe_row, interface)},
	{.kind = KEY_ID, .offset = offsetof(struct probe_row, id)},
};

static const struct family_key probing_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct probing_row, interface)},
};

#define FIELD_PROBE(field, text, field_kind, member, snmp_column)                                  \
	{                                                                                          \
		.name = field, .help = text, .kind = field_kind, .faces = FACE_SNMP | FACE_JSON,   \
		.offset = offsetof(struct probe_row, member), .column = snmp_column                \
	}

static const struct family_field probe_fields[] = {
	FIELD_PROBE("source_type", "Of the source.", FIELD_ADDRESS_TYPE, source, 2),
	FIELD_PROBE("source", "Who probed.", FIELD_ADDRESS, source, 3),
	FIELD_ADDRESS_NAME("name", "Name of the source.", offsetof(struct probe_row, source),
			   .column = 10, .faces = FACE_SNMP | FACE_JSON),
	FIELD_PROBE("active", "Whether it goes on.", FIELD_BOOL, active, 4),
	FIELD_PROBE("ports", "Different ports that it tried.", FIELD_GAUGE, tried[PROBE_PORTS], 5),
	FIELD_PROBE("hosts", "Different hosts that it tried.", FIELD_GAUGE, tried[PROBE_HOSTS], 6),
	FIELD_PROBE("first_seen", "When the first try came.", FIELD_DATE, first_seen, 7),
	FIELD_PROBE("last_seen", "When the last try came.", FIELD_DATE, last_seen, 8),
	{.name = "created",
	 .help = "When this row began.",
	 .kind = FIELD_TIME_STAMP,
	 .faces = FACE_SNMP,
	 .column = 9,
	 .offset = offsetof(struct probe_row, created)},
};

static const struct family_field probing_fields[] = {
	{.name = "active",
	 .metric = "iptally_probe_active",
	 .help = "Sources that now try many ports or hosts and get no connection.",
	 .kind = FIELD_GAUGE,
	 .faces = FACE_ALL,
	 .column = 7,
	 .offset = offsetof(struct probing_row, totals.active)},
	FIELD_COUNT("begun", NULL, "Probes that began.", struct probing_row, totals.begun,
		    .column = 8, .faces = FACE_SNMP | FACE_JSON),
};

/* In Prometheus only what tells that a search in a full list may miss something. */
static const struct family_field probe_table_fields[] = {
	{.name = "probe_entries",
	 .help = "Sources that are watched.",
	 .kind = FIELD_GAUGE,
	 .faces = FACE_SNMP | FACE_JSON,
	 .column = 31,
	 .offset = offsetof(struct probe_table_row, entries)},
	{.name = "probe_capacity",
	 .help = "Sources that can be watched.",
	 .kind = FIELD_GAUGE,
	 .faces = FACE_SNMP | FACE_JSON,
	 .column = 32,
	 .offset = offsetof(struct probe_table_row, capacity)},
	FIELD_TABLE_EVICTIONS("probe", "least_tried", struct probe_table_row, evictions, 33),
};

static const struct probe_watch *watch_of(const void *opaque)
{
	return &((const struct knocks *)opaque)->probes;
}

static size_t probe_max_rows(const void *state)
{
	(void)state;
	return PROBES_MAX;
}

static void fill_row(struct probe_row *row, const struct probe_watch *watch,
		     const struct probe *probe)
{
	int64_t wall_offset_ns = watch->alerts.tally->flows.wall_offset_ns;

	*row = (struct probe_row){
		.interface = probe->interface,
		.id = probe->id,
		.source = probe->source,
		.active = probe->active,
		.tried = {probe->tried[PROBE_PORTS], probe->tried[PROBE_HOSTS]},
		.first_seen.ns = probe->first_ns + wall_offset_ns,
		.last_seen.ns = probe->last_ns + wall_offset_ns,
		.created = probe->created,
	};
	privacy_mask_address(watch->alerts.privacy, row->source.version, row->source.bytes);
}

static size_t probe_copy(const void *opaque, void *rows)
{
	const struct probe_watch *watch = watch_of(opaque);
	int64_t since_ns = watch->alerts.tally->now_ns - KNOCK_LIFE_NS;
	struct probe_row *row = rows;

	for (int i = 0; i < PROBES_MAX; i++) {
		const struct probe *probe = &watch->probes[i];

		if (probe->id && (probe->active || probe->last_ns >= since_ns))
			fill_row(row++, watch, probe);
	}
	return (size_t)(row - (struct probe_row *)rows);
}

/* Those that go on, and then the latest. */
static uint64_t probe_rank(const void *opaque)
{
	const struct probe_row *row = opaque;

	return (uint64_t)row->active << 32 | row->id;
}

static size_t probing_max_rows(const void *opaque)
{
	return watch_of(opaque)->alerts.tally->max_interfaces;
}

static size_t probing_copy(const void *opaque, void *rows)
{
	const struct per_interface *totals = watch_of(opaque)->totals;
	struct probing_row *row = rows;

	PER_INTERFACE_EACH (totals, slot) {
		const struct probe_totals *of_slot = per_interface_at(totals, slot);

		*row++ = (struct probing_row){slot, *of_slot};
	}
	return (size_t)(row - (struct probing_row *)rows);
}

static size_t probe_table_max_rows(const void *state)
{
	(void)state;
	return 1;
}

static size_t probe_table_copy(const void *opaque, void *rows)
{
	const struct watch_list *list = &watch_of(opaque)->list;

	*(struct probe_table_row *)rows = (struct probe_table_row){
		.entries = list->table.used,
		.capacity = list->table.capacity,
		.evictions = list->evictions,
	};
	return 1;
}

const struct family probe_family = {
	.name = "probe",
	.kind = FAMILY_RECORD,
	.help = "Who tried many ports or hosts in the last 24 hours, and got no connection.",
	.subtree = 15, /* iptallyProbeTable */
	.keys = probe_keys,
	.n_keys = COUNT(probe_keys),
	.fields = probe_fields,
	.n_fields = COUNT(probe_fields),
	.row_size = sizeof(struct probe_row),
	.shows = &knock_family,
	.max_rows = probe_max_rows,
	.copy = probe_copy,
	.rank = probe_rank,
};

const struct family probing_family = {
	.name = "probing",
	.kind = FAMILY_FIXED,
	.help = "How many probes there are at an interface.",
	.subtree = 14, /* iptallyAlertTable, which the flood family shares */
	.keys = probing_keys,
	.n_keys = COUNT(probing_keys),
	.fields = probing_fields,
	.n_fields = COUNT(probing_fields),
	.row_size = sizeof(struct probing_row),
	.shows = &knock_family,
	.max_rows = probing_max_rows,
	.copy = probing_copy,
};

const struct family probe_table_family = {
	.name = "probe_table",
	.kind = FAMILY_FIXED,
	.help = "How full the list of sources is that are watched for probes.",
	.subtree = 1, /* scalars */
	.fields = probe_table_fields,
	.n_fields = COUNT(probe_table_fields),
	.row_size = sizeof(struct probe_table_row),
	.shows = &knock_family,
	.max_rows = probe_table_max_rows,
	.copy = probe_table_copy,
};
