/* Each kind of field as the SNMP type that RFC 2578, 2579 and 4001 give it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "snmp/value.h"

#define SECOND_NS NS_PER_SECOND

/* sysUpTime is 100.00 s at 1000 s on the monotonic clock: the agent began at 900 s. */
static const struct snmp_moment moment = {.now = {1000 * SECOND_NS},
					  .began = {900 * NS_PER_SECOND}};

static struct snmp_value read_as(enum field_kind kind, const void *row)
{
	const struct family_field field = {.kind = kind, .text_size = 8};
	struct snmp_value value;

	memset(&value, 0xaa, sizeof(value));
	snmp_value_read(&value, &field, row, NULL, &moment);
	return value;
}

static void assert_number(enum field_kind kind, const void *row, u_char type, uint32_t expected)
{
	struct snmp_value value = read_as(kind, row);
	uint32_t number;

	assert_int_equal(value.type, type);
	assert_int_equal(snmp_value_type(kind), type);
	assert_int_equal(value.length, sizeof(number));
	memcpy(&number, &value.storage.number, sizeof(number));
	assert_int_equal(number, expected);
}

static void assert_octets(enum field_kind kind, const void *row, const void *octets, size_t length)
{
	const struct family_field field = {.kind = kind, .text_size = 8};
	struct snmp_value value;

	snmp_value_read(&value, &field, row, NULL, &moment);
	assert_int_equal(value.type, ASN_OCTET_STR);
	assert_int_equal(value.length, length);
	assert_memory_equal(value.data, octets, length);
}

static void counter_keeps_all_64_bits(void **state)
{
	const uint64_t count = 0xfedcba9876543210;
	struct snmp_value value = read_as(FIELD_COUNTER, &count);

	(void)state;
	assert_int_equal(value.type, ASN_COUNTER64);
	assert_int_equal(value.length, sizeof(struct counter64));
	assert_int_equal(value.storage.counter.high, 0xfedcba98);
	assert_int_equal(value.storage.counter.low, 0x76543210);
}

static void histogram_bucket_is_a_counter(void **state)
{
	const uint64_t count = 0x100000002;
	struct snmp_value value = read_as(FIELD_HISTOGRAM, &count);

	(void)state;
	assert_int_equal(value.type, ASN_COUNTER64);
	assert_int_equal(value.storage.counter.high, 1);
	assert_int_equal(value.storage.counter.low, 2);
}

static void gauge_sticks_at_its_maximum(void **state)
{
	const uint64_t below = 4294967294, at = 4294967295, above = 4294967296;

	(void)state;
	assert_number(FIELD_GAUGE, &below, ASN_GAUGE, 4294967294);
	assert_number(FIELD_GAUGE, &at, ASN_GAUGE, 4294967295);
	assert_number(FIELD_GAUGE, &above, ASN_GAUGE, 4294967295);
}

static void unsigned_and_port_are_unsigned32(void **state)
{
	const uint32_t number = 4294967295;
	const uint16_t port = 65535;

	(void)state;
	assert_number(FIELD_UNSIGNED, &number, ASN_UNSIGNED, 4294967295);
	assert_number(FIELD_PORT, &port, ASN_UNSIGNED, 65535);
}

static void truth_is_one_and_falsehood_two(void **state)
{
	const uint8_t yes = 1, no = 0;

	(void)state;
	assert_number(FIELD_BOOL, &yes, ASN_INTEGER, 1);
	assert_number(FIELD_BOOL, &no, ASN_INTEGER, 2);
}

static void enumeration_begins_at_one(void **state)
{
	const uint8_t first = 0, seventh = 6;

	(void)state;
	assert_number(FIELD_ENUM, &first, ASN_INTEGER, 1);
	assert_number(FIELD_ENUM, &seventh, ASN_INTEGER, 7);
}

static void text_ends_at_its_nul_or_at_its_size(void **state)
{
	const char shorter[8] = "eth0", full[8] = {'e', 'n', 'x', '1', '2', '3', '4', '5'};
	const char empty[8] = "";

	(void)state;
	assert_octets(FIELD_TEXT, shorter, "eth0", 4);
	assert_octets(FIELD_TEXT, full, "enx12345", 8);
	assert_octets(FIELD_TEXT, empty, "", 0);
}

static void address_has_the_length_of_its_type(void **state)
{
	const struct family_address four = {4, {192, 0, 2, 1}};
	const struct family_address six = {6, {0x20, 1, 0xd, 0xb8, [15] = 1}};

	(void)state;
	assert_number(FIELD_ADDRESS_TYPE, &four, ASN_INTEGER, 1);
	assert_number(FIELD_ADDRESS_TYPE, &six, ASN_INTEGER, 2);
	assert_octets(FIELD_ADDRESS, &four, "\xc0\x00\x02\x01", 4);
	assert_octets(FIELD_ADDRESS, &six,
		      "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", 16);
}

