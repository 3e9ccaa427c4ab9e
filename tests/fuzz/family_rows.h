/* The rows of a family as a snapshot gets them, summed up by the descriptions that exporters read. */
#ifndef IPTALLY_FUZZ_FAMILY_ROWS_H
#define IPTALLY_FUZZ_FAMILY_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "family/family_table.h"
#include "family/traffic.h"

struct family_rows {
	const struct family *family;
	uint8_t *bytes; /* the caller's, to be freed */
	size_t n;
};

struct family_rows family_rows(const struct family_set *families, const struct family *family);

const uint8_t *family_row(const struct family_rows *rows, size_t i);

/* The interface slot of a row, whose key stands first. */
uint32_t family_row_slot(const struct family_rows *rows, size_t i);

uint64_t family_row_value(const uint8_t *row, size_t offset);

/* Where a row holds a field; there must be one of this name. */
size_t family_offset(const struct family *family, const char *prefix, const char *name);

/* Where a row holds its traffic, and the connections of both ways. */
struct family_columns {
	size_t packets[DIRECTIONS], bytes[DIRECTIONS], connections[DIRECTIONS];
};

/* By the names of the two ways: "receive" and "transmit", or what else a family has. */
struct family_columns family_columns(const struct family *family, const char *prefix,
				     const char *const ways[DIRECTIONS], bool with_connections);

extern const char *const family_directions[DIRECTIONS];

void family_add(struct traffic *sum, const uint8_t *row, const struct family_columns *columns);

#endif
