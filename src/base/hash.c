/* The seed of the hash. */
#include "base/hash.h"

#include <sys/random.h>

#include "base/clock.h"

uint64_t hash_seed(void)
{
	uint64_t seed;

	/* Early in boot the source may not be ready: the clock is a worse seed, but a seed. */
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uint64_t)monotonic_now().ns * 0x9e3779b97f4a7c15ULL;
	return seed;
}
