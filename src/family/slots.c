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
	slot->since_ns = now_ns;
	if (slot->row != TABLE_NONE)
		rows_body_at(rows, slot->row)->shown = slot->counters;
}

bool slots_have_pinned(const struct rows *rows, uint16_t interface, const void *key)
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
		    slots_have_pinned(rows, interface, slot.key))
			continue;
		*slot_at(rows, interface, group->n_pinned++) = slot;
		group->n_active++;
	}
}

void slots_meet(struct rows *rows, uint32_t row)
{
	struct rows_body *body = rows_body_at(rows, row);
	const void *key = key_at(rows, row);
	uint16_t interface = rows_interface(key);

	for (uint32_t i = 0; i < rows->groups[interface].n_pinned; i++) {
		struct slot *slot = slot_at(rows, interface, i);

		if (slot->row == TABLE_NONE && has_key(rows, slot, key)) {
			slot->row = row;
			body->slot = i;
			body->shown = slot->counters;
			return;
		}
	}
}

static struct slot *find_lingering(const struct rows *rows, const void *key)
{
	uint16_t interface = rows_interface(key);

	for (uint32_t i = rows->groups[interface].n_pinned; i < rows->slots_all; i++) {
		struct slot *slot = slot_at(rows, interface, i);

		if (slot->state == SLOT_FROZEN && has_key(rows, slot, key))
			return slot;
	}
	return NULL;
}

static struct slot *find_free(const struct rows *rows, uint16_t interface)
{
	for (uint32_t i = rows->groups[interface].n_pinned; i < rows->slots_all; i++)
		if (slot_at(rows, interface, i)->state == SLOT_FREE)
			return slot_at(rows, interface, i);
	return NULL;
}

static void occupy(struct rows *rows, struct slot *slot, uint32_t row, bool is_pinned)
{
	uint16_t interface = rows_interface(key_at(rows, row));

	slot->row = row;
	slot->is_pinned = is_pinned;
	rows_body_at(rows, row)->slot = (uint32_t)(slot - slot_at(rows, interface, 0));
	rows->groups[interface].n_active++;
}

bool slots_lingers(const struct rows *rows, uint32_t row)
{
	return find_lingering(rows, key_at(rows, row)) != NULL;
}

void slots_resume(struct rows *rows, uint32_t row, bool is_pinned, int64_t now_ns)
{
	struct slot *slot = find_lingering(rows, key_at(rows, row));

	occupy(rows, slot, row, is_pinned);
	rows->groups[rows_interface(slot->key)].n_frozen--;
	credit(rows, slot, now_ns);
}

bool slots_promote(struct rows *rows, uint32_t row, bool is_pinned, int64_t now_ns)
{
	struct slot *slot = find_free(rows, rows_interface(key_at(rows, row)));

	if (!slot)
		return false;
	occupy(rows, slot, row, is_pinned);
	memcpy(slot->key, key_at(rows, row), rows->kind->key_size);
	slot->state = SLOT_WARMING;
	slot->since_ns = now_ns;
	if (rows->options.export_warmup_s == 0)
		credit(rows, slot, now_ns);
	rows->groups[rows_interface(slot->key)].promotions++;
	return true;
}

void slots_demote(struct rows *rows, uint32_t row, int64_t now_ns)
{
	struct rows_body *body = rows_body_at(rows, row);
	const void *key = key_at(rows, row);
	uint16_t interface = rows_interface(key);
	struct slot *slot = slot_at(rows, interface, body->slot);

	slot->state = SLOT_FROZEN;
	slot->since_ns = now_ns;
	slot->row = TABLE_NONE;
	rows->groups[interface].n_active--;
	rows->groups[interface].n_frozen++;
	body->slot = TABLE_NONE;
	body->shown = rows_remainder(rows, key)->shown;
}

void slots_lose_row(struct rows *rows, uint32_t row, int64_t now_ns)
{
	uint16_t interface = rows_interface(key_at(rows, row));
	uint32_t slot = rows_body_at(rows, row)->slot;

	if (slot < rows->groups[interface].n_pinned)
		slot_at(rows, interface, slot)->row = TABLE_NONE;
	else
		slots_demote(rows, row, now_ns);
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
