/*
 * Which rows get slots. A pass over the rows, some each second, works out what each gained lately
 * and remembers the best without a slot. At its end they take free slots, or those of clearly
 * smaller rows.
 *
 * A new series costs whoever stores it, so there are few: a challenger must have gained twice as
 * much as the smallest that is shown, an interface has an allowance of promotions, and what gives
 * way is still shown for a while, beside no more than an eighth of the slots.
 */
#include "family/rows_state.h"

/* How fast what was gained is forgotten. */
#define DECAY_MS 120000
/* Small tables are looked at as a whole each second, large ones in this many seconds. */
#define PASS_TICKS    10
#define PASS_ROWS_MIN 1024
/* And no more than this under one lock. */
#define PASS_ROWS_MAX 16384
/* An allowance of promotions: two for each slot at once, one more for each an hour. */
#define PROMOTIONS_AT_ONCE 2
#define HOUR_NS            (3600 * NS_PER_SECOND)
/* What a challenger must have gained against what it replaces. */
#define CLEARLY 2

static bool is_pinned(const struct rows *rows, const void *key)
{
	return rows->kind->is_pinned && rows->kind->is_pinned(&rows->options, key);
}

static void update_recent(struct rows_body *body, uint64_t elapsed_ms)
{
	uint64_t rank = rows_traffic_rank(body->counters);

	body->recent = body->recent / DECAY_MS * (DECAY_MS - elapsed_ms) +
		       body->recent % DECAY_MS * (DECAY_MS - elapsed_ms) / DECAY_MS;
	body->recent += rank - body->ranked;
	body->ranked = rank;
}

/* What a row without a slot is worth to the contest. */
static uint64_t worth(const struct rows *rows, uint32_t row)
{
	return is_pinned(rows, rows_key(rows, row)) ? UINT64_MAX : rows_body_at(rows, row)->recent;
}

/* The same, by what the key's rows of all workers gained. */
static uint64_t whole_worth(const struct rows *rows, const void *key)
{
	uint64_t sum = 0;

	if (is_pinned(rows, key))
		return UINT64_MAX;
	ROWS_OF_WORKERS(rows, each)
	{
		uint32_t row = rows_look_up(each, key);

		sum += row == TABLE_NONE ? 0 : rows_body_at(each, row)->recent;
	}
	return sum;
}

static uint64_t gained_by_slot(const struct rows *rows, uint16_t interface, uint32_t slot)
{
	uint64_t sum = 0;

	ROWS_OF_WORKERS(rows, each)
	{
		uint32_t row = slot_at(each, interface, slot)->row;

		sum += row == TABLE_NONE ? 0 : rows_body_at(each, row)->recent;
	}
	return sum;
}

static void remember(const struct rows *rows, uint32_t row)
{
	struct slot_group *group = &rows->groups[rows_interface(rows_key(rows, row))];
	const struct slot_candidate candidate = {row, worth(rows, row)};
	struct slot_candidate *best = group->candidates;
	uint32_t at = group->n_candidates;

	if (candidate.worth == 0)
		return;
	if (at == SLOT_CANDIDATES && candidate.worth <= best[--at].worth)
		return;
	for (; at > 0 && best[at - 1].worth < candidate.worth; at--)
		best[at] = best[at - 1];
	best[at] = candidate;
	if (group->n_candidates < SLOT_CANDIDATES)
		group->n_candidates++;
}

/* The credited slot whose rows gained least, of those that were shown for a while. */
static uint32_t find_smallest(const struct rows *rows, uint16_t interface, int64_t now_ns,
			      uint64_t *gained)
{
	int64_t settled_ns = now_ns - rows->options.export_warmup_s * NS_PER_SECOND;
	uint32_t smallest = TABLE_NONE;

	for (uint32_t i = 0; i < rows->slots_all; i++) {
		const struct slot *slot = slot_at(rows, interface, i);
		uint64_t of_slot;

		if (slot->state != SLOT_CREDITED || slot->is_pinned || slot->since_ns > settled_ns)
			continue;
		of_slot = gained_by_slot(rows, interface, i);
		if (smallest == TABLE_NONE || of_slot < *gained) {
			smallest = i;
			*gained = of_slot;
		}
	}
	return smallest;
}

