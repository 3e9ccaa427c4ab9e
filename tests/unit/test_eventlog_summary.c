/* Summaries: the difference between two snapshots of all families, against lines written by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "eventlog/summary.h"
#include "house.h"

#define NOON (1717243200 * NS_PER_SECOND)

static struct house house;
static struct buffer text;

struct taken {
	struct snapshot snapshot;
	struct snapshot_interface interfaces[2];
	struct snapshot_rows rows[FAMILIES_MAX];
};

static int set_up(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	house_open(&house, 64, 64, EXPORT_ALL, false);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	house_close(&house);
	buffer_free(&text);
	return 0;
}

static int compare(const void *a, const void *b, void *context)
{
	const struct taken *taken = context;

	return snapshot_compare(&taken->snapshot, taken->snapshot.families->family, a, b);
}

static void take(struct taken *taken)
{
	*taken = (struct taken){.interfaces = {{"eth0", 2}, {"eth1", 1}}};
	taken->snapshot = (struct snapshot){
		.clock = {NOON},
		.interfaces = taken->interfaces,
		.n_interfaces = 2,
		.families = taken->rows,
		.n_families = family_table_size,
	};
	for (size_t i = 0; i < family_table_size; i++) {
		struct snapshot_rows *rows = &taken->rows[i];

		rows->family = family_table[i];
		rows->rows = house_rows(&house, family_table[i], &rows->n);
		house.rows = NULL; /* kept: freed by release() */
		taken->snapshot.families = rows;
		qsort_r((void *)rows->rows, rows->n, rows->family->row_size, compare, taken);
	}
	taken->snapshot.families = taken->rows;
}

static void release(struct taken *taken)
{
	for (size_t i = 0; i < family_table_size; i++)
		free((void *)taken->rows[i].rows);
}

static void assert_summary(const struct taken *before, const struct taken *now, int64_t duration_ns,
			   bool is_json, const char *expected)
{
	text.length = 0;
	summary_append(&text, before ? &before->snapshot : NULL, &now->snapshot, duration_ns,
		       is_json);
	buffer_append(&text, "", 1);
	assert_string_equal(text.data, expected);
}

static void summary_tells_what_came_since_the_last_one(void **state)
{
	struct taken first, second;

	(void)state;
	house_count(&house, packet_udp(end4(1, 40000), end4(2, 53), 100));
	house_count(&house, packet_udp(end4(2, 53), end4(1, 40000), 300));
	take(&first);
	house_count(&house, packet_udp(end4(1, 40000), end4(2, 53), 100));
	house_count(&house, packet_udp(end4(3, 40000), end4(2, 123), 1000));
	take(&second);
	assert_summary(NULL, &first, 8 * NS_PER_SECOND, false,
		       "2024-06-01T12:00:00.000Z eth0 summary of 8.000 s; received 2 packets 400 "
		       "bytes, 400 bit/s; transmitted 0 packets 0 bytes, 0 bit/s\n"
		       "2024-06-01T12:00:00.000Z eth0 summary of 8.000 s, top ports; udp 53 2 "
		       "packets 400 bytes\n"
		       "2024-06-01T12:00:00.000Z eth0 summary of 8.000 s, top hosts; 10.0.0.1 2 "
		       "packets 400 bytes; 10.0.0.2 2 packets 400 bytes\n"
		       "2024-06-01T12:00:00.000Z eth0 summary of 8.000 s, top conversations; "
		       "10.0.0.1 > 10.0.0.2 udp 53 2 packets 400 bytes\n");
	assert_summary(&first, &second, 8 * NS_PER_SECOND, false,
		       "2024-06-01T12:00:00.000Z eth0 summary of 8.000 s; received 2 packets 1100 "
		       "bytes, 1.1 kbit/s; transmitted 0 packets 0 bytes, 0 bit/s\n"
		       "2024-06-01T12:00:00.000Z eth0 summary of 8.000 s, top ports; udp 123 1 "
		       "packet 1000 bytes; udp 53 1 packet 100 bytes\n"
		       "2024-06-01T12:00:00.000Z eth0 summary of 8.000 s, top hosts; 10.0.0.2 2 "
		       "packets 1100 bytes; 10.0.0.3 1 packet 1000 bytes; 10.0.0.1 1 packet 100 "
		       "bytes\n"
		       "2024-06-01T12:00:00.000Z eth0 summary of 8.000 s, top conversations; "
		       "10.0.0.3 > 10.0.0.2 udp 123 1 packet 1000 bytes; 10.0.0.1 > 10.0.0.2 udp "
		       "53 1 packet 100 bytes\n");
	release(&first);
	release(&second);
}

