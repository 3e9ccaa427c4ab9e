/*
 * The bounded ring from the workers to one reader of events. Events are what is shed first: a full
 * ring counts what it drops and never blocks a worker.
 */
#ifndef IPTALLY_EVENTS_EVENT_RING_H
#define IPTALLY_EVENTS_EVENT_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"
#include "events/event.h"

struct event_ring;

/* Capacity: a power of two. The memory is the ledger's. NULL and *error where it can't be had. */
struct event_ring *event_ring_create(struct ledger *ledger, uint32_t capacity, struct error *error);

/* Any worker. Returns false, and counts it, where the ring is full. */
bool event_ring_put(struct event_ring *ring, const struct event *event);

/* Reader only. Returns false where the ring is empty. */
bool event_ring_take(struct event_ring *ring, struct event *event);

/* Any thread, here and below. */
uint64_t event_ring_dropped(const struct event_ring *ring);
uint32_t event_ring_used(const struct event_ring *ring);
uint32_t event_ring_capacity(const struct event_ring *ring);

#endif
