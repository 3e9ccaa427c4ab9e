/* Merging is made ready once for a family, and then done for each two rows of the same key. */
#include "snapshot/merge.h"

#include <string.h>

#define VALUES_MAX 128

enum how { SUM, MOST, MOST_TIME, LEAST_TIME };

/* The 64-bit values of a row that are not the same in each worker's. */
struct plan {
	size_t n;
	struct {
		size_t offset;
		enum how how;
	} values[VALUES_MAX];
};

/* Two fields may show the same value, which is merged once. */
static void plan_value(struct plan *plan, size_t offset, enum how how)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->values[i].offset == offset)
			return;
	plan->values[plan->n].offset = offset;
	plan->values[plan->n++].how = how;
}

static void plan_field(struct plan *plan, const struct family_field *field)
{
	bool most = field->merge == MERGE_MOST;

	if (field->merge == MERGE_SAME)
		return;
	switch (field->kind) {
	case FIELD_HISTOGRAM:
		plan_value(plan, field->offset, SUM);
		plan_value(plan, field->sum_offset, SUM);
		break;
	case FIELD_COUNTER:
	case FIELD_GAUGE:
		plan_value(plan, field->offset, most ? MOST : SUM);
		break;
	case FIELD_TIME_STAMP:
	case FIELD_DATE:
	case FIELD_AGE:
		plan_value(plan, field->offset, most ? MOST_TIME : LEAST_TIME);
		break;
	default:
		break;
	}
}

static uint64_t merge_values(uint64_t a, uint64_t b, enum how how)
{
	switch (how) {
	case MOST:
		return a > b ? a : b;
	case MOST_TIME:
		return (int64_t)a > (int64_t)b ? a : b;
	case LEAST_TIME:
		return (int64_t)a < (int64_t)b ? a : b;
	case SUM:
		break;
	}
	return a + b;
}

static void merge_rows(const struct plan *plan, uint8_t *into, const uint8_t *row)
{
	uint64_t a, b;

	for (size_t i = 0; i < plan->n; i++) {
		size_t offset = plan->values[i].offset;

		memcpy(&a, into + offset, sizeof(a));
		memcpy(&b, row + offset, sizeof(b));
		a = merge_values(a, b, plan->values[i].how);
		memcpy(into + offset, &a, sizeof(a));
	}
}

void snapshot_merge(const struct snapshot *snapshot, struct snapshot_rows *rows)
{
	const struct family *family = rows->family;
	uint8_t *base = (uint8_t *)rows->rows;
	struct plan plan = {0};
	size_t last = 0;

	if (rows->n < 2)
		return;
	for (size_t i = 0; i < family->n_fields; i++)
		plan_field(&plan, &family->fields[i]);
	for (size_t i = 1; i < rows->n; i++) {
		const uint8_t *row = base + i * family->row_size;
		uint8_t *into = base + last * family->row_size;

		if (snapshot_compare(snapshot, family, into, row) == 0)
			merge_rows(&plan, into, row);
		else if (++last < i)
			memcpy(base + last * family->row_size, row, family->row_size);
	}
	rows->n = last + 1;
}
