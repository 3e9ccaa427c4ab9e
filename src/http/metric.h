/*
 * The list of metrics: what the descriptions of families say, turned round. A family names
 * fields; here each metric, in the order in which it is named first, knows the fields that give it
 * samples, of whichever families.
 */
#ifndef IPTALLY_HTTP_METRIC_H
#define IPTALLY_HTTP_METRIC_H

#include "base/buffer.h"
#include "base/error.h"
#include "family/family_table.h"

/* One field of one family that gives samples to a metric. */
struct metric_source {
	size_t family; /* row of the table of families, and of a snapshot */
	const struct family_field *field;
	struct metric_source *next;
};

struct metric {
	const char *metric;   /* as the descriptions say it: what sources are matched by */
	const char *type;     /* of the TYPE line */
	struct buffer header; /* HELP and TYPE lines */
	struct buffer name;   /* with "_total" where it belongs */
	struct metric_source *first;
	struct metric_source **end;
};

struct metric_list {
	const struct family *const *families;
	size_t n_families;
	struct metric *metrics;
	size_t n_metrics;
	struct metric_source *sources;
	size_t n_sources;
	bool has_source[FAMILIES_MAX]; /* by row of families */
};

/*
 * Fills a zeroed list from a table of families, which must outlive it. Returns 0, or a negative errno
 * with *error filled: memory is short, or a description cannot be shown (a kind that is no number, two
 * types under one name).
 */
int metric_list_create(struct metric_list *list, const struct family *const *families,
		       size_t n_families, struct error *error);
void metric_list_destroy(struct metric_list *list);

#endif
