/*
 * Three clocks that must not be mixed, so three types, each in nanoseconds:
 * packet time (what the capture says), monotonic time (ageing, durations), wall time (display).
 */
#ifndef IPTALLY_BASE_CLOCK_H
#define IPTALLY_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_SECOND 1000000000LL

struct packet_time {
	int64_t ns; /* since 1970, UTC */
};

struct monotonic_time {
	int64_t ns; /* since some unspecified start */
};

struct wall_time {
	int64_t ns; /* since 1970, UTC; may jump */
};

static inline struct monotonic_time monotonic_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (struct monotonic_time){now.tv_sec * NS_PER_SECOND + now.tv_nsec};
}

static inline struct wall_time wall_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (struct wall_time){now.tv_sec * NS_PER_SECOND + now.tv_nsec};
}

#endif
