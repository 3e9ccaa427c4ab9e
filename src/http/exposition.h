/*
 * A snapshot as Prometheus text 0.0.4, by the descriptions of the families alone: no code here
 * knows a family by name. Used by the HTTP server and by --once.
 */
#ifndef IPTALLY_HTTP_EXPOSITION_H
#define IPTALLY_HTTP_EXPOSITION_H

#include "base/buffer.h"
#include "base/error.h"
#include "snapshot/snapshot.h"

#define EXPOSITION_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct exposition;

/*
 * Gathers the metrics of family_table, once: one metric may take samples from several fields and
 * families. Returns NULL with *error filled where memory is short or where a description cannot be
 * shown (a kind that is no number, two kinds under one name). Freed by exposition_destroy().
 */
struct exposition *exposition_create(struct error *error);

/* The same of another table of families, which must outlive it; a snapshot's must be the same. */
struct exposition *exposition_create_of(const struct family *const *families, size_t n_families,
					struct error *error);
void exposition_destroy(struct exposition *exposition);

/*
 * Appends the text. The exposition is only read: any number of threads may render at a time.
 * Out of memory shows as out->failed.
 */
void exposition_render(const struct exposition *exposition, const struct snapshot *snapshot,
		       struct buffer *out);

#endif
