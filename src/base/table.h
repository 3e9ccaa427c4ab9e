/*
 * A bounded table: an index of (hash, row number) pairs at no more than half load in front of a
 * flat array of rows. Rows never move, so a row number is a lasting name for as long as the row
 * lives. Nothing is allocated after table_create().
 *
 * A row is a struct that begins with a struct table_head, followed at once by its key, which is
 * compared as bytes (no padding inside).
 */
#ifndef IPTALLY_BASE_TABLE_H
#define IPTALLY_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/prefetch.h"

#define TABLE_NONE UINT32_MAX

struct table_head {
	uint32_t hash;
	uint32_t link; /* TABLE_IN_USE, or the next free row */
};

#define TABLE_IN_USE (UINT32_MAX - 1)

struct table_slot {
	uint32_t hash;
	uint32_t row_plus_one; /* 0: empty */
};

struct table {
	struct table_slot *slots;
	uint8_t *rows;
	size_t row_size;
	uint32_t mask;
	uint32_t capacity;
	uint32_t used;
	uint32_t fresh; /* rows from here on were never used */
	uint32_t free;  /* first free row below it, or TABLE_NONE */
};

/* Maps a table of `capacity` rows under this name in the ledger. 0, or a negative errno and *error. */
int table_create(struct table *table, struct ledger *ledger, const char *name, size_t row_size,
		 uint32_t capacity, struct error *error);

/* A zeroed row with this key, which must not be in the table yet; TABLE_NONE when it is full. */
uint32_t table_add(struct table *table, uint32_t hash, const void *key, size_t key_size);

void table_remove(struct table *table, uint32_t row);

static inline void *table_row(const struct table *table, uint32_t row)
{
	return table->rows + (size_t)row * table->row_size;
}

static inline uint32_t table_row_number(const struct table *table, const void *row)
{
	return (uint32_t)((size_t)((const uint8_t *)row - table->rows) / table->row_size);
}

static inline bool table_row_in_use(const struct table *table, uint32_t row)
{
	return row < table->fresh &&
	       ((const struct table_head *)table_row(table, row))->link == TABLE_IN_USE;
}

static inline uint32_t table_row_hash(const struct table *table, uint32_t row)
{
	return ((const struct table_head *)table_row(table, row))->hash;
}

static inline bool table_row_has_key(const struct table *table, uint32_t row, const void *key,
				     size_t key_size)
{
	const uint8_t *bytes = table_row(table, row);

	return memcmp(bytes + sizeof(struct table_head), key, key_size) == 0;
}

static inline void table_prefetch_slot(const struct table *table, uint32_t hash)
{
	prefetch_line(&table->slots[hash & table->mask]);
}

/*
 * Fetches the first `bytes` of the row whose key has this hash. Returns its number, or TABLE_NONE where
 * there is none, and so no row that table_find() would find.
 */
static inline uint32_t table_prefetch_row(const struct table *table, uint32_t hash, size_t bytes)
{
	for (uint32_t i = hash & table->mask;; i = (i + 1) & table->mask) {
		const struct table_slot *slot = &table->slots[i];

		if (!slot->row_plus_one)
			return TABLE_NONE;
		if (slot->hash != hash)
			continue;
		prefetch_bytes(table_row(table, slot->row_plus_one - 1), bytes);
		return slot->row_plus_one - 1;
	}
}

static inline uint32_t table_find(const struct table *table, uint32_t hash, const void *key,
				  size_t key_size)
{
	for (uint32_t i = hash & table->mask;; i = (i + 1) & table->mask) {
		const struct table_slot *slot = &table->slots[i];

		if (!slot->row_plus_one)
			return TABLE_NONE;
		if (slot->hash == hash &&
		    table_row_has_key(table, slot->row_plus_one - 1, key, key_size))
			return slot->row_plus_one - 1;
	}
}

#endif
