/* Field values as SNMP knows them: one place knows the type of each kind of field. */
#ifndef IPTALLY_SNMP_VALUE_H
#define IPTALLY_SNMP_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "base/clock.h"
#include "family/family.h"

/* One moment on two clocks, so that monotonic times can be told as values of sysUpTime. */
struct snmp_moment {
	struct monotonic_time now;
	uint32_t
		uptime; /* hundredths of a second: sysUpTime now, of the master agent where there is one */
};

struct snmp_value {
	u_char type;      /* ASN_... */
	size_t length;    /* bytes at data */
	const void *data; /* points into this struct or into the row: valid as long as both */
	union {
		struct counter64 counter;
		uint32_t number;
		uint8_t octets[16];
	} storage;
};

/* The type that a field of this kind has, ASN_NULL where SNMP can't show it. */
u_char snmp_value_type(enum field_kind kind);

void snmp_value_read(struct snmp_value *value, const struct family_field *field, const void *row,
		     const struct snmp_moment *moment);

#endif
