/* What a name server's answer to a reverse look-up says, which may be anything. */
#ifndef IPTALLY_NAMES_PTR_ANSWER_H
#define IPTALLY_NAMES_PTR_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "names/name_cache.h"

/* "4.3.2.1.in-addr.arpa", "f.e....ip6.arpa" with its NUL. */
#define PTR_QUESTION_TEXT 80

/* The name to ask for (RFC 1035, 3.5; RFC 3596, 2.5). */
void ptr_question(const struct name_key *key, char text[PTR_QUESTION_TEXT]);

/*
 * Reads a whole answer, as it came. NAME_FOUND: `name` is filled, cleaned. Both with and without a
 * name *ttl_ns is how long that holds; -1: the answer does not say. NAME_FAILED: it can't be used.
 */
enum name_outcome ptr_answer_read(const struct name_key *key, const uint8_t *answer, size_t n,
				  char name[NAMES_ADDRESS_TEXT], int64_t *ttl_ns);

#endif
