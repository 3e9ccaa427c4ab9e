#ifndef IPTALLY_FAMILY_SELF_H
#define IPTALLY_FAMILY_SELF_H

#include "family/family.h"

extern const struct family self_family;

#endif
