/*
 * A row as a JSON object, by its family's description alone: its keys and fields by name. Numbers are
 * exact, times are RFC 3339 in UTC, durations seconds. For the API and for the event log.
 */
#ifndef IPTALLY_SNAPSHOT_JSON_ROW_H
#define IPTALLY_SNAPSHOT_JSON_ROW_H

#include <json-c/json.h>

#include "base/buffer.h"
#include "snapshot/snapshot.h"

/* NULL where memory is short, here and below. Snapshot: where the row is from, for the names of
 * interfaces among its keys, and of addresses. */
struct json_object *json_new_row(const struct snapshot *snapshot, const struct family *family,
				 const void *row);

struct json_object *json_new_time(struct wall_time time);
struct json_object *json_new_seconds(uint64_t ns);

/* Appends an object on one line and frees it; NULL fails the buffer. */
void json_append(struct buffer *out, struct json_object *object);

#endif
