#ifndef IPTALLY_FAMILY_PACKET_RING_H
#define IPTALLY_FAMILY_PACKET_RING_H

#include "family/family.h"

extern const struct family packet_family; /* the latest packets that are not TCP */

#endif
