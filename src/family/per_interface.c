/* One struct of counters for each interface slot. */
#include "family/per_interface.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct per_interface *per_interface_create(const struct family_context *context, const char *name,
					   size_t size, struct error *error)
{
	struct per_interface *state = calloc(1, sizeof(*state));

	if (!state) {
		error_set(error, ENOMEM, "%s: no memory", name);
		return NULL;
	}
	state->tally = context->tally;
	state->tallies = context->tallies ? context->tallies : &state->tally;
	state->n_tallies = context->tallies ? context->n_tallies : 1;
	state->size = size;
	state->privacy = context->options->privacy;
	state->counters = ledger_map(context->ledger, name, context->max_interfaces * size, error);
	if (!state->counters) {
		free(state);
		return NULL;
	}
	return state;
}

void per_interface_forget(void *opaque, uint16_t interface)
{
	const struct per_interface *state = opaque;

	memset(per_interface_at(state, interface), 0, state->size);
}
