/*
 * The bounded rows of the port family: found or made for a packet, folded into `other` when the
 * table is full, chosen for Prometheus. What is counted in them is port.c's.
 */
#ifndef IPTALLY_FAMILY_PORT_ROWS_H
#define IPTALLY_FAMILY_PORT_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/table.h"
#include "family/context.h"
#include "family/per_interface.h"
#include "family/traffic.h"

struct port_key {
	uint16_t interface;
	uint16_t port;
	uint8_t protocol; /* PROTOCOL_TCP, PROTOCOL_UDP */
	uint8_t zero[3];
};

struct port_counters {
	struct traffic traffic;
	uint64_t connections[DIRECTIONS];
};

struct port_entry {
	struct table_head head;
	struct port_key key;
	bool exported;
	struct monotonic_time created;
	struct port_counters counters;
};

enum { REMAINDER_TCP, REMAINDER_UDP, REMAINDERS };

/* What an interface's rows do not hold. */
struct port_remainder {
	struct port_counters other[REMAINDERS];
	struct traffic unattributed[REMAINDERS];
	uint32_t exported; /* rows that Prometheus shows, of both protocols */
};

struct port_rows {
	struct table table;
	uint64_t seed;
	uint64_t evictions;
	uint32_t hand; /* next row to be considered for eviction */
	uint32_t export_max;
	bool export_largest;
	struct per_interface *remainders;
};

/* Free with port_rows_destroy(). NULL with *error filled. */
struct port_rows *port_rows_create(const struct family_context *context, struct error *error);
void port_rows_destroy(void *ports);

/*
 * The row of this port on the packet's interface, made where there is none. Hint: a row number to
 * try first, updated; or NULL. Returns NULL where the port must go to `other`.
 */
struct port_entry *port_rows_find(struct port_rows *ports, const struct packet *packet,
				  uint16_t port, uint32_t *hint);

/* Removes an interface's rows and remainder: the family's forget_interface. */
void port_rows_forget(void *ports, uint16_t interface);

/* For the only snapshot that is ever shown: each interface's largest rows are exported. */
void port_rows_choose_largest(const struct port_rows *ports);

void port_counters_sum(struct port_counters *sum, const struct port_counters *counters);

static inline int port_remainder_index(uint8_t protocol)
{
	return protocol == PROTOCOL_TCP ? REMAINDER_TCP : REMAINDER_UDP;
}

#endif
