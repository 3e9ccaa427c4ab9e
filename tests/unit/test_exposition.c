/*
 * The Prometheus text of a snapshot, against text written by hand. The families here are the
 * test's own (every kind of key and field that can be shown), in place of the real family_table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "decode/packet.h"
#include "family/family_table.h"
#include "http/exposition.h"

struct port_row {
	uint32_t interface;
	uint8_t protocol;
	uint16_t port;
	uint64_t packets;
	uint8_t is_hidden;
};

static bool port_is_exported(const void *row)
{
	return !((const struct port_row *)row)->is_hidden;
}

static const struct family_key port_keys[] = {
	{"interface", KEY_INTERFACE, offsetof(struct port_row, interface)},
	{"protocol", KEY_PROTOCOL, offsetof(struct port_row, protocol)},
	{"port", KEY_PORT, offsetof(struct port_row, port)},
};

static const struct family_field port_fields[] = {
	{.name = "packets",
	 .metric = "test_port_packets",
	 .help = "Packets of the port.",
	 .kind = FIELD_COUNTER,
	 .faces = FACE_ALL,
	 .offset = offsetof(struct port_row, packets)},
};

static const struct family port_family = {
	.name = "port",
	.keys = port_keys,
	.n_keys = COUNT(port_keys),
	.fields = port_fields,
	.n_fields = COUNT(port_fields),
	.row_size = sizeof(struct port_row),
	.is_exported = port_is_exported,
};

struct size_row {
	uint32_t interface;
	uint32_t lower;
	uint32_t upper;
	uint64_t count;
	uint64_t sum;
};

static const struct family_key size_keys[] = {
	{"interface", KEY_INTERFACE, offsetof(struct size_row, interface)},
	{NULL, KEY_BUCKET, offsetof(struct size_row, lower)},
};

#define HISTOGRAM(field, text, scaled)                                                             \
	{                                                                                          \
		.name = field, .metric = "test_" field, .help = text, .kind = FIELD_HISTOGRAM,     \
		.scale = scaled, .faces = FACE_ALL, .offset = offsetof(struct size_row, count),    \
		.sum_offset = offsetof(struct size_row, sum),                                      \
		.upper_offset = offsetof(struct size_row, upper)                                   \
	}

static const struct family_field size_fields[] = {
	HISTOGRAM("size_bytes", "Sizes.", SCALE_ONE),
	HISTOGRAM("held_seconds", "Times.", SCALE_NS_TO_SECONDS),
};

static const struct family size_family = {
	.name = "size",
	.keys = size_keys,
	.n_keys = COUNT(size_keys),
	.fields = size_fields,
	.n_fields = COUNT(size_fields),
	.row_size = sizeof(struct size_row),
};

/* The remainder shows under the port family's metric, by constant labels. */
struct remainder_row {
	uint32_t interface;
	uint64_t other;
	uint64_t unattributed;
};

static const struct family_key remainder_keys[] = {
	{"interface", KEY_INTERFACE, offsetof(struct remainder_row, interface)},
};

static const struct family_field remainder_fields[] = {
	{.name = "other",
	 .metric = "test_port_packets",
	 .labels = "protocol=\"tcp\",port=\"other\"",
	 .help = "Packets of the port.",
	 .kind = FIELD_COUNTER,
	 .faces = FACE_ALL,
	 .offset = offsetof(struct remainder_row, other)},
	{.name = "only_snmp",
	 .metric = "test_never_shown",
	 .help = "Not for this face.",
	 .kind = FIELD_COUNTER,
	 .faces = FACE_SNMP,
	 .offset = offsetof(struct remainder_row, other)},
	{.name = "unattributed",
	 .metric = "test_port_packets",
	 .labels = "protocol=\"tcp\",port=\"unattributed\"",
	 .help = "Packets of the port.",
	 .kind = FIELD_COUNTER,
	 .faces = FACE_ALL,
	 .offset = offsetof(struct remainder_row, unattributed)},
};

