/* The base folder: buffer, addresses, log lines through a replaced sink, memory ledger. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/utf8.h"

#define assert_buffer_is(buffer, text)                                                             \
	do {                                                                                       \
		assert_int_equal((buffer).length, strlen(text));                                   \
		assert_memory_equal((buffer).data, text, strlen(text));                            \
	} while (0)

/* --- buffer --- */

static void buffer_keeps_what_was_appended_in_order(void **state)
{
	struct buffer buffer = {0};

	(void)state;
	buffer_append(&buffer, "a\0b", 3);
	buffer_append_text(&buffer, "text");
	buffer_printf(&buffer, "%s=%d", "n", -5);
	assert_false(buffer.failed);
	assert_int_equal(buffer.length, 11);
	assert_memory_equal(buffer.data, "a\0btextn=-5", 11);
	buffer_free(&buffer);
}

static void buffer_prints_the_ends_of_u64(void **state)
{
	struct buffer buffer = {0};

	(void)state;
	buffer_append_u64(&buffer, 0);
	buffer_append_text(&buffer, " ");
	buffer_append_u64(&buffer, 10);
	buffer_append_text(&buffer, " ");
	buffer_append_u64(&buffer, UINT64_MAX);
	assert_buffer_is(buffer, "0 10 18446744073709551615");
	buffer_free(&buffer);
}

static void buffer_grows_past_every_capacity(void **state)
{
	struct buffer buffer = {0};

	(void)state;
	for (int i = 0; i < 10000; i++)
		buffer_printf(&buffer, "%04d", i);
	assert_false(buffer.failed);
	assert_int_equal(buffer.length, 40000);
	assert_memory_equal(buffer.data, "000000010002", 12);
	assert_memory_equal(buffer.data + 39996, "9999", 4);
	buffer_free(&buffer);
}

static void buffer_takes_one_piece_larger_than_double_its_capacity(void **state)
{
	struct buffer buffer = {0};
	char piece[5000];

	(void)state;
	memset(piece, 'x', sizeof(piece));
	buffer_append_text(&buffer, "start");
	buffer_append(&buffer, piece, sizeof(piece));
	assert_int_equal(buffer.length, 5005);
	assert_int_equal(buffer.data[5004], 'x');
	buffer_free(&buffer);
}

static void buffer_above_its_limit_fails_and_ignores_the_rest(void **state)
{
	struct buffer buffer = {0};

	(void)state;
	buffer_append_text(&buffer, "kept");
	/* The size alone is refused; the byte behind the pointer is never read. */
	buffer_append(&buffer, "", (size_t)1 << 40);
	assert_true(buffer.failed);
	buffer_append_text(&buffer, "ignored");
	buffer_printf(&buffer, "%d", 1);
	assert_buffer_is(buffer, "kept");
	buffer_free(&buffer);
	assert_false(buffer.failed);
	assert_int_equal(buffer.length, 0);
}

/* --- addresses --- */

static void ipv4_address_is_dotted(void **state)
{
	const uint8_t bytes[IP_ADDRESS_BYTES] = {192, 0, 2, 255};
	char text[IP_ADDRESS_TEXT];

	(void)state;
	assert_string_equal(ip_address_format(text, 4, bytes), "192.0.2.255");
}

