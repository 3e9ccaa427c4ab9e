#ifndef IPTALLY_FAMILY_PORT_H
#define IPTALLY_FAMILY_PORT_H

#include "family/family.h"

extern const struct family port_family;
extern const struct family port_slots_family;     /* the ports that have series */
extern const struct family port_remainder_family; /* what no row of a port holds */
extern const struct family port_table_family;

#endif
