/* A seeded hash of keys: whoever does not know the seed cannot aim at one bucket. */
#ifndef IPTALLY_BASE_HASH_H
#define IPTALLY_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* A seed from the system's random source. */
uint64_t hash_seed(void);

static inline uint32_t hash_key(const void *key, size_t size, uint64_t seed)
{
	return (uint32_t)XXH3_64bits_withSeed(key, size, seed);
}

#endif
