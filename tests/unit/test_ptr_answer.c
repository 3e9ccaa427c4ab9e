/*
 * Answers to reverse look-ups, written byte by byte as RFC 1035 draws them: which name is taken of
 * them, for how long it holds, and that none of what a hostile server sends gets through.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/nameser.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "names/hostname.h"
#include "names/ptr_answer.h"
#include "names_support.h"

#define SECOND  NS_PER_SECOND
#define POINTER "\xc0\x0c" /* to the question's name, right behind the header */

static uint8_t message[1024];
static size_t length;
static char name[NAMES_ADDRESS_TEXT];
static int64_t ttl_ns;

static void put(const void *bytes, size_t n)
{
	assert_true(length + n <= sizeof(message));
	memcpy(message + length, bytes, n);
	length += n;
}

static void put_16(uint16_t number)
{
	put((const uint8_t[]){(uint8_t)(number >> 8), (uint8_t)number}, 2);
}

static void put_32(uint32_t number)
{
	put_16((uint16_t)(number >> 16));
	put_16((uint16_t)number);
}

static void put_name(const char *text)
{
	while (*text) {
		uint8_t n = (uint8_t)strcspn(text, ".");

		put(&n, 1);
		put(text, n);
		text += n + (text[n] == '.');
	}
	put("", 1);
}

/* Header and question for 10.1.2.3. */
static void begin(uint16_t flags, uint16_t n_answers, uint16_t n_authorities)
{
	length = 0;
	put_16(0x1234);
	put_16(flags);
	put_16(1);
	put_16(n_answers);
	put_16(n_authorities);
	put_16(0);
	put_name("3.2.1.10.in-addr.arpa");
	put_16(ns_t_ptr);
	put_16(ns_c_in);
}

/* Owner, type, class, TTL and data, whose length is filled in. */
static void put_record(const char *owner, uint16_t type, uint32_t ttl, const char *target)
{
	size_t at;

	if (owner)
		put_name(owner);
	else
		put(POINTER, 2);
	put_16(type);
	put_16(ns_c_in);
	put_32(ttl);
	at = length;
	put_16(0);
	put_name(target);
	message[at + 1] = (uint8_t)(length - at - 2);
	message[at] = (uint8_t)((length - at - 2) >> 8);
}

static enum name_outcome read_answer(void)
{
	struct name_key key = key_of("10.1.2.3");
	/* Of exactly this size, so that a sanitizer sees each byte that is read too many. */
	uint8_t *copy = malloc(length + 1);
	enum name_outcome outcome;

	memcpy(copy + 1, message, length);
	memset(name, 0, sizeof(name));
	outcome = ptr_answer_read(&key, copy + 1, length, name, &ttl_ns);
	free(copy);
	return outcome;
}

static void the_question_is_the_address_backwards(void **state)
{
	struct name_key key = key_of("192.0.2.15");
	char text[PTR_QUESTION_TEXT];

	(void)state;
	ptr_question(&key, text);
	assert_string_equal(text, "15.2.0.192.in-addr.arpa");
	/* The example of RFC 3596, 2.5. */
	key = key_of("4321:0:1:2:3:4:567:89ab");
	ptr_question(&key, text);
	assert_string_equal(text, "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4."
				  "ip6.arpa");
}

static void a_name_holds_as_long_as_its_answer_says(void **state)
{
	(void)state;
	begin(0x8180, 1, 0);
	put_record(NULL, ns_t_ptr, 3600, "printer.example.net");
	assert_int_equal(read_answer(), NAME_FOUND);
	assert_string_equal(name, "printer.example.net");
	assert_int_equal(ttl_ns, 3600 * SECOND);
}

/* RFC 2317: a part of a network has its names elsewhere. */
static void aliases_are_followed_and_the_shortest_time_counts(void **state)
{
	(void)state;
	begin(0x8180, 2, 0);
	put_record(NULL, ns_t_cname, 60, "3.0-25.2.1.10.in-addr.arpa");
	put_record("3.0-25.2.1.10.in-addr.arpa", ns_t_ptr, 3600, "delegated.example");
	assert_int_equal(read_answer(), NAME_FOUND);
	assert_string_equal(name, "delegated.example");
	assert_int_equal(ttl_ns, 60 * SECOND);
}

static void of_several_names_the_first_of_the_alphabet_is_taken(void **state)
{
	static const char *const orders[][3] = {
		{"beta", "alpha", "gamma"}, {"alpha", "gamma", "beta"}, {"gamma", "beta", "alpha"}};

	(void)state;
	for (int i = 0; i < 3; i++) {
		begin(0x8180, 3, 0);
		for (int j = 0; j < 3; j++)
			put_record(NULL, ns_t_ptr, 100, orders[i][j]);
		assert_int_equal(read_answer(), NAME_FOUND);
		assert_string_equal(name, "alpha");
	}
}

