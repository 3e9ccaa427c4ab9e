/*
 * Names: what of them may be shown, which addresses may be asked for, and how requests come and go.
 * No name server is asked here: the test answers itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "names/hostname.h"
#include "names/name_server.h"
#include "names/requests.h"
#include "names_support.h"

#define SECOND   NS_PER_SECOND
#define CAPACITY 64

static struct ledger ledger;
static struct error error;

static int set_up(void **state)
{
	(void)state;
	error.text[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	ledger_release(&ledger);
	return 0;
}

/* "/etc/hosts" has a name for 127.0.0.1, everywhere. */
static struct names *open_names(enum names_scope scope, const char *hosts_file, uint32_t capacity)
{
	const struct names_options options = {
		.scope = scope,
		.capacity = capacity,
		.hosts_file = hosts_file,
	};
	struct names *names = names_create(&options, &ledger, &error);

	if (!names)
		fail_msg("%s", error.text);
	return names;
}

static struct names *open_lookups(enum names_scope scope, uint32_t capacity)
{
	struct names *names = open_names(scope, "/nonexistent", capacity);

	if (names_statistics(names).capacity == 0) {
		names_destroy(names);
		skip(); /* built without c-ares */
	}
	return names;
}

static void names_of_hosts_stay_as_they_are_but_for_the_last_dot(void **state)
{
	static const char *const good[] = {"a",
					   "printer",
					   "Printer-2.example.net",
					   "_dmarc.a-b_c.de",
					   "ip-10-0-0-1.eu-central-1.compute.internal",
					   "3com.com",
					   "x.0.1"};
	char clean[NAMES_ADDRESS_TEXT], dotted[NAMES_ADDRESS_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(hostname_clean(good[i], clean, sizeof(clean)));
		assert_string_equal(clean, good[i]);
		snprintf(dotted, sizeof(dotted), "%s.", good[i]);
		assert_true(hostname_clean(dotted, clean, sizeof(clean)));
		assert_string_equal(clean, good[i]);
	}
}

static void what_is_no_name_of_a_host_is_not_shown(void **state)
{
	static const char *const bad[] = {
		"",      ".",    "..",           "a..b",       ".a",
		"-a.b",  "a.-b", "a b",          "a\nb",       "a\x1b[31mb",
		"a\"b",  "a\\b", "a\\010b",      "a<script>b", "m\xc3\xbcller.de",
		"a,b",   "a/b",  "127.0.0.1",    "1234",       "10.0.0.1.",
		"a\x7f", "a%n",  "$(reboot).de", "`id`",       "a;b",
		"a\xff", "a:b",  "fe80::1",      "a\tb",       "a..",
	};
	char clean[NAMES_ADDRESS_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (hostname_clean(bad[i], clean, sizeof(clean)))
			fail_msg("\"%s\" is shown as \"%s\"", bad[i], clean);
	for (int c = 1; c < 256; c++) {
		const char name[] = {'a', (char)c, 'b', '\0'};
		bool is_good = (c < 128 && strchr("0123456789abcdefghijklmnopqrstuvwxyz"
						  "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.",
						  c));

		assert_int_equal(hostname_clean(name, clean, sizeof(clean)), is_good);
	}
}

static void names_that_do_not_fit_and_long_labels_are_not_shown(void **state)
{
	char clean[NAMES_ADDRESS_TEXT], name[300];

	(void)state;
	for (size_t length = 1; length < sizeof(name); length++) {
		memset(name, 'a', length);
		name[length] = '\0';
		assert_int_equal(hostname_clean(name, clean, sizeof(clean)), length <= 63);
		for (size_t i = 1; i < length - 1; i += 2)
			name[i] = '.';
		if (length % 2)
			assert_int_equal(hostname_clean(name, clean, sizeof(clean)),
					 length < sizeof(clean));
	}
}

/* The first and the last address of each range, and their neighbours. */
static void addresses_are_private_in_these_ranges_alone(void **state)
{
	static const char *const inside[] = {
		"10.0.0.0",     "10.255.255.255",  "172.16.0.0",      "172.31.255.255",
		"192.168.0.0",  "192.168.255.255", "100.64.0.0",      "100.127.255.255",
		"169.254.0.0",  "169.254.255.255", "127.0.0.1",       "127.255.255.255",
		"::1",          "fe80::",          "febf:ffff::ffff", "fc00::",
		"fd12:3456::1",
	};
	static const char *const outside[] = {
		"9.255.255.255",
		"11.0.0.0",
		"172.15.255.255",
		"172.32.0.0",
		"192.167.255.255",
		"192.169.0.0",
		"100.63.255.255",
		"100.128.0.0",
		"169.253.255.255",
		"169.255.0.0",
		"126.255.255.255",
		"128.0.0.0",
		"::2",
		"fe7f::1",
		"fec0::1",
		"fbff::1",
		"fe00::1",
		"2001:db8::1",
		"::10.0.0.1",
		"8.8.8.8",
	};
	struct name_key key;

	(void)state;
	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
		key = key_of(inside[i]);
		if (!address_is_private(&key) || !address_is_unicast(&key))
			fail_msg("%s is not private", inside[i]);
	}
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		key = key_of(outside[i]);
		if (address_is_private(&key) || !address_is_unicast(&key))
			fail_msg("%s is private", outside[i]);
	}
}

