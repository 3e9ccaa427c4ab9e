/*
 * Property: over random rows under random keys, a walk is strictly ascending and gives each row
 * once in each column, and what follows any name is what a search through the whole list finds.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "snmp/index.h"
#include "snmp/table.h"

#define ROUNDS      60
#define ROWS_MAX    60
#define KEYS_MAX    4
#define COLUMNS     3
#define INTERFACES  4
#define SNMP_KEYS   (KEY_MAC + 1) /* kinds of keys; what is behind has no index */
#define KEY_SIZE    24
#define FIRST_INDEX 0x7fffffffU /* ifIndexes on both sides of it: no signed comparison */

/* A row is an array of slots, one for each key, and a number that tells rows apart. */
struct row {
	uint8_t keys[KEYS_MAX][KEY_SIZE];
	uint64_t number;
};

static uint64_t random_state;

/* splitmix64 */
static uint64_t random_u64(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* Small numbers often, so that rows agree in part of their keys. */
static uint32_t random_number(uint32_t max)
{
	return (uint32_t)(random_u64() % 2 ? random_u64() % 3 : random_u64()) % (max ? max : 1);
}

static const struct snapshot_interface interfaces[INTERFACES] = {
	{"d", FIRST_INDEX + 3}, {"a", 2}, {"c", FIRST_INDEX}, {"b", 7}};

static void random_key(enum key_kind kind, uint8_t key[KEY_SIZE])
{
	struct family_address address = {0};
	uint32_t number;
	uint16_t port;

	memset(key, 0, KEY_SIZE);
	switch (kind) {
	case KEY_INTERFACE:
		number = random_number(INTERFACES);
		memcpy(key, &number, sizeof(number));
		break;
	case KEY_NETWORK:
		key[0] = (uint8_t)random_number(4);
		break;
	case KEY_PROTOCOL:
		key[0] = (uint8_t)random_number(13);
		break;
	case KEY_PORT:
		port = (uint16_t)random_number(65536);
		memcpy(key, &port, sizeof(port));
		break;
	case KEY_BUCKET:
	case KEY_ID:
	case KEY_RANK:
		number = random_number(UINT32_MAX);
		memcpy(key, &number, sizeof(number));
		break;
	case KEY_ADDRESS:
		address.version = random_u64() % 2 ? 4 : 6;
		for (int i = 0; i < (address.version == 4 ? 4 : 16); i++)
			address.bytes[i] = (uint8_t)random_number(256);
		memcpy(key, &address, sizeof(address));
		break;
	case KEY_MAC:
		for (int i = 0; i < 6; i++)
			key[i] = (uint8_t)random_number(256);
		break;
	case KEY_SERIAL:
		break;
	}
}

/* What a key is in an index, written down once more and in another way: as text. */
static void append_key(char *text, enum key_kind kind, const uint8_t key[KEY_SIZE])
{
	uint32_t number;
	uint16_t port;
	int n = 0;
	const uint8_t *octets = key;

	memcpy(&number, key, sizeof(number));
	memcpy(&port, key, sizeof(port));
	text += strlen(text);
	switch (kind) {
	case KEY_INTERFACE:
		sprintf(text, ".%u", interfaces[number].ifindex);
		return;
	case KEY_NETWORK:
	case KEY_PROTOCOL:
		sprintf(text, ".%d", key[0] + 1);
		return;
	case KEY_PORT:
		sprintf(text, ".%d", port);
		return;
	case KEY_BUCKET:
	case KEY_ID:
	case KEY_RANK:
		sprintf(text, ".%u", number);
		return;
	case KEY_ADDRESS:
		n = key[0] == 4 ? 4 : 16;
		octets = key + offsetof(struct family_address, bytes);
		text += sprintf(text, ".%d.%d", key[0] == 4 ? 1 : 2, n);
		break;
	case KEY_MAC:
		n = 6;
		break;
	case KEY_SERIAL:
		break;
	}
	for (int i = 0; i < n; i++)
		text += sprintf(text, ".%d", octets[i]);
}

struct name {
	oid oids[MAX_OID_LEN];
	size_t length;
};

static void parse(struct name *name, const char *text)
{
	name->length = 0;
	while (*text == '.') {
		char *end;

		name->oids[name->length++] = strtoul(text + 1, &end, 10);
		text = end;
	}
}

/* RFC 3416 4.2.2: lexicographically, the shorter one first. */
static int compare_names(const struct name *a, const struct name *b)
{
	for (size_t i = 0; i < a->length && i < b->length; i++)
		if (a->oids[i] != b->oids[i])
			return a->oids[i] < b->oids[i] ? -1 : 1;
	return (a->length > b->length) - (a->length < b->length);
}

struct world {
	struct family family;
	struct family_key keys[KEYS_MAX];
	struct family_field fields[COLUMNS];
	struct row rows[ROWS_MAX];
	struct name indexes[ROWS_MAX];
	struct snapshot_rows list;
	struct snapshot snapshot;
	struct snmp_tables tables;
};

static void index_of(const struct world *world, const struct row *row, struct name *index)
{
	char text[512] = "";

	for (size_t i = 0; i < world->family.n_keys; i++)
		append_key(text, world->keys[i].kind, row->keys[i]);
	parse(index, text);
}

/* Puts the row where it belongs; a row whose index is there already is left out. */
static void insert_sorted(struct world *world, const struct row *row)
{
	struct name index;
	size_t at = 0;

	index_of(world, row, &index);
	while (at < world->list.n && compare_names(&world->indexes[at], &index) < 0)
		at++;
	if (at < world->list.n && compare_names(&world->indexes[at], &index) == 0)
		return;
	memmove(&world->rows[at + 1], &world->rows[at], (world->list.n - at) * sizeof(*row));
	memmove(&world->indexes[at + 1], &world->indexes[at], (world->list.n - at) * sizeof(index));
	world->rows[at] = *row;
	world->indexes[at] = index;
	world->list.n++;
}

static struct world *make_world(void)
{
	static const struct family *families[1];
	struct world *world = calloc(1, sizeof(*world));
	size_t n_keys = 1 + random_u64() % KEYS_MAX;
	size_t n = random_u64() % ROWS_MAX;

	assert_non_null(world);
	for (size_t i = 0; i < n_keys; i++)
		world->keys[i] =
			(struct family_key){.kind = (enum key_kind)(random_u64() % SNMP_KEYS),
					    .offset = offsetof(struct row, keys[i])};
	for (uint32_t i = 0; i < COLUMNS; i++)
		world->fields[i] = (struct family_field){.kind = FIELD_COUNTER,
							 .faces = FACE_ALL,
							 .column = 2 + 3 * i,
							 .offset = offsetof(struct row, number)};
	world->family = (struct family){.name = "random",
					.kind = FAMILY_KEYED,
					.subtree = 50,
					.keys = world->keys,
					.n_keys = n_keys,
					.fields = world->fields,
					.n_fields = COLUMNS,
					.row_size = sizeof(struct row)};
	for (size_t i = 0; i < n; i++) {
		struct row row = {.number = i};

		for (size_t k = 0; k < n_keys; k++)
			random_key(world->keys[k].kind, row.keys[k]);
		insert_sorted(world, &row);
	}
	world->list.family = &world->family;
	world->list.rows = (const uint8_t *)world->rows;
	world->snapshot = (struct snapshot){.interfaces = interfaces,
					    .n_interfaces = INTERFACES,
					    .families = &world->list,
					    .n_families = 1};
	families[0] = &world->family;
	assert_int_equal(snmp_tables_create(&world->tables, families, 1, SIZE_MAX, NULL), 0);
	return world;
}

static void free_world(struct world *world)
{
	snmp_tables_destroy(&world->tables);
	free(world);
}

/* The full name of row and column, from the list above. */
static void name_of(const struct world *world, size_t column, size_t row, struct name *name)
{
	const struct snmp_table *table = &world->tables.tables[0];
	const struct name *index = &world->indexes[row];

	memcpy(name->oids, table->prefix, table->prefix_length * sizeof(oid));
	name->oids[table->prefix_length] = world->fields[column].column;
	memcpy(name->oids + table->prefix_length + 1, index->oids, index->length * sizeof(oid));
	name->length = table->prefix_length + 1 + index->length;
}

static void walk_is_ascending_and_gives_each_row_once(void **state)
{
	(void)state;
	for (random_state = 1; random_state < ROUNDS;) {
		uint64_t seed = random_state;
		struct world *world = make_world();
		const struct snmp_table *table = &world->tables.tables[0];
		struct name last = {.length = table->base_length};
		struct snmp_cursor cursor;
		size_t n = 0;

		memcpy(last.oids, table->prefix, sizeof(last.oids));
		while (snmp_table_seek(table, &world->snapshot, last.oids, last.length, &cursor)) {
			struct name name, expected;
			const struct row *row = snmp_table_row(table, &world->snapshot, &cursor);

			name.length = snmp_table_name(table, &world->snapshot, &cursor, name.oids);
			assert_true(compare_names(&last, &name) < 0);
			assert_true(n < COLUMNS * world->list.n);
			name_of(world, n / world->list.n, n % world->list.n, &expected);
			assert_int_equal(compare_names(&name, &expected), 0);
			assert_int_equal(row->number, world->rows[n % world->list.n].number);
			last = name;
			n++;
		}
		assert_int_equal(n, COLUMNS * world->list.n);
		free_world(world);
		random_state = seed + 1;
	}
}

/* A name near those that exist: cut, grown, or changed in one place. */
static void random_name(const struct world *world, struct name *name)
{
	size_t prefix = world->tables.tables[0].prefix_length;

	if (world->list.n == 0) {
		memcpy(name->oids, world->tables.tables[0].prefix, sizeof(name->oids));
		name->length = prefix;
		return;
	}
	name_of(world, random_u64() % COLUMNS, random_u64() % world->list.n, name);
	switch (random_u64() % 4) {
	case 0:
		name->length = prefix - 1 + random_u64() % (name->length - prefix + 2);
		break;
	case 1:
		name->oids[name->length++] = random_number(3);
		break;
	case 2:
		name->oids[prefix + random_u64() % (name->length - prefix)] =
			random_number(UINT32_MAX);
		break;
	default:
		break;
	}
}

static void any_name_leads_to_the_same_as_a_plain_search(void **state)
{
	(void)state;
	for (random_state = 1000; random_state < 1000 + ROUNDS;) {
		uint64_t seed = random_state;
		struct world *world = make_world();
		const struct snmp_table *table = &world->tables.tables[0];

		for (int i = 0; i < 200; i++) {
			struct name name, candidate;
			struct snmp_cursor cursor;
			size_t behind = 0;
			bool exists = false;
			size_t all = COLUMNS * world->list.n;

			random_name(world, &name);
			for (; behind < all; behind++) {
				name_of(world, behind / world->list.n, behind % world->list.n,
					&candidate);
				exists |= compare_names(&candidate, &name) == 0;
				if (compare_names(&candidate, &name) > 0)
					break;
			}
			assert_int_equal(snmp_table_find(table, &world->snapshot, name.oids,
							 name.length, &cursor) == SNMP_FOUND,
					 exists);
			assert_int_equal(snmp_table_seek(table, &world->snapshot, name.oids,
							 name.length, &cursor),
					 behind < all);
			if (behind < all) {
				assert_int_equal(cursor.column, behind / world->list.n);
				assert_int_equal(cursor.row, behind % world->list.n);
			}
		}
		free_world(world);
		random_state = seed + 1;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walk_is_ascending_and_gives_each_row_once),
		cmocka_unit_test(any_name_leads_to_the_same_as_a_plain_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
