/*
 * Keys and their names, read from a file at the start and never changed after it. Of a key that
 * stands there twice the first one counts, as in the C library.
 */
#ifndef IPTALLY_NAMES_NAME_TABLE_H
#define IPTALLY_NAMES_NAME_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/table.h"

struct name_table {
	struct table table;
	size_t key_size;
	size_t name_size; /* with the NUL */
};

/* Keys are compared as bytes. 0, or a negative errno with *error filled. */
int name_table_create(struct name_table *names, struct ledger *ledger, const char *ledger_name,
		      size_t key_size, size_t name_size, uint32_t capacity, struct error *error);

/* The name must fit. False: the table is full. */
bool name_table_add(struct name_table *names, const void *key, const char *name);

/* Fills name (name_size) and returns true where there is one. A zeroed table has none. */
bool name_table_find(const struct name_table *names, const void *key, char *name);

#endif
