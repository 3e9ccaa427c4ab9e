/* An agent without snmpd: addresses, access, the system group. */
#ifndef IPTALLY_SNMP_STANDALONE_H
#define IPTALLY_SNMP_STANDALONE_H

#include <stddef.h>

#include "base/error.h"
#include "snmp/snmp.h"

/*
 * Before init_agent(): checks the options and that the addresses are free, and makes the library
 * an agent that listens on them and nowhere else. Returns 0 or a negative errno.
 */
int snmp_standalone_configure(const struct snmp_options *options, struct error *error);

/* Between init_agent() and init_snmp(): access and the standard objects of an agent. */
void snmp_standalone_add(const struct snmp_options *options);

/* After init_snmp(): binds the addresses. Returns 0 or a negative errno. */
int snmp_standalone_listen(const struct snmp_options *options, struct error *error);

#endif
