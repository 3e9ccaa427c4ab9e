/*
 * The difference between two snapshots. Both are sorted by the same keys, so one pass finds the
 * rows of both; what has no earlier row, or whose counters have fallen since, began anew.
 */
#include "eventlog/summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "decode/packet.h"
#include "eventlog/text.h"
#include "family/family_table.h"
#include "names/names.h"
#include "snapshot/json_row.h"

/* The two ways in which a row's bytes go. */
struct way {
	const char *word;
	const struct family_field *packets, *bytes;
};

/* What a row gained in both ways together. */
struct gain {
	const void *row, *before; /* before: NULL: it began at zero */
	uint64_t packets, bytes;
};

struct summary {
	struct buffer *out;
	const struct snapshot *before, *now;
	int64_t duration_ns;
	bool is_json;
	bool is_empty; /* no traffic so far */

	/* of the family that is being told of */
	const struct family *family;
	struct way ways[2];
	struct gain top[SUMMARY_ROWS]; /* of one interface */
	size_t n_top;
	struct json_object *rows;
};

/* Counters of these names say how much went which way. */
static bool find_ways(struct summary *summary)
{
	static const char *const names[][3] = {
		{"receive_packets", "receive_bytes", "received"},
		{"transmit_packets", "transmit_bytes", "transmitted"},
		{"initiator_packets", "initiator_bytes", "sent"},
		{"responder_packets", "responder_bytes", "received"},
	};
	const struct family *family = summary->family;
	size_t n = 0;

	for (size_t i = 0; i < COUNT(names) && n < 2; i++) {
		struct way way = {.word = names[i][2]};

		for (size_t j = 0; j < family->n_fields; j++) {
			const struct family_field *field = &family->fields[j];

			if (strcmp(field->name, names[i][0]) == 0)
				way.packets = field;
			else if (strcmp(field->name, names[i][1]) == 0)
				way.bytes = field;
		}
		if (way.packets && way.bytes)
			summary->ways[n++] = way;
	}
	return n == 2;
}

static uint64_t counter_at(const void *row, const struct family_field *field)
{
	uint64_t value;

	memcpy(&value, (const uint8_t *)row + field->offset, sizeof(value));
	return value;
}

static uint64_t gain_of(const struct gain *gain, const struct family_field *field)
{
	return counter_at(gain->row, field) - (gain->before ? counter_at(gain->before, field) : 0);
}

static struct gain find_gain(const struct summary *summary, const void *row, const void *before)
{
	struct gain gain = {.row = row, .before = before};

	for (int i = 0; i < 2 && gain.before; i++)
		if (counter_at(row, summary->ways[i].packets) <
		    counter_at(before, summary->ways[i].packets))
			gain.before = NULL;
	for (int i = 0; i < 2; i++) {
		gain.packets += gain_of(&gain, summary->ways[i].packets);
		gain.bytes += gain_of(&gain, summary->ways[i].bytes);
	}
	return gain;
}

/* Keeps the largest, largest first. */
static void consider(struct summary *summary, const struct gain *gain)
{
	size_t at = summary->n_top;

	if (gain->packets == 0)
		return;
	while (at > 0 && summary->top[at - 1].bytes < gain->bytes)
		at--;
	if (at == SUMMARY_ROWS)
		return;
	if (summary->n_top < SUMMARY_ROWS)
		summary->n_top++;
	memmove(&summary->top[at + 1], &summary->top[at],
		(summary->n_top - at - 1) * sizeof(*summary->top));
	summary->top[at] = *gain;
}

/* --- as text --- */

static void append_address(struct buffer *out, struct names *names,
			   const struct family_address *address)
{
	char text[IP_ADDRESS_TEXT], name[NAMES_ADDRESS_TEXT];

	buffer_append_text(out, ip_address_format(text, address->version, address->bytes));
	names_of_address(names, address->version, address->bytes, name);
	text_append_names(out, name, "");
}

static void append_key(struct buffer *out, struct names *names, const struct family_key *key,
		       const uint8_t *row)
{
	char text[MAC_TEXT];

	switch (key->kind) {
	case KEY_ADDRESS:
		append_address(out, names, (const void *)(row + key->offset));
		break;
	case KEY_MAC:
		buffer_append_text(out, mac_format(text, row + key->offset));
		break;
	case KEY_PROTOCOL:
		buffer_append_text(out, protocol_name(row[key->offset]));
		break;
	case KEY_PORT:
		buffer_append_u64(out, *(const uint16_t *)(row + key->offset));
		break;
	default:
		break;
	}
}

/* "192.168.1.10 > 10.0.0.1 tcp 443": what is behind the interface. */
static void append_keys(const struct summary *summary, const void *row)
{
	const struct family *family = summary->family;

	for (size_t i = 1; i < family->n_keys; i++) {
		bool is_to = family->keys[i].kind == KEY_ADDRESS &&
			     family->keys[i - 1].kind == KEY_ADDRESS;

		buffer_append_text(summary->out, i == 1 ? "" : is_to ? " > " : " ");
		append_key(summary->out, summary->now->names, &family->keys[i], row);
	}
}

