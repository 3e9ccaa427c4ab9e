/* SNMP tables from family descriptions, and the look-up of instances in a sorted snapshot. */
#include "snmp/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "snmp/index.h"
#include "snmp/root.h"
#include "snmp/value.h"

#define OBJECTS 1 /* iptallyObjects ::= { iptallyMIB 1 } */
#define ENTRY   1 /* of each table */

static bool is_shown(const struct family_field *field)
{
	return field->column != 0 && (field->faces & FACE_SNMP) &&
	       snmp_value_type(field->kind) != ASN_NULL;
}

static size_t count_shown(const struct family *family)
{
	size_t n = 0;

	for (size_t i = 0; i < family->n_fields; i++)
		n += is_shown(&family->fields[i]);
	return n;
}

static int compare_columns(const void *a, const void *b)
{
	uint32_t left = ((const struct snmp_column *)a)->field->column;
	uint32_t right = ((const struct snmp_column *)b)->field->column;

	return (left > right) - (left < right);
}

static void set_prefix(struct snmp_table *table, bool is_scalar)
{
	size_t n;
	const uint32_t *root = snmp_root(&n);

	for (size_t i = 0; i < n; i++)
		table->prefix[i] = root[i];
	table->prefix[n++] = OBJECTS;
	table->prefix[n++] = table->subtree;
	table->base_length = n;
	if (!is_scalar)
		table->prefix[n++] = ENTRY;
	table->prefix_length = n;
}

static struct snmp_table *find_subtree(struct snmp_tables *tables, uint32_t subtree)
{
	for (size_t i = 0; i < tables->n; i++)
		if (tables->tables[i].subtree == subtree)
			return &tables->tables[i];
	return NULL;
}

static int add_family(struct snmp_tables *tables, const struct family *family, size_t number,
		      size_t rows_max)
{
	struct snmp_table *table = find_subtree(tables, family->subtree);
	size_t n_shown = count_shown(family);
	struct snmp_column *columns;

	if (!table) {
		table = &tables->tables[tables->n++];
		*table = (struct snmp_table){
			.subtree = family->subtree, .name = family->name, .rows_max = rows_max};
		set_prefix(table, family->n_keys == 0);
	}
	table->churns |= family->kind == FAMILY_KEYED || family->kind == FAMILY_RECORD;
	columns = realloc(table->columns, (table->n_columns + n_shown) * sizeof(*columns));
	if (!columns)
		return -ENOMEM;
	table->columns = columns;
	for (size_t i = 0; i < family->n_fields; i++)
		if (is_shown(&family->fields[i]))
			columns[table->n_columns++] =
				(struct snmp_column){&family->fields[i], number};
	qsort(columns, table->n_columns, sizeof(*columns), compare_columns);
	return 0;
}

int snmp_tables_create(struct snmp_tables *tables, const struct family *const *families, size_t n,
		       size_t rows_max, struct error *error)
{
	*tables = (struct snmp_tables){.tables = calloc(n, sizeof(*tables->tables))};
	if (!tables->tables)
		return error_set(error, ENOMEM, "SNMP tables: out of memory");
	for (size_t i = 0; i < n; i++) {
		if (families[i]->subtree == 0 || count_shown(families[i]) == 0)
			continue;
		if (add_family(tables, families[i], i, rows_max) < 0) {
			snmp_tables_destroy(tables);
			return error_set(error, ENOMEM, "SNMP table of %s: out of memory",
					 families[i]->name);
		}
	}
	return 0;
}

void snmp_tables_destroy(struct snmp_tables *tables)
{
	for (size_t i = 0; i < tables->n; i++)
		free(tables->tables[i].columns);
	free(tables->tables);
	*tables = (struct snmp_tables){0};
}

static const struct snapshot_rows *rows_of(const struct snmp_table *table,
					   const struct snapshot *snapshot, size_t column)
{
	return &snapshot->families[table->columns[column].family];
}

static size_t walked_rows(const struct snmp_table *table, const struct snapshot_rows *rows)
{
	return rows->n < table->rows_max ? rows->n : table->rows_max;
}

/* The first column whose number is not below this one, or n_columns. */
static size_t find_column(const struct snmp_table *table, oid number)
{
	size_t column = 0;

	while (column < table->n_columns && table->columns[column].field->column < number)
		column++;
	return column;
}

enum snmp_found snmp_table_find(const struct snmp_table *table, const struct snapshot *snapshot,
				const oid *name, size_t length, struct snmp_cursor *cursor)
{
	size_t at = table->prefix_length;
	size_t column;
	bool equal;

	if (length <= at || netsnmp_oid_equals(name, at, table->prefix, at) != 0)
		return SNMP_NO_OBJECT;
	column = find_column(table, name[at]);
	if (column == table->n_columns || table->columns[column].field->column != name[at])
		return SNMP_NO_OBJECT;
	cursor->column = column;
	cursor->row = snmp_index_find(snapshot, rows_of(table, snapshot, column), name + at + 1,
				      length - at - 1, &equal);
	return equal ? SNMP_FOUND : SNMP_NO_INSTANCE;
}

/* Steps over the ends of columns, and over columns without rows. */
static bool settle(const struct snmp_table *table, const struct snapshot *snapshot,
		   struct snmp_cursor *cursor)
{
	while (cursor->column < table->n_columns) {
		const struct snapshot_rows *rows = rows_of(table, snapshot, cursor->column);

		if (cursor->row < walked_rows(table, rows))
			return true;
		cursor->column++;
		cursor->row = 0;
	}
	return false;
}

bool snmp_table_seek(const struct snmp_table *table, const struct snapshot *snapshot,
		     const oid *name, size_t length, struct snmp_cursor *cursor)
{
	size_t at = table->prefix_length;
	int order = snmp_oid_compare(name, length < at ? length : at, table->prefix, at);

	*cursor = (struct snmp_cursor){0};
	if (order > 0)
		return false;
	if (order == 0 && length > at) {
		bool equal;

		cursor->column = find_column(table, name[at]);
		if (cursor->column == table->n_columns)
			return false;
		if (table->columns[cursor->column].field->column == name[at]) {
			cursor->row =
				snmp_index_find(snapshot, rows_of(table, snapshot, cursor->column),
						name + at + 1, length - at - 1, &equal);
			if (equal)
				cursor->row++;
		}
	}
	return settle(table, snapshot, cursor);
}

bool snmp_table_step(const struct snmp_table *table, const struct snapshot *snapshot,
		     struct snmp_cursor *cursor)
{
	cursor->row++;
	return settle(table, snapshot, cursor);
}

bool snmp_table_next_column(const struct snmp_table *table, const struct snapshot *snapshot,
			    struct snmp_cursor *cursor)
{
	cursor->column++;
	cursor->row = 0;
	return settle(table, snapshot, cursor);
}

size_t snmp_table_name(const struct snmp_table *table, const struct snapshot *snapshot,
		       const struct snmp_cursor *cursor, oid name[MAX_OID_LEN])
{
	size_t length = table->prefix_length;
	oid index[MAX_OID_LEN];
	size_t n = snmp_index_write(snapshot, rows_of(table, snapshot, cursor->column)->family,
				    snmp_table_row(table, snapshot, cursor), index);

	memcpy(name, table->prefix, length * sizeof(*name));
	name[length++] = snmp_table_field(table, cursor)->column;
	memcpy(name + length, index, n * sizeof(*name));
	return length + n;
}
