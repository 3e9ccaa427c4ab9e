#ifndef IPTALLY_FAMILY_TOP_H
#define IPTALLY_FAMILY_TOP_H

#include "family/family.h"

extern const struct family top_family;

#endif
