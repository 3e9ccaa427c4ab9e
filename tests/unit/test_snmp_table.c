/*
 * Tables made from descriptions of the test's own, with every kind of key and of field, against a
 * literal list of names and values; and the same walk over random rows.
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
#include "snmp/value.h"

#define OBJECTS ".1.3.6.1.4.1.8072.9999.9999.10177.1"

/* Names and values of a walk as one text a line: "suffix = TYPE: value". */
struct walk {
	char lines[64][160];
	size_t n;
};

struct wide_row {
	uint32_t interface;
	uint8_t network;
	uint8_t protocol;
	uint16_t port;
	uint32_t bucket;
	uint32_t id;
	struct family_address address;
	uint8_t mac[6];
	uint64_t counter;
	uint64_t gauge;
	uint32_t number;
	uint8_t boolean;
	char text[8];
	uint8_t enumeration;
	struct monotonic_time created;
	struct monotonic_time since;
	struct wall_time date;
};

#define AT(member) .offset = offsetof(struct wide_row, member)

static const struct family_key wide_keys[] = {
	{.kind = KEY_INTERFACE, AT(interface)}, {.kind = KEY_NETWORK, AT(network)},
	{.kind = KEY_PROTOCOL, AT(protocol)},   {.kind = KEY_PORT, AT(port)},
	{.kind = KEY_BUCKET, AT(bucket)},       {.kind = KEY_ID, AT(id)},
	{.kind = KEY_ADDRESS, AT(address)},     {.kind = KEY_MAC, AT(mac)},
};

#define SHOWN .faces = FACE_ALL

/* Not in the order of their columns; two of them are not for SNMP. */
static const struct family_field wide_fields[] = {
	{.name = "histogram", .kind = FIELD_HISTOGRAM, SHOWN, .column = 30, AT(counter)},
	{.name = "counter", .kind = FIELD_COUNTER, SHOWN, .column = 11, AT(counter)},
	{.name = "gauge", .kind = FIELD_GAUGE, SHOWN, .column = 12, AT(gauge)},
	{.name = "hidden", .kind = FIELD_GAUGE, .faces = FACE_JSON, .column = 13, AT(gauge)},
	{.name = "no_column", .kind = FIELD_GAUGE, SHOWN, AT(gauge)},
	{.name = "info", .kind = FIELD_INFO, SHOWN, .column = 29},
	{.name = "number", .kind = FIELD_UNSIGNED, SHOWN, .column = 14, AT(number)},
	{.name = "boolean", .kind = FIELD_BOOL, SHOWN, .column = 15, AT(boolean)},
	{.name = "text", .kind = FIELD_TEXT, SHOWN, .column = 16, AT(text), .text_size = 8},
	{.name = "enumeration", .kind = FIELD_ENUM, SHOWN, .column = 17, AT(enumeration)},
	{.name = "type", .kind = FIELD_ADDRESS_TYPE, SHOWN, .column = 18, AT(address)},
	{.name = "address", .kind = FIELD_ADDRESS, SHOWN, .column = 19, AT(address)},
	{.name = "port", .kind = FIELD_PORT, SHOWN, .column = 20, AT(port)},
	{.name = "created", .kind = FIELD_TIME_STAMP, SHOWN, .column = 21, AT(created)},
	{.name = "date", .kind = FIELD_DATE, SHOWN, .column = 22, AT(date)},
	{.name = "age", .kind = FIELD_AGE, SHOWN, .column = 23, AT(since)},
};

static const struct family wide = {
	.name = "wide",
	.kind = FAMILY_KEYED,
	.subtree = 40,
	.keys = wide_keys,
	.n_keys = COUNT(wide_keys),
	.fields = wide_fields,
	.n_fields = COUNT(wide_fields),
	.row_size = sizeof(struct wide_row),
};

static const struct wide_row wide_rows[] = {
	{
		.interface = 1, /* ifIndex 3 */
		.network = 0,
		.protocol = 12,
		.port = 443,
		.bucket = 128,
		.id = 4294967295,
		.address = {4, {192, 0, 2, 255}},
		.mac = {0, 17, 34, 51, 68, 255},
		.counter = 18446744073709551615UL,
		.gauge = 5000000000,
		.number = 7,
		.boolean = 1,
		.text = "eth0",
		.enumeration = 4,
		.created = {950 * NS_PER_SECOND},
		.since = {999 * NS_PER_SECOND},
		.date = {0},
	},
	{
		.interface = 0, /* ifIndex 12 */
		.network = 1,
		.protocol = 0,
		.port = 0,
		.bucket = 0,
		.id = 1,
		.address = {6, {0x20, 1, 0xd, 0xb8, [15] = 1}},
	},
};

