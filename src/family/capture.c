/*
 * Health of the capture: what was read, lost, cut, or could not be decoded. Keyed by interface.
 */
#include "family/capture.h"

#include <stdlib.h>

#include "family/per_interface.h"
#include "family/traffic.h"

struct capture_counters {
	uint64_t packets;
	uint64_t snapped;
	uint64_t errors[DECODE_ERRORS];
};

struct capture_row {
	uint32_t interface;
	struct capture_counters counters;
	uint64_t dropped;
	uint64_t missed;
	uint64_t all_errors;
};

static const struct family_key capture_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct capture_row, interface)},
};

/* The label's values are decode_error_name()'s. */
#define FIELD_DECODE_ERROR(reason, error)                                                          \
	FIELD_COUNT("decode_error_" reason, "iptally_decode_errors",                               \
		    "Frames that could not be decoded further, by reason.", struct capture_row,    \
		    counters.errors[error], .labels = "reason=\"" reason "\"",                     \
		    .faces = FACE_PROMETHEUS | FACE_JSON)

static const struct family_field capture_fields[] = {
	FIELD_COUNT("packets", "iptally_capture_packets", "Frames that the capture handed over.",
		    struct capture_row, counters.packets, .faces = FACE_ALL, .column = 25),
	FIELD_COUNT("dropped_packets", "iptally_capture_dropped_packets",
		    "Frames that the capture ring had no room for.", struct capture_row, dropped,
		    .merge = MERGE_SAME, .faces = FACE_ALL, .column = 26),
	FIELD_COUNT("interface_dropped_packets", "iptally_capture_interface_dropped_packets",
		    "Frames that the interface had no buffers for, by the kernel's count.",
		    struct capture_row, missed, .merge = MERGE_SAME, .faces = FACE_ALL,
		    .column = 27),
	FIELD_COUNT("snapped_packets", "iptally_capture_snapped_packets",
		    "Frames that the snap length cut before decoding was done.", struct capture_row,
		    counters.snapped, .faces = FACE_ALL, .column = 28),
	FIELD_COUNT("decode_errors", NULL, "Frames that could not be decoded further.",
		    struct capture_row, all_errors, .faces = FACE_SNMP | FACE_JSON, .column = 29),
	FIELD_DECODE_ERROR("unknown_link", DECODE_UNKNOWN_LINK),
	FIELD_DECODE_ERROR("truncated_link", DECODE_TRUNCATED_LINK),
	FIELD_DECODE_ERROR("truncated_network", DECODE_TRUNCATED_NETWORK),
	FIELD_DECODE_ERROR("truncated_transport", DECODE_TRUNCATED_TRANSPORT),
	FIELD_DECODE_ERROR("bad_version", DECODE_BAD_VERSION),
	FIELD_DECODE_ERROR("bad_header_length", DECODE_BAD_HEADER_LENGTH),
	FIELD_DECODE_ERROR("bad_total_length", DECODE_BAD_TOTAL_LENGTH),
	FIELD_DECODE_ERROR("too_deep", DECODE_TOO_DEEP),
};

static void *capture_create(const struct family_context *context, struct error *error)
{
	return per_interface_create(context, "capture counters", sizeof(struct capture_counters),
				    error);
}

static void capture_count(void *state, const struct packet *packets, const struct verdict *verdicts,
			  size_t n)
{
	(void)verdicts;
	for (size_t i = 0; i < n; i++) {
		struct capture_counters *counters = per_interface_at(state, packets[i].interface);

		counters->packets++;
		counters->snapped += (packets[i].flags & PACKET_SNAPPED) != 0;
		counters->errors[packets[i].error]++;
	}
}

static size_t capture_max_rows(const void *state)
{
	return ((const struct per_interface *)state)->tally->max_interfaces;
}

static size_t capture_copy(const void *opaque, void *rows)
{
	const struct per_interface *state = opaque;
	struct capture_row *row = rows;

	PER_INTERFACE_EACH (state, slot) {
		row->interface = slot;
		row->counters = *(const struct capture_counters *)per_interface_at(state, slot);
		row->dropped = state->tally->interfaces[slot].dropped;
		row->missed = state->tally->interfaces[slot].missed;
		for (int error = DECODE_OK + 1; error < DECODE_ERRORS; error++)
			row->all_errors += row->counters.errors[error];
		row++;
	}
	return (size_t)(row - (struct capture_row *)rows);
}

const struct family capture_family = {
	.name = "capture",
	.kind = FAMILY_FIXED,
	.is_core = true,
	.help = "Health of the capture.",
	.subtree = 2, /* iptallyIfTable */
	.keys = capture_keys,
	.n_keys = COUNT(capture_keys),
	.fields = capture_fields,
	.n_fields = COUNT(capture_fields),
	.row_size = sizeof(struct capture_row),
	.create = capture_create,
	.destroy = free,
	.count = capture_count,
	.forget_interface = per_interface_forget,
	.max_rows = capture_max_rows,
	.copy = capture_copy,
};
