/* A reader of events that tells each flow's story in the debug log. */
#ifndef IPTALLY_EVENTS_EVENT_LOG_H
#define IPTALLY_EVENTS_EVENT_LOG_H

#include "base/error.h"
#include "events/event_ring.h"

struct event_log;

/* Starts the thread that reads the ring, which must outlive it. NULL with *error filled. */
struct event_log *event_log_start(struct event_ring *ring, struct error *error);

/* Logs what the ring still holds and ends the thread. NULL: nothing to do. */
void event_log_stop(struct event_log *log);

#endif
