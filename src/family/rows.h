/*
 * The bounded rows of a keyed family: exact counters in a table, what the table does not hold folded
 * into `other`, and slots, the bounded part that Prometheus shows (README, "What is counted").
 *
 * A packet that counts for a row is added twice: to the exact counters, which SNMP and JSON show,
 * and to what Prometheus shows of it: the row's slot, or else `other`. Where whole tables are
 * exported there are no slots. rows_traffic.h adds a batch of packets at a time.
 *
 * A family whose state is nothing but rows names rows_destroy, rows_tick, rows_forget and
 * rows_max_rows as its own functions.
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

#define ROWS_KEY_MAX  48
#define ROWS_COUNTERS 6

enum rows_pin {
	ROWS_PIN_NONE,
	ROWS_PIN_ALWAYS,
	ROWS_PIN_IF_ROOM, /* leaves a quarter of the slots, or more, to what there is traffic of */
};

/* What a family's rows are. Constant data; outlasts the rows and the ledger. */
struct rows_kind {
	const char *name;       /* "port table": in the ledger and in messages */
	const char *slots_name; /* "port slots": what is kept beside the table, in the ledger */
	size_t key_size;     /* bytes, a multiple of 8; a key begins with the interface, uint16_t */
	size_t n_remainders; /* kinds of `other` that an interface has: ports have TCP's and UDP's */

	/* Which of them; NULL: there is one. */
	size_t (*remainder)(const void *key);

	/* Fills the i-th key that has a slot from the start but for its interface, which it has;
	 * ROWS_PIN_NONE: that were all. NULL: there is none. */
	enum rows_pin (*pin)(const struct family_options *options, size_t i, void *key);

	/* Whether a row gets a slot for certain once it is there, and keeps it. NULL: none. */
	bool (*is_pinned)(const struct family_options *options, const void *key);
};

struct rows_options {
	uint32_t capacity;   /* of the table, all interfaces together */
	uint32_t export_max; /* slots of an interface, or EXPORT_ALL */
};

/* What a row holds beside its key, which stands before it. */
struct rows_body {
	int64_t seen_ns; /* last packet, on the ageing clock */
	uint64_t *shown; /* where what is shown of it is added; NULL: what is exact is shown */
	uint64_t counters[ROWS_COUNTERS];
	/* packets touch no more of a row that is there */
	struct monotonic_time created;
	int64_t first_ns; /* first packet, on the ageing clock */
	uint64_t ranked;  /* its rank when the contest for slots last looked */
	uint64_t recent;  /* what the rank gained lately, decayed */
	uint32_t slot;    /* of its interface, or TABLE_NONE */
	bool exported; /* Prometheus shows the exact counters: whole tables, or the largest rows */
};

struct rows;

/*
 * Free with rows_destroy(). The tables are the ledger's. NULL with *error filled.
 *
 * A full table gives up the least used of some rows, first those that saw no packet for 15 minutes,
 * and one with a slot only where all have slots. Where all rows are series it gives up none.
 */
struct rows *rows_create(const struct rows_kind *kind, const struct rows_options *options,
			 const struct family_context *context, struct error *error);
void rows_destroy(void *rows);

/* How much of an address a key may hold: --privacy. */
enum privacy rows_privacy(const struct rows *rows);

/* A family's tick: warm-ups end, slots change hands, what lingered is retired. */
void rows_tick(void *rows, int64_t now_ns);

/* A family's forget_interface: rows, slots, remainders. */
void rows_forget(void *rows, uint16_t interface);

/* --- for copies, under the lock --- */

/* Chooses what a single snapshot exports, where only one will be shown; else does nothing. Call it
 * for the first worker's rows before those and the remainders of any are copied. */
void rows_choose(const struct rows *rows);

/* A family's has_exported: not where slots are shown in place of rows. */
bool rows_have_exported(const void *rows);

/* A family's max_rows. */
size_t rows_max_rows(const void *rows);
size_t rows_used(const struct rows *rows);
uint64_t rows_evictions(const struct rows *rows);

/* The first row in use at or after this number, or TABLE_NONE; its key and its body. */
uint32_t rows_from(const struct rows *rows, uint32_t row);
const void *rows_key(const struct rows *rows, uint32_t row);
const struct rows_body *rows_body(const struct rows *rows, uint32_t row);

/* Walks over all rows: a for loop that declares `row`. */
#define ROWS_EACH(rows, row)                                                                       \
	for (uint32_t row = rows_from(rows, 0); row != TABLE_NONE; row = rows_from(rows, row + 1))

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

/* What an interface's rows do not hold (exact): ROWS_COUNTERS. */
const uint64_t *rows_other(const struct rows *rows, uint16_t interface, size_t remainder);
/* What its series do not hold: fills ROWS_COUNTERS. Differs where not all rows are shown. */
void rows_shown_other(const struct rows *rows, uint16_t interface, size_t remainder,
		      uint64_t *shown);

/* Of an interface: what series that are gone had counted (ROWS_COUNTERS), and how many series began but
 * for pinned ones that were there from the start. */
const uint64_t *rows_retired(const struct rows *rows, uint16_t interface, size_t remainder);
uint64_t rows_promotions(const struct rows *rows, uint16_t interface);

#endif
