/*
 * A snapshot as Prometheus text 0.0.4. What never changes (names, HELP and TYPE) was made once, in
 * the list of metrics; a scrape walks metrics, their sources, and the rows of each.
 */
#include "http/exposition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "http/label.h"
#include "http/metric.h"

struct exposition {
	struct metric_list list;
};

struct exposition *exposition_create(struct error *error)
{
	return exposition_create_of(family_table, family_table_size, error);
}

struct exposition *exposition_create_of(const struct family *const *families, size_t n_families,
					struct error *error)
{
	struct exposition *exposition = calloc(1, sizeof(*exposition));

	if (!exposition) {
		error_set(error, ENOMEM, "list of metrics: out of memory");
		return NULL;
	}
	if (metric_list_create(&exposition->list, families, n_families, error) < 0) {
		free(exposition);
		return NULL;
	}
	return exposition;
}

void exposition_destroy(struct exposition *exposition)
{
	if (exposition)
		metric_list_destroy(&exposition->list);
	free(exposition);
}

/* A render's own state, handed down to the helpers. */
struct rendering {
	const struct snapshot *snapshot;
	struct buffer *out;
	struct monotonic_time now;
};

/* Exact decimals: no double ever holds a value. */
static void append_ns_as_seconds(struct buffer *out, uint64_t ns)
{
	uint64_t rest = ns % NS_PER_SECOND;
	char digits[10] = ".000000000";
	size_t length = sizeof(digits);

	buffer_append_u64(out, ns / NS_PER_SECOND);
	if (rest == 0)
		return;
	for (size_t i = sizeof(digits); --i > 0; rest /= 10)
		digits[i] = (char)('0' + rest % 10);
	while (digits[length - 1] == '0')
		length--;
	buffer_append(out, digits, length);
}

static void append_scaled(struct buffer *out, enum field_scale scale, uint64_t value)
{
	if (scale == SCALE_NS_TO_SECONDS)
		append_ns_as_seconds(out, value);
	else
		buffer_append_u64(out, value);
}

static void append_value(const struct rendering *rendering, const struct family_field *field,
			 const uint8_t *at)
{
	struct buffer *out = rendering->out;
	int64_t ns;

	switch (field->kind) {
	case FIELD_COUNTER:
	case FIELD_GAUGE:
		append_scaled(out, field->scale, *(const uint64_t *)at);
		break;
	case FIELD_UNSIGNED:
		append_scaled(out, field->scale, *(const uint32_t *)at);
		break;
	case FIELD_BOOL:
		buffer_append(out, *at ? "1" : "0", 1);
		break;
	case FIELD_INFO:
		buffer_append(out, "1", 1);
		break;
	case FIELD_DATE:
		ns = ((const struct wall_time *)at)->ns;
		append_ns_as_seconds(out, ns > 0 ? (uint64_t)ns : 0);
		break;
	case FIELD_AGE:
		ns = rendering->now.ns - ((const struct monotonic_time *)at)->ns;
		append_ns_as_seconds(out, ns > 0 ? (uint64_t)ns : 0);
		break;
	default:
		break; /* refused by exposition_create() */
	}
}

static void append_text_labels(struct label_set *labels, const struct snapshot *snapshot,
			       const struct family *family, const uint8_t *row)
{
	char made[FAMILY_TEXT_MAX];

	for (size_t i = 0; i < family->n_fields; i++) {
		const struct family_field *field = &family->fields[i];

		if (field->kind == FIELD_TEXT && field->text_label)
			label_append(labels, field->text_label,
				     family_text(field, snapshot->names, row, made));
	}
}

/* An info tells nothing but its labels: where there are some, and all are empty, it is left out. */
static bool info_tells(const struct snapshot *snapshot, const struct family *family,
		       const uint8_t *row)
{
	char made[FAMILY_TEXT_MAX];
	bool has_labels = false;

	for (size_t i = 0; i < family->n_fields; i++) {
		const struct family_field *field = &family->fields[i];

		if (field->kind != FIELD_TEXT || !field->text_label)
			continue;
		if (*family_text(field, snapshot->names, row, made))
			return true;
		has_labels = true;
	}
	return !has_labels;
}

