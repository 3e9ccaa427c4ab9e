/* Packets and bytes in both directions: the pair that most families count. */
#ifndef IPTALLY_FAMILY_TRAFFIC_H
#define IPTALLY_FAMILY_TRAFFIC_H

#include "decode/packet.h"
#include "family/family.h"

struct traffic {
	uint64_t packets[DIRECTIONS];
	uint64_t bytes[DIRECTIONS];
};

static inline void traffic_add(struct traffic *traffic, const struct packet *packet)
{
	traffic->packets[packet->direction]++;
	traffic->bytes[packet->direction] += packet->frame_bytes;
}

static inline void traffic_sum(struct traffic *traffic, const struct traffic *other)
{
	for (int direction = 0; direction < DIRECTIONS; direction++) {
		traffic->packets[direction] += other->packets[direction];
		traffic->bytes[direction] += other->bytes[direction];
	}
}

/*
 * The four fields of a struct traffic member, as consecutive columns. Thing: "ipv4 packets" and
 * the like make no help; it says whose: "of the interface".
 */
#define FIELDS_TRAFFIC(prefix, constant_labels, shown, whose, row, member, first_column)           \
	FIELD_COUNT_OF("receive_packets", prefix "_receive_packets", constant_labels, shown,       \
		       "Packets received" whose, offsetof(row, member.packets[DIRECTION_RECEIVE]), \
		       first_column),                                                              \
		FIELD_COUNT_OF("receive_bytes", prefix "_receive_bytes", constant_labels, shown,   \
			       "Frame bytes received" whose,                                       \
			       offsetof(row, member.bytes[DIRECTION_RECEIVE]),                     \
			       (first_column) ? (first_column) + 1 : 0),                           \
		FIELD_COUNT_OF("transmit_packets", prefix "_transmit_packets", constant_labels,    \
			       shown, "Packets transmitted" whose,                                 \
			       offsetof(row, member.packets[DIRECTION_TRANSMIT]),                  \
			       (first_column) ? (first_column) + 2 : 0),                           \
		FIELD_COUNT_OF("transmit_bytes", prefix "_transmit_bytes", constant_labels, shown, \
			       "Frame bytes transmitted" whose,                                    \
			       offsetof(row, member.bytes[DIRECTION_TRANSMIT]),                    \
			       (first_column) ? (first_column) + 3 : 0)

#define FIELD_COUNT_OF(field, full_metric, constant_labels, shown, text, at, snmp_column)          \
	{                                                                                          \
		.name = field, .metric = full_metric, .labels = constant_labels, .help = text,     \
		.kind = FIELD_COUNTER, .faces = shown, .offset = at, .column = snmp_column         \
	}

#endif