static void append_begin(const struct summary *summary, const char *interface)
{
	text_append_time(summary->out, summary->now->clock);
	buffer_printf(summary->out, " %s summary", interface);
	if (summary->duration_ns > 0) {
		buffer_append_text(summary->out, " of ");
		text_append_duration(summary->out, summary->duration_ns);
	}
}

static void append_interface(const struct summary *summary, const struct gain *gain)
{
	struct buffer *out = summary->out;

	for (int i = 0; i < 2; i++) {
		uint64_t bytes = gain_of(gain, summary->ways[i].bytes);

		buffer_printf(out, "; %s ", summary->ways[i].word);
		text_append_traffic(out, gain_of(gain, summary->ways[i].packets), bytes);
		text_append_rate(out, bytes, summary->duration_ns);
	}
}

static void append_text(const struct summary *summary)
{
	const struct family *family = summary->family;
	uint32_t slot =
		*(const uint32_t *)((const uint8_t *)summary->top[0].row + family->keys[0].offset);

	append_begin(summary, summary->now->interfaces[slot].name);
	if (family->n_keys == 1) {
		append_interface(summary, &summary->top[0]);
	} else {
		buffer_printf(summary->out, ", top %s", family->summary);
		for (size_t i = 0; i < summary->n_top; i++) {
			buffer_append_text(summary->out, "; ");
			append_keys(summary, summary->top[i].row);
			buffer_append_text(summary->out, " ");
			text_append_traffic(summary->out, summary->top[i].packets,
					    summary->top[i].bytes);
		}
	}
	buffer_append_text(summary->out, "\n");
}

/* --- as JSON --- */

/* The row as the API shows it, but for its counters, which are what they gained. */
static struct json_object *new_gain(const struct summary *summary, const struct gain *gain)
{
	const struct family *family = summary->family;
	uint8_t *row = malloc(family->row_size);
	struct json_object *object;

	if (!row)
		return NULL;
	memcpy(row, gain->row, family->row_size);
	for (size_t i = 0; i < family->n_fields; i++) {
		const struct family_field *field = &family->fields[i];
		uint64_t gained;

		if (field->kind != FIELD_COUNTER)
			continue;
		gained = gain_of(gain, field);
		memcpy(row + field->offset, &gained, sizeof(gained));
	}
	object = json_new_row(summary->now, family, row);
	free(row);
	return object;
}

static void append_json(const struct summary *summary)
{
	struct json_object *line = json_object_new_object();

	json_object_object_add(line, "time", json_new_time(summary->now->clock));
	json_object_object_add(line, "event", json_object_new_string("summary"));
	if (summary->duration_ns > 0)
		json_object_object_add(line, "duration",
				       json_new_seconds((uint64_t)summary->duration_ns));
	json_object_object_add(line, "family", json_object_new_string(summary->family->name));
	json_object_object_add(line, "rows", summary->rows);
	json_append(summary->out, line);
	buffer_append_text(summary->out, "\n");
}

/* --- both --- */

static void end_interface(struct summary *summary)
{
	if (summary->n_top > 0)
		summary->is_empty = false;
	if (!summary->is_json && summary->n_top > 0)
		append_text(summary);
	for (size_t i = 0; i < summary->n_top && summary->is_json; i++)
		json_object_array_add(summary->rows, new_gain(summary, &summary->top[i]));
	summary->n_top = 0;
}

static void summarise_rows(struct summary *summary, const struct snapshot_rows *rows,
			   const struct snapshot_rows *earlier)
{
	const struct family *family = rows->family;
	uint32_t slot, last_slot = UINT32_MAX;
	size_t j = 0;

	for (size_t i = 0; i < rows->n; i++) {
		const void *row = snapshot_row(rows, i);
		struct gain gain;
		int order = -1;

		slot = *(const uint32_t *)((const uint8_t *)row + family->keys[0].offset);
		if (slot != last_slot)
			end_interface(summary);
		last_slot = slot;
		for (; earlier && j < earlier->n; j++) {
			order = snapshot_compare_across(family, summary->before,
							snapshot_row(earlier, j), summary->now,
							row);
			if (order >= 0)
				break;
		}
		gain = find_gain(summary, row, order == 0 ? snapshot_row(earlier, j) : NULL);
		consider(summary, &gain);
	}
	end_interface(summary);
}

static void summarise(struct summary *summary, size_t family)
{
	summary->family = family_table[family];
	if (!summary->family->summary || !find_ways(summary))
		return;
	summary->rows = summary->is_json ? json_object_new_array() : NULL;
	summarise_rows(summary, &summary->now->families[family],
		       summary->before ? &summary->before->families[family] : NULL);
	if (!summary->is_json)
		return;
	if (json_object_array_length(summary->rows) > 0 || summary->family->n_keys == 1)
		append_json(summary);
	else
		json_object_put(summary->rows);
}

void summary_append(struct buffer *out, const struct snapshot *before, const struct snapshot *now,
		    int64_t duration_ns, bool is_json)
{
	struct summary summary = {
		.out = out,
		.before = before,
		.now = now,
		.duration_ns = duration_ns,
		.is_json = is_json,
		.is_empty = true,
	};

	for (size_t i = 0; i < now->n_families; i++)
		summarise(&summary, i);
	if (summary.is_empty && !is_json) {
		append_begin(&summary, "-");
		buffer_append_text(out, "; no traffic\n");
	}
}