/* RFC 5952: lower case, no leading zeros, the first longest run of zeros as "::". */
static void ipv6_address_is_written_as_rfc_5952_asks(void **state)
{
	const uint8_t documentation[IP_ADDRESS_BYTES] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0xAB};
	const uint8_t two_runs[IP_ADDRESS_BYTES] = {0x20, 0x01, [7] = 1, [15] = 1};
	const uint8_t unspecified[IP_ADDRESS_BYTES] = {0};
	uint8_t longest[IP_ADDRESS_BYTES];
	char text[IP_ADDRESS_TEXT];

	(void)state;
	assert_string_equal(ip_address_format(text, 6, documentation), "2001:db8::ab");
	assert_string_equal(ip_address_format(text, 6, two_runs), "2001:0:0:1::1");
	assert_string_equal(ip_address_format(text, 6, unspecified), "::");
	memset(longest, 0xff, sizeof(longest));
	assert_string_equal(ip_address_format(text, 6, longest),
			    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

static void mac_address_is_six_pairs_of_lower_case_digits(void **state)
{
	const uint8_t bytes[MAC_BYTES] = {0x00, 0x1B, 0x21, 0x0a, 0xff, 0x09};
	char text[MAC_TEXT];

	(void)state;
	assert_string_equal(mac_format(text, bytes), "00:1b:21:0a:ff:09");
}

static void listen_address_gives_host_and_port(void **state)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
	} good[] = {
		{"127.0.0.1:10177", "127.0.0.1", 10177},
		{"localhost:1", "localhost", 1},
		{"[::1]:65535", "::1", 65535},
		{"[2001:db8::1%eth0]:80", "2001:db8::1%eth0", 80},
		{":8080", "", 8080},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char host[64] = "unset";
		uint16_t port = 0;

		assert_int_equal(listen_address_split(good[i].text, host, sizeof(host), &port), 0);
		assert_string_equal(host, good[i].host);
		assert_int_equal(port, good[i].port);
	}
}

static void listen_address_of_a_wrong_form_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:0",
		"127.0.0.1:65536",
		"127.0.0.1:99999999999999999999",
		"127.0.0.1:-1",
		"127.0.0.1:+1",
		"127.0.0.1: 1",
		"127.0.0.1:80x",
		"::1:80",
		"[::1]",
		"[::1:80",
		"[]:80",
		"[::1]x:80",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char host[64];
		uint16_t port;

		if (listen_address_split(bad[i], host, sizeof(host), &port) != -EINVAL)
			fail_msg("\"%s\" was accepted", bad[i]);
	}
}

static void listen_address_longer_than_the_callers_room_is_refused(void **state)
{
	char host[8];
	uint16_t port;

	(void)state;
	assert_int_equal(listen_address_split("1234567:80", host, sizeof(host), &port), 0);
	assert_int_equal(listen_address_split("12345678:80", host, sizeof(host), &port), -EINVAL);
}

/* --- errors --- */

static void error_holds_the_sentence_and_returns_the_negative_code(void **state)
{
	struct error error;

	(void)state;
	assert_int_equal(error_set(&error, ENOENT, "no interface %s", "eth7"), -ENOENT);
	assert_string_equal(error.text, "no interface eth7");
	assert_int_equal(error_set(NULL, EPERM, "unheard"), -EPERM);
}

static void error_cuts_what_is_too_long(void **state)
{
	struct error error;
	char text[ERROR_TEXT + 100];

	(void)state;
	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_set(&error, EINVAL, "%s", text);
	assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
}

static void error_is_one_line_and_whole_whatever_it_names(void **state)
{
	struct error error;
	char path[4096];

	(void)state;
	error_set(&error, ENOENT, "no such interface '%s'", "lo\r\nnext\x1b[0m");
	assert_string_equal(error.text, "no such interface 'lo??next?[0m'");
	memset(path, '/', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	error_set(&error, ENOENT, "%s: cannot be opened: %s", path, "the reason");
	assert_non_null(strstr(error.text, ": cannot be opened: the reason"));
}

/* --- log --- */

struct heard {
	char line[4096];
	enum log_level level;
	int lines;
};

static void hear(enum log_level level, const char *line, void *context)
{
	struct heard *heard = context;

	snprintf(heard->line, sizeof(heard->line), "%s", line);
	heard->level = level;
	heard->lines++;
}

/* What follows the time, which is checked for its form alone. */
static const char *after_time(const char *line, const char *before, const char *after)
{
	int year, month, day, hour, minute, second, millisecond, length = 0;

	assert_int_equal(strncmp(line, before, strlen(before)), 0);
	line += strlen(before);
	assert_int_equal(sscanf(line, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &year, &month, &day, &hour,
				&minute, &second, &millisecond, &length),
			 7);
	assert_int_equal(length, strlen("2025-01-31T23:59:59.999Z"));
	line += length;
	assert_int_equal(strncmp(line, after, strlen(after)), 0);
	return line + strlen(after);
}

static int replace_sink(void **state)
{
	*state = calloc(1, sizeof(struct heard));
	log_set_sink(hear, *state);
	return *state ? 0 : -1;
}

static int restore_sink(void **state)
{
	log_set_sink(NULL, NULL);
	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT);
	free(*state);
	return 0;
}

