/* Families as JSON: what stands around their rows. */
#include "http/json.h"

#include <stdlib.h>

#include "snapshot/json_row.h"

bool json_shows(const struct family *family)
{
	for (size_t i = 0; i < family->n_fields; i++)
		if (family->fields[i].faces & FACE_JSON)
			return true;
	return false;
}

/* Everything but the rows; the brace stays open for them. */
static void append_head(const struct snapshot *snapshot, const struct snapshot_rows *rows,
			struct buffer *out)
{
	struct json_object *head = json_object_new_object();

	if (!head) {
		out->failed = true;
		return;
	}
	json_object_object_add(head, "family", json_object_new_string(rows->family->name));
	json_object_object_add(head, "taken", json_new_time(snapshot->taken_wall));
	json_object_object_add(head, "snapshot", json_object_new_uint64(snapshot->number));
	json_object_object_add(head, "total", json_object_new_uint64(rows->n));
	json_object_object_add(head, "truncated", json_object_new_boolean(rows->n > JSON_ROWS_MAX));
	json_append(out, head);
	if (out->length)
		out->length--;
}

struct ranked {
	uint64_t rank;
	size_t place; /* in the order of keys */
};

static int higher_first(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank > y->rank ? -1 : 1;
	return x->place < y->place ? -1 : 1;
}

/* The places of rows in the order of their ranks. NULL where memory is short. */
static struct ranked *order_of(const struct snapshot_rows *rows)
{
	struct ranked *order = malloc((rows->n + 1) * sizeof(*order));

	if (!order)
		return NULL;
	for (size_t i = 0; i < rows->n; i++)
		order[i] = (struct ranked){rows->family->rank(snapshot_row(rows, i)), i};
	qsort(order, rows->n, sizeof(*order), higher_first);
	return order;
}

void json_render_family(const struct snapshot *snapshot, const struct snapshot_rows *rows,
			struct buffer *out)
{
	size_t n = rows->n < JSON_ROWS_MAX ? rows->n : JSON_ROWS_MAX;
	struct ranked *order = rows->family->rank ? order_of(rows) : NULL;

	out->failed |= rows->family->rank && !order;
	append_head(snapshot, rows, out);
	buffer_append_text(out, ",\"rows\":[");
	for (size_t i = 0; i < n && !out->failed; i++) {
		buffer_append_text(out, i ? ",\n" : "\n");
		json_append(out, json_new_row(snapshot, rows->family,
					      snapshot_row(rows, order ? order[i].place : i)));
	}
	buffer_append_text(out, n ? "\n]}\n" : "]}\n");
	free(order);
}

void json_render_index(const struct snapshot *snapshot, const char *prefix, struct buffer *out)
{
	bool is_first = true;

	buffer_append_text(out, "{\"families\":[");
	for (size_t i = 0; i < snapshot->n_families; i++) {
		const struct family *family = snapshot->families[i].family;

		if (!json_shows(family))
			continue;
		/* Names and help texts are our own, and need no escapes. */
		buffer_printf(out, "%s{\"family\":\"%s\",\"path\":\"%s%s\",\"help\":\"%s\"}",
			      is_first ? "\n" : ",\n", family->name, prefix, family->name,
			      family->help);
		is_first = false;
	}
	buffer_append_text(out, "\n]}\n");
}
