/* The fields that a bounded table shows of itself: entries, capacity, evictions by reason. */
#ifndef IPTALLY_FAMILY_BOUNDED_H
#define IPTALLY_FAMILY_BOUNDED_H

#include "family/family.h"

#define FIELD_TABLE_ENTRIES(table, row, member, scalar)                                            \
	{                                                                                          \
		.name = table "_entries", .metric = "iptally_table_entries",                       \
		.labels = "table=\"" table "\"", .help = "Rows in use in a bounded table.",        \
		.kind = FIELD_GAUGE, .faces = FACE_ALL, .offset = offsetof(row, member),           \
		.column = scalar                                                                   \
	}

#define FIELD_TABLE_CAPACITY(table, row, member, scalar)                                           \
	{                                                                                          \
		.name = table "_capacity", .metric = "iptally_table_capacity",                     \
		.labels = "table=\"" table "\"", .help = "Rows that a bounded table can hold.",    \
		.kind = FIELD_GAUGE, .faces = FACE_ALL, .offset = offsetof(row, member),           \
		.column = scalar                                                                   \
	}

#define FIELD_TABLE_EVICTIONS(table, reason, row, member, scalar)                                  \
	{                                                                                          \
		.name = table "_evicted_" reason, .metric = "iptally_table_evictions",             \
		.labels = "table=\"" table "\",reason=\"" reason "\"",                             \
		.help = "Rows that left a full bounded table.", .kind = FIELD_COUNTER,             \
		.faces = FACE_ALL, .offset = offsetof(row, member), .column = scalar               \
	}

#endif