static void log_line_has_time_level_topic_and_message(void **state)
{
	struct heard *heard = *state;

	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT);
	log_warn("capture", "%s: %d frames", "eth0", 3);
	assert_int_equal(heard->lines, 1);
	assert_int_equal(heard->level, LOG_LEVEL_WARN);
	assert_string_equal(after_time(heard->line, "time=", ""),
			    " level=warn topic=capture msg=\"eth0: 3 frames\"");
}

static void log_line_as_json_is_one_object(void **state)
{
	struct heard *heard = *state;

	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
	log_error("http", "port %d", 80);
	assert_string_equal(after_time(heard->line, "{\"time\":\"", "\","),
			    "\"level\":\"error\",\"topic\":\"http\",\"msg\":\"port 80\"}");
}

static void log_message_cannot_forge_a_second_line_or_leave_its_quotes(void **state)
{
	struct heard *heard = *state;

	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT);
	log_info("snmp", "%s", "a\"b\\c\nlevel=error\t\x1b[0m\x7f");
	assert_string_equal(after_time(heard->line, "time=", ""),
			    " level=info topic=snmp "
			    "msg=\"a\\\"b\\\\c\\u000alevel=error\\u0009\\u001b[0m\\u007f\"");
	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
	log_info("snmp", "%s", "\"}\n{\"level\":\"error\"");
	assert_string_equal(after_time(heard->line, "{\"time\":\"", "\","),
			    "\"level\":\"info\",\"topic\":\"snmp\","
			    "\"msg\":\"\\\"}\\u000a{\\\"level\\\":\\\"error\\\"\"}");
}

static void log_message_is_utf8_whatever_it_names(void **state)
{
	struct heard *heard = *state;

	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
	log_info("capture", "%s is read", "caf\xc3\xa9 \xff\xe2\x82.pcap");
	assert_string_equal(
		after_time(heard->line, "{\"time\":\"", "\","),
		"\"level\":\"info\",\"topic\":\"capture\","
		"\"msg\":\"caf\xc3\xa9 " UTF8_REPLACEMENT UTF8_REPLACEMENT UTF8_REPLACEMENT
		".pcap is read\"}");
}

static void log_leaves_out_what_is_below_its_level(void **state)
{
	struct heard *heard = *state;

	log_configure(LOG_LEVEL_WARN, LOG_FORMAT_LOGFMT);
	log_debug("config", "unheard");
	log_info("config", "unheard");
	assert_int_equal(heard->lines, 0);
	assert_false(log_enabled(LOG_LEVEL_INFO));
	assert_true(log_enabled(LOG_LEVEL_WARN));
	log_warn("config", "heard");
	log_error("config", "heard");
	assert_int_equal(heard->lines, 2);
}

static void log_cuts_a_message_that_is_too_long_and_keeps_its_quote(void **state)
{
	struct heard *heard = *state;
	char text[3000];
	size_t length;

	memset(text, 'z', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT);
	log_info("config", "%s", text);
	length = strlen(heard->line);
	assert_in_range(length, 1000, 1200);
	assert_string_equal(heard->line + length - 2, "z\"");
}

/* --- memory ledger --- */

static void ledger_maps_zeroed_memory_and_adds_up(void **state)
{
	struct ledger ledger = {0};
	struct error error;
	const size_t sizes[] = {1, 4096, (size_t)3 << 20};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		uint8_t *block = ledger_map(&ledger, "block", sizes[i], &error);

		assert_non_null(block);
		assert_int_equal(block[0], 0);
		assert_int_equal(block[sizes[i] - 1], 0);
		block[sizes[i] - 1] = 1;
	}
	ledger_note(&ledger, "ring", 1000);
	assert_int_equal(ledger.n, 4);
	assert_int_equal(ledger_total(&ledger), 1 + 4096 + 3145728 + 1000);
	assert_null(ledger.entries[3].address);
	ledger_release(&ledger);
	assert_int_equal(ledger.n, 0);
	assert_int_equal(ledger_total(&ledger), 0);
}

