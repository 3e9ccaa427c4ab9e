/*
 * Options: every row of the table parses its own default, and each way to get one wrong is refused
 * in a line that names it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "config/option_table.h"
#include "config/options.h"

#define ARGUMENTS_MAX 200

static struct options options;
static struct error error;

/* The words end with a NULL. */
static int parse(const char *const *words)
{
	char *argv[ARGUMENTS_MAX + 2] = {(char *)"iptallyd"};
	int argc = 1;

	for (; words[argc - 1]; argc++) {
		assert_true(argc < ARGUMENTS_MAX);
		argv[argc] = (char *)words[argc - 1];
	}
	error.text[0] = '\0';
	return options_parse(&options, argc, argv, &error);
}

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})
#define PARSED(...)                                                                                \
	do {                                                                                       \
		if (PARSE(__VA_ARGS__) < 0)                                                        \
			fail_msg("%s", error.text);                                                \
	} while (0)
/* Refused, and the error has this text in it, on one line. */
#define REFUSED(says, ...)                                                                         \
	do {                                                                                       \
		assert_int_equal(PARSE(__VA_ARGS__), -EINVAL);                                     \
		if (!strstr(error.text, says) || strchr(error.text, '\n'))                         \
			fail_msg("\"%s\" does not say \"%s\"", error.text, says);                  \
	} while (0)

static void without_arguments_every_option_has_its_default(void **state)
{
	(void)state;
	assert_int_equal(parse((const char *const[]){NULL}), 0);
	assert_int_equal(options.action, ACTION_RUN);
	assert_int_equal(options.interfaces.n, 0);
	assert_null(options.read_file);
	assert_int_equal(options.snap_length, 256);
	assert_int_equal(options.ring_kib, 8192);
	assert_false(options.promiscuous);
	assert_false(options.once);
	assert_int_equal(options.duration_seconds, 0);
	assert_string_equal(options.filter, "");
	assert_int_equal(options.families, OPTION_FAMILIES_ALL);
	assert_int_equal(options.service_ports.n, 0);
	assert_int_equal(options.flows_max, 131072);
	assert_int_equal(options.timeout_half_open, 60);
	assert_int_equal(options.timeout_one_way, 60);
	assert_int_equal(options.timeout_two_way, 180);
	assert_int_equal(options.timeout_established, 900);
	assert_int_equal(options.timeout_closed, 15);
	assert_int_equal(options.export_ports, OPTION_EXPORT_DEFAULT);
	assert_int_equal(options.export_hosts, OPTION_EXPORT_DEFAULT);
	assert_int_equal(options.export_stations, OPTION_EXPORT_DEFAULT);
	assert_int_equal(options.export_flows, 1000);
	assert_int_equal(options.listen_addresses.n, 1);
	assert_string_equal(options.listen_addresses.values[0], "127.0.0.1:10177");
	assert_string_equal(options.telemetry_path, "/metrics");
	assert_int_equal(options.snmp, OPTION_SNMP_AGENTX);
	assert_string_equal(options.snmp_address, "127.0.0.1:10177");
	assert_int_equal(options.resolve, OPTION_RESOLVE_PRIVATE);
	assert_int_equal(options.resolve_servers.n, 0);
	assert_int_equal(options.names_max, 16384);
	assert_null(options.ethers);
}

static void each_option_takes_its_own_default_and_stays_as_it_was(void **state)
{
	struct options defaults;

	(void)state;
	assert_int_equal(parse((const char *const[]){NULL}), 0);
	defaults = options;
	for (size_t i = 0; i < option_table_size; i++) {
		const struct option_row *row = &option_table[i];
		char word[256];

		if (!row->initial)
			continue;
		snprintf(word, sizeof(word), "--%s=%s", row->name, row->initial);
		PARSED(word);
		if (row->kind == OPTION_TEXT) /* the same text in another place */
			*(const char **)((uint8_t *)&options + row->offset) = row->initial;
		if (row->kind == OPTION_LIST)
			((struct option_list *)((uint8_t *)&options + row->offset))->values[0] =
				row->initial;
		assert_memory_equal(&options, &defaults, sizeof(options));
	}
}

/* What the code of parsing and of getopt's tables takes for granted. */
static void rows_of_the_table_are_sound(void **state)
{
	(void)state;
	assert_in_range(option_table_size, 1, 96);
	for (size_t i = 0; i < option_table_size; i++) {
		const struct option_row *row = &option_table[i];
		const struct option_topic *topic = option_topics;

		while (topic->name && strcmp(topic->name, row->topic) != 0)
			topic++;
		assert_non_null(topic->name);
		assert_non_null(row->help);
		assert_true(row->kind != OPTION_NUMBER || row->minimum < row->maximum);
		assert_true(row->kind != OPTION_CHOICE || row->choices);
		assert_true(!row->small == !row->large);
		assert_true(!row->small || row->kind == OPTION_NUMBER);
		assert_int_equal(row->argument == NULL,
				 row->kind == OPTION_FLAG || row->kind == OPTION_ACTION);
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(row->name, option_table[j].name);
			assert_true(!row->letter || row->letter != option_table[j].letter);
		}
	}
}

