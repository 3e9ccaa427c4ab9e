/* Traffic by MAC address. */
#ifndef IPTALLY_FAMILY_STATION_H
#define IPTALLY_FAMILY_STATION_H

#include "family/family.h"

extern const struct family station_family;
extern const struct family station_slots_family; /* the stations that have series */
extern const struct family station_rest_family; /* what no row, and no series, of a station holds */
extern const struct family station_slot_totals_family;
extern const struct family station_table_family;

#endif
