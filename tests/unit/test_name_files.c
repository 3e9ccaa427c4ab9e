/*
 * Names from files: ethers(5), hosts(5) and services(5), with whatever may stand in them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/log.h"
#include "names/hostname.h"
#include "names_support.h"

static struct ledger ledger;
static struct error error;
static char file_name[64];
static unsigned warnings;
static char last_warning[512];

static void count_warning(enum log_level level, const char *line, void *context)
{
	(void)context;
	if (level < LOG_LEVEL_WARN)
		return;
	warnings++;
	snprintf(last_warning, sizeof(last_warning), "%s", line);
}

static int set_up(void **state)
{
	(void)state;
	warnings = 0;
	file_name[0] = '\0';
	error.text[0] = '\0';
	log_set_sink(count_warning, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	log_set_sink(NULL, NULL);
	if (file_name[0])
		unlink(file_name);
	ledger_release(&ledger);
	return 0;
}

static const char *write_file(const char *text, size_t n)
{
	int fd;

	snprintf(file_name, sizeof(file_name), "/tmp/test_names.XXXXXX");
	fd = mkstemp(file_name);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	close(fd);
	return file_name;
}

static struct names *open_names(struct names_options options)
{
	struct names *names;

	options.capacity = 64;
	if (!options.hosts_file)
		options.hosts_file = "/nonexistent";
	names = names_create(&options, &ledger, &error);
	if (!names)
		fail_msg("%s", error.text);
	return names;
}

static const uint8_t mac_1[] = {0x02, 0, 0, 0, 0, 0x01};
static const uint8_t mac_2[] = {0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};

static const char *station(const struct names *names, const uint8_t *mac)
{
	static char name[NAMES_STATION_TEXT];

	bool is_known = names_of_station(names, mac, name);

	assert_int_equal(is_known, name[0] != '\0');
	return name;
}

static struct names *open_ethers(const char *text, size_t n)
{
	return open_names((struct names_options){
		.scope = NAMES_NONE, .ethers_file = write_file(text, n), .needs_ethers = true});
}

static void stations_have_the_names_of_ethers(void **state)
{
	static const char text[] = "# a comment\n"
				   "\n"
				   "2:0:0:0:0:1 printer\n"
				   "  AA:bb:cC:dd:ee:ff\trouter.example # with a comment\n"
				   "02:00:00:00:00:01 second-name-of-the-same";
	struct names *names = open_ethers(text, sizeof(text) - 1);

	(void)state;
	assert_string_equal(station(names, mac_1), "printer");
	assert_string_equal(station(names, mac_2), "router.example");
	assert_string_equal(station(names, (const uint8_t[]){2, 0, 0, 0, 0, 2}), "");
	assert_int_equal(warnings, 0);
	names_destroy(names);
}

static void a_bad_line_of_ethers_is_told_and_left_out(void **state)
{
	static const char *const bad[] = {
		"02:00:00:00:00:01\n",
		"02:00:00:00:00:01 a b\n",
		"02:00:00:00:00 a\n",
		"02:00:00:00:00:01:02 a\n",
		"02:00:00:00:00:001 a\n",
		"02-00-00-00-00-01 a\n",
		"02:00:00:00:00:0g a\n",
		" 02: 00:00:00:00:01 a\n",
		"02:00:00:00:00: a\n",
		"printer 02:00:00:00:00:01\n",
		"02:00:00:00:00:01 a\x1b[2Jb\n",
		"02:00:00:00:00:01 10.0.0.1\n",
		"+2:00:00:00:00:01 a\n",
		"0x2:00:00:00:00:01 a\n",
		"02:00:00:00:00:01 m\xc3\xbcller\n",
		"02:00:00:00:00:01 -\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[256];
		struct names *names;

		warnings = 0;
		snprintf(text, sizeof(text), "# one\n%saa:bb:cc:dd:ee:ff good\n", bad[i]);
		names = open_ethers(text, strlen(text));
		assert_int_equal(warnings, 1);
		assert_non_null(strstr(last_warning, "line 2"));
		assert_null(strchr(last_warning, '\x1b'));
		assert_string_equal(station(names, mac_1), "");
		assert_string_equal(station(names, mac_2), "good");
		names_destroy(names);
		tear_down(state);
		set_up(state);
	}
}

static void ethers_may_be_anything_and_few_lines_are_told(void **state)
{
	enum { SIZE = 200000 };
	char *noise = malloc(SIZE);
	unsigned value = 1;
	struct names *names;

	(void)state;
	for (size_t i = 0; i < SIZE; i++) {
		value = value * 1103515245 + 12345;
		noise[i] = (char)(value >> 16);
	}
	memcpy(noise + SIZE - 40, "\n02:00:00:00:00:01 still-there\n", 31);
	names = open_ethers(noise, SIZE);
	assert_string_equal(station(names, mac_1), "still-there");
	assert_in_range(warnings, 2, 6);
	names_destroy(names);
	free(noise);
}

/* A line of 1,100 bytes, and one whose end hides behind a NUL. */
static void lines_without_an_end_are_bad(void **state)
{
	char text[1400];
	struct names *names;
	size_t n;

	(void)state;
	n = (size_t)snprintf(text, sizeof(text), "02:00:00:00:00:01 hidden%cx\n", 0);
	memset(text + n, ' ', 1100);
	n += 1100;
	n += (size_t)snprintf(text + n, sizeof(text) - n,
			      "02:00:00:00:00:01 late\naa:bb:cc:dd:ee:ff good");
	names = open_ethers(text, n);
	assert_int_equal(warnings, 2);
	assert_string_equal(station(names, mac_1), "");
	assert_string_equal(station(names, mac_2), "good");
	names_destroy(names);
}

