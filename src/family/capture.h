#ifndef IPTALLY_FAMILY_CAPTURE_H
#define IPTALLY_FAMILY_CAPTURE_H

#include "family/family.h"

extern const struct family capture_family;

#endif