static void nobody_has_the_address_of_a_group(void **state)
{
	static const char *const groups[] = {"0.0.0.0",   "0.1.2.3",   "224.0.0.1",
					     "239.1.1.1", "240.0.0.1", "255.255.255.255",
					     "::",        "ff02::1"};

	(void)state;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		struct name_key key = key_of(groups[i]);

		assert_false(address_is_unicast(&key));
	}
}

static void servers_are_addresses_with_or_without_a_port(void **state)
{
	static const struct {
		const char *text, *address;
		uint16_t port;
	} good[] = {
		{"192.0.2.1", "192.0.2.1", 53},
		{"192.0.2.1:5353", "192.0.2.1", 5353},
		{"2001:db8::1", "2001:db8::1", 53},
		{"[2001:db8::1]:54", "2001:db8::1", 54},
		{"::1", "::1", 53},
	};
	static const char *const bad[] = {"",      "localhost", "dns.example:53", "192.0.2.1:",
					  ":53",   "192.0.2",   "192.0.2.1:0",    "192.0.2.1:65536",
					  "[::1]", "[::1:53",   "192.0.2.1:53x"};
	struct name_server server;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct name_key key = key_of(good[i].address);

		assert_int_equal(name_server_parse(&server, good[i].text, &error), 0);
		assert_int_equal(server.version, key.version);
		assert_int_equal(server.port, good[i].port);
		assert_memory_equal(server.bytes, key.bytes, key.version == 4 ? 4 : 16);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_true(name_server_parse(&server, bad[i], &error) < 0);
		assert_non_null(strstr(error.text, "--resolve.server"));
	}
}

static const char *address(struct names *names, const char *text)
{
	static char name[NAMES_ADDRESS_TEXT];

	return name_of(names, text, name);
}

static void where_no_names_are_wanted_there_are_none(void **state)
{
	struct names *names = open_names(NAMES_NONE, "/etc/hosts", CAPACITY);
	char name[NAMES_ADDRESS_TEXT] = "x";

	(void)state;
	assert_string_equal(address(names, "127.0.0.1"), "");
	assert_string_equal(address(names, "10.0.0.1"), "");
	assert_int_equal(names_statistics(names).capacity, 0);
	assert_int_equal(names_start(names, &error), 0);
	names_destroy(names);
	assert_false(names_of_address(NULL, 4, (const uint8_t[16]){10}, name));
	assert_false(names_of_station(NULL, (const uint8_t[16]){10}, name));
	assert_false(names_of_service(NULL, false, 22, name));
	assert_string_equal(name, "");
	assert_int_equal(names_statistics(NULL).shed, 0);
	names_destroy(NULL);
}

