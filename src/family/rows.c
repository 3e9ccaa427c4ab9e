/* The bounded rows of a keyed family: found or made for a packet, folded into `other` when the table
 * is full. */
#include "family/rows.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "tally/tally.h"

/* How many rows are compared when a full table must give up one. */
#define EVICTION_CHOICES 16
/* A row without a packet for this long goes before others. */
#define IDLE_NS (15 * 60 * NS_PER_SECOND)

/* What an interface's rows do not hold. */
struct rows_remainder {
	uint64_t other[ROWS_COUNTERS_MAX];
	uint64_t retired[ROWS_COUNTERS_MAX];
};

struct rows {
	const struct rows_kind *kind;
	const struct tally *tally; /* of the ageing clock */
	struct table table;
	uint64_t seed;
	uint64_t evictions;
	size_t body_at; /* of a body in its row */
	uint32_t hand;  /* next row to be considered for eviction */
	uint32_t export_max;
	bool export_largest;
	uint32_t *exported;                /* rows of an interface that Prometheus shows */
	struct rows_remainder *remainders; /* n_remainders of each interface */
};

void rows_destroy(void *opaque)
{
	free(opaque);
}

struct rows *rows_create(const struct rows_kind *kind, const struct rows_options *options,
			 const struct family_context *context, struct error *error)
{
	size_t body_at = sizeof(struct table_head) + kind->key_size;
	size_t row_size = body_at + sizeof(struct rows_body) + kind->n_counters * sizeof(uint64_t);
	size_t remainders =
		context->max_interfaces * kind->n_remainders * sizeof(struct rows_remainder);
	struct rows *rows = calloc(1, sizeof(*rows));

	if (!rows) {
		error_set(error, ENOMEM, "%s: no memory", kind->name);
		return NULL;
	}
	*rows = (struct rows){
		.kind = kind,
		.tally = context->tally,
		.seed = hash_seed(),
		.body_at = body_at,
		.export_max = options->export_max,
		.export_largest = context->options->export_largest,
	};
	rows->remainders =
		ledger_map(context->ledger, kind->other_name,
			   remainders + context->max_interfaces * sizeof(*rows->exported), error);
	if (!rows->remainders || table_create(&rows->table, context->ledger, kind->name, row_size,
					      options->capacity, error) < 0) {
		rows_destroy(rows);
		return NULL;
	}
	rows->exported = (uint32_t *)((uint8_t *)rows->remainders + remainders);
	return rows;
}

static struct rows_body *body_of(const struct rows *rows, uint32_t row)
{
	return (struct rows_body *)((uint8_t *)table_row(&rows->table, row) + rows->body_at);
}

static uint16_t interface_of(const void *key)
{
	uint16_t interface;

	memcpy(&interface, key, sizeof(interface));
	return interface;
}

static struct rows_remainder *remainder_at(const struct rows *rows, uint16_t interface,
					   size_t remainder)
{
	return &rows->remainders[interface * rows->kind->n_remainders + remainder];
}

static struct rows_remainder *remainder_of(const struct rows *rows, const void *key)
{
	return remainder_at(rows, interface_of(key),
			    rows->kind->remainder ? rows->kind->remainder(key) : 0);
}

static void sum_counters(const struct rows *rows, uint64_t *sum, const uint64_t *counters)
{
	for (size_t i = 0; i < rows->kind->n_counters; i++)
		sum[i] += counters[i];
}

static void fold_into_other(struct rows *rows, uint32_t row)
{
	const void *key = rows_key(rows, row);

	sum_counters(rows, remainder_of(rows, key)->other, body_of(rows, row)->counters);
	rows->exported[interface_of(key)] -= body_of(rows, row)->exported;
	table_remove(&rows->table, row);
}

/* Whether a full table would rather give up row a than row b. */
static bool goes_before(const struct rows *rows, uint32_t a, uint32_t b)
{
	const struct rows_body *x = body_of(rows, a), *y = body_of(rows, b);
	int64_t idle_before = rows->tally->now_ns - IDLE_NS;

	if ((x->seen_ns < idle_before) != (y->seen_ns < idle_before))
		return x->seen_ns < idle_before;
	return rows->kind->rank(x->counters) < rows->kind->rank(y->counters);
}

/* Of the next few rows, gives up one that Prometheus does not show. */
static bool make_room(struct rows *rows)
{
	uint32_t least = TABLE_NONE;

	for (int i = 0; i < EVICTION_CHOICES; i++) {
		uint32_t row = rows->hand;

		rows->hand = (rows->hand + 1) % rows->table.capacity;
		if (!body_of(rows, row)->exported &&
		    (least == TABLE_NONE || goes_before(rows, row, least)))
			least = row;
	}
	if (least == TABLE_NONE)
		return false;
	fold_into_other(rows, least);
	rows->evictions++;
	return true;
}

