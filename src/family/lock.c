/* What taking snapshots costs the worker: times that its lock was held and waited for. */
#include "family/lock.h"

#include "base/histogram.h"
#include "family/self.h"
#include "family/self_state.h"

struct lock_row {
	uint32_t lower_ns;
	uint32_t upper_ns;
	uint64_t held, held_sum_ns;
	uint64_t waited, waited_sum_ns;
};

static const struct family_key lock_keys[] = {
	{.kind = KEY_BUCKET, .offset = offsetof(struct lock_row, lower_ns)},
};

#define FIELD_LOCK(field, text)                                                                    \
	{                                                                                          \
		.name = #field, .metric = "iptally_lock_" #field "_seconds", .help = text,         \
		.kind = FIELD_HISTOGRAM, .scale = SCALE_NS_TO_SECONDS,                             \
		.faces = FACE_PROMETHEUS | FACE_JSON, .offset = offsetof(struct lock_row, field),  \
		.sum_offset = offsetof(struct lock_row, field##_sum_ns),                           \
		.upper_offset = offsetof(struct lock_row, upper_ns)                                \
	}

static const struct family_field lock_fields[] = {
	FIELD_LOCK(held, "Times that a snapshot held the capture worker's lock."),
	FIELD_LOCK(waited, "Times that a snapshot waited for the capture worker's lock."),
};

static size_t lock_max_rows(const void *state)
{
	(void)state;
	return HISTOGRAM_BUCKETS;
}

static size_t lock_copy(const void *opaque, void *rows)
{
	const struct lock_statistics *lock = ((const struct self_state *)opaque)->lock;
	struct lock_row *row = rows;

	for (int i = 0; i < HISTOGRAM_BUCKETS; i++, row++) {
		row->lower_ns = i ? histogram_bounds_ns[i - 1] + 1 : 0;
		row->upper_ns = histogram_bounds_ns[i];
		row->held = lock->held.counts[i];
		row->held_sum_ns = lock->held.sums_ns[i];
		row->waited = lock->waited.counts[i];
		row->waited_sum_ns = lock->waited.sums_ns[i];
	}
	return HISTOGRAM_BUCKETS;
}

const struct family lock_family = {
	.name = "lock",
	.kind = FAMILY_EXTERNAL,
	.help = "What snapshots cost the capture.",
	.keys = lock_keys,
	.n_keys = COUNT(lock_keys),
	.fields = lock_fields,
	.n_fields = COUNT(lock_fields),
	.row_size = sizeof(struct lock_row),
	.shows = &self_family,
	.max_rows = lock_max_rows,
	.copy = lock_copy,
};
