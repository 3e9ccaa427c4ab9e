/* Packets and bytes in both directions: the four fields that most families share. */
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

static inline bool traffic_is_none(const struct traffic *traffic)
{
	return traffic->packets[DIRECTION_RECEIVE] + traffic->packets[DIRECTION_TRANSMIT] == 0;
}

/* One counter. Further members (labels, faces, column) follow as designated initialisers. */
#define FIELD_COUNT(field, full_metric, text, row, member, ...)                                    \
	{                                                                                          \
		.name = field, .metric = full_metric, .help = text, .kind = FIELD_COUNTER,         \
		.offset = offsetof(row, member), __VA_ARGS__                                       \
	}

/*
 * The four counters of a struct traffic member. Field and metric names get "receive_packets" and so
 * on appended; the columns are consecutive; the rest holds for all four.
 */
#define FIELDS_TRAFFIC(field, metric_prefix, whose, row, member, first_column, ...)                \
	FIELD_COUNT(field "receive_packets", metric_prefix "receive_packets",                      \
		    "Packets received" whose, row, member.packets[DIRECTION_RECEIVE],              \
		    .column = first_column, __VA_ARGS__),                                          \
		FIELD_COUNT(field "receive_bytes", metric_prefix "receive_bytes",                  \
			    "Frame bytes received" whose, row, member.bytes[DIRECTION_RECEIVE],    \
			    .column = (first_column) + 1, __VA_ARGS__),                            \
		FIELD_COUNT(field "transmit_packets", metric_prefix "transmit_packets",            \
			    "Packets transmitted" whose, row, member.packets[DIRECTION_TRANSMIT],  \
			    .column = (first_column) + 2, __VA_ARGS__),                            \
		FIELD_COUNT(field "transmit_bytes", metric_prefix "transmit_bytes",                \
			    "Frame bytes transmitted" whose, row,                                  \
			    member.bytes[DIRECTION_TRANSMIT], .column = (first_column) + 3,        \
			    __VA_ARGS__)

#endif
