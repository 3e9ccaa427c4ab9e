#ifndef IPTALLY_FAMILY_LOCK_H
#define IPTALLY_FAMILY_LOCK_H

#include "family/family.h"

extern const struct family lock_family;

#endif
