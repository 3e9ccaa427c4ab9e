/*
 * Who is connected, since when, and until when: a client must finish its next request within the
 * deadline, however little it sends at a time. (The library's own time-out is for idleness: one
 * byte a second outlives it.) For the HTTP thread alone.
 */
#ifndef IPTALLY_HTTP_CONNECTIONS_H
#define IPTALLY_HTTP_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "base/clock.h"

struct connection {
	int fd; /* the library's */
	uint64_t client;
	struct monotonic_time deadline;
	TAILQ_ENTRY(connection) link;
};

struct connections {
	TAILQ_HEAD(connection_list, connection) list; /* earliest deadline first */
	unsigned n;
	int64_t deadline_ns;
};

void connections_init(struct connections *connections, int64_t deadline_ns);

/* Returns NULL where memory is short. */
struct connection *connections_add(struct connections *connections, int fd,
				   const struct sockaddr *client);
void connections_remove(struct connections *connections, struct connection *connection);

/* A request is answered: the deadline starts anew for the next one. */
void connections_restart(struct connections *connections, struct connection *connection);

/* Whether this client or all clients together hold more connections than are served. */
bool connections_is_crowded(const struct connections *connections,
			    const struct connection *connection);

/* Shuts down what is over its deadline; the library then sees the end and closes. */
void connections_expire(struct connections *connections, struct monotonic_time now);

/* Milliseconds until connections_expire() has work, or -1. */
int connections_timeout_ms(const struct connections *connections, struct monotonic_time now);

#endif
