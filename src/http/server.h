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
 * Binds all listeners: what needs a privilege has happened when it returns. From then on clients
 * queue. NULL with *error filled: it names the address and the mend. The options themselves are
 * copied.
 */
struct http *http_prepare(const struct http_options *options, struct error *error);

/*
 * Starts the thread, which has the caller's credentials: call it after they are dropped. All
 * signals are blocked in it. Returns 0, or a negative errno with *error filled. NULL: does nothing.
 */
int http_start(struct http *http, struct error *error);

/* Stops the thread, if any, and cuts what is connected; waits for no client. NULL: does nothing. */
void http_stop(struct http *http);

#endif
