/* What the families know of the agent that show nothing of its traffic, or what is read
 * without its lock: self.c, lock.c, name.c, event.c. */
#ifndef IPTALLY_FAMILY_SELF_STATE_H
#define IPTALLY_FAMILY_SELF_STATE_H

#include "base/clock.h"

struct event_board;
struct event_ring;
struct lock_statistics;
struct names;

struct self_state {
	struct wall_time started;
	const struct lock_statistics *lock;
	struct names *names;
	struct event_board *board; /* NULL, and so is the next: nobody reads events */
	const struct event_ring *events;
};

#endif
