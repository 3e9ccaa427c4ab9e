/* Who accepts gzip, and what zlib's own inflate makes of our bodies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <zlib.h>

#include "http/gzip.h"

static void header_says_whether_gzip_is_accepted(void **state)
{
	static const struct {
		const char *header;
		bool accepted;
	} cases[] = {
		{NULL, false},
		{"", false},
		{"gzip", true},
		{"GZip", true},
		{"x-gzip", true},
		{"identity", false},
		{"deflate, gzip;q=1.0, *;q=0.5", true},
		{"gzip;q=0", false},
		{"gzip ; q=0.000, *", false},
		{"gzip;q=0.001", true},
		{"br,\tgzip", true},
		{"*", true},
		{"*;q=0", false},
		{"*;q=0,gzip", true},
		{"gzipped", false},
		{"br;q=gzip", false},
		{",,;;q=,gzip;", true},
		{"gzip;q=", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (gzip_is_accepted(cases[i].header) != cases[i].accepted)
			fail_msg("Accept-Encoding: %s", cases[i].header);
}

static struct gzip *gzip;

static int set_up(void **state)
{
	struct error error;

	(void)state;
	gzip = gzip_create(&error);
	return gzip ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	gzip_destroy(gzip);
	return 0;
}

static void assert_comes_back(const char *text, size_t length)
{
	struct buffer buffer = {0};
	char *back = malloc(length + 1);
	z_stream stream = {0};

	assert_non_null(back);
	buffer_append(&buffer, text, length);
	gzip_compress(gzip, &buffer);
	assert_false(buffer.failed);
	stream.next_in = (Bytef *)buffer.data;
	stream.avail_in = (uInt)buffer.length;
	stream.next_out = (Bytef *)back;
	stream.avail_out = (uInt)length + 1;
	assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(stream.total_out, length);
	assert_int_equal(stream.avail_in, 0);
	if (length)
		assert_memory_equal(back, text, length);
	inflateEnd(&stream);
	buffer_free(&buffer);
	free(back);
}

static void bodies_of_all_sizes_come_back(void **state)
{
	const size_t most = (size_t)1 << 20;
	char *text = malloc(most);
	uint32_t random = 1;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < most; i++) {
		random = random * 1664525 + 1013904223;
		text[i] = (char)(random >> 24);
	}
	assert_comes_back("", 0);
	assert_comes_back("iptally_up 1\n", 13);
	assert_comes_back(text, most); /* grows, and takes many blocks */
	memset(text, 'a', most);
	assert_comes_back(text, most);
	free(text);
}

static void body_that_failed_stays_so(void **state)
{
	struct buffer buffer = {.failed = true};

	(void)state;
	gzip_compress(gzip, &buffer);
	assert_true(buffer.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_says_whether_gzip_is_accepted),
		cmocka_unit_test(bodies_of_all_sizes_come_back),
		cmocka_unit_test(body_that_failed_stays_so),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
