/*
 * A bounded table of who was seen here, that a flood of strangers can't empty: what a full one gives
 * up is chosen by weight, which is how often a row was of use.
 *
 * Rows of weight 1 are of no use yet, and a flood makes them by the thousand. The latest of them
 * (an eighth of the table) are kept, so that who comes again soon is recognised; of the others as
 * many as there is room for (a quarter of a full table at least), each for as long as the list has
 * patience, so that who comes again late is. Of heavier rows the lightest go first, and of those the
 * one silent for longest. All of it takes the same time, however full the table is.
 */
#ifndef IPTALLY_FAMILY_WATCH_LIST_H
#define IPTALLY_FAMILY_WATCH_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/crowd.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/table.h"

enum watch_queue {
	WATCH_FRESH,   /* weight 1: the latest */
	WATCH_WAITING, /* weight 1: the others */
	WATCH_TWICE,   /* weights 2 and 3; 4 to 7, 8 to 15 and more follow */
	WATCH_TOP = WATCH_TWICE + 3,
	WATCH_QUEUES
};

/* Of the queue that is given up last. */
#define WATCH_WEIGHT_TOP 16

/* Stands in each row, behind its head and its key. */
struct watch_links {
	int64_t seen_ns; /* when it was touched last, on the ageing clock */
	uint32_t previous, next;
	uint8_t queue;
};

/* What a list's rows are. Constant data. */
struct watch_kind {
	const char *name; /* in the ledger and in messages */
	size_t row_size, key_size;
	size_t links_at;     /* of its struct watch_links in a row */
	int64_t patience_ns; /* how long a row of weight 1 waits, if nothing else is said */

	/* Called before a row is removed, for whatever reason. May be NULL. */
	void (*leaves)(void *owner, void *row);
};

struct watch_list {
	const struct watch_kind *kind;
	void *owner; /* for kind->leaves */
	struct table table;
	uint64_t seed;
	int64_t patience_ns;
	uint64_t evictions;
	struct crowd crowd;
	struct watch_line {
		uint32_t first, last, n; /* rows: the one silent for longest is first */
	} queues[WATCH_QUEUES];
};

/* The table is the ledger's. Returns 0, or a negative errno and *error. */
int watch_list_create(struct watch_list *list, const struct watch_kind *kind, uint32_t capacity,
		      void *owner, struct ledger *ledger, struct error *error);

static inline void *watch_list_row(const struct watch_list *list, uint32_t row)
{
	return table_row(&list->table, row);
}

static inline uint32_t watch_list_hash(const struct watch_list *list, const void *key)
{
	return hash_key(key, list->kind->key_size, list->seed);
}

/* The row with this key; NULL: none. */
static inline void *watch_list_find(const struct watch_list *list, uint32_t hash, const void *key)
{
	uint32_t row = table_find(&list->table, hash, key, list->kind->key_size);

	return row == TABLE_NONE ? NULL : watch_list_row(list, row);
}

/* A row of weight 1 with this key, which must not be in the list, zeroed but for that. */
void *watch_list_begin(struct watch_list *list, uint32_t hash, const void *key, int64_t now_ns);

/*
 * Whether a key that is not in the list gets a row: a full one turns away who comes in a crowd, and
 * counts that as given up.
 */
static inline enum crowd_verdict watch_list_judge(struct watch_list *list, uint32_t hash,
						  int64_t now_ns)
{
	enum crowd_verdict verdict;

	if (list->table.used < list->table.capacity)
		return CROWD_LET_IN;
	verdict = crowd_judge(&list->crowd, hash, now_ns);
	list->evictions += verdict == CROWD_TURNED_AWAY;
	return verdict;
}

/* The row was of use again, or has another weight now. */
void watch_list_touch(struct watch_list *list, void *row, uint64_t weight, int64_t now_ns);

void watch_list_remove(struct watch_list *list, void *row);

/* Removes the rows, `most` at most, that were not touched since. */
void watch_list_expire(struct watch_list *list, int64_t since_ns, uint32_t most);

/* The first row of a queue, and the one behind a row; NULL: none. */
void *watch_list_first(const struct watch_list *list, enum watch_queue queue);
void *watch_list_next(const struct watch_list *list, const void *row);

/* Walks over all rows: a for loop that declares `row`, to be followed by a statement. */
#define WATCH_LIST_EACH(list, row)                                                                 \
	for (uint32_t row = 0; row < (list)->table.fresh; row++)                                   \
		if (table_row_in_use(&(list)->table, row))

#endif
