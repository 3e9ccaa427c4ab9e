#ifndef IPTALLY_FAMILY_RATE_H
#define IPTALLY_FAMILY_RATE_H

#include "family/family.h"

extern const struct family rate_family;

#endif
