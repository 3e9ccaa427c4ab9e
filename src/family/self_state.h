/* What the families know of the agent that show nothing of its traffic: self.c, lock.c, name.c. */
#ifndef IPTALLY_FAMILY_SELF_STATE_H
#define IPTALLY_FAMILY_SELF_STATE_H

#include "base/clock.h"

struct lock_statistics;
struct names;

struct self_state {
	struct wall_time started;
	const struct lock_statistics *lock;
	struct names *names;
};

#endif
