/* The reader's two ends: of what was captured, and of the frame. */
#include "decode/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static struct reader reader_of(uint32_t captured, uint32_t length)
{
	return (struct reader){.at = bytes, .captured = captured, .length = length};
}

static void all_captured_bytes_can_be_read_and_no_more(void **state)
{
	struct reader reader = reader_of(8, 100);

	(void)state;
	assert_ptr_equal(reader_bytes(&reader, 8), bytes);
	assert_null(reader_bytes(&reader, 9));
	assert_null(reader_bytes(&reader, UINT32_MAX));
}

static void an_empty_reader_gives_zero_bytes_but_not_one(void **state)
{
	struct reader reader = reader_of(0, 0);

	(void)state;
	assert_non_null(reader_bytes(&reader, 0));
	assert_null(reader_bytes(&reader, 1));
}

static void a_skip_moves_both_ends(void **state)
{
	struct reader reader = reader_of(8, 100);

	(void)state;
	reader_skip(&reader, 3);
	assert_ptr_equal(reader.at, bytes + 3);
	assert_int_equal(reader.captured, 5);
	assert_int_equal(reader.length, 97);
}

static void a_skip_over_uncaptured_bytes_stays_inside_the_captured_ones(void **state)
{
	struct reader reader = reader_of(8, 100);

	(void)state;
	reader_skip(&reader, 20);
	assert_ptr_equal(reader.at, bytes + 8);
	assert_int_equal(reader.captured, 0);
	assert_int_equal(reader.length, 80);
}

static void a_limit_cuts_both_ends_but_never_adds(void **state)
{
	struct reader reader = reader_of(8, 100);

	(void)state;
	reader_limit(&reader, 200);
	assert_int_equal(reader.captured, 8);
	assert_int_equal(reader.length, 100);
	reader_limit(&reader, 50);
	assert_int_equal(reader.captured, 8);
	assert_int_equal(reader.length, 50);
	reader_limit(&reader, 5);
	assert_int_equal(reader.captured, 5);
	assert_int_equal(reader.length, 5);
}

static void numbers_are_read_in_the_byte_order_asked_for(void **state)
{
	static const uint8_t high[4] = {0xfe, 0xdc, 0xba, 0x98};

	(void)state;
	assert_int_equal(read_be16(bytes), 0x0102);
	assert_int_equal(read_le16(bytes), 0x0201);
	assert_int_equal(read_be32(bytes), 0x01020304);
	assert_int_equal(read_le32(bytes), 0x04030201);
	assert_true(read_be32(high) == 0xfedcba98);
	assert_true(read_le32(high) == 0x98badcfe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_captured_bytes_can_be_read_and_no_more),
		cmocka_unit_test(an_empty_reader_gives_zero_bytes_but_not_one),
		cmocka_unit_test(a_skip_moves_both_ends),
		cmocka_unit_test(a_skip_over_uncaptured_bytes_stays_inside_the_captured_ones),
		cmocka_unit_test(a_limit_cuts_both_ends_but_never_adds),
		cmocka_unit_test(numbers_are_read_in_the_byte_order_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
