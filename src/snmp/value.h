/* Field values as SNMP knows them: one place knows the type of each kind of field. */
#ifndef IPTALLY_SNMP_VALUE_H
#define IPTALLY_SNMP_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "base/clock.h"
#include "family/family.h"

/* When a value is read, and where the zero of its time stamps is. */
struct snmp_moment {
	struct monotonic_time now;
	struct monotonic_time began; /* when sysUpTime was 0 */
};

/*
 * Tells when sysUpTime (hundredths of a second) was 0, given what it is now and what was told
 * before. Both clocks are read one after the other and one of them is rounded, so a difference
 * below a second is none: a time stamp must not change by itself.
 */
struct monotonic_time snmp_uptime_began(struct monotonic_time before, struct monotonic_time now,
					uint32_t uptime);

struct snmp_value {
	u_char type;      /* ASN_... */
	size_t length;    /* bytes at data */
	const void *data; /* points into this struct or into the row: valid as long as both */
	union {
		struct counter64 counter;
		uint32_t number;
		uint8_t octets[16];
		char text[FAMILY_TEXT_MAX];
	} storage;
};

/* The type that a field of this kind has, ASN_NULL where SNMP can't show it. */
u_char snmp_value_type(enum field_kind kind);

/* Names: see family_text(). */
void snmp_value_read(struct snmp_value *value, const struct family_field *field, const void *row,
		     struct names *names, const struct snmp_moment *moment);

#endif
