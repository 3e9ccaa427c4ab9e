/*
 * Labels of the exposition formats: keys of a row and constant ones, between one pair of braces,
 * escaped so that no name from outside can break a line.
 */
#ifndef IPTALLY_HTTP_LABEL_H
#define IPTALLY_HTTP_LABEL_H

#include <stdbool.h>

#include "base/buffer.h"
#include "family/family.h"
#include "snapshot/snapshot.h"

/* The labels of one sample while they are written. Starts as {.out = buffer}. */
struct label_set {
	struct buffer *out;
	bool is_open; /* the brace is written */
};

/*
 * Appends label="value" with backslash, quote and newline escaped; bytes that are no UTF-8, for
 * which a server would refuse the whole scrape, show as U+FFFD.
 */
void label_append(struct label_set *labels, const char *label, const char *value);

/* The same in two halves, for a value that the caller appends and that needs no escapes. */
void label_begin(struct label_set *labels, const char *label);
void label_end(struct label_set *labels);

/* Appends labels that are in exposition form already ("port=\"other\""); NULL: none. */
void label_append_constant(struct label_set *labels, const char *text);

/* Appends those keys of a row that have a label, in their order. */
void label_append_keys(struct label_set *labels, const struct snapshot *snapshot,
		       const struct family *family, const void *row);

/* Closes the braces, where there are any, and appends the space before the value. */
void label_close(struct label_set *labels);

#endif
