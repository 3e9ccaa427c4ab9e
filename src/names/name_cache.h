/*
 * What name servers said of addresses: a bounded table of names, and of those that have none, each
 * for as long as the answer says. Not locked; the time is the caller's (monotonic).
 */
#ifndef IPTALLY_NAMES_NAME_CACHE_H
#define IPTALLY_NAMES_NAME_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/table.h"
#include "names/names.h"
#include "names/scope.h"

/* What came of a look-up. */
enum name_outcome {
	NAME_FOUND,
	NAME_NONE,   /* the server knows that there is none */
	NAME_FAILED, /* nothing was learned */
};

/* The times to live that answers have are kept within these bounds. */
#define NAME_TTL_MIN_NS      (5 * NS_PER_SECOND)
#define NAME_TTL_MAX_NS      (24 * 3600 * NS_PER_SECOND)
#define NAME_NONE_TTL_MIN_NS (60 * NS_PER_SECOND)
#define NAME_NONE_TTL_MAX_NS (3600 * NS_PER_SECOND)
/* After a failure the next try waits this long. */
#define NAME_FAILED_TTL_NS (60 * NS_PER_SECOND)
/* A name whose time is over is shown until the next answer, but no longer than this (RFC 8767). */
#define NAME_STALE_NS (3600 * NS_PER_SECOND)
/* An address that was asked for within this time keeps its place in a full table. */
#define NAME_KEPT_NS (900 * NS_PER_SECOND)

struct name_cache {
	struct table table;
	uint64_t seed;
	uint32_t hand; /* next row to be considered for eviction */
	uint64_t evictions;
};

int name_cache_create(struct name_cache *cache, struct ledger *ledger, uint32_t capacity,
		      struct error *error);

/*
 * Whether there is a name, which fills `name`. *is_due: nothing is known, or not any more, and
 * nobody is on the way to find out.
 */
bool name_cache_find(struct name_cache *cache, const struct name_key *key,
		     struct monotonic_time now, char name[NAMES_ADDRESS_TEXT], bool *is_due);

/* Somebody will find out: not due until there is an answer. False: no room. */
bool name_cache_expect(struct name_cache *cache, const struct name_key *key,
		       struct monotonic_time now);

/* An answer. Name: of NAME_FOUND alone, cleaned. What was not expected changes nothing. */
void name_cache_answer(struct name_cache *cache, const struct name_key *key,
		       enum name_outcome outcome, const char *name, int64_t ttl_ns,
		       struct monotonic_time now);

#endif