/* Two families of one table: the second has a row for one interface only. */
struct narrow_row {
	uint32_t interface;
	uint64_t counter;
};

static const struct family_key narrow_keys[] = {
	{.kind = KEY_INTERFACE, .offset = offsetof(struct narrow_row, interface)},
};

static const struct family_field odd_fields[] = {
	{.name = "c1", .kind = FIELD_COUNTER, SHOWN, .column = 1, .offset = 8},
	{.name = "c3", .kind = FIELD_COUNTER, SHOWN, .column = 3, .offset = 8},
};

static const struct family_field even_fields[] = {
	{.name = "c2", .kind = FIELD_GAUGE, SHOWN, .column = 2, .offset = 8},
	{.name = "c4", .kind = FIELD_GAUGE, SHOWN, .column = 4, .offset = 8},
};

static const struct family odd = {
	.name = "odd",
	.kind = FAMILY_FIXED,
	.subtree = 41,
	.keys = narrow_keys,
	.n_keys = 1,
	.fields = odd_fields,
	.n_fields = 2,
	.row_size = sizeof(struct narrow_row),
};

static const struct family even = {
	.name = "even",
	.kind = FAMILY_EXTERNAL,
	.subtree = 41,
	.keys = narrow_keys,
	.n_keys = 1,
	.fields = even_fields,
	.n_fields = 2,
	.row_size = sizeof(struct narrow_row),
};

static const struct narrow_row odd_rows[] = {{1, 10}, {0, 20}};
static const struct narrow_row even_rows[] = {{0, 30}};

/* Scalars of two families, one of which has no row yet; and a family that SNMP never shows. */
static const struct family_field scalar_fields[] = {
	{.name = "first", .kind = FIELD_COUNTER, SHOWN, .column = 1, .offset = 0},
	{.name = "third", .kind = FIELD_GAUGE, SHOWN, .column = 3, .offset = 0},
};

static const struct family_field later_fields[] = {
	{.name = "second", .kind = FIELD_COUNTER, SHOWN, .column = 2, .offset = 0},
};

static const struct family scalars = {
	.name = "scalars",
	.kind = FAMILY_FIXED,
	.subtree = 42,
	.fields = scalar_fields,
	.n_fields = 2,
	.row_size = sizeof(uint64_t),
};

static const struct family later = {
	.name = "later",
	.kind = FAMILY_EXTERNAL,
	.subtree = 42,
	.fields = later_fields,
	.n_fields = 1,
	.row_size = sizeof(uint64_t),
};

static const struct family unseen = {
	.name = "unseen",
	.kind = FAMILY_RECORD,
	.fields = scalar_fields,
	.n_fields = 2,
	.row_size = sizeof(uint64_t),
};

static const uint64_t scalar_row = 5;

static const struct family *const families[] = {&scalars, &wide, &odd, &unseen, &even, &later};

static const struct snapshot_interface interfaces[] = {{"wan", 12}, {"lan", 3}};

static const struct snapshot_rows rows[] = {
	{&scalars, (const uint8_t *)&scalar_row, 1}, {&wide, (const uint8_t *)wide_rows, 2},
	{&odd, (const uint8_t *)odd_rows, 2},        {&unseen, (const uint8_t *)&scalar_row, 1},
	{&even, (const uint8_t *)even_rows, 1},      {&later, NULL, 0},
};

static const struct snapshot snapshot = {
	.interfaces = interfaces,
	.n_interfaces = 2,
	.families = rows,
	.n_families = COUNT(rows),
};

static const struct snmp_moment moment = {.now = {1000 * NS_PER_SECOND},
					  .began = {900 * NS_PER_SECOND}};

static struct snmp_tables tables;

static int make_tables(void **state)
{
	(void)state;
	return snmp_tables_create(&tables, families, COUNT(families), SIZE_MAX, NULL);
}

static int free_tables(void **state)
{
	(void)state;
	snmp_tables_destroy(&tables);
	return 0;
}

static const struct snmp_table *table_of(uint32_t subtree)
{
	for (size_t i = 0; i < tables.n; i++)
		if (tables.tables[i].subtree == subtree)
			return &tables.tables[i];
	fail_msg("no table %u", subtree);
	return NULL;
}