static bool is_exported(struct rows *rows, uint16_t interface)
{
	if (rows->export_largest || rows->exported[interface] >= rows->export_max)
		return false;
	rows->exported[interface]++;
	return true;
}

uint32_t rows_find(struct rows *rows, const void *key, uint32_t *hint)
{
	size_t key_size = rows->kind->key_size;
	struct rows_body *body;
	uint32_t hash, row;

	if (hint && table_row_in_use(&rows->table, *hint) &&
	    table_row_has_key(&rows->table, *hint, key, key_size))
		return *hint;
	hash = hash_key(key, key_size, rows->seed);
	row = table_find(&rows->table, hash, key, key_size);
	if (row == TABLE_NONE) {
		if (rows->table.used == rows->table.capacity && !make_room(rows))
			return TABLE_NONE;
		row = table_add(&rows->table, hash, key, key_size);
		body = body_of(rows, row);
		body->created = monotonic_now();
		body->exported = is_exported(rows, interface_of(key));
	}
	if (hint)
		*hint = row;
	return row;
}

struct rows_target rows_target(struct rows *rows, uint32_t row, const void *key)
{
	struct rows_body *body;

	if (row == TABLE_NONE)
		return (struct rows_target){.exact = remainder_of(rows, key)->other};
	body = body_of(rows, row);
	body->seen_ns = rows->tally->now_ns;
	return (struct rows_target){.exact = body->counters};
}

void rows_tick(void *rows, int64_t now_ns)
{
	(void)rows;
	(void)now_ns;
}

void rows_forget(void *opaque, uint16_t interface)
{
	struct rows *rows = opaque;

	ROWS_EACH(rows, row)
	if (interface_of(rows_key(rows, row)) == interface)
		table_remove(&rows->table, row);
	memset(remainder_at(rows, interface, 0), 0,
	       rows->kind->n_remainders * sizeof(struct rows_remainder));
	rows->exported[interface] = 0;
}

struct choice {
	const struct rows *rows;
	uint32_t row;
};

static int larger_first(const void *a, const void *b)
{
	const struct rows *rows = ((const struct choice *)a)->rows;
	uint32_t x = ((const struct choice *)a)->row, y = ((const struct choice *)b)->row;
	uint16_t x_interface = interface_of(rows_key(rows, x));
	uint16_t y_interface = interface_of(rows_key(rows, y));
	uint64_t x_rank = rows->kind->rank(body_of(rows, x)->counters);
	uint64_t y_rank = rows->kind->rank(body_of(rows, y)->counters);

	if (x_interface != y_interface)
		return x_interface < y_interface ? -1 : 1;
	if (x_rank != y_rank)
		return x_rank > y_rank ? -1 : 1;
	return memcmp(rows_key(rows, x), rows_key(rows, y), rows->kind->key_size);
}

void rows_choose(const struct rows *rows)
{
	struct choice *choices;
	uint32_t n = 0, of_interface = 0;

	if (!rows->export_largest)
		return;
	choices = malloc((rows->table.used + 1) * sizeof(*choices));
	if (!choices)
		return;
	ROWS_EACH(rows, row)
	choices[n++] = (struct choice){rows, row};
	qsort(choices, n, sizeof(*choices), larger_first);
	for (uint32_t i = 0; i < n; i++, of_interface++) {
		if (i && interface_of(rows_key(rows, choices[i].row)) !=
				 interface_of(rows_key(rows, choices[i - 1].row)))
			of_interface = 0;
		body_of(rows, choices[i].row)->exported = of_interface < rows->export_max;
	}
	free(choices);
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
	return body_of(rows, row);
}

size_t rows_max_slots(const struct rows *rows)
{
	(void)rows;
	return 0;
}

bool rows_next_slot(const struct rows *rows, uint16_t interface, uint32_t *at,
		    struct rows_slot *slot)
{
	(void)rows;
	(void)interface;
	(void)at;
	(void)slot;
	return false;
}

const uint64_t *rows_other(const struct rows *rows, uint16_t interface, size_t remainder)
{
	return remainder_at(rows, interface, remainder)->other;
}

void rows_shown_other(const struct rows *rows, uint16_t interface, size_t remainder,
		      uint64_t *shown)
{
	const struct rows_remainder *wanted = remainder_at(rows, interface, remainder);

	memcpy(shown, wanted->other, rows->kind->n_counters * sizeof(uint64_t));
	if (rows->export_max == EXPORT_ALL)
		return;
	ROWS_EACH(rows, row)
	if (!body_of(rows, row)->exported && remainder_of(rows, rows_key(rows, row)) == wanted)
		sum_counters(rows, shown, body_of(rows, row)->counters);
}

const uint64_t *rows_retired(const struct rows *rows, uint16_t interface, size_t remainder)
{
	return remainder_at(rows, interface, remainder)->retired;
}

uint64_t rows_promotions(const struct rows *rows, uint16_t interface)
{
	(void)rows;
	(void)interface;
	return 0;
}
