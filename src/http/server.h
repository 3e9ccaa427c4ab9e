/*
 * The HTTP server: all listeners in one thread of its own, which sleeps while nobody asks. It
 * survives clients that are slow, silent or many, and never touches the packet path but through
 * snapshot_get().
 */
#ifndef IPTALLY_HTTP_SERVER_H
#define IPTALLY_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct snapshot_store;

/* The strings and the store must last until http_stop(). */
struct http_options {
	const char *const *addresses; /* "HOST:PORT", "[V6]:PORT", ":PORT" */
	size_t n_addresses;
	const char *telemetry_path; /* "/metrics" */
	struct snapshot_store *store;
	bool (*is_ready)(void *ready_context); /* called in the HTTP thread; NULL: always */
	void *ready_context;
	const char *version;
	int64_t request_deadline_ns; /* from connect or last answer to the next one; 0: 30 s */
};

struct http;

/*
 * Binds all listeners and starts the thread; all that needs a privilege has happened when it
 * returns. NULL with *error filled: it names the address and the mend. The options themselves are
 * copied. All signals are blocked in the thread.
 */
struct http *http_start(const struct http_options *options, struct error *error);

/* Stops the thread and cuts what is connected; waits for no client. NULL is nothing to do. */
void http_stop(struct http *http);

#endif
