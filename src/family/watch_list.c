/* Queues by weight over a bounded table: a row is moved when it is touched, and found at an end. */
#include "family/watch_list.h"

int watch_list_create(struct watch_list *list, const struct watch_kind *kind, uint32_t capacity,
		      void *owner, struct ledger *ledger, struct error *error)
{
	*list = (struct watch_list){
		.kind = kind,
		.owner = owner,
		.seed = hash_seed(),
		.patience_ns = kind->patience_ns,
	};
	for (int queue = 0; queue < WATCH_QUEUES; queue++)
		list->queues[queue] = (struct watch_line){TABLE_NONE, TABLE_NONE, 0};
	return table_create(&list->table, ledger, kind->name, kind->row_size, capacity, error);
}

static struct watch_links *links_of(const struct watch_list *list, void *row)
{
	return (struct watch_links *)((uint8_t *)row + list->kind->links_at);
}

static struct watch_links *links_at(const struct watch_list *list, uint32_t row)
{
	return links_of(list, watch_list_row(list, row));
}

static void *row_or_null(const struct watch_list *list, uint32_t row)
{
	return row == TABLE_NONE ? NULL : watch_list_row(list, row);
}

void *watch_list_first(const struct watch_list *list, enum watch_queue queue)
{
	return row_or_null(list, list->queues[queue].first);
}

void *watch_list_next(const struct watch_list *list, const void *row)
{
	const uint8_t *links = (const uint8_t *)row + list->kind->links_at;

	return row_or_null(list, ((const struct watch_links *)links)->next);
}

static void append(struct watch_list *list, void *row, enum watch_queue which)
{
	struct watch_line *queue = &list->queues[which];
	struct watch_links *links = links_of(list, row);
	uint32_t number = table_row_number(&list->table, row);

	links->queue = (uint8_t)which;
	links->previous = queue->last;
	links->next = TABLE_NONE;
	if (queue->last == TABLE_NONE)
		queue->first = number;
	else
		links_at(list, queue->last)->next = number;
	queue->last = number;
	queue->n++;
}

static void take_out(struct watch_list *list, void *row)
{
	const struct watch_links *links = links_of(list, row);
	struct watch_line *queue = &list->queues[links->queue];

	if (links->previous == TABLE_NONE)
		queue->first = links->next;
	else
		links_at(list, links->previous)->next = links->next;
	if (links->next == TABLE_NONE)
		queue->last = links->previous;
	else
		links_at(list, links->next)->previous = links->previous;
	queue->n--;
}

void watch_list_remove(struct watch_list *list, void *row)
{
	if (list->kind->leaves)
		list->kind->leaves(list->owner, row);
	take_out(list, row);
	table_remove(&list->table, table_row_number(&list->table, row));
}

static void evict(struct watch_list *list, void *row)
{
	watch_list_remove(list, row);
	list->evictions++;
}

static void *lightest_in_use(const struct watch_list *list)
{
	for (int queue = WATCH_TWICE; queue < WATCH_QUEUES; queue++)
		if (list->queues[queue].n > 0)
			return watch_list_first(list, queue);
	return NULL;
}

/* Of the table, and one at least. */
static uint32_t share(const struct watch_list *list, uint32_t divisor)
{
	return list->table.capacity < divisor ? 1 : list->table.capacity / divisor;
}

/* Who leaves a full table before any that came lately; NULL: nobody does. */
static void *dispensable(const struct watch_list *list, int64_t now_ns)
{
	void *waiting = watch_list_first(list, WATCH_WAITING);

	if (waiting && now_ns - links_of(list, waiting)->seen_ns > list->patience_ns)
		return waiting;
	if (list->queues[WATCH_WAITING].n < share(list, 4))
		return lightest_in_use(list);
	return NULL;
}

/* Before another fresh row: the oldest one waits, or leaves where no room is found for it. */
static void age_fresh(struct watch_list *list, void *leaving, bool is_full)
{
	void *oldest = watch_list_first(list, WATCH_FRESH);

	if (is_full && !leaving) {
		evict(list, oldest);
		return;
	}
	if (leaving)
		evict(list, leaving);
	take_out(list, oldest);
	append(list, oldest, WATCH_WAITING);
}

static void make_room(struct watch_list *list, int64_t now_ns)
{
	bool is_full = list->table.used == list->table.capacity;
	void *leaving = is_full ? dispensable(list, now_ns) : NULL;

	if (list->queues[WATCH_FRESH].n >= share(list, 8))
		age_fresh(list, leaving, is_full);
	else if (is_full) /* there is a quarter of them that wait, if nobody is dispensable */
		evict(list,
		      leaving ? leaving : row_or_null(list, list->queues[WATCH_WAITING].last));
}

void *watch_list_begin(struct watch_list *list, uint32_t hash, const void *key, int64_t now_ns)
{
	void *row;

	make_room(list, now_ns);
	row = watch_list_row(list, table_add(&list->table, hash, key, list->kind->key_size));
	links_of(list, row)->seen_ns = now_ns;
	append(list, row, WATCH_FRESH);
	return row;
}

static enum watch_queue queue_of(uint64_t weight, enum watch_queue now_in)
{
	if (weight >= WATCH_WEIGHT_TOP)
		return WATCH_TOP;
	if (weight > 1)
		return WATCH_TWICE + (weight > 3) + (weight > 7);
	return now_in == WATCH_FRESH ? WATCH_FRESH : WATCH_WAITING;
}

void watch_list_touch(struct watch_list *list, void *row, uint64_t weight, int64_t now_ns)
{
	struct watch_links *links = links_of(list, row);
	enum watch_queue queue = queue_of(weight, links->queue);

	links->seen_ns = now_ns;
	if (queue == links->queue && links->next == TABLE_NONE)
		return; /* is the last one there */
	take_out(list, row);
	append(list, row, queue);
}

void watch_list_expire(struct watch_list *list, int64_t since_ns, uint32_t most)
{
	for (int queue = 0; queue < WATCH_QUEUES; queue++)
		for (void *row = watch_list_first(list, queue);
		     row && links_of(list, row)->seen_ns < since_ns && most > 0; most--) {
			void *next = watch_list_next(list, row);

			watch_list_remove(list, row);
			row = next;
		}
}