static const struct family remainder_family = {
	.name = "remainder",
	.keys = remainder_keys,
	.n_keys = COUNT(remainder_keys),
	.fields = remainder_fields,
	.n_fields = COUNT(remainder_fields),
	.row_size = sizeof(struct remainder_row),
};

struct info_row {
	uint32_t interface;
	uint8_t network;
	struct family_address address;
	uint8_t mac[MAC_BYTES];
	uint32_t id;
	char alias[32];
	uint32_t number;
	uint8_t is_up;
	uint64_t delay_ns;
	struct wall_time since;
	struct monotonic_time seen;
};

static const struct family_key info_keys[] = {
	{"interface", KEY_INTERFACE, offsetof(struct info_row, interface)},
	{"network", KEY_NETWORK, offsetof(struct info_row, network)},
	{"host", KEY_ADDRESS, offsetof(struct info_row, address)},
	{"mac", KEY_MAC, offsetof(struct info_row, mac)},
	{"id", KEY_ID, offsetof(struct info_row, id)},
};

static const struct family_field info_fields[] = {
	{.name = "alias",
	 .kind = FIELD_TEXT,
	 .faces = FACE_ALL,
	 .text_size = 32,
	 .text_label = "alias",
	 .offset = offsetof(struct info_row, alias)},
	{.name = "info",
	 .metric = "test_info",
	 .help = "A help with a \\ and a\nnewline and \"quotes\".",
	 .kind = FIELD_INFO,
	 .faces = FACE_ALL},
	{.name = "number",
	 .metric = "test_number",
	 .help = "N.",
	 .kind = FIELD_UNSIGNED,
	 .faces = FACE_ALL,
	 .offset = offsetof(struct info_row, number)},
	{.name = "up",
	 .metric = "test_up",
	 .help = "U.",
	 .kind = FIELD_BOOL,
	 .faces = FACE_ALL,
	 .offset = offsetof(struct info_row, is_up)},
	{.name = "delay",
	 .metric = "test_delay_seconds",
	 .help = "D.",
	 .kind = FIELD_GAUGE,
	 .scale = SCALE_NS_TO_SECONDS,
	 .faces = FACE_ALL,
	 .offset = offsetof(struct info_row, delay_ns)},
	{.name = "since",
	 .metric = "test_since_seconds",
	 .help = "S.",
	 .kind = FIELD_DATE,
	 .faces = FACE_ALL,
	 .offset = offsetof(struct info_row, since)},
	{.name = "age",
	 .metric = "test_age_seconds",
	 .help = "A.",
	 .kind = FIELD_AGE,
	 .faces = FACE_ALL,
	 .offset = offsetof(struct info_row, seen)},
};

static const struct family info_family = {
	.name = "info",
	.keys = info_keys,
	.n_keys = COUNT(info_keys),
	.fields = info_fields,
	.n_fields = COUNT(info_fields),
	.row_size = sizeof(struct info_row),
};

/* No keys, no labels. */
static const struct family_field scalar_fields[] = {
	{.name = "packets",
	 .metric = "test_all_packets",
	 .help = "All.",
	 .kind = FIELD_COUNTER,
	 .faces = FACE_ALL},
	{.name = "seconds",
	 .metric = "test_all_seconds",
	 .help = "Busy.",
	 .kind = FIELD_COUNTER,
	 .scale = SCALE_NS_TO_SECONDS,
	 .faces = FACE_ALL},
};

static const struct family scalar_family = {
	.name = "scalar",
	.fields = scalar_fields,
	.n_fields = COUNT(scalar_fields),
	.row_size = sizeof(uint64_t),
};

static const struct family_field faulty_fields[] = {
	{.name = "state",
	 .metric = "test_state",
	 .help = "An enumeration has no value as a sample.",
	 .kind = FIELD_ENUM,
	 .faces = FACE_ALL},
};

static const struct family faulty_family = {
	.name = "faulty",
	.fields = faulty_fields,
	.n_fields = COUNT(faulty_fields),
	.row_size = sizeof(uint64_t),
};

