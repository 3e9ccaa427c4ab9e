/*
 * Which row a full table gives up. A hand goes round the rows and takes those that are worth little,
 * by a limit that settles where about one row in six is: so that few rows are looked at, and what
 * comes by the thousand and is used once goes before what is used. The next few are chosen ahead, and
 * where the index has them is fetched by the time they go.
 */
#ifndef IPTALLY_BASE_SHORTLIST_H
#define IPTALLY_BASE_SHORTLIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/table.h"

#define SHORTLIST_ROWS 8

struct shortlist {
	uint32_t hand; /* next row to be looked at */
	uint32_t n;
	uint32_t next; /* of the rows chosen, in a ring */
	uint64_t limit;
	struct shortlist_row {
		uint32_t row;
		uint64_t worth;
	} rows[SHORTLIST_ROWS];
};

/*
 * What a row in use is worth; as long as it is not used, it never rises. From SHORTLIST_LAST on a row
 * goes only where all others are worth as much.
 */
typedef uint64_t shortlist_worth(const void *owner, uint32_t row);

#define SHORTLIST_LAST (1ULL << 63)

/* Chooses a row of a full table. */
uint32_t shortlist_take(struct shortlist *list, const struct table *table, shortlist_worth *worth,
			const void *owner);

#endif
