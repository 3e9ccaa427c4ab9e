/* What the tests of names share: names made of files that the test writes. */
#ifndef IPTALLY_TEST_NAMES_SUPPORT_H
#define IPTALLY_TEST_NAMES_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <cmocka.h>
#include <string.h>

#include "names/names.h"
#include "names/scope.h"

static inline struct name_key key_of(const char *text)
{
	uint8_t bytes[IP_ADDRESS_BYTES];
	bool is_6 = strchr(text, ':');

	assert_int_equal(inet_pton(is_6 ? AF_INET6 : AF_INET, text, bytes), 1);
	return name_key(is_6 ? 6 : 4, bytes);
}

/* The name of an address as it is known by now; "": none. */
static inline const char *name_of(struct names *names, const char *text,
				  char name[NAMES_ADDRESS_TEXT])
{
	struct name_key key = key_of(text);
	bool is_known = names_of_address(names, key.version, key.bytes, name);

	assert_int_equal(is_known, name[0] != '\0');
	return name;
}

#endif
