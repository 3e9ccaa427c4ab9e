/*
 * The life of a slot: free, warming, credited, frozen, and free again once what it counted is in the
 * retired totals. Which rows get one is slot_contest.c's.
 *
 * A packet is added to exactly one of a row's slot and its interface's `other`, and stays there. So
 * slots, `other` and retired totals always add up to all packets, and none of them falls.
 */
#include "family/rows_state.h"

/* How long a series is still shown when nothing is credited to it any more. */
#define LINGER_NS (300 * NS_PER_SECOND)

static void *key_at(const struct rows *rows, uint32_t row)
{
	return (uint8_t *)table_row(&rows->table, row) + sizeof(struct table_head);
}

static bool has_key(const struct rows *rows, const struct slot *slot, const void *key)
{
	return slot->state != SLOT_FREE && memcmp(slot->key, key, rows->kind->key_size) == 0;
}

static void credit(const struct rows *rows, struct slot *slot, int64_t now_ns)
{
	slot->state = SLOT_CREDITED;
	slot->was_credited = true;
	slot->since_ns = now_ns;
	if (slot->row != TABLE_NONE)
		rows_body_at(rows, slot->row)->shown = slot->counters;
}

static bool is_pinned_already(const struct rows *rows, uint16_t interface, const void *key)
{
	for (uint32_t i = 0; i < rows->groups[interface].n_pinned; i++)
		if (has_key(rows, slot_at(rows, interface, i), key))
			return true;
	return false;
}

static bool has_room_for_pin(const struct rows *rows, const struct slot_group *group,
			     enum rows_pin pin)
{
	uint32_t kept = pin == ROWS_PIN_IF_ROOM ? (rows->slots_active + 3) / 4 : 0;

	return group->n_pinned < rows->slots_active - kept;
}

/* These were there when the interface came, as all its other series were: no warm-up. */
void slots_pin(struct rows *rows, uint16_t interface)
{
	struct slot_group *group = &rows->groups[interface];
	struct slot slot = {.row = TABLE_NONE, .state = SLOT_CREDITED, .is_pinned = true};
	enum rows_pin pin;

	if (!rows->kind->pin)
		return;
	memcpy(slot.key, &interface, sizeof(interface));
	for (size_t i = 0;; i++) {
		pin = rows->kind->pin(&rows->options, i, slot.key);
		if (pin == ROWS_PIN_NONE)
			return;
		if (!has_room_for_pin(rows, group, pin) ||
		    is_pinned_already(rows, interface, slot.key))
			continue;
		*slot_at(rows, interface, group->n_pinned++) = slot;
		group->n_active++;
	}
}

/* Where there are several workers, another one's packets may have made the row that got the slot. */
uint32_t slots_that_waits(const struct rows *rows, const void *key)
{
	uint16_t interface = rows_interface(key);
	uint32_t n = rows_are_alone(rows) ? rows->groups[interface].n_pinned : rows->slots_all;

	for (uint32_t i = 0; i < n; i++) {
		const struct slot *slot = slot_at(rows, interface, i);

		if (slot->row == TABLE_NONE && slot->state != SLOT_FROZEN &&
		    has_key(rows, slot, key))
			return i;
	}
	return TABLE_NONE;
}

void slots_meet(struct rows *rows, uint32_t row)
{
	struct rows_body *body = rows_body_at(rows, row);
	const void *key = key_at(rows, row);
	struct slot *slot;

	body->slot = slots_that_waits(rows, key);
	if (body->slot == TABLE_NONE)
		return;
	slot = slot_at(rows, rows_interface(key), body->slot);
	slot->row = row;
	if (slot->state == SLOT_CREDITED)
		body->shown = slot->counters;
}

/* The number of a slot in this state and with this key, if it is asked for one; or TABLE_NONE. */
static uint32_t find_slot(const struct rows *rows, uint16_t interface, enum slot_state state,
			  const void *key)
{
	for (uint32_t i = rows->groups[interface].n_pinned; i < rows->slots_all; i++) {
		const struct slot *slot = slot_at(rows, interface, i);

		if (slot->state == state && (!key || has_key(rows, slot, key)))
			return i;
	}
	return TABLE_NONE;
}

static void warm_up(const struct rows *rows, struct slot *slot, int64_t now_ns)
{
	slot->state = SLOT_WARMING;
	slot->since_ns = now_ns;
	if (rows->options.export_warmup_s == 0)
		credit(rows, slot, now_ns);
}

static void occupy(struct rows *rows, const void *key, uint32_t number, bool is_pinned)
{
	uint16_t interface = rows_interface(key);
	struct slot *slot = slot_at(rows, interface, number);

	slot->row = rows_look_up(rows, key);
	slot->is_pinned = is_pinned;
	if (slot->row != TABLE_NONE)
		rows_body_at(rows, slot->row)->slot = number;
	rows->groups[interface].n_active++;
}

