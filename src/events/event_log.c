/* Events as debug lines. The ring has no wake-up, so that the worker makes no system call: it is
 * looked at ten times a second. */
#include "events/event_log.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "decode/packet.h"

#define INTERVAL_NS (100 * 1000 * 1000L)

struct event_log {
	pthread_t thread;
	struct event_ring *ring;
	atomic_bool stopping;
};

static void log_event(const struct event *event)
{
	char initiator[IP_ADDRESS_TEXT], responder[IP_ADDRESS_TEXT];

	log_debug(
		"flow",
		"%s %s %s port %u to %s port %u: %" PRIu64 " packets, %" PRIu64
		" bytes, back %" PRIu64 " packets, %" PRIu64 " bytes",
		protocol_name(event->protocol), event_kind_name(event->kind),
		ip_address_format(initiator, event->version, event->addresses[0]), event->ports[0],
		ip_address_format(responder, event->version, event->addresses[1]), event->ports[1],
		event->packets[0], event->bytes[0], event->packets[1], event->bytes[1]);
}

static void *event_log_run(void *context)
{
	static const struct timespec interval = {.tv_nsec = INTERVAL_NS};
	struct event_log *log = context;
	uint64_t dropped = 0;
	struct event event;
	bool stopping;

	do {
		stopping = atomic_load(&log->stopping);
		while (event_ring_take(log->ring, &event))
			log_event(&event);
		if (event_ring_dropped(log->ring) > dropped) {
			dropped = event_ring_dropped(log->ring);
			log_warn("flow", "%" PRIu64 " events so far did not fit and are not shown",
				 dropped);
		}
		if (!stopping)
			nanosleep(&interval, NULL);
	} while (!stopping);
	return NULL;
}

struct event_log *event_log_start(struct event_ring *ring, struct error *error)
{
	struct event_log *log = calloc(1, sizeof(*log));
	int rc;

	if (!log) {
		error_set(error, ENOMEM, "event log: no memory");
		return NULL;
	}
	log->ring = ring;
	rc = pthread_create(&log->thread, NULL, event_log_run, log);
	if (rc != 0) {
		error_set(error, rc, "event log: cannot start a thread: %s", strerror(rc));
		free(log);
		return NULL;
	}
	return log;
}

void event_log_stop(struct event_log *log)
{
	if (!log)
		return;
	atomic_store(&log->stopping, true);
	pthread_join(log->thread, NULL);
	free(log);
}
