/*
 * SYN floods: a second is bad with as many SYNs in one direction as --flood.rate says, or more, if
 * they are more than three for each SYN-ACK in the other. Two bad seconds in a row begin a flood, a
 * minute without one ends it.
 */
#ifndef IPTALLY_FAMILY_FLOOD_H
#define IPTALLY_FAMILY_FLOOD_H

#include <stdbool.h>

#include "family/alert.h"
#include "decode/packet.h"
#include "family/per_interface.h"

extern const struct family flood_family;

struct floods {
	struct per_interface *interfaces; /* of struct flood */
	struct alerts alerts;
	uint32_t rate; /* SYNs a second that are worth a look */
};

/* Returns 0, or a negative errno and *error. Destroy it in any case. */
int floods_create(struct floods *floods, const struct family_context *context, struct error *error);
void floods_destroy(struct floods *floods);

/* Counts a segment with SYN, which answers another if it has ACK, too. */
void floods_count(const struct floods *floods, const struct packet *packet, int64_t now_ns);

#endif
