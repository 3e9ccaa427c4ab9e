/* The rows that a full table gives up next. */
#include "base/shortlist.h"

/* If none of so many rows is worth little enough, the least of them goes, and the limit rises. */
#define LOOKED_MOST 16
/* The hand's way ahead of what is read. */
#define FETCHED_AHEAD 4

static void fetch_ahead(const struct shortlist *list, const struct table *table)
{
	uint32_t ahead = (list->hand + FETCHED_AHEAD) % table->capacity;

	prefetch_bytes(table_row(table, ahead), table->row_size);
}

static struct shortlist_row choose(struct shortlist *list, const struct table *table,
				   shortlist_worth *worth, const void *owner)
{
	struct shortlist_row least = {.worth = UINT64_MAX};

	for (uint32_t looked = 1;; looked++) {
		struct shortlist_row row = {list->hand, worth(owner, list->hand)};

		fetch_ahead(list, table);
		list->hand = list->hand + 1 < table->capacity ? list->hand + 1 : 0;
		if (row.worth < least.worth)
			least = row;
		if (row.worth <= list->limit) {
			list->limit -= list->limit / 16;
			return row;
		}
		if ((looked >= LOOKED_MOST && least.worth < SHORTLIST_LAST) ||
		    looked >= table->capacity)
			break;
	}
	list->limit = least.worth < SHORTLIST_LAST / 2 ? 2 * least.worth : SHORTLIST_LAST - 1;
	return least;
}

uint32_t shortlist_take(struct shortlist *list, const struct table *table, shortlist_worth *worth,
			const void *owner)
{
	for (;;) {
		struct shortlist_row *row = &list->rows[list->next];
		struct shortlist_row taken = *row;
		bool is_chosen = list->n == SHORTLIST_ROWS;

		*row = choose(list, table, worth, owner);
		table_prefetch_slot(table, table_row_hash(table, row->row));
		list->next = (list->next + 1) % SHORTLIST_ROWS;
		if (!is_chosen)
			list->n++;
		else if (worth(owner, taken.row) <= taken.worth) /* else it was used since */
			return taken.row;
	}
}