static const struct family_field clashing_fields[] = {
	{.name = "packets",
	 .metric = "test_port_packets",
	 .help = "The same metric, as a gauge.",
	 .kind = FIELD_GAUGE,
	 .faces = FACE_ALL},
};

static const struct family clashing_family = {
	.name = "clashing",
	.fields = clashing_fields,
	.n_fields = COUNT(clashing_fields),
	.row_size = sizeof(uint64_t),
};

/* What exposition_create() would use; empty here, since each test has a table of its own. */
const struct family *const family_table[] = {NULL};
const size_t family_table_size;

static const struct snapshot_interface interfaces[] = {
	{.name = "eth0", .ifindex = 2},
	{.name = "a\"b\\c\nd\xff\xc3\xa9\xed\xa0\x80", .ifindex = 3},
};

/* Renders; returns the text without what the exporter appends, to be freed. */
static char *render(const struct snapshot_rows *rows, size_t n)
{
	const struct snapshot snapshot = {.number = 1,
					  .interfaces = interfaces,
					  .n_interfaces = COUNT(interfaces),
					  .families = rows,
					  .n_families = n};
	const struct family *table[2];
	struct error error = {{0}};
	struct exposition *exposition;
	struct buffer out = {0};
	char *own;

	for (size_t i = 0; i < n; i++)
		table[i] = rows[i].family;
	exposition = exposition_create_of(table, n, &error);
	assert_string_equal(error.text, "");
	assert_non_null(exposition);
	exposition_render(exposition, &snapshot, &out);
	buffer_append(&out, "", 1);
	assert_false(out.failed);
	exposition_destroy(exposition);
	own = strstr(out.data, "# HELP iptally_scrape_collector_duration_seconds");
	assert_non_null(own);
	*own = '\0';
	return out.data;
}

#define ROWS(owner, array)                                                                         \
	{                                                                                          \
		.family = &(owner), .rows = (const uint8_t *)(array), .n = COUNT(array)            \
	}

static void samples_of_two_families_stand_together_under_one_metric(void **state)
{
	static const struct port_row ports[] = {
		{.interface = 0, .protocol = PROTOCOL_TCP, .port = 80, .packets = 7},
		{.interface = 0, .protocol = PROTOCOL_UDP, .port = 65535, .packets = UINT64_MAX},
	};
	static const struct remainder_row remainders[] = {{0, 3, 4}};
	const struct snapshot_rows rows[] = {ROWS(port_family, ports),
					     ROWS(remainder_family, remainders)};
	char *text;

	(void)state;
	text = render(rows, 2);
	assert_string_equal(
		text,
		"# HELP test_port_packets_total Packets of the port.\n"
		"# TYPE test_port_packets_total counter\n"
		"test_port_packets_total{interface=\"eth0\",protocol=\"tcp\",port=\"80\"} 7\n"
		"test_port_packets_total{interface=\"eth0\",protocol=\"udp\",port=\"65535\"}"
		" 18446744073709551615\n"
		"test_port_packets_total{interface=\"eth0\",protocol=\"tcp\",port=\"other\"} 3\n"
		"test_port_packets_total{interface=\"eth0\",protocol=\"tcp\","
		"port=\"unattributed\"} 4\n");
	free(text);
}

static void hidden_rows_are_not_shown(void **state)
{
	static const struct port_row ports[] = {
		{.port = 1, .packets = 1, .is_hidden = 1},
		{.port = 2, .packets = 2},
		{.port = 3, .packets = 3, .is_hidden = 1},
	};
	const struct snapshot_rows rows[] = {ROWS(port_family, ports)};
	char *text;

	(void)state;
	text = render(rows, 1);
	assert_string_equal(
		text,
		"# HELP test_port_packets_total Packets of the port.\n"
		"# TYPE test_port_packets_total counter\n"
		"test_port_packets_total{interface=\"eth0\",protocol=\"tcp\",port=\"2\"} 2\n");
	free(text);
}

