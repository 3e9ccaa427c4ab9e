/* What flowed in a second: three fields, which interfaces and flows share. Not for Prometheus. */
#ifndef IPTALLY_FAMILY_PER_SECOND_H
#define IPTALLY_FAMILY_PER_SECOND_H

#include "family/family.h"

struct per_second {
	uint64_t bits, kilobits, packets;
};

static inline struct per_second per_second(uint64_t packets, uint64_t bytes, double seconds)
{
	double bits = (double)bytes * 8 / seconds;

	return (struct per_second){
		.bits = (uint64_t)bits,
		.kilobits = (uint64_t)(bits / 1000),
		.packets = (uint64_t)((double)packets / seconds),
	};
}

#define FIELD_PER_SECOND(field, text, row, member, shown, snmp_column)                             \
	{                                                                                          \
		.name = field "_per_second", .help = text, .kind = FIELD_GAUGE, .faces = shown,    \
		.offset = offsetof(row, member), .column = snmp_column                             \
	}

/*
 * The fields of a struct per_second member. SNMP gets kilobits, since its gauges end at 2^32; the
 * two columns are consecutive.
 */
#define FIELDS_PER_SECOND(prefix, text, row, member, first_column)                                 \
	FIELD_PER_SECOND(prefix "bits", "Frame bits a second" text, row, member.bits, FACE_JSON,   \
			 0),                                                                       \
		FIELD_PER_SECOND(prefix "kilobits", "Frame kilobits a second" text, row,           \
				 member.kilobits, FACE_SNMP, first_column),                        \
		FIELD_PER_SECOND(prefix "packets", "Packets a second" text, row, member.packets,   \
				 FACE_SNMP | FACE_JSON, (first_column) + 1)

#endif
