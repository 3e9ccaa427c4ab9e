/* The list of metrics, from the descriptions of families. */
#include "http/metric.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool field_is_shown(const struct family_field *field)
{
	return field->metric && (field->faces & FACE_PROMETHEUS);
}

/* The word of the TYPE line, or NULL for what is no number. */
static const char *field_type(const struct family_field *field)
{
	switch (field->kind) {
	case FIELD_COUNTER:
		return "counter";
	case FIELD_HISTOGRAM:
		return "histogram";
	case FIELD_GAUGE:
	case FIELD_UNSIGNED:
	case FIELD_BOOL:
	case FIELD_INFO:
	case FIELD_DATE:
	case FIELD_AGE:
		return "gauge";
	case FIELD_TEXT:
	case FIELD_ENUM:
	case FIELD_ADDRESS_TYPE:
	case FIELD_ADDRESS:
	case FIELD_PORT:
	case FIELD_TIME_STAMP:
		break;
	}
	return NULL;
}

/* HELP escapes backslash and newline, and nothing else. */
static void append_help(struct buffer *out, const char *help)
{
	for (; *help; help++) {
		if (*help == '\n')
			buffer_append(out, "\\n", 2);
		else if (*help == '\\')
			buffer_append(out, "\\\\", 2);
		else
			buffer_append(out, help, 1);
	}
}

static struct metric *metric_find(struct metric_list *list, const char *name)
{
	for (size_t i = 0; i < list->n_metrics; i++)
		if (strcmp(list->metrics[i].metric, name) == 0)
			return &list->metrics[i];
	return NULL;
}

static struct metric *metric_add(struct metric_list *list, const struct family_field *field,
				 const char *type)
{
	struct metric *metric = &list->metrics[list->n_metrics++];
	struct buffer *header = &metric->header;

	*metric = (struct metric){.metric = field->metric, .type = type, .end = &metric->first};
	buffer_append_text(&metric->name, field->metric);
	if (field->kind == FIELD_COUNTER)
		buffer_append_text(&metric->name, "_total");
	buffer_append_text(header, "# HELP ");
	buffer_append(header, metric->name.data, metric->name.length);
	buffer_append_text(header, " ");
	append_help(header, field->help);
	buffer_append_text(header, "\n# TYPE ");
	buffer_append(header, metric->name.data, metric->name.length);
	buffer_append_text(header, " ");
	buffer_append_text(header, type);
	buffer_append_text(header, "\n");
	return metric;
}

static int field_add(struct metric_list *list, size_t family, const struct family_field *field,
		     struct error *error)
{
	const struct family *owner = list->families[family];
	const char *type = field_type(field);
	struct metric *metric = metric_find(list, field->metric);
	struct metric_source *source;

	if (!type || !field->help)
		return error_set(error, EINVAL, "family %s, field %s: %s", owner->name, field->name,
				 type ? "a metric without help" : "this kind can't be a metric");
	if (field->kind == FIELD_HISTOGRAM &&
	    (owner->n_keys == 0 || owner->keys[owner->n_keys - 1].kind != KEY_BUCKET))
		return error_set(error, EINVAL,
				 "family %s, field %s: a histogram, but the last key is no bucket",
				 owner->name, field->name);
	if (metric && strcmp(metric->type, type) != 0)
		return error_set(error, EINVAL, "family %s, field %s: metric %s is %s and %s",
				 owner->name, field->name, field->metric, metric->type, type);
	if (!metric)
		metric = metric_add(list, field, type);
	if (metric->header.failed || metric->name.failed)
		return error_set(error, ENOMEM, "metric %s: out of memory", field->metric);

	source = &list->sources[list->n_sources++];
	*source = (struct metric_source){.family = family, .field = field};
	*metric->end = source;
	metric->end = &source->next;
	list->has_source[family] = true;
	return 0;
}

int metric_list_create(struct metric_list *list, const struct family *const *families,
		       size_t n_families, struct error *error)
{
	size_t most = 1;
	int result = -ENOMEM;

	list->families = families;
	list->n_families = n_families;
	for (size_t i = 0; i < n_families; i++)
		most += families[i]->n_fields;
	list->metrics = calloc(most, sizeof(*list->metrics));
	list->sources = calloc(most, sizeof(*list->sources));
	if (!list->metrics || !list->sources) {
		error_set(error, ENOMEM, "list of metrics: out of memory");
		goto failed;
	}
	for (size_t i = 0; i < n_families; i++)
		for (size_t j = 0; j < families[i]->n_fields; j++) {
			const struct family_field *field = &families[i]->fields[j];

			if (!field_is_shown(field))
				continue;
			result = field_add(list, i, field, error);
			if (result < 0)
				goto failed;
		}
	return 0;
failed:
	metric_list_destroy(list);
	return result;
}

void metric_list_destroy(struct metric_list *list)
{
	for (size_t i = 0; i < list->n_metrics; i++) {
		buffer_free(&list->metrics[i].header);
		buffer_free(&list->metrics[i].name);
	}
	free(list->metrics);
	free(list->sources);
	*list = (struct metric_list){0};
}