static void label_values_are_escaped_and_stay_utf8(void **state)
{
	static const struct port_row ports[] = {{.interface = 1, .port = 5, .packets = 1}};
	const struct snapshot_rows rows[] = {ROWS(port_family, ports)};
	char *text;

	(void)state;
	text = render(rows, 1);
	/* 0xff is no UTF-8; c3 a9 is an e with an acute; ed a0 80 would be a surrogate. */
	assert_non_null(strstr(text, "{interface=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\xc3\xa9"
				     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\",protocol="));
	free(text);
}

static void buckets_fold_into_a_cumulative_histogram(void **state)
{
	static const struct size_row sizes[] = {
		{.interface = 0, .lower = 0, .upper = 64, .count = 3, .sum = 180},
		{.interface = 0, .lower = 65, .upper = 127, .count = 0, .sum = 0},
		{.interface = 0, .lower = 128, .upper = UINT32_MAX, .count = 2, .sum = 3000},
		{.interface = 1, .lower = 0, .upper = 500000000, .count = 1, .sum = 1500000000},
	};
	struct snapshot_rows rows[] = {ROWS(size_family, sizes)};
	char *text;

	(void)state;
	rows[0].n = 3;
	text = render(rows, 1);
	assert_string_equal(text, "# HELP test_size_bytes Sizes.\n"
				  "# TYPE test_size_bytes histogram\n"
				  "test_size_bytes_bucket{interface=\"eth0\",le=\"64\"} 3\n"
				  "test_size_bytes_bucket{interface=\"eth0\",le=\"127\"} 3\n"
				  "test_size_bytes_bucket{interface=\"eth0\",le=\"+Inf\"} 5\n"
				  "test_size_bytes_sum{interface=\"eth0\"} 3180\n"
				  "test_size_bytes_count{interface=\"eth0\"} 5\n"
				  "# HELP test_held_seconds Times.\n"
				  "# TYPE test_held_seconds histogram\n"
				  "test_held_seconds_bucket{interface=\"eth0\",le=\"0.000000064\"}"
				  " 3\n"
				  "test_held_seconds_bucket{interface=\"eth0\",le=\"0.000000127\"}"
				  " 3\n"
				  "test_held_seconds_bucket{interface=\"eth0\",le=\"+Inf\"} 5\n"
				  "test_held_seconds_sum{interface=\"eth0\"} 0.00000318\n"
				  "test_held_seconds_count{interface=\"eth0\"} 5\n");
	free(text);
}

static void each_interface_has_a_histogram_of_its_own_that_ends_in_inf(void **state)
{
	static const struct size_row sizes[] = {
		{.interface = 0, .lower = 0, .upper = UINT32_MAX, .count = 2, .sum = 9},
		{.interface = 7, .lower = 0, .upper = 500000000, .count = 1, .sum = 1500000000},
	};
	const struct snapshot_rows rows[] = {ROWS(size_family, sizes)};
	char *text;

	(void)state;
	text = render(rows, 1);
	assert_non_null(strstr(
		text, "test_held_seconds_bucket{interface=\"eth0\",le=\"+Inf\"} 2\n"
		      "test_held_seconds_sum{interface=\"eth0\"} 0.000000009\n"
		      "test_held_seconds_count{interface=\"eth0\"} 2\n"
		      /* a slot that the snapshot does not know: no name, and no read beyond it */
		      "test_held_seconds_bucket{interface=\"\",le=\"0.5\"} 1\n"
		      "test_held_seconds_bucket{interface=\"\",le=\"+Inf\"} 1\n"
		      "test_held_seconds_sum{interface=\"\"} 1.5\n"
		      "test_held_seconds_count{interface=\"\"} 1\n"));
	free(text);
}

