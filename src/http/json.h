/* Families as JSON, by their description alone: an object for each row (snapshot/json_row.h). */
#ifndef IPTALLY_HTTP_JSON_H
#define IPTALLY_HTTP_JSON_H

#include <stdbool.h>

#include "base/buffer.h"
#include "snapshot/snapshot.h"

/* No answer has more rows; it says so then. */
#define JSON_ROWS_MAX 10000

/* Whether anything of a family is shown in JSON. */
bool json_shows(const struct family *family);

/* {"family", "taken", "snapshot", "total", "truncated", "rows": [...]}. Check out->failed. */
void json_render_family(const struct snapshot *snapshot, const struct snapshot_rows *rows,
			struct buffer *out);

/* What there is to ask for, below this prefix: a list of names, paths and help texts. */
void json_render_index(const struct snapshot *snapshot, const char *prefix, struct buffer *out);

#endif
