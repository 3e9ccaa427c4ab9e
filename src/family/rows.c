/*
 * The bounded rows of a keyed family: found or made for a packet, folded into `other` when the table
 * is full, copied for a snapshot.
 */
#include "family/rows.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "family/rows_state.h"

/* A row without a packet for this long goes before others. */
#define IDLE_NS (15 * 60 * NS_PER_SECOND)

void rows_destroy(void *opaque)
{
	free(opaque);
}

static void size_slots(struct rows *rows, const struct rows_options *options)
{
	uint32_t all =
		options->export_max < options->capacity ? options->export_max : options->capacity;

	if (!rows_have_slots(rows) || all == 0)
		return;
	/* Of few slots none can be kept free for what lingers. */
	rows->slots_lingering = all < 8 ? 1 : all / 8;
	rows->slots_active = all < 8 ? all : all - rows->slots_lingering;
	rows->slots_all = rows->slots_active + rows->slots_lingering;
}

/* Remainders, groups and slots are in one block. */
static int map_slots(struct rows *rows, struct ledger *ledger, struct error *error)
{
	size_t interfaces = rows->max_interfaces;
	size_t remainders = interfaces * rows->kind->n_remainders * sizeof(struct rows_remainder);
	size_t groups = interfaces * sizeof(struct slot_group);
	size_t slots = interfaces * rows->slots_all * sizeof(struct slot);
	uint8_t *memory =
		ledger_map(ledger, rows->kind->slots_name, remainders + groups + slots, error);

	if (!memory)
		return -ENOMEM;
	rows->remainders = (struct rows_remainder *)memory;
	rows->groups = (struct slot_group *)(memory + remainders);
	rows->slots = (struct slot *)(memory + remainders + groups);
	return 0;
}

struct rows *rows_create(const struct rows_kind *kind, const struct rows_options *options,
			 const struct family_context *context, struct error *error)
{
	struct rows *rows = calloc(1, sizeof(*rows));
	size_t row_size;

	if (!rows) {
		error_set(error, ENOMEM, "%s: no memory", kind->name);
		return NULL;
	}
	*rows = (struct rows){
		.kind = kind,
		.first = context->first ? context->first : rows,
		.tally = context->tally,
		.seed = hash_seed(),
		.body_at = sizeof(struct table_head) + kind->key_size,
		.max_interfaces = context->max_interfaces,
		.options = *context->options,
		.export_max = options->export_max,
		.exports_largest = context->options->export_largest,
	};
	size_slots(rows, options);
	row_size = rows->body_at + sizeof(struct rows_body);
	if (map_slots(rows, context->ledger, error) < 0 ||
	    table_create(&rows->table, context->ledger, kind->name, row_size, options->capacity,
			 error) < 0) {
		rows_destroy(rows);
		return NULL;
	}
	for (uint32_t i = 0; i < rows->max_interfaces && rows->slots_all > 0; i++)
		slots_pin(rows, (uint16_t)i);
	if (rows->first != rows) {
		rows->next = rows->first->next;
		rows->first->next = rows;
	}
	return rows;
}

static void fold_into_other(struct rows *rows, uint32_t row)
{
	const struct rows_body *body = rows_body_at(rows, row);

	if (body->slot != TABLE_NONE)
		slots_lose_row(rows, row, rows->tally->now_ns);
	rows_sum(rows_remainder(rows, rows_key(rows, row))->other, body->counters);
	table_remove(&rows->table, row);
}

/* What a row is worth to a full table: what is idle nothing, what has a slot more than the rest. */
static uint64_t worth(const void *opaque, uint32_t row)
{
	const struct rows *rows = opaque;
	const struct rows_body *body = rows_body_at(rows, row);
	uint64_t rank = rows_traffic_rank(body->counters);

	if (body->slot != TABLE_NONE)
		return SHORTLIST_LAST + rank;
	return body->seen_ns < rows->tally->now_ns - IDLE_NS ? 0 : rank;
}

static void make_room(struct rows *rows)
{
	fold_into_other(rows, shortlist_take(&rows->shortlist, &rows->table, worth, rows));
}

/* Beside them whom a slot waits for: what has a series counts in it. */
static bool is_let_in(struct rows *rows, uint32_t hash, const void *key)
{
	return crowd_judge(&rows->crowd, hash, rows->tally->now_ns) != CROWD_TURNED_AWAY ||
	       slots_that_waits(rows, key) != TABLE_NONE;
}

static uint32_t add_row(struct rows *rows, uint32_t hash, const void *key)
{
	struct rows_body *body;
	uint32_t row;

	if (rows->table.used == rows->table.capacity) {
		if (rows_are_all_series(rows))
			return TABLE_NONE;
		rows->evictions++;
		if (!is_let_in(rows, hash, key))
			return TABLE_NONE;
		make_room(rows);
	}
	row = table_add(&rows->table, hash, key, rows->kind->key_size);
	body = rows_body_at(rows, row);
	body->created = tally_monotonic(rows->tally);
	body->first_ns = rows->tally->now_ns;
	body->slot = TABLE_NONE;
	body->exported = rows_are_all_series(rows);
	if (!rows_have_slots(rows))
		return row;
	body->shown = rows_remainder(rows, key)->shown;
	slots_meet(rows, row);
	return row;
}

uint32_t rows_find(struct rows *rows, const void *key, uint32_t hash)
{
	uint32_t row = table_find(&rows->table, hash, key, rows->kind->key_size);

	return row == TABLE_NONE ? add_row(rows, hash, key) : row;
}