static bool has_allowance(const struct rows *rows, const struct slot_group *group, int64_t now_ns)
{
	int64_t cost_ns = HOUR_NS / rows->slots_active;
	int64_t used_ns = group->allowance_ns > now_ns ? group->allowance_ns - now_ns : 0;

	return used_ns + cost_ns <= PROMOTIONS_AT_ONCE * cost_ns * rows->slots_active;
}

static void use_allowance(const struct rows *rows, struct slot_group *group, int64_t now_ns)
{
	if (group->allowance_ns < now_ns)
		group->allowance_ns = now_ns;
	group->allowance_ns += HOUR_NS / rows->slots_active;
}

/* Demotes a clearly smaller row, where it may linger. */
static bool make_room(struct rows *rows, uint16_t interface, uint64_t worth, bool may_linger,
		      int64_t now_ns)
{
	uint64_t gained = 0;
	uint32_t smallest = find_smallest(rows, interface, now_ns, &gained);

	if (smallest == TABLE_NONE || !may_linger || worth / CLEARLY <= gained)
		return false;
	slots_demote(rows, interface, smallest, now_ns);
	return true;
}

/* A lingering series of the row's own is none the more, and needs no allowance. */
static void try_to_promote(struct rows *rows, const void *key, int64_t now_ns)
{
	uint16_t interface = rows_interface(key);
	struct slot_group *group = &rows->groups[interface];
	bool lingers = slots_lingers(rows, key);
	bool may_linger = lingers || group->n_frozen < rows->slots_lingering;
	bool pinned = is_pinned(rows, key);

	if (!lingers && !pinned && !has_allowance(rows, group, now_ns))
		return;
	if (group->n_active == rows->slots_active &&
	    !make_room(rows, interface, whole_worth(rows, key), may_linger, now_ns))
		return;
	if (lingers)
		slots_resume(rows, key, pinned, now_ns);
	else if (slots_promote(rows, key, pinned, now_ns) && !pinned)
		use_allowance(rows, group, now_ns);
}

/* A row may have gone since it was remembered, and another come in its place. */
static bool may_have_slot(const struct rows *rows, uint16_t interface, uint32_t row)
{
	return table_row_in_use(&rows->table, row) &&
	       rows_interface(rows_key(rows, row)) == interface &&
	       rows_body_at(rows, row)->slot == TABLE_NONE && worth(rows, row) > 0;
}

static void decide(struct rows *rows, int64_t now_ns)
{
	for (uint16_t interface = 0; interface < rows->tally->n_interfaces; interface++) {
		struct slot_group *group = &rows->groups[interface];

		for (uint32_t i = 0; i < group->n_candidates; i++) {
			uint32_t row = group->candidates[i].row;

			if (may_have_slot(rows, interface, row))
				try_to_promote(rows->first, rows_key(rows, row), now_ns);
		}
		group->n_candidates = 0;
	}
}

void slots_contest(struct rows *rows, int64_t now_ns)
{
	uint32_t n = rows->table.fresh / PASS_TICKS, end;
	uint64_t elapsed_ms;

	if (n < PASS_ROWS_MIN)
		n = PASS_ROWS_MIN;
	if (n > PASS_ROWS_MAX)
		n = PASS_ROWS_MAX;
	if (rows->pass_at == 0) {
		rows->pass_before_ns = rows->pass_began_ns;
		rows->pass_began_ns = now_ns;
	}
	elapsed_ms = (uint64_t)(rows->pass_began_ns - rows->pass_before_ns) / 1000000;
	if (elapsed_ms > DECAY_MS)
		elapsed_ms = DECAY_MS;
	end = n < rows->table.fresh - rows->pass_at ? rows->pass_at + n : rows->table.fresh;
	for (uint32_t row = rows->pass_at; row < end; row++) {
		if (!table_row_in_use(&rows->table, row))
			continue;
		update_recent(rows_body_at(rows, row), elapsed_ms);
		if (rows_body_at(rows, row)->slot == TABLE_NONE)
			remember(rows, row);
	}
	rows->pass_at = end;
	if (end < rows->table.fresh)
		return;
	rows->pass_at = 0;
	decide(rows, now_ns);
}
