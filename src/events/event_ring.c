/* A single-producer, single-consumer ring: two counters that only grow, and no lock. */
#include "events/event_ring.h"

#include <stdatomic.h>

#include "events/event.h"

struct event_ring {
	uint32_t mask;
	_Alignas(64) atomic_uint_fast64_t head; /* events put, the worker's */
	atomic_uint_fast64_t dropped;
	_Alignas(64) atomic_uint_fast64_t tail; /* events taken, the reader's */
	struct event events[];
};

struct event_ring *event_ring_create(struct ledger *ledger, uint32_t capacity, struct error *error)
{
	struct event_ring *ring = ledger_map(
		ledger, "event ring", sizeof(*ring) + capacity * sizeof(struct event), error);

	if (ring)
		ring->mask = capacity - 1;
	return ring;
}

bool event_ring_put(struct event_ring *ring, const struct event *event)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	if (head - atomic_load_explicit(&ring->tail, memory_order_acquire) > ring->mask) {
		atomic_fetch_add_explicit(&ring->dropped, 1, memory_order_relaxed);
		return false;
	}
	ring->events[head & ring->mask] = *event;
	atomic_store_explicit(&ring->head, head + 1, memory_order_release);
	return true;
}

bool event_ring_take(struct event_ring *ring, struct event *event)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	if (tail == atomic_load_explicit(&ring->head, memory_order_acquire))
		return false;
	*event = ring->events[tail & ring->mask];
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
