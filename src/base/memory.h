/*
 * The memory ledger: every large block is mapped at start, under a name, and listed.
 * Nothing on the packet path allocates.
 */
#ifndef IPTALLY_BASE_MEMORY_H
#define IPTALLY_BASE_MEMORY_H

#include <stddef.h>

#include "base/error.h"

/* Each capture worker has about twenty. */
#define LEDGER_ENTRIES 1024

struct ledger {
	struct ledger_entry {
		const char *name;
		size_t bytes;
		void *address; /* NULL: told to the ledger, owned by somebody else */
	} entries[LEDGER_ENTRIES];
	size_t n;
};

/*
 * Maps zeroed memory, in huge pages where the system gives them. The name must outlive the ledger.
 * Returns NULL and fills *error where the machine cannot give it. Freed by ledger_release().
 */
void *ledger_map(struct ledger *ledger, const char *name, size_t bytes, struct error *error);

/* Lists memory that somebody else owns (capture rings, a library's). */
void ledger_note(struct ledger *ledger, const char *name, size_t bytes);

/* Of all blocks that have the name of the i-th; 0: an earlier one has it. */
size_t ledger_bytes_of_name(const struct ledger *ledger, size_t i);

size_t ledger_total(const struct ledger *ledger);

/* Unmaps everything the ledger mapped. */
void ledger_release(struct ledger *ledger);

#endif
