/*
 * Remembers what the first fragment of a datagram said (ports, protocol), so that later ones can be
 * attributed. Bounded: 60 s (RFC 8200 4.5), then forgotten; full, and the oldest goes.
 */
#ifndef IPTALLY_TALLY_FRAGMENT_H
#define IPTALLY_TALLY_FRAGMENT_H

#include <stdint.h>

#include "base/hash.h"
#include "base/table.h"
#include "decode/packet.h"

struct fragment_table {
	struct table table;
	uint64_t seed;
	uint32_t first, last; /* in the order of their arrival, the oldest first */
	uint64_t evictions;
};

int fragment_table_create(struct fragment_table *fragments, struct ledger *ledger,
			  uint32_t capacity, struct error *error);

/*
 * A first fragment is remembered. A later one whose first was seen before it gets that one's
 * protocol and ports; another stays without ports.
 */
void fragment_resolve(struct fragment_table *fragments, struct packet *packet, int64_t now_ns);

/* Forgets some of those that are too old. */
void fragment_table_age(struct fragment_table *fragments, int64_t now_ns, uint32_t budget);

/* Forgets those of an interface slot. A full sweep, for an interface that is gone. */
void fragment_table_forget_interface(struct fragment_table *fragments, uint16_t interface);

#endif
