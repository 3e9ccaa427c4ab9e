/* One watched interface over time. */
#include "netif/track.h"

#include <stdio.h>
#include <string.h>

static void enter(struct netif_status *status, enum netif_state state, struct monotonic_time now)
{
	status->state = state;
	status->changed = now;
}

static void add_event(struct netif_event *events, size_t *n, enum netif_event_kind kind,
		      const struct netif_status *status)
{
	struct netif_event *event = &events[(*n)++];

	*event = (struct netif_event){
		.kind = kind,
		.ifindex = status->link.ifindex,
		.generation = status->generation,
	};
	memcpy(event->name, status->link.name, sizeof(event->name));
}

void track_start(struct netif_status *status, const struct link *link, struct monotonic_time now)
{
	*status = (struct netif_status){
		.link = *link,
		.generation = 1,
		.since = now,
		.measured = now,
	};
	enter(status, link->up ? NETIF_UP : NETIF_DOWN, now);
}

void track_await(struct netif_status *status, const char *name, struct monotonic_time now)
{
	*status = (struct netif_status){.since = now, .measured = now};
	snprintf(status->link.name, sizeof(status->link.name), "%s", name);
	enter(status, NETIF_ABSENT, now);
}

/*
 * A counter that went back has been reset, or has wrapped in a 32-bit driver, and nobody knows
 * how far it had come: what happened since the last look is left out, never guessed.
 */
static void add_delta(uint64_t *total, uint64_t before, uint64_t now)
{
	if (now > before)
		*total += now - before;
}

static void add_deltas(struct link_counters *total, const struct link_counters *before,
		       const struct link_counters *now)
{
	add_delta(&total->receive_packets, before->receive_packets, now->receive_packets);
	add_delta(&total->receive_bytes, before->receive_bytes, now->receive_bytes);
	add_delta(&total->receive_errors, before->receive_errors, now->receive_errors);
	add_delta(&total->receive_dropped, before->receive_dropped, now->receive_dropped);
	add_delta(&total->receive_missed, before->receive_missed, now->receive_missed);
	add_delta(&total->receive_multicast_packets, before->receive_multicast_packets,
		  now->receive_multicast_packets);
	add_delta(&total->transmit_packets, before->transmit_packets, now->transmit_packets);
	add_delta(&total->transmit_bytes, before->transmit_bytes, now->transmit_bytes);
	add_delta(&total->transmit_errors, before->transmit_errors, now->transmit_errors);
	add_delta(&total->transmit_dropped, before->transmit_dropped, now->transmit_dropped);
}

/* The administrative state of an interface that is there. */
static void follow_state(struct netif_status *status, struct monotonic_time now,
			 struct netif_event *events, size_t *n)
{
	enum netif_state state = status->link.up ? NETIF_UP : NETIF_DOWN;

	if (state == status->state)
		return;
	enter(status, state, now);
	add_event(events, n, state == NETIF_UP ? NETIF_WENT_UP : NETIF_WENT_DOWN, status);
}

static void add_return(struct netif_status *status, uint32_t previous_ifindex,
		       struct monotonic_time now, struct netif_event *events, size_t *n)
{
	status->generation++;
	enter(status, NETIF_DOWN, now);
	add_event(events, n, NETIF_RETURNED, status);
	events[*n - 1].previous_ifindex = previous_ifindex;
}

size_t track_update(struct netif_status *status, const struct link *link, struct monotonic_time now,
		    struct netif_event events[TRACK_EVENTS_MAX])
{
	const struct link before = status->link;
	size_t n = 0;

	status->link = *link;
	status->measured = now;
	if (status->state == NETIF_ABSENT) {
		/* Its counters are a new device's: what they hold already is not of this watch. */
		add_return(status, before.ifindex, now, events, &n);
	} else {
		add_deltas(&status->counters, &before.counters, &link->counters);
		if (strncmp(before.name, link->name, sizeof(before.name)) != 0) {
			add_event(events, &n, NETIF_RENAMED, status);
			memcpy(events[n - 1].previous_name, before.name, sizeof(before.name));
		}
	}
	follow_state(status, now, events, &n);
	return n;
}

size_t track_return(struct netif_status *status, const struct netif_status *lost,
		    const struct link *link, struct monotonic_time now,
		    struct netif_event events[TRACK_EVENTS_MAX])
{
	uint32_t generation = lost->generation;
	uint32_t previous_ifindex = lost->link.ifindex;
	size_t n = 0;

	track_start(status, link, now);
	status->generation = generation;
	add_return(status, previous_ifindex, now, events, &n);
	follow_state(status, now, events, &n);
	return n;
}

void track_last_counters(struct netif_status *status, const struct link *link)
{
	/* An answer may have told the loss before. An ifindex can be used again, hardly with a name. */
	if (status->state == NETIF_ABSENT && strcmp(status->link.name, link->name) != 0)
		return;
	add_deltas(&status->counters, &status->link.counters, &link->counters);
	status->link.counters = link->counters;
}

size_t track_down(struct netif_status *status, struct monotonic_time now,
		  struct netif_event events[TRACK_EVENTS_MAX])
{
	size_t n = 0;

	if (status->state == NETIF_UP) {
		status->link.up = false;
		status->link.running = false;
		follow_state(status, now, events, &n);
	}
	return n;
}

size_t track_lost(struct netif_status *status, struct monotonic_time now,
		  struct netif_event events[TRACK_EVENTS_MAX])
{
	size_t n = 0;

	if (status->state != NETIF_ABSENT) {
		status->link.up = false;
		status->link.running = false;
		enter(status, NETIF_ABSENT, now);
		add_event(events, &n, NETIF_LOST, status);
	}
	return n;
}