static void every_kind_of_key_and_field_has_its_text(void **state)
{
	static const struct info_row infos[] = {
		{.network = NETWORK_IPV4,
		 .address = {4, {192, 0, 2, 1}},
		 .mac = {0, 0x1b, 0x21, 0xff, 0, 9},
		 .id = UINT32_MAX,
		 .alias = "to \"ISP\"",
		 .number = UINT32_MAX,
		 .is_up = 1,
		 .delay_ns = 1,
		 .since = {1700000000250000000},
		 .seen = {INT64_MAX}},
		{.network = NETWORK_OTHER,
		 .address = {6, {0x20, 1, 0xd, 0xb8, [15] = 1}},
		 .alias = "b",
		 .delay_ns = UINT64_MAX,
		 .since = {-1},
		 .seen = {INT64_MAX}},
	};
	static const char *const values[][3] = {
		{"info", "1", "1"},
		{"number", "4294967295", "0"},
		{"up", "1", "0"},
		{"delay_seconds", "0.000000001", "18446744073.709551615"},
		{"since_seconds", "1700000000.25", "0"},
		{"age_seconds", "0", "0"},
	};
	const struct snapshot_rows rows[] = {ROWS(info_family, infos)};
	char *text;

	(void)state;
	text = render(rows, 1);
	assert_non_null(strstr(text, "# HELP test_info A help with a \\\\ and a\\nnewline"
				     " and \"quotes\".\n# TYPE test_info gauge\n"));
	for (size_t i = 0; i < COUNT(values); i++) {
		char expected[640];
		bool is_info = i == 0;

		snprintf(expected, sizeof(expected),
			 "# TYPE test_%s gauge\n"
			 "test_%s{interface=\"eth0\",network=\"ipv4\",host=\"192.0.2.1\","
			 "mac=\"00:1b:21:ff:00:09\",id=\"4294967295\"%s} %s\n"
			 "test_%s{interface=\"eth0\",network=\"other\",host=\"2001:db8::1\","
			 "mac=\"00:00:00:00:00:00\",id=\"0\"%s} %s\n",
			 values[i][0], values[i][0], is_info ? ",alias=\"to \\\"ISP\\\"\"" : "",
			 values[i][1], values[i][0], is_info ? ",alias=\"b\"" : "", values[i][2]);
		if (!strstr(text, expected))
			fail_msg("not found:\n%sin:\n%s", expected, text);
	}
	free(text);
}

static void an_info_that_tells_nothing_is_left_out(void **state)
{
	const struct info_row infos[] = {
		{.id = 1, .address = {4, {0}}},
		{.id = 2, .address = {4, {0}}, .alias = "x"},
	};
	const struct snapshot_rows rows[] = {ROWS(info_family, infos)};
	char *text;

	(void)state;
	text = render(rows, 1);
	assert_null(strstr(text, "id=\"1\",alias="));
	assert_non_null(strstr(text, "id=\"2\",alias=\"x\"} 1\n"));
	assert_non_null(strstr(text, "id=\"1\"} 0\n")); /* its other metrics stay */
	free(text);
}

static void ages_are_counted_from_now(void **state)
{
	const struct info_row infos[] = {
		{.address = {4, {0}}, .seen = {monotonic_now().ns - 5 * NS_PER_SECOND}}};
	const struct snapshot_rows rows[] = {ROWS(info_family, infos)};
	char *text, *line;
	double age;

	(void)state;
	text = render(rows, 1);
	line = strstr(text, "test_age_seconds{");
	assert_non_null(line);
	age = strtod(strchr(line, '}') + 1, NULL);
	assert_true(age >= 5 && age < 60);
	free(text);
}

static void seconds_are_exact_decimals(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{0, "0"},
		{1, "0.000000001"},
		{10, "0.00000001"},
		{999999999, "0.999999999"},
		{1000000000, "1"},
		{1500000000, "1.5"},
		{1000000001, "1.000000001"},
		{9007199254740993, "9007199.254740993"}, /* 2^53 + 1: a double has lost the 1 */
		{UINT64_MAX, "18446744073.709551615"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct snapshot_rows rows[] = {
			{&scalar_family, (const uint8_t *)&cases[i].ns, 1}};
		char expected[256];
		char *text = render(rows, 1);

		snprintf(expected, sizeof(expected),
			 "# HELP test_all_packets_total All.\n"
			 "# TYPE test_all_packets_total counter\n"
			 "test_all_packets_total %llu\n"
			 "# HELP test_all_seconds_total Busy.\n"
			 "# TYPE test_all_seconds_total counter\n"
			 "test_all_seconds_total %s\n",
			 (unsigned long long)cases[i].ns, cases[i].text);
		assert_string_equal(text, expected);
		free(text);
	}
}

