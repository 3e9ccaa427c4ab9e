/* Keys and names in one row of a bounded table: the head, the key, the name. */
#include "names/name_table.h"

#include <string.h>

#include "base/hash.h"

/* Nobody but the administrator writes these files: no seed is needed. */
#define SEED 0

int name_table_create(struct name_table *names, struct ledger *ledger, const char *ledger_name,
		      size_t key_size, size_t name_size, uint32_t capacity, struct error *error)
{
	const size_t unit = _Alignof(struct table_head);
	size_t row_size = sizeof(struct table_head) + key_size + name_size;

	names->key_size = key_size;
	names->name_size = name_size;
	return table_create(&names->table, ledger, ledger_name, (row_size + unit - 1) / unit * unit,
			    capacity, error);
}

static uint32_t find_row(const struct name_table *names, const void *key, uint32_t *hash)
{
	*hash = hash_key(key, names->key_size, SEED);
	return table_find(&names->table, *hash, key, names->key_size);
}

static char *name_of_row(const struct name_table *names, uint32_t row)
{
	return (char *)table_row(&names->table, row) + sizeof(struct table_head) + names->key_size;
}

bool name_table_add(struct name_table *names, const void *key, const char *name)
{
	uint32_t hash, row = find_row(names, key, &hash);

	if (row != TABLE_NONE)
		return true;
	row = table_add(&names->table, hash, key, names->key_size);
	if (row == TABLE_NONE)
		return false;
	strncpy(name_of_row(names, row), name, names->name_size - 1);
	return true;
}

bool name_table_find(const struct name_table *names, const void *key, char *name)
{
	uint32_t hash, row;

	if (names->table.used == 0)
		return false;
	row = find_row(names, key, &hash);
	if (row == TABLE_NONE)
		return false;
	memcpy(name, name_of_row(names, row), names->name_size);
	return true;
}
