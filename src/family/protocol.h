#ifndef IPTALLY_FAMILY_PROTOCOL_H
#define IPTALLY_FAMILY_PROTOCOL_H

#include "family/family.h"

extern const struct family protocol_family;

#endif
