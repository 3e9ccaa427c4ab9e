/* The object identifier of IPTALLY-MIB's module, as configure was told it. */
#ifndef IPTALLY_SNMP_ROOT_H
#define IPTALLY_SNMP_ROOT_H

#include <stddef.h>
#include <stdint.h>

/* The sub-identifiers of iptallyMIB; *length gets their number. */
const uint32_t *snmp_root(size_t *length);

/* The same as text with a leading dot. Returns text. */
const char *snmp_root_format(char *text, size_t size);

#endif
