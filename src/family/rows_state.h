/* What rows.c, rows_family.c, slots.c and slot_contest.c share: no other file includes it. */
#ifndef IPTALLY_FAMILY_ROWS_STATE_H
#define IPTALLY_FAMILY_ROWS_STATE_H

#include "base/crowd.h"
#include "base/shortlist.h"
#include "family/rows_traffic.h"
#include "tally/tally.h"

/* How many rows without a slot one pass of the contest remembers of an interface. */
#define SLOT_CANDIDATES 8
/* What rows remember of where keys are that no flow remembers. */
#define ROWS_GUESS_BITS 9

#define ROWS_SEEN_ONCE 4096

/* What an interface's rows do not hold, of one kind. */
struct rows_remainder {
	uint64_t other[ROWS_COUNTERS];   /* exact */
	uint64_t shown[ROWS_COUNTERS];   /* where there are slots: what went to none of them */
	uint64_t retired[ROWS_COUNTERS]; /* what slots that are gone had counted */
};

enum slot_state {
	SLOT_FREE,
	SLOT_WARMING,  /* shown at 0: packets go to `other` */
	SLOT_CREDITED, /* shown, and what its row's packets are added to */
	SLOT_FROZEN,   /* shown, with its last value */
};

struct slot {
	uint64_t counters[ROWS_COUNTERS];
	uint8_t key[ROWS_KEY_MAX];
	int64_t since_ns; /* when it came into its state */
	uint32_t row;   /* warming or credited: TABLE_NONE where there is no row of its key, which a
			 pinned slot waits for, and with several workers each */
	uint8_t state;  /* enum slot_state */
	bool is_pinned; /* never gives way to another */
	bool was_credited;
};

struct slot_candidate {
	uint32_t row;
	uint64_t worth;
};

/* The slots of an interface. */
struct slot_group {
	uint32_t n_pinned; /* the first slots of the interface: have their keys for good */
	uint32_t n_active; /* warming and credited */
	uint32_t n_frozen;
	uint32_t n_candidates;
	struct slot_candidate candidates[SLOT_CANDIDATES]; /* best first */
	uint64_t promotions;
	int64_t allowance_ns; /* of promotions: when what was used of it is earned back */
};

/*
 * Of several workers each has rows of its own; slots have the same keys and states in all of them, and
 * each counts what its packets add. So only the first one's tick changes them, under all locks.
 */
struct rows {
	const struct rows_kind *kind;
	struct rows *first;        /* itself, where it is the first */
	struct rows *next;         /* of the next worker, or NULL */
	const struct tally *tally; /* of the ageing clock */
	struct table table;
	uint64_t seed;
	uint64_t evictions;
	size_t body_at; /* of a body in its row */
	struct shortlist shortlist;
	uint32_t guesses[1 << ROWS_GUESS_BITS]; /* row numbers, by a hash of the key's first word */
	struct crowd crowd;
	uint32_t max_interfaces;
	struct family_options options;
	uint32_t export_max;
	bool exports_largest;              /* chosen when the one snapshot is taken */
	struct rows_remainder *remainders; /* n_remainders of each interface */

	/* Of an interface: zero where rows are exported without slots. */
	uint32_t slots_active;    /* at most */
	uint32_t slots_lingering; /* beside them at most, as a rule: an eviction adds to them */
	uint32_t slots_all;
	struct slot *slots;        /* slots_all of each interface */
	struct slot_group *groups; /* of each interface */

	uint32_t pass_at; /* next row that the contest looks at */
	int64_t pass_began_ns, pass_before_ns;
};

/* Each row is a series, which may not vanish. */
static inline bool rows_are_all_series(const struct rows *rows)
{
	return rows->export_max == EXPORT_ALL && !rows->exports_largest;
}

static inline bool rows_have_slots(const struct rows *rows)
{
	return rows->export_max != EXPORT_ALL && !rows->exports_largest;
}

static inline struct rows_body *rows_body_at(const struct rows *rows, uint32_t row)
{
	return (struct rows_body *)((uint8_t *)table_row(&rows->table, row) + rows->body_at);
}

static inline uint16_t rows_interface(const void *key)
{
	uint16_t interface;

	memcpy(&interface, key, sizeof(interface));
	return interface;
}

static inline struct rows_remainder *rows_remainder_at(const struct rows *rows, uint16_t interface,
						       size_t remainder)
{
	return &rows->remainders[interface * rows->kind->n_remainders + remainder];
}

static inline struct rows_remainder *rows_remainder(const struct rows *rows, const void *key)
{
	return rows_remainder_at(rows, rows_interface(key),
				 rows->kind->remainder ? rows->kind->remainder(key) : 0);
}

static inline void rows_sum(uint64_t *sum, const uint64_t *counters)
{
	for (size_t i = 0; i < ROWS_COUNTERS; i++)
		sum[i] += counters[i];
}

static inline bool rows_are_alone(const struct rows *rows)
{
	return !rows->first->next;
}

/* Walks over the rows of all workers: a for loop that declares `each`. */
#define ROWS_OF_WORKERS(rows, each) for (struct rows *each = (rows)->first; each; each = each->next)

static inline struct slot *slot_at(const struct rows *rows, uint16_t interface, uint32_t slot)
{
	return &rows->slots[(size_t)interface * rows->slots_all + slot];
}

static inline bool rows_has(const struct rows *rows, uint32_t row, const void *key)
{
	const uint64_t *words, *wanted = key;

	if (!table_row_in_use(&rows->table, row))
		return false;
	words = rows_key(rows, row);
	for (size_t i = 0; i < rows->kind->key_size / sizeof(*words); i++)
		if (words[i] != wanted[i])
			return false;
	return true;
}

/* --- rows.c --- */

/* The row number of this key, made where there is none; TABLE_NONE: it has to go to `other`. */
uint32_t rows_find(struct rows *rows, const void *key, uint32_t hash);

/* The row number of this key, or TABLE_NONE. */
uint32_t rows_look_up(const struct rows *rows, const void *key);

/* --- slots.c --- */

/* The number of the slot that waits for a row of this key, or TABLE_NONE. */
uint32_t slots_that_waits(const struct rows *rows, const void *key);

/* Gives the pinned keys of an interface their slots: at the start, and once it is forgotten. */
void slots_pin(struct rows *rows, uint16_t interface);

/* A new row takes up the slot that waits for its key. */
void slots_meet(struct rows *rows, uint32_t row);

/* Whether a frozen slot of this key is still shown; its rows take it up again, those of all workers
 * here and below. The active slots must be less than slots_active. */
bool slots_lingers(const struct rows *rows, const void *key);
void slots_resume(struct rows *rows, const void *key, bool is_pinned, int64_t now_ns);

/* Gives a key a free slot: a new series. False where there is none. */
bool slots_promote(struct rows *rows, const void *key, bool is_pinned, int64_t now_ns);

/* An interface's slot is frozen; what its rows count from now on goes to `other`. */
void slots_demote(struct rows *rows, uint16_t interface, uint32_t slot, int64_t now_ns);

/* The row is about to go: its slot stays and waits for it, or is frozen. */
void slots_lose_row(struct rows *rows, uint32_t row, int64_t now_ns);

/* Of one worker's slots: warm-ups and lingering end. */
void slots_age(struct rows *rows, int64_t now_ns);

/* --- slot_contest.c --- */

/* Looks at some of one worker's rows; at the end of a pass over all, the best get slots. */
void slots_contest(struct rows *rows, int64_t now_ns);

#endif
