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

/* A rank: bytes, and connections as if each were a packet of full size. */
static inline uint64_t rows_traffic_rank(const uint64_t *counters)
{
	struct rows_traffic of = rows_traffic(counters);

	return of.traffic.bytes[0] + of.traffic.bytes[1] +
	       1500 * (of.connections[0] + of.connections[1]);
}

#endif