static void interfaces_have_lines_of_their_own_and_idle_ones_none(void **state)
{
	struct packet other = packet_arp(60);
	struct taken first, second;

	(void)state;
	take(&first);
	other.interface = 1;
	other.direction = DIRECTION_TRANSMIT;
	house_count(&house, other);
	house_count(&house, packet_arp(60));
	take(&second);
	assert_summary(&first, &second, 0, false,
		       "2024-06-01T12:00:00.000Z eth1 summary; received 0 packets 0 bytes; "
		       "transmitted 1 packet 60 bytes\n"
		       "2024-06-01T12:00:00.000Z eth0 summary; received 1 packet 60 bytes; "
		       "transmitted 0 packets 0 bytes\n");
	release(&first);
	take(&first);
	assert_summary(&second, &first, 60 * NS_PER_SECOND, false,
		       "2024-06-01T12:00:00.000Z - summary of 1 min 0 s; no traffic\n");
	release(&first);
	release(&second);
}

static void only_the_five_largest_are_told(void **state)
{
	struct taken taken;

	(void)state;
	for (uint16_t i = 1; i <= 20; i++)
		house_count(&house, packet_udp(end4(1, 40000), end4(2, i), 100U + i));
	take(&taken);
	text.length = 0;
	summary_append(&text, NULL, &taken.snapshot, 0, false);
	buffer_append(&text, "", 1);
	assert_non_null(strstr(
		text.data, "top ports; udp 20 1 packet 120 bytes; udp 19 1 packet 119 bytes; udp "
			   "18 1 packet 118 bytes; udp 17 1 packet 117 bytes; udp 16 1 packet "
			   "116 bytes\n"));
	release(&taken);
}

/* A row that was given up and came back, an interface that returned as another: both from zero. */
static void what_began_anew_counts_from_zero(void **state)
{
	struct taken first, second;

	(void)state;
	for (int i = 0; i < 3; i++)
		house_count(&house, packet_arp(60));
	take(&first);
	tally_forget_interface(&house.bench->tally, 0);
	family_set_forget_interface(&house.families, 0);
	house.bench->tally.interfaces[0].in_use = true;
	for (int i = 0; i < 2; i++)
		house_count(&house, packet_arp(100));
	take(&second);
	assert_summary(&first, &second, 0, false,
		       "2024-06-01T12:00:00.000Z eth0 summary; received 2 packets 200 bytes; "
		       "transmitted 0 packets 0 bytes\n");
	for (int i = 0; i < 3; i++)
		house_count(&house, packet_arp(100));
	release(&first);
	take(&first);
	first.interfaces[0].ifindex = 9;
	assert_summary(&second, &first, 0, false,
		       "2024-06-01T12:00:00.000Z eth0 summary; received 5 packets 500 bytes; "
		       "transmitted 0 packets 0 bytes\n");
	release(&first);
	release(&second);
}

static void json_has_a_line_for_each_family_with_rows_as_the_api_shows_them(void **state)
{
	static const char interface[] =
		"{\"time\":\"2024-06-01T12:00:00.000Z\",\"event\":\"summary\","
		"\"duration\":8.000000000,\"family\":\"interface\",\"rows\":"
		"[{\"interface\":\"eth0\",\"receive_packets\":1,"
		"\"receive_bytes\":100,";
	static const char port[] = "\n{\"time\":\"2024-06-01T12:00:00.000Z\",\"event\":\"summary\","
				   "\"duration\":8.000000000,\"family\":\"port\",\"rows\":"
				   "[{\"interface\":\"eth0\",\"protocol\":\"udp\",\"port\":53,"
				   "\"service\":\"\","
				   "\"receive_packets\":1,\"receive_bytes\":100,"
				   "\"transmit_packets\":0,\"transmit_bytes\":0,"
				   "\"receive_connections\":0,\"transmit_connections\":0}]}\n";
	struct taken first, second;

	(void)state;
	house_count(&house, packet_udp(end4(1, 40000), end4(2, 53), 100));
	take(&first);
	house_count(&house, packet_udp(end4(1, 40000), end4(2, 53), 100));
	take(&second);
	summary_append(&text, &first.snapshot, &second.snapshot, 8 * NS_PER_SECOND, true);
	buffer_append(&text, "", 1);
	assert_memory_equal(text.data, interface, sizeof(interface) - 1);
	assert_non_null(strstr(text.data, port));
	assert_summary(&second, &second, 8 * NS_PER_SECOND, true,
		       "{\"time\":\"2024-06-01T12:00:00.000Z\",\"event\":\"summary\",\"duration\":"
		       "8.000000000,\"family\":\"interface\",\"rows\":[]}\n");
	release(&first);
	release(&second);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(summary_tells_what_came_since_the_last_one),
		TEST(interfaces_have_lines_of_their_own_and_idle_ones_none),
		TEST(only_the_five_largest_are_told),
		TEST(what_began_anew_counts_from_zero),
		TEST(json_has_a_line_for_each_family_with_rows_as_the_api_shows_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