static void date_is_in_utc_with_deciseconds(void **state)
{
	/* 1992-05-26 13:30:15.3 UTC, the example of RFC 2579, and the leap day of 2024 */
	const struct wall_time example = {706887015 * SECOND_NS + 345678901};
	const struct wall_time leap = {1709251199 * SECOND_NS + 999999999};
	const struct wall_time before_1970 = {-1};

	(void)state;
	assert_octets(FIELD_DATE, &example, "\x07\xc8\x05\x1a\x0d\x1e\x0f\x03+\x00\x00", 11);
	assert_octets(FIELD_DATE, &leap, "\x07\xe8\x02\x1d\x17\x3b\x3b\x09+\x00\x00", 11);
	assert_octets(FIELD_DATE, &before_1970, "\x07\xb1\x0c\x1f\x17\x3b\x3b\x09+\x00\x00", 11);
}

static void time_stamp_is_the_uptime_of_then(void **state)
{
	const struct monotonic_time now = {1000 * SECOND_NS};
	const struct monotonic_time earlier = {950 * SECOND_NS + 990000000};
	const struct monotonic_time start = {900 * SECOND_NS};

	(void)state;
	assert_number(FIELD_TIME_STAMP, &now, ASN_TIMETICKS, 10000);
	assert_number(FIELD_TIME_STAMP, &earlier, ASN_TIMETICKS, 5099);
	assert_number(FIELD_TIME_STAMP, &start, ASN_TIMETICKS, 0);
}

static void time_stamp_before_the_uptime_began_is_zero(void **state)
{
	const struct monotonic_time before = {899 * SECOND_NS};
	const struct monotonic_time never = {0};

	(void)state;
	assert_number(FIELD_TIME_STAMP, &before, ASN_TIMETICKS, 0);
	assert_number(FIELD_TIME_STAMP, &never, ASN_TIMETICKS, 0);
}

static int64_t began(double before, double now, uint32_t uptime)
{
	const struct monotonic_time then = {(int64_t)(before * 1e9)};
	const struct monotonic_time moment_of_reading = {(int64_t)(now * 1e9)};

	return snmp_uptime_began(then, moment_of_reading, uptime).ns / 1000000;
}

static void uptime_began_so_long_ago(void **state)
{
	(void)state;
	assert_int_equal(began(0, 1000, 10000), 900000);
}

static void rounding_moves_no_time_stamp(void **state)
{
	(void)state;
	assert_int_equal(began(900, 1000, 9999), 900000);
	assert_int_equal(began(900, 1000.009, 10000), 900000);
	assert_int_equal(began(900, 1000, 9901), 900000);
	assert_int_equal(began(900, 1000, 10099), 900000);
}

static void restart_of_the_master_agent_moves_time_stamps(void **state)
{
	(void)state;
	assert_int_equal(began(900, 1000, 300), 997000);
	assert_int_equal(began(900, 1000, 20000), 800000);
}

static void age_is_the_time_since(void **state)
{
	const struct monotonic_time then = {987 * SECOND_NS + 650000000};
	const struct monotonic_time later = {1001 * SECOND_NS};

	(void)state;
	assert_number(FIELD_AGE, &then, ASN_TIMETICKS, 1235);
	assert_number(FIELD_AGE, &later, ASN_TIMETICKS, 0);
}

static void info_has_no_value(void **state)
{
	(void)state;
	assert_int_equal(snmp_value_type(FIELD_INFO), ASN_NULL);
}

static void value_is_read_at_the_offset_of_its_field(void **state)
{
	const uint64_t row[3] = {1, 2, 3};
	const struct family_field field = {.kind = FIELD_COUNTER, .offset = sizeof(row[0]) * 2};
	struct snmp_value value;

	(void)state;
	snmp_value_read(&value, &field, row, NULL, &moment);
	assert_int_equal(value.storage.counter.low, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counter_keeps_all_64_bits),
		cmocka_unit_test(histogram_bucket_is_a_counter),
		cmocka_unit_test(gauge_sticks_at_its_maximum),
		cmocka_unit_test(unsigned_and_port_are_unsigned32),
		cmocka_unit_test(truth_is_one_and_falsehood_two),
		cmocka_unit_test(enumeration_begins_at_one),
		cmocka_unit_test(text_ends_at_its_nul_or_at_its_size),
		cmocka_unit_test(address_has_the_length_of_its_type),
		cmocka_unit_test(date_is_in_utc_with_deciseconds),
		cmocka_unit_test(time_stamp_is_the_uptime_of_then),
		cmocka_unit_test(time_stamp_before_the_uptime_began_is_zero),
		cmocka_unit_test(uptime_began_so_long_ago),
		cmocka_unit_test(rounding_moves_no_time_stamp),
		cmocka_unit_test(restart_of_the_master_agent_moves_time_stamps),
		cmocka_unit_test(age_is_the_time_since),
		cmocka_unit_test(info_has_no_value),
		cmocka_unit_test(value_is_read_at_the_offset_of_its_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
