/*
 * SNMP tables made from family descriptions: which columns a subtree has, and where in a snapshot
 * the instances are that a request names or that follow it. Knows no request and no session.
 */
#ifndef IPTALLY_SNMP_TABLE_H
#define IPTALLY_SNMP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "base/error.h"
#include "snapshot/snapshot.h"

struct snmp_column {
	const struct family_field *field;
	size_t family; /* in struct snapshot; families with the same subtree share a table */
};

struct snmp_table {
	uint32_t subtree;            /* of iptallyObjects */
	const char *name;            /* of its first family, for messages */
	bool churns;                 /* rows come and go: a walk keeps its snapshot */
	size_t rows_max;             /* that a walk shows */
	struct snmp_column *columns; /* ascending by field->column */
	size_t n_columns;
	oid prefix[MAX_OID_LEN]; /* of all instances, up to the column number */
	size_t prefix_length;
	size_t base_length; /* of prefix: what is registered */
};

struct snmp_tables {
	struct snmp_table *tables;
	size_t n;
};

/* An instance: which column, and which row of that column's family. */
struct snmp_cursor {
	size_t column;
	size_t row;
};

/*
 * Makes the tables of these families, in their order; a family without a subtree or without
 * columns for SNMP makes none. No walk shows more than rows_max rows. Returns 0 or -ENOMEM.
 */
int snmp_tables_create(struct snmp_tables *tables, const struct family *const *families, size_t n,
		       size_t rows_max, struct error *error);
void snmp_tables_destroy(struct snmp_tables *tables);

enum snmp_found { SNMP_FOUND, SNMP_NO_INSTANCE, SNMP_NO_OBJECT };

/* Finds the instance of exactly this name. */
enum snmp_found snmp_table_find(const struct snmp_table *table, const struct snapshot *snapshot,
				const oid *name, size_t length, struct snmp_cursor *cursor);

/* Finds the first instance behind this name; false where the table ends before it. */
bool snmp_table_seek(const struct snmp_table *table, const struct snapshot *snapshot,
		     const oid *name, size_t length, struct snmp_cursor *cursor);

/* Goes on to the next instance, column after column; false at the end of the table. */
bool snmp_table_step(const struct snmp_table *table, const struct snapshot *snapshot,
		     struct snmp_cursor *cursor);

/* The same, to the first instance of the next column that has any. */
bool snmp_table_next_column(const struct snmp_table *table, const struct snapshot *snapshot,
			    struct snmp_cursor *cursor);

/* Writes the name of the instance at the cursor and returns its length. */
size_t snmp_table_name(const struct snmp_table *table, const struct snapshot *snapshot,
		       const struct snmp_cursor *cursor, oid name[MAX_OID_LEN]);

static inline const struct family_field *snmp_table_field(const struct snmp_table *table,
							  const struct snmp_cursor *cursor)
{
	return table->columns[cursor->column].field;
}

static inline const void *snmp_table_row(const struct snmp_table *table,
					 const struct snapshot *snapshot,
					 const struct snmp_cursor *cursor)
{
	return snapshot_row(&snapshot->families[table->columns[cursor->column].family],
			    cursor->row);
}

#endif
