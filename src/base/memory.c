/* The memory ledger. */
#include "base/memory.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

/* Of smaller tables huge pages would mostly be memory that is never used. */
#define HUGE_PAGES_FROM ((size_t)8 << 20)

static int ledger_add(struct ledger *ledger, const char *name, size_t bytes, void *address,
		      struct error *error)
{
	if (ledger->n == LEDGER_ENTRIES)
		return error_set(error, ENOSPC, "memory ledger: no row left for %s", name);
	ledger->entries[ledger->n++] = (struct ledger_entry){name, bytes, address};
	return 0;
}

void *ledger_map(struct ledger *ledger, const char *name, size_t bytes, struct error *error)
{
	void *address =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (address == MAP_FAILED) {
		error_set(error, errno, "%s: cannot map %zu bytes: %s; choose a smaller capacity",
			  name, bytes, strerror(errno));
		return NULL;
	}
	/* A table that is probed at random lives from few TLB entries; a refusal costs speed only. */
	if (bytes >= HUGE_PAGES_FROM)
		madvise(address, bytes, MADV_HUGEPAGE);
	if (ledger_add(ledger, name, bytes, address, error) < 0) {
		munmap(address, bytes);
		return NULL;
	}
	return address;
}

void ledger_note(struct ledger *ledger, const char *name, size_t bytes)
{
	ledger_add(ledger, name, bytes, NULL, NULL);
}

size_t ledger_bytes_of_name(const struct ledger *ledger, size_t i)
{
	const char *name = ledger->entries[i].name;
	size_t bytes = 0;

	for (size_t j = 0; j < ledger->n; j++) {
		if (strcmp(ledger->entries[j].name, name) != 0)
			continue;
		if (j < i)
			return 0;
		bytes += ledger->entries[j].bytes;
	}
	return bytes;
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
	for (size_t i = 0; i < ledger->n; i++)
		if (ledger->entries[i].address)
			munmap(ledger->entries[i].address, ledger->entries[i].bytes);
	ledger->n = 0;
}
