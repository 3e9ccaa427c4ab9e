/*
 * A ring for several producers and one consumer, without a lock: a producer takes the place at the
 * head, and says when what it puts there is whole (after D. Vyukov's bounded queue).
 */
#include "events/event_ring.h"

#include <stdatomic.h>

#include "events/event.h"

struct event_place {
	atomic_uint_fast64_t rounds; /* how many events were put here: the last is whole */
	struct event event;
};

struct event_ring {
	uint32_t mask, bits;
	_Alignas(64) atomic_uint_fast64_t head; /* places taken, the workers' */
	atomic_uint_fast64_t dropped;
	_Alignas(64) atomic_uint_fast64_t tail; /* events taken, the reader's */
	struct event_place places[];
};

struct event_ring *event_ring_create(struct ledger *ledger, uint32_t capacity, struct error *error)
{
	struct event_ring *ring = ledger_map(
		ledger, "event ring", sizeof(*ring) + capacity * sizeof(struct event_place), error);

	if (ring) {
		ring->mask = capacity - 1;
		ring->bits = (uint32_t)__builtin_ctz(capacity);
	}
	return ring;
}

bool event_ring_put(struct event_ring *ring, const struct event *event)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	struct event_place *place;

	do {
		/* Signed: a head that is old by now is behind the tail, and not taken below. */
		if ((int64_t)(head - atomic_load_explicit(&ring->tail, memory_order_acquire)) >
		    (int64_t)ring->mask) {
			atomic_fetch_add_explicit(&ring->dropped, 1, memory_order_relaxed);
			return false;
		}
	} while (!atomic_compare_exchange_weak_explicit(
		&ring->head, &head, head + 1, memory_order_relaxed, memory_order_relaxed));
	place = &ring->places[head & ring->mask];
	place->event = *event;
	atomic_store_explicit(&place->rounds, (head >> ring->bits) + 1, memory_order_release);
	return true;
}

bool event_ring_take(struct event_ring *ring, struct event *event)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	struct event_place *place = &ring->places[tail & ring->mask];

	if (atomic_load_explicit(&place->rounds, memory_order_acquire) != (tail >> ring->bits) + 1)
		return false;
	*event = place->event;
	atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
	return true;
}

uint64_t event_ring_dropped(const struct event_ring *ring)
{
	return atomic_load_explicit(&ring->dropped, memory_order_relaxed);
}

uint32_t event_ring_used(const struct event_ring *ring)
{
	/* The tail first: it never passes the head that is read after it. */
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
	uint64_t used = atomic_load_explicit(&ring->head, memory_order_acquire) - tail;

	return used <= ring->mask ? (uint32_t)used : ring->mask + 1;
}

uint32_t event_ring_capacity(const struct event_ring *ring)
{
	return ring->mask + 1;
}
