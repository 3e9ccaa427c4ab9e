/* TCP segments and connections of each interface, and how long handshakes took. */
#ifndef IPTALLY_FAMILY_TCP_H
#define IPTALLY_FAMILY_TCP_H

#include "family/family.h"

extern const struct family tcp_family;
extern const struct family handshake_family;

#endif
