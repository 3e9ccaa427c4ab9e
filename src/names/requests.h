/*
 * Between readers, who ask, and the thread that finds out: a bounded queue of addresses one way,
 * answers the other. The inside of names: no other folder includes it but tests.
 */
#ifndef IPTALLY_NAMES_REQUESTS_H
#define IPTALLY_NAMES_REQUESTS_H

#include "names/name_cache.h"

/* Becomes readable when the queue was empty and is not any more, and by requests_wake(). */
int requests_fd(const struct names *names);
void requests_wake(struct names *names);

bool requests_are_waiting(struct names *names);

/* The oldest request; false: there is none. Each that is taken must be answered. */
bool requests_take(struct names *names, struct name_key *key);

/* Name: of NAME_FOUND alone, cleaned. */
void requests_answer(struct names *names, const struct name_key *key, enum name_outcome outcome,
		     const char *name, int64_t ttl_ns);

#endif
