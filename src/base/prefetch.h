/* Asks for memory that is about to be written, while other work goes on. */
#ifndef IPTALLY_BASE_PREFETCH_H
#define IPTALLY_BASE_PREFETCH_H

#include <stddef.h>
#include <stdint.h>

#define CACHE_LINE 64

static inline void prefetch_line(const void *address)
{
	__builtin_prefetch(address, 1);
	/* Without an effect that it can see, GCC leaves out calls of what does nothing but fetch. */
	__asm__ volatile("" : : "r"(address));
}

/* All lines of these bytes, of which there is one at least. */
static inline void prefetch_bytes(const void *address, size_t n)
{
	const uint8_t *bytes = address;

	for (size_t at = 0; at < n; at += CACHE_LINE)
		prefetch_line(bytes + at);
	prefetch_line(bytes + n - 1);
}

#endif