static void render_rows(const struct rendering *rendering, const struct metric *metric,
			const struct family_field *field, const struct snapshot_rows *rows)
{
	const struct family *family = rows->family;

	for (size_t i = 0; i < rows->n; i++) {
		const uint8_t *row = snapshot_row(rows, i);
		struct label_set labels = {.out = rendering->out};

		if (family->is_exported && !family->is_exported(row))
			continue;
		if (field->kind == FIELD_INFO && !info_tells(rendering->snapshot, family, row))
			continue;
		buffer_append(rendering->out, metric->name.data, metric->name.length);
		label_append_keys(&labels, rendering->snapshot, family, row);
		label_append_constant(&labels, field->labels);
		if (field->kind == FIELD_INFO)
			append_text_labels(&labels, rendering->snapshot, family, row);
		label_close(&labels);
		append_value(rendering, field, row + field->offset);
		buffer_append(rendering->out, "\n", 1);
	}
}

/* Name and suffix, and the labels of a row but for le; the caller closes them. */
static struct label_set begin_histogram_line(const struct rendering *rendering,
					     const struct metric *metric, const char *suffix,
					     const struct family *family,
					     const struct family_field *field, const uint8_t *row)
{
	struct label_set labels = {.out = rendering->out};

	buffer_append(rendering->out, metric->name.data, metric->name.length);
	buffer_append_text(rendering->out, suffix);
	label_append_keys(&labels, rendering->snapshot, family, row);
	label_append_constant(&labels, field->labels);
	return labels;
}

static void append_bucket(const struct rendering *rendering, const struct metric *metric,
			  const struct family *family, const struct family_field *field,
			  const uint8_t *row, uint32_t upper, uint64_t count)
{
	struct label_set labels =
		begin_histogram_line(rendering, metric, "_bucket", family, field, row);

	label_begin(&labels, "le");
	if (upper == UINT32_MAX)
		buffer_append_text(rendering->out, "+Inf");
	else
		append_scaled(rendering->out, field->scale, upper);
	label_end(&labels);
	label_close(&labels);
	buffer_append_u64(rendering->out, count);
	buffer_append_text(rendering->out, "\n");
}

static size_t key_size(enum key_kind kind)
{
	switch (kind) {
	case KEY_NETWORK:
	case KEY_PROTOCOL:
		return sizeof(uint8_t);
	case KEY_PORT:
		return sizeof(uint16_t);
	case KEY_ADDRESS:
		return sizeof(struct family_address);
	case KEY_MAC:
		return MAC_BYTES;
	case KEY_INTERFACE:
	case KEY_BUCKET:
	case KEY_ID:
	case KEY_RANK:
		break;
	case KEY_SERIAL:
		return sizeof(uint64_t);
	}
	return sizeof(uint32_t);
}

/* Whether two rows are buckets of one histogram: all keys but the last are the same. */
static bool is_same_histogram(const struct family *family, const uint8_t *a, const uint8_t *b)
{
	for (size_t i = 0; i + 1 < family->n_keys; i++) {
		const struct family_key *key = &family->keys[i];

		if (memcmp(a + key->offset, b + key->offset, key_size(key->kind)) != 0)
			return false;
	}
	return true;
}

/* The rows of a histogram follow each other, lowest bucket first: a snapshot is sorted by key. */
static void render_histograms(const struct rendering *rendering, const struct metric *metric,
			      const struct family_field *field, const struct snapshot_rows *rows)
{
	const struct family *family = rows->family;
	struct label_set labels;

	for (size_t i = 0, next; i < rows->n; i = next) {
		const uint8_t *first = snapshot_row(rows, i);
		uint32_t upper = 0;
		uint64_t count = 0;
		uint64_t sum = 0;

		next = i + 1;
		if (family->is_exported && !family->is_exported(first))
			continue;
		for (next = i; next < rows->n; next++) {
			const uint8_t *row = snapshot_row(rows, next);

			if (!is_same_histogram(family, first, row))
				break;
			upper = *(const uint32_t *)(row + field->upper_offset);
			count += *(const uint64_t *)(row + field->offset);
			sum += *(const uint64_t *)(row + field->sum_offset);
			append_bucket(rendering, metric, family, field, first, upper, count);
		}
		if (upper != UINT32_MAX)
			append_bucket(rendering, metric, family, field, first, UINT32_MAX, count);
		labels = begin_histogram_line(rendering, metric, "_sum", family, field, first);
		label_close(&labels);
		append_scaled(rendering->out, field->scale, sum);
		buffer_append_text(rendering->out, "\n");
		labels = begin_histogram_line(rendering, metric, "_count", family, field, first);
		label_close(&labels);
		buffer_append_u64(rendering->out, count);
		buffer_append_text(rendering->out, "\n");
	}
}

