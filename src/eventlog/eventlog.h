/*
 * The one reader of the ring of events: it keeps the latest for those who ask, shows them in the
 * debug log, and writes them to the event log, in a thread of its own.
 */
#ifndef IPTALLY_EVENTLOG_EVENTLOG_H
#define IPTALLY_EVENTLOG_EVENTLOG_H

#include "base/error.h"
#include "base/privacy.h"
#include "events/event_board.h"
#include "events/event_ring.h"
#include "snapshot/snapshot.h"

struct eventlog;

struct eventlog_options {
	struct event_ring *ring; /* these three must outlive it */
	struct event_board *board;
	struct snapshot_store *store;
	struct names *names; /* must outlive it, too; NULL: there are none */
	enum privacy privacy;
	const char *path; /* of the event log; "-": standard output; NULL: there is none */
	const char *user; /* whom the agent becomes */
	bool is_json;
	bool from_file;      /* waits for a slow reader of the log, and so does the capture file */
	uint32_t interval_s; /* between summaries; 0: none */
	uint64_t max_bytes;  /* of the log's file; 0: no bound */
};

/* Opens the log, before privileges are dropped. NULL with *error filled. */
struct eventlog *eventlog_prepare(const struct eventlog_options *options, struct error *error);

int eventlog_start(struct eventlog *eventlog, struct error *error);

/* For logrotate: has the log's file opened again. */
void eventlog_reopen(struct eventlog *eventlog);

/*
 * Writes what the ring still holds, waiting for a slow reader of the log this long at most, and ends
 * the thread. Returns how many lines were lost. NULL: nothing to do.
 */
uint64_t eventlog_stop(struct eventlog *eventlog, int64_t patience_ns);

#endif
