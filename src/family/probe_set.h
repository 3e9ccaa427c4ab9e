/*
 * The different items that were tried lately, the latest first: so whether more than N of them are
 * within a time is told by the one at place N, and what goes when there is no room is the oldest.
 */
#ifndef IPTALLY_FAMILY_PROBE_SET_H
#define IPTALLY_FAMILY_PROBE_SET_H

#include <stdint.h>

struct probe_touch {
	uint32_t item;
	uint32_t ms; /* when it was tried last, on the ageing clock, modulo 2^32 */
};

/* Each takes a set of n items and returns how many there are then. Room: 1 at least. */
uint16_t probe_set_add(struct probe_touch *set, uint16_t n, uint16_t room, uint32_t item,
		       uint32_t ms);
uint16_t probe_set_drop(struct probe_touch *set, uint16_t n, uint32_t item);

/* Without those tried longer ago than this. */
uint16_t probe_set_trim(const struct probe_touch *set, uint16_t n, uint32_t ms, uint32_t window_ms);

#endif
