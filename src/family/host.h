/* Traffic by IP address. */
#ifndef IPTALLY_FAMILY_HOST_H
#define IPTALLY_FAMILY_HOST_H

#include "family/family.h"

extern const struct family host_family;
extern const struct family host_slots_family; /* the hosts that have series */
extern const struct family host_rest_family;  /* what no row, and no series, of a host holds */
extern const struct family host_table_family;

#endif