static void short_and_long_forms_mean_the_same(void **state)
{
	(void)state;
	PARSED("-i", "eth0", "-s128", "-B", "1024");
	assert_string_equal(options.interfaces.values[0], "eth0");
	assert_int_equal(options.snap_length, 128);
	assert_int_equal(options.ring_kib, 1024);
	PARSED("--interface=eth0", "--snaplen", "128", "--buffer-size=1024");
	assert_string_equal(options.interfaces.values[0], "eth0");
	assert_int_equal(options.snap_length, 128);
	assert_int_equal(options.ring_kib, 1024);
}

static void unknown_option_is_named(void **state)
{
	(void)state;
	REFUSED("unknown option --no-such", "--no-such");
	REFUSED("unknown option --no-such=5", "--no-such=5");
	REFUSED("unknown option -x", "-x");
	REFUSED("unknown option -x", "-Vx");
}

static void missing_value_is_told(void **state)
{
	(void)state;
	REFUSED("--snaplen needs a value", "--snaplen");
	REFUSED("-i needs a value", "-i");
	REFUSED("--read: is empty", "--read=");
	REFUSED("--interface: is empty", "-i", "");
}

static void value_for_a_flag_is_refused(void **state)
{
	(void)state;
	REFUSED("--promiscuous takes no value", "--promiscuous=yes");
	REFUSED("--version takes no value", "--version=1");
}

static void numbers_keep_their_range(void **state)
{
	(void)state;
	for (size_t i = 0; i < option_table_size; i++) {
		const struct option_row *row = &option_table[i];
		char word[256];

		if (row->kind != OPTION_NUMBER)
			continue;
		snprintf(word, sizeof(word), "--%s=%u", row->name, row->minimum);
		assert_int_equal(parse((const char *const[]){word, NULL}), 0);
		snprintf(word, sizeof(word), "--%s=%u", row->name, row->maximum);
		assert_int_equal(parse((const char *const[]){word, NULL}), 0);
		snprintf(word, sizeof(word), "--%s=%u", row->name, row->maximum + 1);
		REFUSED(row->name, word);
		if (row->minimum == 0)
			continue;
		snprintf(word, sizeof(word), "--%s=%u", row->name, row->minimum - 1);
		REFUSED(row->name, word);
	}
}