static void the_exporter_says_which_families_it_rendered(void **state)
{
	static const uint64_t value = 1;
	const struct snapshot_rows rows[] = {{&scalar_family, (const uint8_t *)&value, 1}};
	const struct snapshot snapshot = {.families = rows, .n_families = 1};
	const struct family *const table[] = {&scalar_family, &port_family};
	struct exposition *exposition = exposition_create_of(table, COUNT(table), NULL);
	struct buffer out = {0};

	(void)state;
	assert_non_null(exposition);
	exposition_render(exposition, &snapshot, &out);
	exposition_destroy(exposition);
	buffer_append(&out, "", 1);
	assert_non_null(strstr(out.data, "\niptally_scrape_collector_success{collector=\"scalar\"}"
					 " 1\niptally_scrape_collector_success{collector=\"port\"}"
					 " 0\n"));
	assert_non_null(strstr(out.data,
			       "\niptally_scrape_collector_duration_seconds{collector=\"scalar\"}"
			       " 0.0"));
	assert_non_null(strstr(
		out.data, "\niptally_scrape_collector_duration_seconds{collector=\"port\"} 0\n"));
	buffer_free(&out);
}

static void what_shows_the_same_state_is_one_collector(void **state)
{
	static const uint64_t value = 1;
	struct family shown = scalar_family;
	const struct family *const table[] = {&port_family, &scalar_family, &shown};
	const uint8_t *row = (const uint8_t *)&value;
	/* The last is not the one that the list has: the snapshot lacks it. */
	const struct snapshot_rows rows[] = {
		{&port_family, row, 0}, {&scalar_family, row, 1}, {&scalar_family, row, 1}};
	const struct snapshot snapshot = {.families = rows, .n_families = 3};
	struct exposition *exposition = exposition_create_of(table, COUNT(table), NULL);
	struct buffer out = {0};

	(void)state;
	shown.name = "scalar_more";
	shown.shows = &port_family;
	assert_non_null(exposition);
	exposition_render(exposition, &snapshot, &out);
	exposition_destroy(exposition);
	buffer_append(&out, "", 1);
	assert_non_null(strstr(out.data,
			       "\niptally_scrape_collector_success{collector=\"port\"} 0\n"
			       "iptally_scrape_collector_success{collector=\"scalar\"} 1\n"));
	assert_null(strstr(out.data, "scalar_more"));
	buffer_free(&out);
}

static void a_description_that_cannot_be_shown_is_an_error_at_start(void **state)
{
	const struct family *const faulty[] = {&faulty_family};
	const struct family *const clashing[] = {&port_family, &clashing_family};
	struct error error = {{0}};

	(void)state;
	assert_null(exposition_create_of(faulty, COUNT(faulty), &error));
	assert_string_equal(error.text, "family faulty, field state: this kind can't be a metric");
	assert_null(exposition_create_of(clashing, COUNT(clashing), &error));
	assert_string_equal(error.text, "family clashing, field packets: metric test_port_packets"
					" is counter and gauge");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_of_two_families_stand_together_under_one_metric),
		cmocka_unit_test(hidden_rows_are_not_shown),
		cmocka_unit_test(label_values_are_escaped_and_stay_utf8),
		cmocka_unit_test(buckets_fold_into_a_cumulative_histogram),
		cmocka_unit_test(each_interface_has_a_histogram_of_its_own_that_ends_in_inf),
		cmocka_unit_test(every_kind_of_key_and_field_has_its_text),
		cmocka_unit_test(an_info_that_tells_nothing_is_left_out),
		cmocka_unit_test(ages_are_counted_from_now),
		cmocka_unit_test(seconds_are_exact_decimals),
		cmocka_unit_test(the_exporter_says_which_families_it_rendered),
		cmocka_unit_test(what_shows_the_same_state_is_one_collector),
		cmocka_unit_test(a_description_that_cannot_be_shown_is_an_error_at_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