static size_t parse(const char *text, oid name[MAX_OID_LEN])
{
	size_t length = 0;

	while (*text == '.') {
		char *end;

		name[length++] = strtoul(text + 1, &end, 10);
		text = end;
	}
	return length;
}

static void print_name(char *text, size_t size, const oid *name, size_t length)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < length; i++)
		used += (size_t)snprintf(text + used, size - used, ".%lu", name[i]);
}

static void append_value(char *text, size_t size, const struct snmp_value *value)
{
	const uint8_t *octets = value->data;
	size_t used;

	if (value->type == ASN_COUNTER64) {
		snprintf(text, size, "Counter64 %llu",
			 (unsigned long long)value->storage.counter.high << 32 |
				 value->storage.counter.low);
		return;
	}
	if (value->type != ASN_OCTET_STR) {
		snprintf(text, size, "%s %u",
			 value->type == ASN_INTEGER     ? "INTEGER"
			 : value->type == ASN_TIMETICKS ? "TimeTicks"
							: "Unsigned32",
			 value->storage.number);
		return;
	}
	used = (size_t)snprintf(text, size, "OCTETS");
	for (size_t i = 0; i < value->length; i++)
		used += (size_t)snprintf(text + used, size - used, " %02x", octets[i]);
}

static void print_instance(char *line, size_t size, const struct snmp_table *table,
			   const struct snmp_cursor *cursor)
{
	oid name[MAX_OID_LEN];
	size_t length = snmp_table_name(table, &snapshot, cursor, name);
	struct snmp_value value;
	size_t used;

	print_name(line, size, name, length);
	assert_memory_equal(line, OBJECTS, strlen(OBJECTS));
	memmove(line, line + strlen(OBJECTS), strlen(line) - strlen(OBJECTS) + 1);
	used = strlen(line);
	used += (size_t)snprintf(line + used, size - used, " = ");
	snmp_value_read(&value, snmp_table_field(table, cursor),
			snmp_table_row(table, &snapshot, cursor), NULL, &moment);
	append_value(line + used, size - used, &value);
}

/* Each step asks for what follows the name that the last one gave, as GETNEXT does. */
static void walk_by_name(const struct snmp_table *table, struct walk *walk)
{
	oid name[MAX_OID_LEN];
	size_t length = table->base_length;
	struct snmp_cursor cursor;

	walk->n = 0;
	memcpy(name, table->prefix, length * sizeof(oid));
	while (snmp_table_seek(table, &snapshot, name, length, &cursor)) {
		assert_true(walk->n < COUNT(walk->lines));
		print_instance(walk->lines[walk->n++], sizeof(walk->lines[0]), table, &cursor);
		length = snmp_table_name(table, &snapshot, &cursor, name);
	}
}

static void assert_walk(uint32_t subtree, const char *const *expected, size_t n)
{
	struct walk walk;

	walk_by_name(table_of(subtree), &walk);
	for (size_t i = 0; i < n && i < walk.n; i++)
		assert_string_equal(walk.lines[i], expected[i]);
	assert_int_equal(walk.n, n);
}

#define FIRST  ".3.1.13.443.128.4294967295.1.4.192.0.2.255.0.17.34.51.68.255"
#define SECOND ".12.2.1.0.0.1.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.0.0.0"

static void every_kind_of_key_and_field_is_shown(void **state)
{
	static const char *const expected[] = {
		".40.1.11" FIRST " = Counter64 18446744073709551615",
		".40.1.11" SECOND " = Counter64 0",
		".40.1.12" FIRST " = Unsigned32 4294967295",
		".40.1.12" SECOND " = Unsigned32 0",
		".40.1.14" FIRST " = Unsigned32 7",
		".40.1.14" SECOND " = Unsigned32 0",
		".40.1.15" FIRST " = INTEGER 1",
		".40.1.15" SECOND " = INTEGER 2",
		".40.1.16" FIRST " = OCTETS 65 74 68 30",
		".40.1.16" SECOND " = OCTETS",
		".40.1.17" FIRST " = INTEGER 5",
		".40.1.17" SECOND " = INTEGER 1",
		".40.1.18" FIRST " = INTEGER 1",
		".40.1.18" SECOND " = INTEGER 2",
		".40.1.19" FIRST " = OCTETS c0 00 02 ff",
		".40.1.19" SECOND " = OCTETS 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01",
		".40.1.20" FIRST " = Unsigned32 443",
		".40.1.20" SECOND " = Unsigned32 0",
		".40.1.21" FIRST " = TimeTicks 5000",
		".40.1.21" SECOND " = TimeTicks 0",
		".40.1.22" FIRST " = OCTETS 07 b2 01 01 00 00 00 00 2b 00 00",
		".40.1.22" SECOND " = OCTETS 07 b2 01 01 00 00 00 00 2b 00 00",
		".40.1.23" FIRST " = TimeTicks 100",
		".40.1.23" SECOND " = TimeTicks 100000",
		".40.1.30" FIRST " = Counter64 18446744073709551615",
		".40.1.30" SECOND " = Counter64 0",
	};

	(void)state;
	assert_walk(40, expected, COUNT(expected));
}

