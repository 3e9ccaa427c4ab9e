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

const char *const knock_outcome_names[] = {
	[KNOCK_NO_ANSWER] = "no_answer", [KNOCK_REFUSED] = "refused",
	[KNOCK_ANSWERED] = "answered",   [KNOCK_ESTABLISHED] = "established",
	[KNOCK_OUTCOMES] = NULL,
};

const char *event_kind_name(enum event_kind kind)
{
	static const char *const names[EVENT_KINDS] = {
		[EVENT_FLOW_BEGUN] = "begun",
		[EVENT_FLOW_ESTABLISHED] = "established",
		[EVENT_FLOW_REFUSED] = "refused",
		[EVENT_FLOW_RESET] = "reset",
		[EVENT_FLOW_CLOSED] = "closed",
		[EVENT_FLOW_TIMED_OUT] = "timed out",
		[EVENT_FLOW_ENDED] = "ended",
		[EVENT_FLOW_EVICTED] = "evicted",
		[EVENT_KNOCK] = "knock",
		[EVENT_PROBE_BEGUN] = "probe begun",
		[EVENT_PROBE_ENDED] = "probe ended",
		[EVENT_FLOOD_BEGUN] = "flood begun",
		[EVENT_FLOOD_ENDED] = "flood ended",
		[EVENT_INTERFACE_OPENED] = "interface opened",
		[EVENT_INTERFACE_LOST] = "interface lost",
		[EVENT_CAPTURE_DROPPING] = "capture dropping",
		[EVENT_CAPTURE_RECOVERED] = "capture recovered",
	};

	return names[kind];
}
