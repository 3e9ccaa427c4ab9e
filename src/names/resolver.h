/* The thread that asks name servers, through c-ares. Built without it, there is none. */
#ifndef IPTALLY_NAMES_RESOLVER_H
#define IPTALLY_NAMES_RESOLVER_H

#include "base/error.h"
#include "names/names.h"

struct resolver;

/*
 * Checks the servers. *resolver stays NULL where none is to be asked (NAMES_NONE, or built without
 * c-ares). Returns 0, or a negative errno with *error filled.
 */
int resolver_create(struct resolver **resolver, struct names *names,
		    const struct names_options *options, struct error *error);
int resolver_start(struct resolver *resolver, struct error *error);

/* Ends the thread, whatever waits for an answer. NULL: nothing to do. */
void resolver_destroy(struct resolver *resolver);

#endif
