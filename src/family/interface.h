#ifndef IPTALLY_FAMILY_INTERFACE_H
#define IPTALLY_FAMILY_INTERFACE_H

#include "family/family.h"

extern const struct family interface_family;

#endif