bool slots_lingers(const struct rows *rows, const void *key)
{
	return find_slot(rows, rows_interface(key), SLOT_FROZEN, key) != TABLE_NONE;
}

void slots_resume(struct rows *rows, const void *key, bool is_pinned, int64_t now_ns)
{
	uint16_t interface = rows_interface(key);
	uint32_t number = find_slot(rows, interface, SLOT_FROZEN, key);

	ROWS_OF_WORKERS(rows, each)
	{
		struct slot *slot = slot_at(each, interface, number);

		occupy(each, key, number, is_pinned);
		each->groups[interface].n_frozen--;
		/* One that was frozen while it warmed up begins anew. */
		if (slot->was_credited)
			credit(each, slot, now_ns);
		else
			warm_up(each, slot, now_ns);
	}
}

static void begin(struct rows *rows, const void *key, uint32_t number, bool is_pinned,
		  int64_t now_ns)
{
	struct slot *slot = slot_at(rows, rows_interface(key), number);

	occupy(rows, key, number, is_pinned);
	memcpy(slot->key, key, rows->kind->key_size);
	warm_up(rows, slot, now_ns);
}

bool slots_promote(struct rows *rows, const void *key, bool is_pinned, int64_t now_ns)
{
	uint16_t interface = rows_interface(key);
	uint32_t number = find_slot(rows, interface, SLOT_FREE, NULL);

	if (number == TABLE_NONE)
		return false;
	ROWS_OF_WORKERS(rows, each)
	begin(each, key, number, is_pinned, now_ns);
	rows->first->groups[interface].promotions++;
	return true;
}

static void freeze(struct rows *rows, uint16_t interface, uint32_t number, int64_t now_ns)
{
	struct slot *slot = slot_at(rows, interface, number);
	struct rows_body *body;

	if (slot->row != TABLE_NONE) {
		body = rows_body_at(rows, slot->row);
		body->slot = TABLE_NONE;
		body->shown = rows_remainder(rows, slot->key)->shown;
	}
	slot->state = SLOT_FROZEN;
	slot->since_ns = now_ns;
	slot->row = TABLE_NONE;
	rows->groups[interface].n_active--;
	rows->groups[interface].n_frozen++;
}

void slots_demote(struct rows *rows, uint16_t interface, uint32_t slot, int64_t now_ns)
{
	ROWS_OF_WORKERS(rows, each)
	freeze(each, interface, slot, now_ns);
}

/* Other workers' slots are not to be touched: there may be rows of the key in them. */
void slots_lose_row(struct rows *rows, uint32_t row, int64_t now_ns)
{
	uint16_t interface = rows_interface(key_at(rows, row));
	uint32_t slot = rows_body_at(rows, row)->slot;

	if (slot < rows->groups[interface].n_pinned || !rows_are_alone(rows))
		slot_at(rows, interface, slot)->row = TABLE_NONE;
	else
		freeze(rows, interface, slot, now_ns);
}

static void retire(struct rows *rows, uint16_t interface, struct slot *slot)
{
	rows_sum(rows_remainder(rows, slot->key)->retired, slot->counters);
	rows->groups[interface].n_frozen--;
	*slot = (struct slot){.state = SLOT_FREE};
}

void slots_age(struct rows *rows, int64_t now_ns)
{
	int64_t warmup_ns = rows->options.export_warmup_s * NS_PER_SECOND;

	for (uint16_t interface = 0; interface < rows->tally->n_interfaces; interface++) {
		for (uint32_t i = 0; i < rows->slots_all; i++) {
			struct slot *slot = slot_at(rows, interface, i);

			if (slot->state == SLOT_WARMING && now_ns - slot->since_ns >= warmup_ns)
				credit(rows, slot, now_ns);
			else if (slot->state == SLOT_FROZEN && now_ns - slot->since_ns >= LINGER_NS)
				retire(rows, interface, slot);
		}
	}
}

size_t rows_max_slots(const struct rows *rows)
{
	return (size_t)rows->slots_all * rows->max_interfaces;
}

bool rows_next_slot(const struct rows *rows, uint16_t interface, uint32_t *at,
		    struct rows_slot *slot)
{
	while (*at < rows->slots_all) {
		const struct slot *next = slot_at(rows, interface, (*at)++);

		if (next->state == SLOT_FREE)
			continue;
		*slot = (struct rows_slot){next->key, next->counters};
		return true;
	}
	return false;
}

uint64_t rows_promotions(const struct rows *rows, uint16_t interface)
{
	return rows_have_slots(rows) ? rows->groups[interface].promotions : 0;
}
