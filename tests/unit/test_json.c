/* A family's rows as JSON, against text written by hand. The family is the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "decode/packet.h"
#include "http/api.h"
#include "http/json.h"

struct thing_row {
	uint32_t interface;
	uint8_t network, protocol;
	uint16_t port;
	uint32_t id;
	struct family_address address;
	uint8_t mac[6];
	uint64_t packets, delay_ns;
	uint8_t up, state;
	char alias[32];
	struct wall_time since;
	struct monotonic_time seen;
	uint32_t number;
	uint64_t serial;
	bool has_number;
};

static const struct family_key thing_keys[] = {
	{"interface", KEY_INTERFACE, offsetof(struct thing_row, interface)},
	{"network", KEY_NETWORK, offsetof(struct thing_row, network)},
	{"protocol", KEY_PROTOCOL, offsetof(struct thing_row, protocol)},
	{"port", KEY_PORT, offsetof(struct thing_row, port)},
	{NULL, KEY_ID, offsetof(struct thing_row, id)},
	{"host", KEY_ADDRESS, offsetof(struct thing_row, address)},
	{"mac", KEY_MAC, offsetof(struct thing_row, mac)},
	{"serial", KEY_SERIAL, offsetof(struct thing_row, serial)},
};

#define FIELD(field, field_kind, member, ...)                                                      \
	{                                                                                          \
		.name = field, .kind = field_kind, .faces = FACE_JSON,                             \
		.offset = offsetof(struct thing_row, member), __VA_ARGS__                          \
	}

static const char *const states[] = {"asleep", "awake", NULL};

static const struct family_field thing_fields[] = {
	FIELD("packets", FIELD_COUNTER, packets, ),
	FIELD("delay", FIELD_GAUGE, delay_ns, .scale = SCALE_NS_TO_SECONDS),
	FIELD("up", FIELD_BOOL, up, ),
	FIELD("state", FIELD_ENUM, state, .enum_names = states),
	FIELD("alias", FIELD_TEXT, alias, .text_size = 32),
	FIELD("since", FIELD_DATE, since, ),
	FIELD("age", FIELD_AGE, seen, ),
	FIELD("number", FIELD_UNSIGNED, number, ),
	FIELD("kind", FIELD_ADDRESS_TYPE, address, ),
	FIELD("peer", FIELD_ADDRESS, address, ),
	FIELD("peer_port", FIELD_PORT, port, ),
	FIELD("only_some_rows_have_it", FIELD_UNSIGNED, number,
	      .has_offset = offsetof(struct thing_row, has_number)),
	{.name = "info", .kind = FIELD_INFO, .faces = FACE_ALL},
	{.name = "snmp_only", .kind = FIELD_COUNTER, .faces = FACE_SNMP},
};

static const struct family thing_family = {
	.name = "thing",
	.help = "Things.",
	.keys = thing_keys,
	.n_keys = COUNT(thing_keys),
	.fields = thing_fields,
	.n_fields = COUNT(thing_fields),
	.row_size = sizeof(struct thing_row),
};

struct bucket_row {
	uint32_t lower, upper;
	uint64_t count, sum_ns;
};

static const struct family_key bucket_keys[] = {
	{NULL, KEY_BUCKET, offsetof(struct bucket_row, lower)},
};

static const struct family_field bucket_fields[] = {
	{.name = "held",
	 .kind = FIELD_HISTOGRAM,
	 .scale = SCALE_NS_TO_SECONDS,
	 .faces = FACE_JSON,
	 .offset = offsetof(struct bucket_row, count),
	 .sum_offset = offsetof(struct bucket_row, sum_ns),
	 .upper_offset = offsetof(struct bucket_row, upper)},
};

static const struct family bucket_family = {
	.name = "bucket",
	.keys = bucket_keys,
	.n_keys = COUNT(bucket_keys),
	.fields = bucket_fields,
	.n_fields = COUNT(bucket_fields),
	.row_size = sizeof(struct bucket_row),
};

static const struct family_field shy_fields[] = {
	{.name = "packets", .kind = FIELD_COUNTER, .faces = FACE_PROMETHEUS | FACE_SNMP},
};

static const struct family shy_family = {
	.name = "shy",
	.fields = shy_fields,
	.n_fields = COUNT(shy_fields),
	.row_size = sizeof(uint64_t),
};

static const struct snapshot_interface interfaces[] = {
	{.name = "a\"b\\c\nd\xff\xc3\xa9", .ifindex = 3},
};

/* What stands at a name of the API, NUL-terminated, to be freed; NULL: nothing. */
static char *ask(const char *name, const struct snapshot_rows *rows, size_t n)
{
	const struct snapshot snapshot = {.number = 7,
					  .taken_wall = {1700000000250000000},
					  .interfaces = interfaces,
					  .n_interfaces = COUNT(interfaces),
					  .families = rows,
					  .n_families = n};
	struct buffer out = {0};

	if (!api_render(&snapshot, name, &out)) {
		assert_int_equal(out.length, 0);
		return NULL;
	}
	buffer_append(&out, "", 1);
	assert_false(out.failed);
	return out.data;
}