static void families_with_the_same_keys_share_a_table(void **state)
{
	static const char *const expected[] = {
		".41.1.1.3 = Counter64 10",   ".41.1.1.12 = Counter64 20",
		".41.1.2.12 = Unsigned32 30", ".41.1.3.3 = Counter64 10",
		".41.1.3.12 = Counter64 20",  ".41.1.4.12 = Unsigned32 30",
	};

	(void)state;
	assert_walk(41, expected, COUNT(expected));
}

static void family_without_keys_has_scalars(void **state)
{
	static const char *const expected[] = {
		".42.1.0 = Counter64 5",
		".42.3.0 = Unsigned32 5",
	};

	(void)state;
	assert_walk(42, expected, COUNT(expected));
}

static void only_families_with_columns_have_tables(void **state)
{
	(void)state;
	assert_int_equal(tables.n, 3);
	assert_true(table_of(40)->churns);
	assert_false(table_of(41)->churns);
	assert_false(table_of(42)->churns);
}

static void steps_go_the_way_of_names(void **state)
{
	const struct snmp_table *table = table_of(40);
	struct walk walk;
	struct snmp_cursor cursor;
	size_t n = 0;
	bool more;

	(void)state;
	walk_by_name(table, &walk);
	for (more = snmp_table_seek(table, &snapshot, table->prefix, table->base_length, &cursor);
	     more; more = snmp_table_step(table, &snapshot, &cursor)) {
		char line[sizeof(walk.lines[0])];

		print_instance(line, sizeof(line), table, &cursor);
		assert_string_equal(line, walk.lines[n++]);
	}
	assert_int_equal(n, walk.n);
}

static void next_column_goes_over_columns_without_rows(void **state)
{
	const struct snmp_table *table = table_of(42);
	struct snmp_cursor cursor = {0, 0};

	(void)state;
	assert_true(snmp_table_next_column(table, &snapshot, &cursor));
	assert_int_equal(snmp_table_field(table, &cursor)->column, 3);
	assert_false(snmp_table_next_column(table, &snapshot, &cursor));
}

static enum snmp_found find(uint32_t subtree, const char *suffix)
{
	char text[256];
	oid name[MAX_OID_LEN];
	struct snmp_cursor cursor;

	snprintf(text, sizeof(text), "%s%s", OBJECTS, suffix);
	return snmp_table_find(table_of(subtree), &snapshot, name, parse(text, name), &cursor);
}

static void get_finds_exactly_what_is_named(void **state)
{
	(void)state;
	assert_int_equal(find(40, ".40.1.11" FIRST), SNMP_FOUND);
	assert_int_equal(find(40, ".40.1.30" SECOND), SNMP_FOUND);
	assert_int_equal(find(41, ".41.1.1.12"), SNMP_FOUND);
	assert_int_equal(find(42, ".42.3.0"), SNMP_FOUND);
}

static void get_of_a_missing_row_has_no_instance(void **state)
{
	(void)state;
	assert_int_equal(find(40, ".40.1.11" FIRST ".0"), SNMP_NO_INSTANCE);
	assert_int_equal(find(40, ".40.1.11.3.1"), SNMP_NO_INSTANCE);
	assert_int_equal(find(40, ".40.1.11"), SNMP_NO_INSTANCE);
	assert_int_equal(find(41, ".41.1.2.3"), SNMP_NO_INSTANCE);
	assert_int_equal(find(41, ".41.1.2.4294967295"), SNMP_NO_INSTANCE);
	assert_int_equal(find(42, ".42.2.0"), SNMP_NO_INSTANCE);
	assert_int_equal(find(42, ".42.1"), SNMP_NO_INSTANCE);
	assert_int_equal(find(42, ".42.1.1"), SNMP_NO_INSTANCE);
}