static void what_is_no_number_is_refused(void **state)
{
	static const char *const words[] = {
		"", "abc", "128x", "-128", "+128", " 128", "0x80", "1e3", "99999999999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		REFUSED("--snaplen", "--snaplen", words[i]);
}

/* A snap length or a ring that the capture would refuse must not pass here. */
static void limits_are_those_of_the_capture(void **state)
{
	(void)state;
	REFUSED("262144", "--snaplen=262145");
	REFUSED("512", "--buffer-size=511");
	REFUSED("2097151", "--buffer-size=2097152"); /* 2 GiB is more than an int of bytes */
}

static void choice_is_one_of_its_words(void **state)
{
	(void)state;
	PARSED("--snmp=off", "--log.level=debug", "--log.format=json");
	assert_int_equal(options.snmp, OPTION_SNMP_OFF);
	PARSED("--snmp=standalone");
	assert_int_equal(options.snmp, OPTION_SNMP_STANDALONE);
	REFUSED("\"on\" is none of agentx, standalone, off", "--snmp=on");
	REFUSED("debug, info, warn, error", "--log.level=DEBUG");
}

static void export_is_a_number_or_all(void **state)
{
	(void)state;
	PARSED("--export.ports=0");
	assert_int_equal(options.export_ports, 0);
	PARSED("--export.ports=7");
	assert_int_equal(options.export_ports, 7);
	PARSED("--export.ports=all");
	assert_int_equal(options.export_ports, OPTION_EXPORT_ALL);
	REFUSED("--export.ports", "--export.ports=many");
	REFUSED("--export.ports", "--export.ports=4294967294");
	REFUSED("--export.ports", "--export.ports=-1");
}

static void lists_add_up_and_replace_their_default(void **state)
{
	(void)state;
	PARSED("-i", "eth0", "-i", "ppp0", "--web.listen-address=[::1]:80",
	       "--web.listen-address=:81");
	assert_int_equal(options.interfaces.n, 2);
	assert_string_equal(options.interfaces.values[1], "ppp0");
	assert_int_equal(options.listen_addresses.n, 2);
	assert_string_equal(options.listen_addresses.values[0], "[::1]:80");
}

static void list_that_is_too_long_is_refused(void **state)
{
	const char *words[ARGUMENTS_MAX] = {NULL};

	(void)state;
	for (int i = 0; i < OPTION_LIST_MAX; i++)
		words[i] = "-ieth0";
	assert_int_equal(parse(words), 0);
	words[OPTION_LIST_MAX] = "-ieth0";
	assert_int_equal(parse(words), -EINVAL);
	assert_non_null(strstr(error.text, "--interface"));
}

static void service_ports_are_numbers_with_commas(void **state)
{
	static const char *const bad[] = {"65536", "http",  "80,,81",
					  ",80",   "80;81", "80,",
					  "-1",    "80 81", "99999999999999999999"};

	(void)state;
	PARSED("--service-ports=8080,65535", "--service-ports=0");
	assert_int_equal(options.service_ports.n, 3);
	assert_int_equal(options.service_ports.values[0], 8080);
	assert_int_equal(options.service_ports.values[1], 65535);
	assert_int_equal(options.service_ports.values[2], 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		REFUSED("--service-ports", "--service-ports", bad[i]);
}

static void trailing_words_are_the_filter(void **state)
{
	char word[5000];

	(void)state;
	PARSED("-i", "eth0", "tcp", "and", "port 80");
	assert_string_equal(options.filter, "tcp and port 80");
	PARSED("tcp", "-i", "eth0", "or", "udp");
	assert_string_equal(options.filter, "tcp or udp");
	PARSED("--", "-i");
	assert_string_equal(options.filter, "-i");
	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	REFUSED("filter", word);
	word[4095] = '\0';
	PARSED(word);
	assert_int_equal(strlen(options.filter), 4095);
	REFUSED("filter", word, "b");
}

static void options_that_contradict_each_other_are_refused(void **state)
{
	(void)state;
	REFUSED("-r and -i", "-r", "a.pcap", "-i", "eth0");
	REFUSED("--once needs", "--once");
	REFUSED("--once needs", "--once", "-i", "eth0");
	PARSED("--once", "-r", "a.pcap");
	PARSED("--once", "--duration=5", "-i", "eth0");
	PARSED("--once", "--help"); /* nothing runs */
}

static void size_of_memory_gives_the_defaults_that_are_not_given(void **state)
{
	(void)state;
	PARSED("--memory=small");
	assert_int_equal(options.action, ACTION_RUN);
	assert_int_equal(options.flows_max, 8192);
	assert_int_equal(options.ring_kib, 1024);
	assert_int_equal(options.snap_length, 256); /* the same in all sizes */
	PARSED("--hosts.max=2048", "--memory=large", "-B", "512");
	assert_int_equal(options.flows_max, 1048576);
	assert_int_equal(options.hosts_max, 2048);
	assert_int_equal(options.ring_kib, 512);
	PARSED("--flows.max=131072", "--memory=small");
	assert_int_equal(options.flows_max, 131072); /* what is given, were it the default */
	PARSED("--memory=large", "--memory=default");
	assert_int_equal(options.flows_max, 131072);
	REFUSED("\"huge\" is none of default, small, large", "--memory=huge");
	PARSED("--memory=small", "--memory");
	assert_int_equal(options.action, ACTION_MEMORY);
	assert_int_equal(options.flows_max, 8192);
}

static void actions_are_told(void **state)
{
	(void)state;
	PARSED("--help");
	assert_int_equal(options.action, ACTION_HELP);
	assert_null(options.help_topic);
	PARSED("--help=snmp");
	assert_string_equal(options.help_topic, "snmp");
	PARSED("-h");
	assert_int_equal(options.action, ACTION_HELP);
	PARSED("-V");
	assert_int_equal(options.action, ACTION_VERSION);
	PARSED("--print-oid-root");
	assert_int_equal(options.action, ACTION_PRINT_OID_ROOT);
	PARSED("--memory");
	assert_int_equal(options.action, ACTION_MEMORY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_arguments_every_option_has_its_default),
		cmocka_unit_test(each_option_takes_its_own_default_and_stays_as_it_was),
		cmocka_unit_test(rows_of_the_table_are_sound),
		cmocka_unit_test(short_and_long_forms_mean_the_same),
		cmocka_unit_test(unknown_option_is_named),
		cmocka_unit_test(missing_value_is_told),
		cmocka_unit_test(value_for_a_flag_is_refused),
		cmocka_unit_test(numbers_keep_their_range),
		cmocka_unit_test(what_is_no_number_is_refused),
		cmocka_unit_test(limits_are_those_of_the_capture),
		cmocka_unit_test(choice_is_one_of_its_words),
		cmocka_unit_test(export_is_a_number_or_all),
		cmocka_unit_test(lists_add_up_and_replace_their_default),
		cmocka_unit_test(list_that_is_too_long_is_refused),
		cmocka_unit_test(service_ports_are_numbers_with_commas),
		cmocka_unit_test(trailing_words_are_the_filter),
		cmocka_unit_test(options_that_contradict_each_other_are_refused),
		cmocka_unit_test(size_of_memory_gives_the_defaults_that_are_not_given),
		cmocka_unit_test(actions_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