static void more_stations_than_there_is_room_for_are_told_once(void **state)
{
	enum { LINES = 5000, LINE = 32 };
	char *text = malloc(LINES * LINE);
	size_t n = 0;
	struct names *names;

	(void)state;
	for (int i = 0; i < LINES; i++)
		n += (size_t)snprintf(text + n, LINE, "02:00:00:00:%x:%x s%d\n", i >> 8, i & 255,
				      i);
	names = open_ethers(text, n);
	assert_int_equal(warnings, 1);
	assert_non_null(strstr(last_warning, "line 4097"));
	assert_string_equal(station(names, (const uint8_t[]){2, 0, 0, 0, 0x0f, 0xff}), "s4095");
	assert_string_equal(station(names, (const uint8_t[]){2, 0, 0, 0, 0x10, 0}), "");
	names_destroy(names);
	free(text);
}

static void ethers_that_are_not_there_matter_only_where_they_were_named(void **state)
{
	struct names_options options = {.scope = NAMES_NONE, .ethers_file = "/nonexistent/ethers"};
	struct names *names = open_names(options);

	(void)state;
	assert_int_equal(warnings, 0);
	assert_string_equal(station(names, mac_1), "");
	names_destroy(names);
	options.needs_ethers = true;
	assert_null(names_create(&options, &ledger, &error));
	assert_non_null(strstr(error.text, "/nonexistent/ethers"));
	options.ethers_file = "/tmp"; /* opens, and can't be read */
	assert_null(names_create(&options, &ledger, &error));
	options.needs_ethers = false;
	names = open_names(options);
	assert_int_equal(warnings, 1);
	names_destroy(names);
}

/* The truth is the C library's. */
static void services_have_the_names_that_the_system_knows(void **state)
{
	struct names *names = open_names((struct names_options){.scope = NAMES_NONE});
	size_t n = 0;

	(void)state;
	for (int port = 0; port < 65536; port++)
		for (int is_udp = 0; is_udp < 2; is_udp++) {
			char name[NAMES_SERVICE_TEXT];
			const struct servent *service;

			if (!names_of_service(names, is_udp, (uint16_t)port, name)) {
				assert_string_equal(name, "");
				continue;
			}
			service = getservbyport(htons((uint16_t)port), is_udp ? "udp" : "tcp");
			assert_non_null(service);
			assert_string_equal(name, service->s_name);
			n++;
		}
	setservent(1);
	for (const struct servent *service; (service = getservent());) {
		char name[NAMES_SERVICE_TEXT];
		bool is_udp = strcmp(service->s_proto, "udp") == 0;

		if ((!is_udp && strcmp(service->s_proto, "tcp") != 0) ||
		    !hostname_clean(service->s_name, name, sizeof(name)))
			continue;
		assert_true(
			names_of_service(names, is_udp, ntohs((uint16_t)service->s_port), name));
		n--;
	}
	endservent();
	/* What is there twice was met twice. */
	assert_true(n == 0 || n > SIZE_MAX / 2);
	names_destroy(names);
}

static const char *address(struct names *names, const char *text)
{
	static char name[NAMES_ADDRESS_TEXT];

	return name_of(names, text, name);
}

static void the_hosts_file_names_addresses_at_once(void **state)
{
	static const char text[] = "127.0.0.1 localhost loop\n"
				   "127.0.0.1 ads.example # blocked\n"
				   "0.0.0.0 tracker.example\n"
				   "192.0.2.7\tweb.example.com web\n"
				   "fd00::7 nas\n"
				   "fe80::1%lo0 scoped\n"
				   "10.0.0.9 bad$name\n"
				   "nonsense\n";
	struct names *names = open_names((struct names_options){
		.scope = NAMES_PRIVATE, .hosts_file = write_file(text, sizeof(text) - 1)});

	(void)state;
	assert_string_equal(address(names, "127.0.0.1"), "localhost");
	assert_string_equal(address(names, "192.0.2.7"), "web.example.com");
	assert_string_equal(address(names, "fd00::7"), "nas");
	assert_string_equal(address(names, "0.0.0.0"), "");
	assert_string_equal(address(names, "10.0.0.9"), "");
	assert_int_equal(warnings, 0);
	names_destroy(names);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(stations_have_the_names_of_ethers),
		TEST(a_bad_line_of_ethers_is_told_and_left_out),
		TEST(ethers_may_be_anything_and_few_lines_are_told),
		TEST(lines_without_an_end_are_bad),
		TEST(more_stations_than_there_is_room_for_are_told_once),
		TEST(ethers_that_are_not_there_matter_only_where_they_were_named),
		TEST(services_have_the_names_that_the_system_knows),
		TEST(the_hosts_file_names_addresses_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
