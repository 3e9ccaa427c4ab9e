/*
 * Adds what a batch of packets means to bounded rows. Where a row stands is known from its flow, or
 * guessed; its memory is fetched for the whole batch before the first counter is touched.
 */
#include "base/hash.h"
#include "family/rows_state.h"
#include "family/rows_traffic.h"

/* What packets touch of a row, from its beginning. */
static void fetch_row(const struct rows *rows, uint32_t row)
{
	prefetch_bytes(table_row(&rows->table, row),
		       rows->body_at + offsetof(struct rows_body, created));
}

static uint32_t *guess_of(struct rows *rows, const struct rows_credit *credit)
{
	uint64_t word;

	memcpy(&word, credit->key, sizeof(word));
	word *= 0x9e3779b97f4a7c15ULL; /* carries all bits up */
	return &rows->guesses[word >> (64 - ROWS_GUESS_BITS)];
}

/* False where the row's number must be looked up: then the index is fetched. */
static bool fetch_by_hint(struct rows *rows, struct rows_credit *credit)
{
	if (!credit->hint)
		credit->hint = guess_of(rows, credit);
	if (*credit->hint < rows->table.fresh) {
		fetch_row(rows, *credit->hint);
		return true;
	}
	credit->hash = hash_key(credit->key, rows->kind->key_size, rows->seed);
	table_prefetch_slot(&rows->table, credit->hash);
	return false;
}

static uint32_t find(struct rows *rows, struct rows_credit *credit, bool is_hashed)
{
	uint32_t row;

	if (rows_has(rows, *credit->hint, credit->key))
		return *credit->hint;
	if (!is_hashed)
		credit->hash = hash_key(credit->key, rows->kind->key_size, rows->seed);
	row = rows_find(rows, credit->key, credit->hash);
	if (row != TABLE_NONE)
		*credit->hint = row;
	return row;
}

static void add_to(uint64_t *counters, const struct rows_credit *credit)
{
	counters[ROWS_PACKETS + credit->direction] += credit->packets;
	counters[ROWS_BYTES + credit->direction] += credit->bytes;
	if (credit->connections)
		counters[ROWS_CONNECTIONS + credit->connection_direction]++;
}

static void add(struct rows *rows, uint32_t row, const struct rows_credit *credit)
{
	struct rows_remainder *remainder;
	struct rows_body *body;

	if (row == TABLE_NONE) {
		remainder = rows_remainder(rows, credit->key);
		add_to(remainder->other, credit);
		if (rows_have_slots(rows))
			add_to(remainder->shown, credit);
		return;
	}
	body = rows_body_at(rows, row);
	body->seen_ns = rows->tally->now_ns;
	add_to(body->counters, credit);
	if (body->shown)
		add_to(body->shown, credit);
}

void rows_count(struct rows *rows, struct rows_credit *credits, size_t n)
{
	bool is_hashed[ROWS_CREDITS_MAX] = {false};

	for (size_t i = 0; i < n; i++)
		is_hashed[i] = !credits[i].is_other && !fetch_by_hint(rows, &credits[i]);
	for (size_t i = 0; i < n; i++)
		if (is_hashed[i])
			table_prefetch_row(&rows->table, credits[i].hash, 64);
	for (size_t i = 0; i < n; i++)
		add(rows, credits[i].is_other ? TABLE_NONE : find(rows, &credits[i], is_hashed[i]),
		    &credits[i]);
}