static void get_of_a_missing_column_has_no_object(void **state)
{
	(void)state;
	assert_int_equal(find(40, ".40.1.1.3"), SNMP_NO_OBJECT);
	assert_int_equal(find(40, ".40.1.13" FIRST), SNMP_NO_OBJECT);
	assert_int_equal(find(40, ".40.1.29" FIRST), SNMP_NO_OBJECT);
	assert_int_equal(find(40, ".40.2.11" FIRST), SNMP_NO_OBJECT);
	assert_int_equal(find(40, ".40.1"), SNMP_NO_OBJECT);
	assert_int_equal(find(40, ".40"), SNMP_NO_OBJECT);
	assert_int_equal(find(42, ".42.4.0"), SNMP_NO_OBJECT);
}

/* Expects the suffix of the name that follows; NULL: the end of the table. */
static void assert_follows(uint32_t subtree, const char *after, const char *expected)
{
	const struct snmp_table *table = table_of(subtree);
	char text[256];
	oid name[MAX_OID_LEN];
	size_t length;
	struct snmp_cursor cursor;

	snprintf(text, sizeof(text), "%s%s", OBJECTS, after);
	length = parse(text, name);
	if (!expected) {
		assert_false(snmp_table_seek(table, &snapshot, name, length, &cursor));
		return;
	}
	assert_true(snmp_table_seek(table, &snapshot, name, length, &cursor));
	length = snmp_table_name(table, &snapshot, &cursor, name);
	print_name(text, sizeof(text), name, length);
	assert_string_equal(text + strlen(OBJECTS), expected);
}

static void next_of_names_between_instances_is_the_one_behind(void **state)
{
	(void)state;
	assert_follows(40, "", ".40.1.11" FIRST);
	assert_follows(40, ".39.9.9", ".40.1.11" FIRST);
	assert_follows(40, ".40.0.99", ".40.1.11" FIRST);
	assert_follows(40, ".40.1.11.3.1.13.443.128.4294967295.1.4.192.0.2", ".40.1.11" FIRST);
	assert_follows(40, ".40.1.11" FIRST ".0.0", ".40.1.11" SECOND);
	assert_follows(40, ".40.1.11.4", ".40.1.11" SECOND);
	assert_follows(40, ".40.1.11.13", ".40.1.12" FIRST);
	assert_follows(40, ".40.1.13.1", ".40.1.14" FIRST);
	assert_follows(40, ".40.1.30" SECOND, NULL);
	assert_follows(40, ".40.1.31", NULL);
	assert_follows(40, ".40.2", NULL);
	assert_follows(40, ".41", NULL);
	assert_follows(42, ".42.1.0", ".42.3.0");
	assert_follows(42, ".42.1", ".42.1.0");
	assert_follows(42, ".42.3.0", NULL);
}

static void walk_shows_no_more_rows_than_it_may(void **state)
{
	struct snmp_tables capped;
	struct snmp_cursor cursor;
	const struct snmp_table *table;
	oid name[MAX_OID_LEN];
	size_t n = 0;
	bool more;

	(void)state;
	assert_int_equal(snmp_tables_create(&capped, families, COUNT(families), 1, NULL), 0);
	table = &capped.tables[2];
	assert_int_equal(table->subtree, 41);
	for (more = snmp_table_seek(table, &snapshot, table->prefix, table->base_length, &cursor);
	     more; more = snmp_table_step(table, &snapshot, &cursor))
		n++;
	assert_int_equal(n, 4);
	/* What is asked for by name is there all the same. */
	assert_int_equal(
		snmp_table_find(table, &snapshot, name, parse(OBJECTS ".41.1.1.12", name), &cursor),
		SNMP_FOUND);
	snmp_tables_destroy(&capped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_key_and_field_is_shown),
		cmocka_unit_test(families_with_the_same_keys_share_a_table),
		cmocka_unit_test(family_without_keys_has_scalars),
		cmocka_unit_test(only_families_with_columns_have_tables),
		cmocka_unit_test(steps_go_the_way_of_names),
		cmocka_unit_test(next_column_goes_over_columns_without_rows),
		cmocka_unit_test(get_finds_exactly_what_is_named),
		cmocka_unit_test(get_of_a_missing_row_has_no_instance),
		cmocka_unit_test(get_of_a_missing_column_has_no_object),
		cmocka_unit_test(next_of_names_between_instances_is_the_one_behind),
		cmocka_unit_test(walk_shows_no_more_rows_than_it_may),
	};

	return cmocka_run_group_tests(tests, make_tables, free_tables);
}
