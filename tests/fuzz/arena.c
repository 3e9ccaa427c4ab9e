/*
 * The memory of fuzzers, in the place of base/memory.c and base/hash.c: each input finds all tables
 * zeroed without a system call, AddressSanitizer sees where a block ends, and hashes are the same in
 * every run.
 */
#include "base/hash.h"
#include "base/memory.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>

/* Freed memory is kept from use for long enough, and not until it has left the cache. */
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=2";
}
#else
#define ASAN_POISON_MEMORY_REGION(address, size)   ((void)0)
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)0)
#endif

#define ARENA_BYTES ((size_t)4 << 20)
#define ALIGNMENT   64  /* a cache line, which some blocks ask for */
#define APART_BYTES 256 /* nothing may be touched there */

/* A fuzzer's entry has no context to keep it in. */
static _Alignas(ALIGNMENT) uint8_t arena[ARENA_BYTES];

void *ledger_map(struct ledger *ledger, const char *name, size_t bytes, struct error *error)
{
	size_t begin = APART_BYTES;
	uint8_t *address;

	if (ledger->n) {
		const struct ledger_entry *last = &ledger->entries[ledger->n - 1];

		begin = (size_t)((uint8_t *)last->address - arena) + last->bytes + APART_BYTES;
		begin = (begin + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	}
	if (ledger->n == LEDGER_ENTRIES || begin > ARENA_BYTES || bytes > ARENA_BYTES - begin) {
		error_set(error, ENOMEM, "%s: the fuzzer's arena is too small", name);
		return NULL;
	}
	address = arena + begin;
	ASAN_UNPOISON_MEMORY_REGION(address, bytes);
	memset(address, 0, bytes);
	ledger->entries[ledger->n++] = (struct ledger_entry){name, bytes, address};
	return address;
}

void ledger_note(struct ledger *ledger, const char *name, size_t bytes)
{
	(void)ledger;
	(void)name;
	(void)bytes;
}

size_t ledger_total(const struct ledger *ledger)
{
	size_t total = 0;

	for (size_t i = 0; i < ledger->n; i++)
		total += ledger->entries[i].bytes;
	return total;
}

void ledger_release(struct ledger *ledger)
{
	ledger->n = 0;
	ASAN_POISON_MEMORY_REGION(arena, sizeof(arena));
}

uint64_t hash_seed(void)
{
	return 1;
}
