/* Who tries many ports or hosts, and gets no connection: a row for each probe, and how many there are. */
#ifndef IPTALLY_FAMILY_PROBE_H
#define IPTALLY_FAMILY_PROBE_H

#include "family/family.h"

extern const struct family probe_family;
extern const struct family probing_family; /* of each interface */
extern const struct family probe_table_family;

#endif
