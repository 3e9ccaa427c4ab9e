/* The state of a family that keeps one struct of counters for each interface slot. */
#ifndef IPTALLY_FAMILY_PER_INTERFACE_H
#define IPTALLY_FAMILY_PER_INTERFACE_H

#include <stddef.h>
#include <stdint.h>

#include "family/context.h"
#include "tally/tally.h"

struct per_interface {
	const struct tally *tally;
	const struct tally *const *tallies; /* whose flows a shared family shows: of all workers */
	size_t n_tallies;
	uint8_t *counters;
	size_t size; /* of one interface's counters */
	enum privacy privacy;
};

/* Free with free(): the counters are the ledger's, under this name. NULL with *error filled. */
struct per_interface *per_interface_create(const struct family_context *context, const char *name,
					   size_t size, struct error *error);

/* Zeroes a slot: the `forget_interface` of such families. */
void per_interface_forget(void *state, uint16_t interface);

static inline void *per_interface_at(const struct per_interface *state, uint32_t slot)
{
	return state->counters + slot * state->size;
}

/* The first slot in use at or after this one, or TABLE_NONE: to walk over all interfaces. */
static inline uint32_t per_interface_from(const struct per_interface *state, uint32_t slot)
{
	while (slot < state->tally->n_interfaces && !state->tally->interfaces[slot].in_use)
		slot++;
	return slot < state->tally->n_interfaces ? slot : TABLE_NONE;
}

/* Walks over the slots of all interfaces: a for loop that declares `slot`. */
#define PER_INTERFACE_EACH(state, slot)                                                            \
	for (uint32_t slot = per_interface_from(state, 0); slot != TABLE_NONE;                     \
	     slot = per_interface_from(state, slot + 1))

#endif
