/*
 * Whom a full table lets in. In a flood each key comes once: to give up a row for each of them would
 * turn the table over for nothing. So beyond so many a second only who comes again soon is let in, and
 * one in so many of the others, lest who is slow never is.
 */
#ifndef IPTALLY_BASE_CROWD_H
#define IPTALLY_BASE_CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define CROWD_REMEMBERED 4096
#define CROWD_A_SECOND   1024
#define CROWD_A_PLACE    16

struct crowd {
	int64_t second;                         /* of the ageing clock */
	uint32_t n;                             /* who came in it */
	uint32_t turned_away[CROWD_REMEMBERED]; /* hashes, the latest in each place */
};

enum crowd_verdict { CROWD_TURNED_AWAY, CROWD_LET_IN, CROWD_CAME_AGAIN };

/* A key with this hash has come to a full table. Came again: was turned away lately, and is let in. */
static inline enum crowd_verdict crowd_judge(struct crowd *crowd, uint32_t hash, int64_t now_ns)
{
	uint32_t *turned_away = &crowd->turned_away[hash % CROWD_REMEMBERED];

	if (now_ns / NS_PER_SECOND != crowd->second) {
		crowd->second = now_ns / NS_PER_SECOND;
		crowd->n = 0;
	}
	if (*turned_away == hash)
		return CROWD_CAME_AGAIN;
	crowd->n++;
	if (crowd->n <= CROWD_A_SECOND || crowd->n % CROWD_A_PLACE == 0)
		return CROWD_LET_IN;
	*turned_away = hash;
	return CROWD_TURNED_AWAY;
}

#endif
