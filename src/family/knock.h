/* Who tried to connect here: received attempts of the last 24 hours by source, protocol and port. */
#ifndef IPTALLY_FAMILY_KNOCK_H
#define IPTALLY_FAMILY_KNOCK_H

#include "family/family.h"

extern const struct family knock_family;
extern const struct family knock_table_family;

#endif
