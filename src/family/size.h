#ifndef IPTALLY_FAMILY_SIZE_H
#define IPTALLY_FAMILY_SIZE_H

#include "family/family.h"

extern const struct family size_family;

#endif