uint32_t rows_look_up(const struct rows *rows, const void *key)
{
	size_t size = rows->kind->key_size;

	return table_find(&rows->table, hash_key(key, size, rows->seed), key, size);
}

enum privacy rows_privacy(const struct rows *rows)
{
	return rows->options.privacy;
}

void rows_tick(void *opaque, int64_t now_ns)
{
	struct rows *rows = opaque;

	if (rows->slots_all == 0)
		return;
	/* In this order a series that is retired is away for a tick at least. */
	ROWS_OF_WORKERS(rows, each)
	slots_contest(each, now_ns);
	ROWS_OF_WORKERS(rows, each)
	slots_age(each, now_ns);
}

void rows_forget(void *opaque, uint16_t interface)
{
	struct rows *rows = opaque;

	ROWS_EACH(rows, row)
	if (rows_interface(rows_key(rows, row)) == interface)
		table_remove(&rows->table, row);
	memset(rows_remainder_at(rows, interface, 0), 0,
	       rows->kind->n_remainders * sizeof(struct rows_remainder));
	rows->groups[interface] = (struct slot_group){0};
	if (rows->slots_all == 0)
		return;
	memset(slot_at(rows, interface, 0), 0, rows->slots_all * sizeof(struct slot));
	slots_pin(rows, interface);
}

struct choice {
	const struct rows *rows;
	uint32_t row;
	uint64_t rank; /* by what the rows of all workers counted */
};

static const void *choice_key(const struct choice *choice)
{
	return rows_key(choice->rows, choice->row);
}

static int larger_first(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;
	uint16_t x_interface = rows_interface(choice_key(x));
	uint16_t y_interface = rows_interface(choice_key(y));

	if (x_interface != y_interface)
		return x_interface < y_interface ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank > y->rank ? -1 : 1;
	return memcmp(choice_key(x), choice_key(y), x->rows->kind->key_size);
}

static uint64_t whole_rank(const struct rows *rows, uint32_t row)
{
	uint64_t rank = rows_traffic_rank(rows_body_at(rows, row)->counters);

	ROWS_OF_WORKERS(rows, each)
	{
		uint32_t same = each == rows ? TABLE_NONE : rows_look_up(each, rows_key(rows, row));

		rank += same == TABLE_NONE ? 0
					   : rows_traffic_rank(rows_body_at(each, same)->counters);
	}
	return rank;
}

static void choose(const struct rows *rows, const struct choice *choices, size_t n)
{
	uint32_t of_interface = 0;

	for (size_t i = 0; i < n; i++) {
		const void *key = choice_key(&choices[i]);
		const void *before = i > 0 ? choice_key(&choices[i - 1]) : key;

		if (rows_interface(key) != rows_interface(before))
			of_interface = 0;
		else if (memcmp(key, before, rows->kind->key_size) != 0)
			of_interface++;
		rows_body_at(choices[i].rows, choices[i].row)->exported =
			of_interface < rows->export_max;
	}
}

void rows_choose(const struct rows *rows)
{
	struct choice *choices;
	size_t n = 0;

	if (!rows->exports_largest || rows->first != rows)
		return;
	ROWS_OF_WORKERS(rows, each)
	n += each->table.used;
	choices = malloc((n + 1) * sizeof(*choices));
	if (!choices)
		return;
	n = 0;
	ROWS_OF_WORKERS(rows, each)
	ROWS_EACH(each, row)
	choices[n++] = (struct choice){each, row, whole_rank(each, row)};
	qsort(choices, n, sizeof(*choices), larger_first);
	choose(rows, choices, n);
	free(choices);
}

bool rows_have_exported(const void *rows)
{
	return !rows_have_slots(rows);
}

size_t rows_max_rows(const void *rows)
{
	return ((const struct rows *)rows)->table.capacity;
}

size_t rows_used(const struct rows *rows)
{
	return rows->table.used;
}

uint64_t rows_evictions(const struct rows *rows)
{
	return rows->evictions;
}

uint32_t rows_from(const struct rows *rows, uint32_t row)
{
	while (row < rows->table.fresh && !table_row_in_use(&rows->table, row))
		row++;
	return row < rows->table.fresh ? row : TABLE_NONE;
}

const void *rows_key(const struct rows *rows, uint32_t row)
{
	return (const uint8_t *)table_row(&rows->table, row) + sizeof(struct table_head);
}

const struct rows_body *rows_body(const struct rows *rows, uint32_t row)
{
	return rows_body_at(rows, row);
}

const uint64_t *rows_other(const struct rows *rows, uint16_t interface, size_t remainder)
{
	return rows_remainder_at(rows, interface, remainder)->other;
}

void rows_shown_other(const struct rows *rows, uint16_t interface, size_t remainder,
		      uint64_t *shown)
{
	const struct rows_remainder *wanted = rows_remainder_at(rows, interface, remainder);
	const uint64_t *from = rows_have_slots(rows) ? wanted->shown : wanted->other;

	memcpy(shown, from, ROWS_COUNTERS * sizeof(uint64_t));
	if (!rows->exports_largest)
		return;
	ROWS_EACH(rows, row)
	if (!rows_body_at(rows, row)->exported &&
	    rows_remainder(rows, rows_key(rows, row)) == wanted)
		rows_sum(shown, rows_body_at(rows, row)->counters);
}

const uint64_t *rows_retired(const struct rows *rows, uint16_t interface, size_t remainder)
{
	return rows_remainder_at(rows, interface, remainder)->retired;
}
