/* A histogram of durations with the bounds that lock times need (budgets: 10 and 25 ms). */
#ifndef IPTALLY_BASE_HISTOGRAM_H
#define IPTALLY_BASE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS 4

struct histogram {
	uint64_t counts[HISTOGRAM_BUCKETS]; /* not cumulative */
	uint64_t sums_ns[HISTOGRAM_BUCKETS];
};

/* Upper bounds in nanoseconds; the last is UINT32_MAX and stands for infinity. */
static const uint32_t histogram_bounds_ns[HISTOGRAM_BUCKETS] = {
	1000000,
	10000000,
	25000000,
	UINT32_MAX,
};

static inline void histogram_add(struct histogram *histogram, int64_t ns)
{
	int i = 0;

	while (i < HISTOGRAM_BUCKETS - 1 && ns > (int64_t)histogram_bounds_ns[i])
		i++;
	histogram->counts[i]++;
	histogram->sums_ns[i] += (uint64_t)ns;
}

/* What the snapshot's lock cost, written by the one who takes snapshots. */
struct lock_statistics {
	struct histogram held;
	struct histogram waited;
};

#endif
