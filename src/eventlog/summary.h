/*
 * Summaries: what was counted since the last one, by interface, and the largest ports, hosts and
 * conversations. Which families are in them, the families say.
 */
#ifndef IPTALLY_EVENTLOG_SUMMARY_H
#define IPTALLY_EVENTLOG_SUMMARY_H

#include <stdbool.h>

#include "base/buffer.h"
#include "snapshot/snapshot.h"

/* Rows that are told of each family, an interface. */
#define SUMMARY_ROWS 5

/*
 * Appends one line for each interface and family that had traffic, or one that says that there was
 * none; as JSON one for each family. Before: NULL where counting began at zero. Duration 0: unknown,
 * which it is of a file.
 */
void summary_append(struct buffer *out, const struct snapshot *before, const struct snapshot *now,
		    int64_t duration_ns, bool is_json);

#endif
