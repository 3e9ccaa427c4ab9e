#ifndef IPTALLY_FAMILY_FLOW_H
#define IPTALLY_FAMILY_FLOW_H

#include "family/family.h"

extern const struct family flow_family;           /* the itemised flows */
extern const struct family flow_remainder_family; /* where an interface's IP packets went */
extern const struct family flow_table_family;     /* of flows and of fragments */

#endif
