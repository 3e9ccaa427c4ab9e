/* What became of look-ups of names, and how full their table is. Read when a snapshot is taken. */
#include "family/name.h"

#include "family/bounded.h"
#include "family/self.h"
#include "family/self_state.h"
#include "family/traffic.h"
#include "names/names.h"

#define FIELD_LOOKUPS(outcome)                                                                     \
	FIELD_COUNT("lookups_" #outcome, "iptally_name_lookups",                                   \
		    "Names of addresses that name servers were asked for.",                        \
		    struct names_statistics, outcome, .labels = "outcome=\"" #outcome "\"",        \
		    .faces = FACE_PROMETHEUS | FACE_JSON)

static const struct family_field name_fields[] = {
	FIELD_TABLE_ENTRIES("name", struct names_statistics, entries, 28),
	FIELD_TABLE_CAPACITY("name", struct names_statistics, capacity, 29),
	FIELD_TABLE_EVICTIONS("name", "oldest", struct names_statistics, evictions, 30),
	FIELD_LOOKUPS(found),
	FIELD_LOOKUPS(none),
	FIELD_LOOKUPS(failed),
	FIELD_COUNT("lookups_shed", "iptally_name_lookups_shed",
		    "Names that were not looked up, since too many were wanted at once.",
		    struct names_statistics, shed, .faces = FACE_PROMETHEUS | FACE_JSON),
};

static size_t name_max_rows(const void *state)
{
	(void)state;
	return 1;
}

static size_t name_copy(const void *opaque, void *rows)
{
	*(struct names_statistics *)rows =
		names_statistics(((const struct self_state *)opaque)->names);
	return 1;
}

const struct family name_family = {
	.name = "name",
	.kind = FAMILY_EXTERNAL,
	.help = "Names of addresses that were looked up.",
	.subtree = 1, /* scalars */
	.fields = name_fields,
	.n_fields = COUNT(name_fields),
	.row_size = sizeof(struct names_statistics),
	.shows = &self_family,
	.max_rows = name_max_rows,
	.copy = name_copy,
};
