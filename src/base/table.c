/* The bounded table: linear probing, backward-shift deletion (no tombstones, no rehash). */
#include "base/table.h"

#include <errno.h>

int table_create(struct table *table, struct ledger *ledger, const char *name, size_t row_size,
		 uint32_t capacity, struct error *error)
{
	uint64_t slots = 2;
	size_t slot_bytes;
	uint8_t *memory;

	while (slots < 2ULL * capacity)
		slots *= 2;
	if (slots > 1ULL << 32)
		return error_set(error, EINVAL, "%s: a capacity of %u rows is too large", name,
				 capacity);
	slot_bytes = slots * sizeof(struct table_slot);
	memory = ledger_map(ledger, name, slot_bytes + (size_t)capacity * row_size, error);
	if (!memory)
		return -ENOMEM;
	*table = (struct table){
		.slots = (struct table_slot *)memory,
		.rows = memory + slot_bytes,
		.row_size = row_size,
		.mask = (uint32_t)(slots - 1),
		.capacity = capacity,
		.free = TABLE_NONE,
	};
	return 0;
}

uint32_t table_add(struct table *table, uint32_t hash, const void *key, size_t key_size)
{
	struct table_head *head;
	uint32_t row, i;

	if (table->free != TABLE_NONE) {
		row = table->free;
		head = table_row(table, row);
		table->free = head->link;
		memset(head, 0, table->row_size);
	} else if (table->fresh < table->capacity) {
		row = table->fresh++;
		head = table_row(table, row);
	} else {
		return TABLE_NONE;
	}
	*head = (struct table_head){.hash = hash, .link = TABLE_IN_USE};
	memcpy(head + 1, key, key_size);

	for (i = hash & table->mask; table->slots[i].row_plus_one;)
		i = (i + 1) & table->mask;
	table->slots[i] = (struct table_slot){.hash = hash, .row_plus_one = row + 1};
	table->used++;
	return row;
}

void table_remove(struct table *table, uint32_t row)
{
	struct table_head *head = table_row(table, row);
	uint32_t hole = head->hash & table->mask;

	while (table->slots[hole].row_plus_one != row + 1)
		hole = (hole + 1) & table->mask;

	/* Close the gap: an entry may move back only if that does not put it before its own bucket. */
	for (uint32_t i = (hole + 1) & table->mask; table->slots[i].row_plus_one;
	     i = (i + 1) & table->mask) {
		uint32_t home = table->slots[i].hash & table->mask;

		if (((i - home) & table->mask) >= ((i - hole) & table->mask)) {
			table->slots[hole] = table->slots[i];
			hole = i;
		}
	}
	table->slots[hole].row_plus_one = 0;

	head->link = table->free;
	table->free = row;
	table->used--;
}
