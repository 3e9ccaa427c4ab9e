/*
 * Packets by frame size. Keyed by interface and the lower bound of a bucket; counted exactly for
 * each length up to 9,216, so that buckets are only a way to show them.
 */
#include "family/size.h"

#include <stdlib.h>

#include "family/per_interface.h"
#include "family/traffic.h"

#define EXACT_BYTES 9216

struct size_counters {
	uint64_t packets[DIRECTIONS][EXACT_BYTES + 1]; /* by length */
	struct traffic longer;
};

struct size_row {
	uint32_t interface;
	uint32_t lower;
	uint32_t upper;
	struct traffic traffic;
};

static const uint32_t upper_bounds[] = {64, 127, 255, 511, 1023, 1518, 4095, EXACT_BYTES};

static const struct family_key size_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct size_row, interface)},
	{.kind = KEY_BUCKET, .offset = offsetof(struct size_row, lower)},
};

#define FIELDS_SIZE(way, text, direction, packets_column)                                          \
	{.name = way "_packets",                                                                   \
	 .metric = "iptally_interface_" way "_packet_size_bytes",                                  \
	 .help = "Frame bytes of the packets " text ".",                                           \
	 .kind = FIELD_HISTOGRAM,                                                                  \
	 .faces = FACE_ALL,                                                                        \
	 .column = packets_column,                                                                 \
	 .offset = offsetof(struct size_row, traffic.packets[direction]),                          \
	 .sum_offset = offsetof(struct size_row, traffic.bytes[direction]),                        \
	 .upper_offset = offsetof(struct size_row, upper)},                                        \
	{                                                                                          \
		.name = way "_bytes", .help = "Sum of the frame bytes of the packets " text ".",   \
		.kind = FIELD_COUNTER, .faces = FACE_SNMP | FACE_JSON,                             \
		.column = (packets_column) + 1,                                                    \
		.offset = offsetof(struct size_row, traffic.bytes[direction])                      \
	}

static const struct family_field size_fields[] = {
	{.name = "upper",
	 .help = "The largest length in this bucket; the greatest number for the last.",
	 .kind = FIELD_UNSIGNED,
	 .faces = FACE_SNMP | FACE_JSON,
	 .column = 2,
	 .offset = offsetof(struct size_row, upper)},
	FIELDS_SIZE("receive", "received", DIRECTION_RECEIVE, 3),
	FIELDS_SIZE("transmit", "transmitted", DIRECTION_TRANSMIT, 5),
};

static void *size_create(const struct family_context *context, struct error *error)
{
	return per_interface_create(context, "size counters", sizeof(struct size_counters), error);
}

static void size_count(void *state, const struct packet *packets, const struct verdict *verdicts,
		       size_t n)
{
	(void)verdicts;
	for (size_t i = 0; i < n; i++) {
		struct size_counters *counters = per_interface_at(state, packets[i].interface);

		if (packets[i].frame_bytes <= EXACT_BYTES)
			counters->packets[packets[i].direction][packets[i].frame_bytes]++;
		else
			traffic_add(&counters->longer, &packets[i]);
	}
}

static size_t size_max_rows(const void *state)
{
	return ((const struct per_interface *)state)->tally->max_interfaces *
	       (COUNT(upper_bounds) + 1);
}

static size_t size_copy(const void *opaque, void *rows)
{
	const struct per_interface *state = opaque;
	struct size_row *row = rows;

	PER_INTERFACE_EACH (state, slot) {
		const struct size_counters *counters = per_interface_at(state, slot);
		uint32_t length = 0;

		for (size_t i = 0; i < COUNT(upper_bounds); i++, row++) {
			row->interface = slot;
			row->lower = length;
			row->upper = upper_bounds[i];
			for (; length <= row->upper; length++) {
				for (int way = 0; way < DIRECTIONS; way++) {
					uint64_t packets = counters->packets[way][length];

					row->traffic.packets[way] += packets;
					row->traffic.bytes[way] += packets * length;
				}
			}
		}
		row->interface = slot;
		row->lower = length;
		row->upper = UINT32_MAX;
		row->traffic = counters->longer;
		row++;
	}
	return (size_t)(row - (struct size_row *)rows);
}

const struct family size_family = {
	.name = "size",
	.kind = FAMILY_FIXED,
	.is_core = true,
	.help = "Packets by frame size.",
	.subtree = 4, /* iptallySizeTable */
	.keys = size_keys,
	.n_keys = COUNT(size_keys),
	.fields = size_fields,
	.n_fields = COUNT(size_fields),
	.row_size = sizeof(struct size_row),
	.create = size_create,
	.destroy = free,
	.count = size_count,
	.forget_interface = per_interface_forget,
	.max_rows = size_max_rows,
	.copy = size_copy,
};