static void assert_answer(const char *name, const struct snapshot_rows *rows, size_t n,
			  const char *expected)
{
	char *text = ask(name, rows, n);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void every_kind_of_key_and_field_has_its_value(void **state)
{
	static const struct thing_row things[] = {
		{.network = NETWORK_IPV6,
		 .protocol = PROTOCOL_ICMPV6,
		 .port = 65535,
		 .id = UINT32_MAX,
		 .address = {6, {0x20, 1, 0xd, 0xb8, [15] = 1}},
		 .mac = {0, 0x1b, 0x21, 0xff, 0, 9},
		 .packets = UINT64_MAX,
		 .delay_ns = UINT64_MAX,
		 .up = 1,
		 .state = 1,
		 .alias = "to \"ISP\"/\x80",
		 .since = {1700000000250000000},
		 .seen = {INT64_MAX},
		 .number = UINT32_MAX,
		 .serial = UINT64_MAX,
		 .has_number = true},
		{.address = {4, {192, 0, 2, 1}}, .since = {-1}, .seen = {INT64_MAX}},
	};
	static const struct snapshot_rows rows[] = {
		{&thing_family, (const uint8_t *)things, COUNT(things)}};

	(void)state;
	assert_answer(
		"thing", rows, 1,
		"{\"family\":\"thing\",\"taken\":\"2023-11-14T22:13:20.250Z\",\"snapshot\":7,"
		"\"total\":2,\"truncated\":false,\"rows\":[\n"
		"{\"interface\":\"a\\\"b\\\\c\\nd\xef\xbf\xbd\xc3\xa9\",\"network\":\"ipv6\","
		"\"protocol\":\"icmpv6\",\"port\":65535,\"id\":4294967295,"
		"\"host\":\"2001:db8::1\",\"mac\":\"00:1b:21:ff:00:09\","
		"\"serial\":18446744073709551615,"
		"\"packets\":18446744073709551615,\"delay\":18446744073.709551615,\"up\":true,"
		"\"state\":\"awake\",\"alias\":\"to \\\"ISP\\\"/\xef\xbf\xbd\","
		"\"since\":\"2023-11-14T22:13:20.250Z\",\"age\":0.000000000,"
		"\"number\":4294967295,\"kind\":\"ipv6\",\"peer\":\"2001:db8::1\","
		"\"peer_port\":65535,\"only_some_rows_have_it\":4294967295},\n"
		"{\"interface\":\"a\\\"b\\\\c\\nd\xef\xbf\xbd\xc3\xa9\",\"network\":\"ipv4\","
		"\"protocol\":\"tcp\",\"port\":0,\"id\":0,\"host\":\"192.0.2.1\","
		"\"mac\":\"00:00:00:00:00:00\",\"serial\":0,\"packets\":0,\"delay\":0.000000000,"
		"\"up\":false,"
		"\"state\":\"asleep\",\"alias\":\"\",\"since\":\"1970-01-01T00:00:00.000Z\","
		"\"age\":0.000000000,\"number\":0,\"kind\":\"ipv4\",\"peer\":\"192.0.2.1\","
		"\"peer_port\":0}\n"
		"]}\n");
}

static void buckets_are_told_by_their_upper_bounds_in_the_unit_of_the_histogram(void **state)
{
	static const struct bucket_row buckets[] = {{0, 1000000, 3, 1500000},
						    {1000001, UINT32_MAX, 1, 5000000000}};
	static const struct snapshot_rows rows[] = {{&bucket_family, (const uint8_t *)buckets, 2}};

	(void)state;
	assert_answer("bucket", rows, 1,
		      "{\"family\":\"bucket\",\"taken\":\"2023-11-14T22:13:20.250Z\","
		      "\"snapshot\":7,\"total\":2,\"truncated\":false,\"rows\":[\n"
		      "{\"le\":0.001000000,\"held\":3,\"held_sum\":0.001500000},\n"
		      "{\"le\":null,\"held\":1,\"held_sum\":5.000000000}\n"
		      "]}\n");
}

static void family_without_rows_has_an_empty_list(void **state)
{
	static const struct snapshot_rows rows[] = {{&bucket_family, NULL, 0}};

	(void)state;
	assert_answer("bucket", rows, 1,
		      "{\"family\":\"bucket\",\"taken\":\"2023-11-14T22:13:20.250Z\","
		      "\"snapshot\":7,\"total\":0,\"truncated\":false,\"rows\":[]}\n");
}

static void long_family_is_cut_and_says_so(void **state)
{
	struct bucket_row *buckets = calloc(JSON_ROWS_MAX + 1, sizeof(*buckets));
	const struct snapshot_rows rows[] = {
		{&bucket_family, (const uint8_t *)buckets, JSON_ROWS_MAX + 1}};
	size_t n = 0;
	char *text;

	(void)state;
	assert_non_null(buckets);
	text = ask("bucket", rows, 1);
	assert_non_null(strstr(text, "\"total\":10001,\"truncated\":true"));
	for (const char *at = text; (at = strstr(at, "\"le\":")); at++)
		n++;
	assert_int_equal(n, JSON_ROWS_MAX);
	free(text);
	free(buckets);
}

static uint64_t count_of(const void *row)
{
	return ((const struct bucket_row *)row)->count;
}

/* The highest first, as many as are shown; of the same rank in the order of their keys. */
static void rows_with_a_rank_stand_in_its_order(void **state)
{
	struct bucket_row *buckets = calloc(JSON_ROWS_MAX + 1, sizeof(*buckets));
	const struct family ranked_family = {
		.name = "bucket",
		.keys = bucket_keys,
		.n_keys = COUNT(bucket_keys),
		.fields = bucket_fields,
		.n_fields = COUNT(bucket_fields),
		.row_size = sizeof(*buckets),
		.rank = count_of,
	};
	const struct snapshot_rows rows[] = {
		{&ranked_family, (const uint8_t *)buckets, JSON_ROWS_MAX + 1}};
	char *text;

	(void)state;
	assert_non_null(buckets);
	for (uint32_t i = 0; i <= JSON_ROWS_MAX; i++)
		buckets[i] = (struct bucket_row){i, i, 2, 0};
	buckets[5].count = 1;
	buckets[7].count = 3;
	buckets[JSON_ROWS_MAX].count = 4;
	text = ask("bucket", rows, 1);
	assert_non_null(strstr(text, "\"rows\":[\n"
				     "{\"le\":0.000010000,\"held\":4,\"held_sum\":0.000000000},\n"
				     "{\"le\":0.000000007,\"held\":3,\"held_sum\":0.000000000},\n"
				     "{\"le\":0.000000000,\"held\":2,\"held_sum\":0.000000000},\n"
				     "{\"le\":0.000000001,\"held\":2,"));
	assert_null(strstr(text, "\"held\":1,"));
	free(text);
	free(buckets);
}

static void family_is_found_in_the_singular_and_in_the_plural(void **state)
{
	static const struct snapshot_rows rows[] = {{&shy_family, NULL, 0},
						    {&bucket_family, NULL, 0}};
	static const char *const others[] = {"bucke", "bucketss", "buckets/", "Bucket",
					     "shy",   "shys",     "thing",    "/"};
	char *text = ask("buckets", rows, 2);

	(void)state;
	assert_non_null(text);
	free(text);
	for (size_t i = 0; i < COUNT(others); i++)
		assert_null(ask(others[i], rows, 2));
}

static void index_lists_what_has_something_to_show(void **state)
{
	static const struct snapshot_rows rows[] = {{&shy_family, NULL, 0},
						    {&thing_family, NULL, 0}};

	(void)state;
	assert_answer("", rows, 2,
		      "{\"families\":[\n{\"family\":\"thing\",\"path\":\"/api/v1/thing\","
		      "\"help\":\"Things.\"}\n]}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_key_and_field_has_its_value),
		cmocka_unit_test(
			buckets_are_told_by_their_upper_bounds_in_the_unit_of_the_histogram),
		cmocka_unit_test(family_without_rows_has_an_empty_list),
		cmocka_unit_test(long_family_is_cut_and_says_so),
		cmocka_unit_test(rows_with_a_rank_stand_in_its_order),
		cmocka_unit_test(family_is_found_in_the_singular_and_in_the_plural),
		cmocka_unit_test(index_lists_what_has_something_to_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
