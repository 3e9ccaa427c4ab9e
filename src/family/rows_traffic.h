/*
 * The counters of bounded rows: packets, bytes and connections in both directions, in the order of
 * struct rows_traffic. How a batch of packets is added to them.
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

_Static_assert(sizeof(struct rows_traffic) == ROWS_COUNTERS * sizeof(uint64_t),
	       "ROWS_COUNTERS are those of struct rows_traffic");

#define ROWS_PACKETS     (offsetof(struct rows_traffic, traffic.packets) / sizeof(uint64_t))
#define ROWS_BYTES       (offsetof(struct rows_traffic, traffic.bytes) / sizeof(uint64_t))
#define ROWS_CONNECTIONS (offsetof(struct rows_traffic, connections) / sizeof(uint64_t))

#define ROWS_CREDITS_MAX 64

/* What a packet adds to one row. Directions are as the row sees them, a host's not the interface's. */
struct rows_credit {
	_Alignas(8) uint8_t key[ROWS_KEY_MAX];
	uint32_t *
		hint; /* a guess of the row's number, updated; NULL: the rows have some themselves */
	uint32_t hash; /* scratch */
	uint32_t bytes;
	uint8_t direction;
	uint8_t packets;     /* 1; 0: counts as a connection alone */
	uint8_t connections; /* 1: begins one */
	uint8_t connection_direction;
	bool is_other; /* belongs to no row, though the key says to whose `other` */
};

/* Adds at most ROWS_CREDITS_MAX, in this order. */
void rows_count(struct rows *rows, struct rows_credit *credits, size_t n);

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

/* What makes a row worth a slot, and worth its place in a full table: a sum that only grows, of bytes
 * and of connections as if each were a packet of full size. */
static inline uint64_t rows_traffic_rank(const uint64_t *counters)
{
	return counters[ROWS_BYTES] + counters[ROWS_BYTES + 1] +
	       1500 * (counters[ROWS_CONNECTIONS] + counters[ROWS_CONNECTIONS + 1]);
}

#endif