static bool snapshot_has(const struct snapshot *snapshot, const struct metric_list *list,
			 size_t family)
{
	return family < snapshot->n_families &&
	       snapshot->families[family].family == list->families[family];
}

static void append_collector(struct buffer *out, const char *metric, const char *family,
			     uint64_t value, enum field_scale scale)
{
	struct label_set labels = {.out = out};

	buffer_append_text(out, metric);
	label_append(&labels, "collector", family);
	label_close(&labels);
	append_scaled(out, scale, value);
	buffer_append_text(out, "\n");
}

/* A family together with all that show its state. */
struct collector {
	const char *name;
	uint64_t took_ns;
	bool success;
};

static size_t make_collectors(const struct metric_list *list, const struct rendering *rendering,
			      const uint64_t *took_ns, struct collector *collectors)
{
	size_t n = 0, at;

	for (size_t i = 0; i < list->n_families; i++) {
		const struct family *family = list->families[i];
		const char *name = family->shows ? family->shows->name : family->name;

		if (!list->has_source[i])
			continue;
		for (at = 0; at < n && strcmp(collectors[at].name, name) != 0;)
			at++;
		if (at == n)
			collectors[n++] = (struct collector){.name = name, .success = true};
		collectors[at].took_ns += took_ns[i];
		collectors[at].success &= snapshot_has(rendering->snapshot, list, i);
	}
	return n;
}

/* What rendering each family took, and whether the snapshot had it at all. */
static void render_collectors(const struct metric_list *list, const struct rendering *rendering,
			      const uint64_t *took_ns)
{
	struct collector collectors[FAMILIES_MAX];
	struct buffer *out = rendering->out;
	size_t n = make_collectors(list, rendering, took_ns, collectors);

	buffer_append_text(out, "# HELP iptally_scrape_collector_duration_seconds "
				"Time that rendering this family took.\n"
				"# TYPE iptally_scrape_collector_duration_seconds gauge\n");
	for (size_t i = 0; i < n; i++)
		append_collector(out, "iptally_scrape_collector_duration_seconds",
				 collectors[i].name, collectors[i].took_ns, SCALE_NS_TO_SECONDS);
	buffer_append_text(out, "# HELP iptally_scrape_collector_success "
				"Whether the snapshot held this family.\n"
				"# TYPE iptally_scrape_collector_success gauge\n");
	for (size_t i = 0; i < n; i++)
		append_collector(out, "iptally_scrape_collector_success", collectors[i].name,
				 collectors[i].success, SCALE_ONE);
}

void exposition_render(const struct exposition *exposition, const struct snapshot *snapshot,
		       struct buffer *out)
{
	const struct metric_list *list = &exposition->list;
	struct rendering rendering = {.snapshot = snapshot, .out = out, .now = monotonic_now()};
	uint64_t took_ns[FAMILIES_MAX] = {0};
	struct monotonic_time last = rendering.now;

	for (size_t i = 0; i < list->n_metrics; i++) {
		const struct metric *metric = &list->metrics[i];

		buffer_append(out, metric->header.data, metric->header.length);
		for (const struct metric_source *source = metric->first; source;
		     source = source->next) {
			const struct family_field *field = source->field;
			struct monotonic_time now;

			if (!snapshot_has(snapshot, list, source->family))
				continue;
			if (field->kind == FIELD_HISTOGRAM)
				render_histograms(&rendering, metric, field,
						  &snapshot->families[source->family]);
			else
				render_rows(&rendering, metric, field,
					    &snapshot->families[source->family]);
			now = monotonic_now();
			took_ns[source->family] += (uint64_t)(now.ns - last.ns);
			last = now;
		}
	}
	render_collectors(list, &rendering, took_ns);
}