/* RFC 2308, 5: the lesser of the SOA's TTL and of its last field. */
static void that_there_is_no_name_holds_as_long_as_the_authority_says(void **state)
{
	static const struct {
		uint32_t ttl, minimum, expected;
	} cases[] = {{900, 3600, 900}, {3600, 120, 120}, {0x80000000, 60, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t at;

		begin(0x8183, 0, 1);
		put_name("1.10.in-addr.arpa");
		put_16(ns_t_soa);
		put_16(ns_c_in);
		put_32(cases[i].ttl);
		at = length;
		put_16(0);
		put_name("ns.example");
		put_name("admin.example");
		for (uint32_t n = 1; n <= 4; n++)
			put_32(n);
		put_32(cases[i].minimum);
		message[at + 1] = (uint8_t)(length - at - 2);
		assert_int_equal(read_answer(), NAME_NONE);
		assert_int_equal(ttl_ns, cases[i].expected * SECOND);
	}
	begin(0x8183, 0, 0);
	assert_int_equal(read_answer(), NAME_NONE);
	assert_int_equal(ttl_ns, -1);
}

static void what_is_no_name_is_a_failure(void **state)
{
	static const char *const bad[] = {
		"a b",        "a\nb", "a\x1b[31m", "a\"},{\"b", "<b>x</b>", "m\xc3\xbcller",
		"10-0-0-1/x", "192",  "a\\b",      "*",         "%n%n",     "-rf",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		begin(0x8180, 1, 0);
		put_record(NULL, ns_t_ptr, 100, bad[i]);
		assert_int_equal(read_answer(), NAME_FAILED);
		begin(0x8180, 2, 0);
		put_record(NULL, ns_t_ptr, 100, bad[i]);
		put_record(NULL, ns_t_ptr, 100, "good");
		if (read_answer() == NAME_FOUND)
			assert_string_equal(name, "good");
	}
}

static void names_that_are_too_long_are_failures(void **state)
{
	char text[NAMES_ADDRESS_TEXT + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 2 ? '.' : 'a';
	text[sizeof(text) - 1] = '\0';
	text[sizeof(text) - 2] = 'b';
	begin(0x8180, 1, 0);
	put_record(NULL, ns_t_ptr, 100, text); /* 128 letters and dots */
	assert_int_equal(read_answer(), NAME_FAILED);
	begin(0x8180, 1, 0);
	put_record(NULL, ns_t_ptr, 100, text + 2);
	assert_int_equal(read_answer(), NAME_FOUND);
	assert_string_equal(name, text + 2);
}

static void a_name_that_points_at_itself_ends(void **state)
{
	(void)state;
	begin(0x8180, 1, 0);
	put(POINTER, 2);
	put_16(ns_t_ptr);
	put_16(ns_c_in);
	put_32(100);
	put_16(2);
	put_16((uint16_t)(0xc000 | length));
	assert_int_equal(read_answer(), NAME_FAILED);
}

static void an_answer_about_something_else_names_nothing(void **state)
{
	(void)state;
	begin(0x8180, 1, 0);
	put_record("9.9.9.9.in-addr.arpa", ns_t_ptr, 100, "other.example");
	assert_int_not_equal(read_answer(), NAME_FOUND);
}

static void a_question_that_comes_back_is_no_answer(void **state)
{
	(void)state;
	begin(0x0100, 0, 0);
	assert_int_equal(read_answer(), NAME_FAILED);
	begin(0x0100, 1, 0);
	put_record(NULL, ns_t_ptr, 100, "other.example");
	assert_int_equal(read_answer(), NAME_FAILED);
}

static void an_answer_that_ends_early_names_nothing(void **state)
{
	size_t whole;

	(void)state;
	begin(0x8180, 1, 0);
	put_record(NULL, ns_t_ptr, 3600, "printer.example.net");
	whole = length;
	for (length = 0; length < whole; length++)
		assert_int_not_equal(read_answer(), NAME_FOUND);
}

/* A good answer with some bytes changed: a name, if any, is clean, and nothing else happens. */
static void whatever_comes_a_name_is_clean(void **state)
{
	unsigned value = 11, found = 0;

	(void)state;
	for (int i = 0; i < 300000; i++) {
		char clean[NAMES_ADDRESS_TEXT];

		begin(0x8180, 2, 1);
		put_record(NULL, ns_t_cname, 60, "3.x.2.1.10.in-addr.arpa");
		put_record("3.x.2.1.10.in-addr.arpa", ns_t_ptr, 3600, "delegated.example");
		put_record("1.10.in-addr.arpa", ns_t_soa, 3600, "ns.example");
		for (unsigned changes = 1 + i % 4; changes > 0; changes--) {
			value = value * 1103515245 + 12345;
			message[(value >> 16) % length] = (uint8_t)(value >> 8);
		}
		if (i % 8 == 0)
			length = (value >> 12) % (length + 1);
		if (read_answer() != NAME_FOUND)
			continue;
		found++;
		assert_true(hostname_clean(name, clean, sizeof(clean)));
		assert_string_equal(name, clean);
		assert_in_range(ttl_ns / SECOND + 1, 0, 1LL + INT32_MAX);
	}
	assert_true(found > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_question_is_the_address_backwards),
		cmocka_unit_test(a_name_holds_as_long_as_its_answer_says),
		cmocka_unit_test(aliases_are_followed_and_the_shortest_time_counts),
		cmocka_unit_test(of_several_names_the_first_of_the_alphabet_is_taken),
		cmocka_unit_test(that_there_is_no_name_holds_as_long_as_the_authority_says),
		cmocka_unit_test(what_is_no_name_is_a_failure),
		cmocka_unit_test(names_that_are_too_long_are_failures),
		cmocka_unit_test(a_name_that_points_at_itself_ends),
		cmocka_unit_test(an_answer_about_something_else_names_nothing),
		cmocka_unit_test(a_question_that_comes_back_is_no_answer),
		cmocka_unit_test(an_answer_that_ends_early_names_nothing),
		cmocka_unit_test(whatever_comes_a_name_is_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
