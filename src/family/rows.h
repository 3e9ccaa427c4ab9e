/*
 * The bounded rows of a keyed family: exact counters in a table, what the table does not hold folded
 * into `other`, and slots, the bounded part that Prometheus shows (README, "What is counted").
 *
 * A packet that counts for a row is added twice: to the exact counters, which SNMP and JSON show,
 * and to what Prometheus shows of it: the row's slot, or else `other`. Where whole tables are
 * exported there are no slots.
 */
#ifndef IPTALLY_FAMILY_ROWS_H
#define IPTALLY_FAMILY_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/table.h"
#include "family/context.h"

#define ROWS_KEY_MAX      64
#define ROWS_COUNTERS_MAX 8

/* What a family's rows are. Constant data; outlasts the rows. */
struct rows_kind {
	const char *name;  /* "port": of the ledger and of messages */
	size_t key_size;   /* bytes, a multiple of 8; a key begins with the interface, uint16_t */
	size_t n_counters; /* uint64_t, in the order that the family likes */
	size_t n_remainders; /* how many kinds of `other` an interface has: ports have TCP's and UDP's */
	size_t (*remainder)(const void *key);       /* which of them; NULL: there is one */
	uint64_t (*rank)(const uint64_t *counters); /* what makes a row worth a slot */
	bool (*is_pinned)(const void *key, const struct family_options *options); /* may be NULL */
};

struct rows_options {
	uint32_t capacity;
	uint32_t export_max; /* slots of an interface, or EXPORT_ALL */
};

struct rows_entry {
	struct table_head head;
	uint8_t key
		[ROWS_KEY_MAX]; /* key_size of them; the table's rows are cut behind the counters */
};

/* What stands behind the key of a row. */
struct rows_body {
	struct monotonic_time created;
	int64_t seen_ns; /* last packet, on the ageing clock */
	uint32_t slot;   /* of its interface; TABLE_NONE */
	bool exported;   /* whole tables are shown, or this is one of the largest */
	uint64_t counters[];
};

struct rows;

/* Free with rows_destroy(). The tables are the ledger's. NULL with *error filled. */
struct rows *rows_create(const struct rows_kind *kind, const struct rows_options *options,
			 const struct family_context *context, struct error *error);
void rows_destroy(void *rows);

/*
 * The row number of this key, made where there is none. Hint: a row number to try first, updated;
 * or NULL. TABLE_NONE where the packet must go to `other`.
 */
uint32_t rows_find(struct rows *rows, const void *key, uint32_t *hint);

/* Where a packet is added: both have n_counters. `shown` may be the same as nothing: NULL. */
struct rows_target {
	uint64_t *exact;
	uint64_t *shown; /* NULL: Prometheus shows the exact ones */
};

/* Of a row, or with TABLE_NONE of the key's `other`. Marks the row as seen now. */
struct rows_target rows_target(struct rows *rows, uint32_t row, const void *key);

static inline void rows_add(struct rows_target target, size_t counter, uint64_t value)
{
	target.exact[counter] += value;
	if (target.shown)
		target.shown[counter] += value;
}

/* A family's tick: warm-ups end, slots change hands, what lingered is retired. */
void rows_tick(void *rows, int64_t now_ns);

/* A family's forget_interface: rows, slots, remainders. */
void rows_forget(void *rows, uint16_t interface);

/* --- for copies, under the lock --- */

/* Chooses what a single snapshot exports, where only one will be shown; call before the first copy. */
void rows_choose(const struct rows *rows);

size_t rows_capacity(const struct rows *rows);
size_t rows_used(const struct rows *rows);
uint64_t rows_evictions(const struct rows *rows);

/* The first row in use at or after this number, or TABLE_NONE; its key and its body. */
uint32_t rows_from(const struct rows *rows, uint32_t row);
const void *rows_key(const struct rows *rows, uint32_t row);
const struct rows_body *rows_body(const struct rows *rows, uint32_t row);

/* A shown slot: warming, credited, or frozen and lingering. */
struct rows_slot {
	const void *key;
	const uint64_t *counters;
};

/* How many slots all interfaces can show at the same time. */
size_t rows_max_slots(const struct rows *rows);

/* The first shown slot of an interface at or after *at, which is moved behind it; false: no more. */
bool rows_next_slot(const struct rows *rows, uint16_t interface, uint32_t *at,
		    struct rows_slot *slot);

/* What an interface's rows do not hold (exact), and what its series do not (shown). */
const uint64_t *rows_other(const struct rows *rows, uint16_t interface, size_t remainder);
/* Fills n_counters of `shown`: differs from the above where not all rows are shown. */
void rows_shown_other(const struct rows *rows, uint16_t interface, size_t remainder,
		      uint64_t *shown);

/* What slots that are gone had counted, and how often a slot changed hands, of an interface. */
const uint64_t *rows_retired(const struct rows *rows, uint16_t interface, size_t remainder);
uint64_t rows_promotions(const struct rows *rows, uint16_t interface);

#endif
