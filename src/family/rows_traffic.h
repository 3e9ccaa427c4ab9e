/*
 * The counters that most bounded rows have: packets, bytes and connections in both directions. They
 * are the counters of a rows_kind, in the order of struct rows_traffic.
 */
#ifndef IPTALLY_FAMILY_ROWS_TRAFFIC_H
#define IPTALLY_FAMILY_ROWS_TRAFFIC_H

#include <string.h>

#include "family/rows.h"
#include "family/traffic.h"

struct rows_traffic {
	struct traffic traffic;
	uint64_t connections[DIRECTIONS];
};

/* What is shown of an interface's slots beside themselves. */
struct rows_slot_totals {
	uint64_t promotions;
	uint64_t retired_packets; /* of all remainders, both directions, here and below */
	uint64_t retired_bytes;
};

#define ROWS_TRAFFIC_COUNTERS (sizeof(struct rows_traffic) / sizeof(uint64_t))
#define ROWS_PACKETS          (offsetof(struct rows_traffic, traffic.packets) / sizeof(uint64_t))
#define ROWS_BYTES            (offsetof(struct rows_traffic, traffic.bytes) / sizeof(uint64_t))
#define ROWS_CONNECTIONS      (offsetof(struct rows_traffic, connections) / sizeof(uint64_t))

/* Direction: as the row sees it, which for a host is not the interface's. */
static inline void rows_add_packet(struct rows_target target, int direction, uint32_t frame_bytes)
{
	rows_add(target, ROWS_PACKETS + (size_t)direction, 1);
	rows_add(target, ROWS_BYTES + (size_t)direction, frame_bytes);
}

static inline void rows_add_connection(struct rows_target target, int direction)
{
	rows_add(target, ROWS_CONNECTIONS + (size_t)direction, 1);
}

static inline struct rows_traffic rows_traffic(const uint64_t *counters)
{
	struct rows_traffic traffic;

	memcpy(&traffic, counters, sizeof(traffic));
	return traffic;
}

static inline struct rows_slot_totals rows_slot_totals(const struct rows *rows, uint16_t interface,
						       size_t n_remainders)
{
	struct rows_slot_totals totals = {.promotions = rows_promotions(rows, interface)};

	for (size_t i = 0; i < n_remainders; i++) {
		struct rows_traffic retired = rows_traffic(rows_retired(rows, interface, i));

		for (int direction = 0; direction < DIRECTIONS; direction++) {
			totals.retired_packets += retired.traffic.packets[direction];
			totals.retired_bytes += retired.traffic.bytes[direction];
		}
	}
	return totals;
}

/* The fields of a struct rows_slot_totals member, for a family keyed by interface alone. */
#define FIELDS_SLOT_TOTALS(table, row, member)                                                     \
	FIELD_COUNT(table "_promotions", "iptally_slot_promotions",                                \
		    "Times that a row was given a series of its own.", row, member.promotions,     \
		    .labels = "table=\"" table "\"", .faces = FACE_PROMETHEUS | FACE_JSON),        \
		FIELD_COUNT(table "_retired_packets", "iptally_slot_retired_packets",              \
			    "Packets that series which are gone had counted.", row,                \
			    member.retired_packets, .labels = "table=\"" table "\"",               \
			    .faces = FACE_PROMETHEUS | FACE_JSON),                                 \
		FIELD_COUNT(table "_retired_bytes", "iptally_slot_retired_bytes",                  \
			    "Frame bytes that series which are gone had counted.", row,            \
			    member.retired_bytes, .labels = "table=\"" table "\"",                 \
			    .faces = FACE_PROMETHEUS | FACE_JSON)

/* A rank: bytes, and connections as if each were a packet of full size. */
static inline uint64_t rows_traffic_rank(const uint64_t *counters)
{
	struct rows_traffic of = rows_traffic(counters);

	return of.traffic.bytes[0] + of.traffic.bytes[1] +
	       1500 * (of.connections[0] + of.connections[1]);
}

#endif