static void an_address_that_is_not_known_is_requested_once(void **state)
{
	struct names *names = open_lookups(NAMES_PRIVATE, CAPACITY);
	struct name_key key, wanted = key_of("10.1.2.3");

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_string_equal(address(names, "10.1.2.3"), "");
	assert_true(requests_are_waiting(names));
	assert_true(requests_take(names, &key));
	assert_memory_equal(&key, &wanted, sizeof(key));
	assert_string_equal(address(names, "10.1.2.3"), "");
	assert_false(requests_take(names, &key));
	requests_answer(names, &wanted, NAME_FOUND, "three", 300 * SECOND);
	assert_string_equal(address(names, "10.1.2.3"), "three");
	assert_false(requests_are_waiting(names));
	assert_int_equal(names_statistics(names).found, 1);
	assert_int_equal(names_statistics(names).entries, 1);
	names_destroy(names);
}

static void only_private_addresses_are_requested_unless_all_are_wanted(void **state)
{
	struct names *names = open_lookups(NAMES_PRIVATE, CAPACITY);
	struct name_key key;

	(void)state;
	address(names, "8.8.8.8");
	address(names, "2001:db8::1");
	address(names, "224.0.0.251");
	assert_false(requests_take(names, &key));
	address(names, "fd00::1");
	assert_true(requests_take(names, &key));
	names_destroy(names);
	names = open_lookups(NAMES_ALL, CAPACITY);
	address(names, "224.0.0.251");
	address(names, "ff02::fb");
	assert_false(requests_take(names, &key));
	address(names, "8.8.8.8");
	assert_true(requests_take(names, &key));
	names_destroy(names);
}

/* The queue has room for 1,024, this table for 64. */
static void what_does_not_fit_is_counted_and_may_be_asked_for_again(void **state)
{
	struct names *names = open_lookups(NAMES_PRIVATE, CAPACITY);
	struct name_key key;
	char text[32];

	(void)state;
	for (int i = 0; i < CAPACITY + 10; i++) {
		snprintf(text, sizeof(text), "10.0.0.%d", i);
		address(names, text);
	}
	assert_int_equal(names_statistics(names).shed, 10);
	assert_int_equal(names_statistics(names).entries, CAPACITY);
	while (requests_take(names, &key))
		requests_answer(names, &key, NAME_NONE, "", 300 * SECOND);
	assert_int_equal(names_statistics(names).none, CAPACITY);
	names_destroy(names);
}

static void a_full_queue_sheds_requests(void **state)
{
	struct names *names = open_lookups(NAMES_PRIVATE, 4096);
	struct name_key key;
	char text[32];
	int n = 0;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		snprintf(text, sizeof(text), "10.0.%d.%d", i / 256, i % 256);
		address(names, text);
	}
	assert_int_equal(names_statistics(names).shed, 2000 - 1024);
	for (; requests_take(names, &key); n++) {
		assert_int_equal(key.bytes[3], n % 256);
		assert_int_equal(key.bytes[2], n / 256);
	}
	assert_int_equal(n, 1024);
	address(names, "10.0.7.207"); /* number 1,999, which did not fit */
	assert_true(requests_take(names, &key));
	names_destroy(names);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_of_hosts_stay_as_they_are_but_for_the_last_dot),
		TEST(what_is_no_name_of_a_host_is_not_shown),
		TEST(names_that_do_not_fit_and_long_labels_are_not_shown),
		TEST(addresses_are_private_in_these_ranges_alone),
		TEST(nobody_has_the_address_of_a_group),
		TEST(servers_are_addresses_with_or_without_a_port),
		TEST(where_no_names_are_wanted_there_are_none),
		TEST(an_address_that_is_not_known_is_requested_once),
		TEST(only_private_addresses_are_requested_unless_all_are_wanted),
		TEST(what_does_not_fit_is_counted_and_may_be_asked_for_again),
		TEST(a_full_queue_sheds_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
