/* Copies of bounded rows, of their slots, of what neither holds, and of how full the table is. */
#include "family/rows_family.h"

#include "family/rows_state.h"

static uint32_t next_interface(const struct rows *rows, uint32_t interface)
{
	const struct tally *tally = rows->tally;

	while (interface < tally->n_interfaces && !tally->interfaces[interface].in_use)
		interface++;
	return interface < tally->n_interfaces ? interface : TABLE_NONE;
}

size_t rows_family_copy(const void *opaque, void *copies)
{
	const struct rows *rows = opaque;
	int64_t wall_offset_ns = rows->tally->flows.wall_offset_ns;
	struct rows_row *copy = copies;

	rows_choose(rows);
	ROWS_EACH(rows, row)
	{
		const struct rows_body *body = rows_body(rows, row);

		copy->interface = rows_interface(rows_key(rows, row));
		copy->exported = body->exported;
		copy->created = body->created;
		copy->first_seen.ns = body->first_ns + wall_offset_ns;
		copy->last_seen.ns = body->seen_ns + wall_offset_ns;
		copy->counters = rows_traffic(body->counters);
		memcpy(copy->key, rows_key(rows, row), rows->kind->key_size);
		copy++;
	}
	return (size_t)(copy - (struct rows_row *)copies);
}

bool rows_family_is_exported(const void *row)
{
	return ((const struct rows_row *)row)->exported;
}

size_t rows_family_slots_max(const void *rows)
{
	return rows_max_slots(rows);
}

size_t rows_family_slots_copy(const void *opaque, void *copies)
{
	const struct rows *rows = opaque;
	struct rows_row *copy = copies;
	struct rows_slot slot;

	for (uint32_t i = next_interface(rows, 0); i != TABLE_NONE; i = next_interface(rows, i + 1))
		for (uint32_t at = 0; rows_next_slot(rows, (uint16_t)i, &at, &slot); copy++) {
			copy->interface = i;
			copy->counters = rows_traffic(slot.counters);
			memcpy(copy->key, slot.key, rows->kind->key_size);
		}
	return (size_t)(copy - (struct rows_row *)copies);
}

size_t rows_family_rest_max(const void *rows)
{
	return ((const struct rows *)rows)->max_interfaces;
}

size_t rows_family_rest_copy(const void *opaque, void *copies)
{
	const struct rows *rows = opaque;
	struct rows_rest_row *copy = copies;

	for (uint32_t i = next_interface(rows, 0); i != TABLE_NONE;
	     i = next_interface(rows, i + 1)) {
		uint64_t shown[ROWS_COUNTERS_MAX];

		rows_shown_other(rows, (uint16_t)i, 0, shown);
		*copy++ = (struct rows_rest_row){
			.interface = i,
			.other = rows_traffic(rows_other(rows, (uint16_t)i, 0)),
			.shown_other = rows_traffic(shown),
			.slots = rows_slot_totals(rows, (uint16_t)i, 1),
		};
	}
	return (size_t)(copy - (struct rows_rest_row *)copies);
}

size_t rows_family_table_max(const void *rows)
{
	(void)rows;
	return 1;
}

size_t rows_family_table_copy(const void *rows, void *copies)
{
	*(struct rows_table_row *)copies = (struct rows_table_row){
		.entries = rows_used(rows),
		.capacity = rows_max_rows(rows),
		.evictions = rows_evictions(rows),
	};
	return 1;
}
