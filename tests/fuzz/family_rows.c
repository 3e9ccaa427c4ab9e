/* Reading rows without knowing their structs: offsets come from the fields' names. */
#include "family_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conservation.h"

const char *const family_directions[DIRECTIONS] = {"receive", "transmit"};

struct family_rows family_rows(const struct family_set *families, const struct family *family)
{
	const void *state = family_set_state(families, family);
	size_t most = family->max_rows(state);
	/* Exactly as many as were announced, so that one row more is seen. */
	struct family_rows rows = {family, malloc(most * family->row_size), 0};

	EXPECT(rows.bytes || most == 0);
	if (rows.bytes)
		memset(rows.bytes, 0, most * family->row_size);
	rows.n = family->copy(state, rows.bytes);
	EXPECT(rows.n <= most);
	return rows;
}

const uint8_t *family_row(const struct family_rows *rows, size_t i)
{
	return rows->bytes + i * rows->family->row_size;
}

uint32_t family_row_slot(const struct family_rows *rows, size_t i)
{
	uint32_t slot;

	memcpy(&slot, family_row(rows, i) + rows->family->keys[0].offset, sizeof(slot));
	return slot;
}

uint64_t family_row_value(const uint8_t *row, size_t offset)
{
	uint64_t value;

	memcpy(&value, row + offset, sizeof(value));
	return value;
}

size_t family_offset(const struct family *family, const char *prefix, const char *name)
{
	char whole[64];

	snprintf(whole, sizeof(whole), "%s%s", prefix, name);
	for (size_t i = 0; i < family->n_fields; i++)
		if (strcmp(family->fields[i].name, whole) == 0)
			return family->fields[i].offset;
	fprintf(stderr, "family %s has no field %s\n", family->name, whole);
	abort();
}

struct family_columns family_columns(const struct family *family, const char *prefix,
				     const char *const ways[DIRECTIONS], bool with_connections)
{
	struct family_columns columns = {.packets = {0}};

	for (int way = 0; way < DIRECTIONS; way++) {
		char whole[64];

		snprintf(whole, sizeof(whole), "%s%s_", prefix, ways[way]);
		columns.packets[way] = family_offset(family, whole, "packets");
		columns.bytes[way] = family_offset(family, whole, "bytes");
		if (with_connections)
			columns.connections[way] = family_offset(family, whole, "connections");
	}
	return columns;
}

void family_add(struct traffic *sum, const uint8_t *row, const struct family_columns *columns)
{
	for (int way = 0; way < DIRECTIONS; way++) {
		sum->packets[way] += family_row_value(row, columns->packets[way]);
		sum->bytes[way] += family_row_value(row, columns->bytes[way]);
	}
}