static void ledger_adds_up_the_blocks_of_a_name(void **state)
{
	struct ledger ledger = {0};

	(void)state;
	ledger_note(&ledger, "a", 1);
	ledger_note(&ledger, "b", 10);
	ledger_note(&ledger, "a", 100);
	assert_int_equal(ledger_bytes_of_name(&ledger, 0), 101);
	assert_int_equal(ledger_bytes_of_name(&ledger, 1), 10);
	assert_int_equal(ledger_bytes_of_name(&ledger, 2), 0);
}

static void ledger_names_what_the_machine_cannot_give(void **state)
{
	struct ledger ledger = {0};
	struct error error = {""};

	(void)state;
	/* Half of the address space is more than any process can have. */
	assert_null(ledger_map(&ledger, "flow table", SIZE_MAX / 2, &error));
	assert_non_null(strstr(error.text, "flow table"));
	assert_int_equal(ledger.n, 0);
}

static void ledger_with_no_row_left_maps_nothing(void **state)
{
	struct ledger ledger = {0};
	struct error error = {""};

	(void)state;
	for (size_t i = 0; i < LEDGER_ENTRIES; i++)
		ledger_note(&ledger, "noted", 1);
	assert_null(ledger_map(&ledger, "one too many", 4096, &error));
	assert_non_null(strstr(error.text, "one too many"));
	assert_int_equal(ledger_total(&ledger), LEDGER_ENTRIES);
	ledger_release(&ledger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffer_keeps_what_was_appended_in_order),
		cmocka_unit_test(buffer_prints_the_ends_of_u64),
		cmocka_unit_test(buffer_grows_past_every_capacity),
		cmocka_unit_test(buffer_takes_one_piece_larger_than_double_its_capacity),
		cmocka_unit_test(buffer_above_its_limit_fails_and_ignores_the_rest),
		cmocka_unit_test(ipv4_address_is_dotted),
		cmocka_unit_test(ipv6_address_is_written_as_rfc_5952_asks),
		cmocka_unit_test(mac_address_is_six_pairs_of_lower_case_digits),
		cmocka_unit_test(listen_address_gives_host_and_port),
		cmocka_unit_test(listen_address_of_a_wrong_form_is_refused),
		cmocka_unit_test(listen_address_longer_than_the_callers_room_is_refused),
		cmocka_unit_test(error_holds_the_sentence_and_returns_the_negative_code),
		cmocka_unit_test(error_cuts_what_is_too_long),
		cmocka_unit_test(error_is_one_line_and_whole_whatever_it_names),
		cmocka_unit_test_setup_teardown(log_line_has_time_level_topic_and_message,
						replace_sink, restore_sink),
		cmocka_unit_test_setup_teardown(log_line_as_json_is_one_object, replace_sink,
						restore_sink),
		cmocka_unit_test_setup_teardown(
			log_message_cannot_forge_a_second_line_or_leave_its_quotes, replace_sink,
			restore_sink),
		cmocka_unit_test_setup_teardown(log_message_is_utf8_whatever_it_names, replace_sink,
						restore_sink),
		cmocka_unit_test_setup_teardown(log_leaves_out_what_is_below_its_level,
						replace_sink, restore_sink),
		cmocka_unit_test_setup_teardown(
			log_cuts_a_message_that_is_too_long_and_keeps_its_quote, replace_sink,
			restore_sink),
		cmocka_unit_test(ledger_maps_zeroed_memory_and_adds_up),
		cmocka_unit_test(ledger_adds_up_the_blocks_of_a_name),
		cmocka_unit_test(ledger_names_what_the_machine_cannot_give),
		cmocka_unit_test(ledger_with_no_row_left_maps_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
