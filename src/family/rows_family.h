/*
 * What families have in common whose whole state is bounded rows with the counters of struct
 * rows_traffic: a family for the rows, one for its slots, one for what neither holds, one for the
 * table. They differ in keys, names and in what they count.
 */
#ifndef IPTALLY_FAMILY_ROWS_FAMILY_H
#define IPTALLY_FAMILY_ROWS_FAMILY_H

#include "family/bounded.h"
#include "family/rows_traffic.h"

/* A row and a slot alike; the offsets of keys point into `key`. */
struct rows_row {
	uint32_t interface;
	bool exported;
	struct monotonic_time created;
	struct wall_time first_seen, last_seen;
	struct rows_traffic counters;
	_Alignas(8) uint8_t key[ROWS_KEY_MAX];
};

/* What an interface's rows do not hold. */
struct rows_rest_row {
	uint32_t interface;
	struct rows_traffic other;       /* of the exact table */
	struct rows_traffic shown_other; /* what no series was credited with */
	struct rows_slot_totals slots;
};

struct rows_table_row {
	uint64_t entries, capacity, evictions;
};

/* The offset of a key's member in a row. */
#define ROWS_KEY_AT(key_struct, member)                                                            \
	(offsetof(struct rows_row, key) + offsetof(key_struct, member))

/* The interface's key, which stands first in each of these families. */
#define ROWS_INTERFACE_KEY                                                                         \
	{                                                                                          \
		.label = "interface", .kind = KEY_INTERFACE,                                       \
		.offset = offsetof(struct rows_row, interface)                                     \
	}

/* When a row began and was used: three columns in a row. */
#define FIELDS_ROW_TIMES(first_column)                                                             \
	{.name = "created",                                                                        \
	 .help = "When this row began at 0.",                                                      \
	 .kind = FIELD_TIME_STAMP,                                                                 \
	 .faces = FACE_SNMP,                                                                       \
	 .column = first_column,                                                                   \
	 .offset = offsetof(struct rows_row, created)},                                            \
		{.name = "first_seen",                                                             \
		 .help = "When its first packet came.",                                            \
		 .kind = FIELD_DATE,                                                               \
		 .faces = FACE_SNMP | FACE_JSON,                                                   \
		 .column = (first_column) + 1,                                                     \
		 .offset = offsetof(struct rows_row, first_seen)},                                 \
	{                                                                                          \
		.name = "last_seen", .help = "When its last packet came.", .kind = FIELD_DATE,     \
		.merge = MERGE_MOST, .faces = FACE_SNMP | FACE_JSON, .column = (first_column) + 2, \
		.offset = offsetof(struct rows_row, last_seen)                                     \
	}

/* copy and max_rows of the four families; `rows` is a struct rows. */
size_t rows_family_copy(const void *rows, void *copies);
bool rows_family_is_exported(const void *row);
size_t rows_family_slots_max(const void *rows);
size_t rows_family_slots_copy(const void *rows, void *copies);
size_t rows_family_rest_max(const void *rows);
size_t rows_family_rest_copy(const void *rows, void *copies);
size_t rows_family_table_max(const void *rows);
size_t rows_family_table_copy(const void *rows, void *copies);

#endif
