/* Look-ups of names. */
#ifndef IPTALLY_FAMILY_NAME_H
#define IPTALLY_FAMILY_NAME_H

#include "family/family.h"

extern const struct family name_family;

#endif
