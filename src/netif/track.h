/*
 * What is known of one watched interface over time: the state machine absent -> down -> up, the
 * generation, and the kernel's counters as deltas. Pure: the caller brings links and the time.
 */
#ifndef IPTALLY_NETIF_TRACK_H
#define IPTALLY_NETIF_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "netif/link.h"

enum netif_state {
	NETIF_ABSENT, /* not there: not yet, or not any more */
	NETIF_DOWN,   /* there, administratively down */
	NETIF_UP,     /* administratively up; whether it can carry traffic is status.link.running */
};

struct netif_status {
	struct link link; /* as last seen; link.counters are the kernel's raw ones */
	enum netif_state state;
	/* 1 at first, one more each time the interface came back, as this ifindex or as another. */
	uint32_t generation;
	uint64_t speed_bytes;           /* a second; 0 where unknown */
	struct link_counters counters;  /* since the watch began; they never fall */
	struct monotonic_time since;    /* when the counters began at 0 */
	struct monotonic_time changed;  /* when the state was entered */
	struct monotonic_time measured; /* when the kernel was asked for the counters */
};

enum netif_event_kind {
	NETIF_LOST,     /* it is gone; handles on it are dead */
	NETIF_RETURNED, /* a new interface has the lost one's name; it counts as down until WENT_UP */
	NETIF_WENT_UP,   /* administratively; a capture handle goes on by itself or is reopened */
	NETIF_WENT_DOWN, /* administratively */
	NETIF_RENAMED,   /* the same interface, counters go on */
};

struct netif_event {
	enum netif_event_kind kind;
	uint32_t ifindex;          /* of the interface now */
	uint32_t previous_ifindex; /* RETURNED: the lost one's, 0 if it was never there */
	uint32_t generation;
	char name[LINK_NAME_TEXT];
	char previous_name[LINK_NAME_TEXT]; /* RENAMED */
};

/* The most events that one call below can give. */
#define TRACK_EVENTS_MAX 3

/* Begins to watch a link that is there: counters at 0, no events. */
void track_start(struct netif_status *status, const struct link *link, struct monotonic_time now);

/* Begins to wait for a name that is not there. */
void track_await(struct netif_status *status, const char *name, struct monotonic_time now);

/*
 * The kernel's answer about the interface of this status. An absent one returns under the same
 * ifindex: its counters go on. Fills events and returns their number.
 */
size_t track_update(struct netif_status *status, const struct link *link, struct monotonic_time now,
		    struct netif_event events[TRACK_EVENTS_MAX]);

/*
 * A lost interface's name has come back as a link with another ifindex: *status becomes the new
 * interface, from zero, a generation after *lost. The two may be the same struct.
 */
size_t track_return(struct netif_status *status, const struct netif_status *lost,
		    const struct link *link, struct monotonic_time now,
		    struct netif_event events[TRACK_EVENTS_MAX]);

/* The kernel's last word on an interface that goes away: what passed since it was last asked. */
void track_last_counters(struct netif_status *status, const struct link *link);

/* It went down or away, by the kernel's own news. Nothing where that is known already. */
size_t track_down(struct netif_status *status, struct monotonic_time now,
		  struct netif_event events[TRACK_EVENTS_MAX]);
size_t track_lost(struct netif_status *status, struct monotonic_time now,
		  struct netif_event events[TRACK_EVENTS_MAX]);

#endif
