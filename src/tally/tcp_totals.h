/*
 * What became of an interface's TCP connections. A third party's identity, at every instant:
 * attempted = established + refused + aborted + half_open_timed_out + half_open_evicted +
 * half_open.
 */
#ifndef IPTALLY_TALLY_TCP_TOTALS_H
#define IPTALLY_TALLY_TCP_TOTALS_H

#include <stdint.h>

/* Upper bounds of handshake times in nanoseconds; the last is infinity. */
#define HANDSHAKE_BUCKETS 5
extern const uint32_t handshake_bounds_ns[HANDSHAKE_BUCKETS];

struct tcp_totals {
	uint64_t attempted;   /* SYNs of new connections */
	uint64_t established; /* of those attempted */
	uint64_t refused;     /* reset by the responder before they were established */
	uint64_t reset;       /* reset otherwise: established ones and those aborted */
	uint64_t aborted;     /* of them: reset by the initiator before they were established */
	uint64_t closed;      /* both FINs acknowledged */
	uint64_t timed_out;   /* silent for too long, half-open ones included */
	uint64_t half_open_timed_out; /* or replaced by the next attempt with the same ends */
	uint64_t half_open_evicted;   /* given up by a full table, or with their interface */
	uint64_t midstream;           /* met after their handshake */
	uint64_t open;                /* now: established, closing or met in midstream */
	uint64_t half_open;           /* now */
	uint64_t handshakes[HANDSHAKE_BUCKETS]; /* by the time from SYN to the initiator's ACK */
	uint64_t handshakes_ns[HANDSHAKE_BUCKETS];
};

#endif
