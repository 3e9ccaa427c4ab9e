/*
 * The flow table: bidirectional records, bounded, aged a few rows at a time. The key has no
 * orientation: "low" is the end whose address and port compare lower.
 */
#ifndef IPTALLY_TALLY_FLOW_H
#define IPTALLY_TALLY_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/table.h"
#include "decode/packet.h"
#include "tally/verdict.h"

/* In the order of iptallyFlowState, less one. */
enum flow_state {
	FLOW_ONE_WAY,     /* not TCP, seen from one end */
	FLOW_TWO_WAY,     /* not TCP, seen from both */
	FLOW_HALF_OPEN,   /* SYN seen, not yet acknowledged by its sender's ACK */
	FLOW_ESTABLISHED, /* handshake seen */
	FLOW_MIDSTREAM,   /* TCP, met after its handshake */
	FLOW_CLOSING,     /* one FIN or both, not both acknowledged */
	FLOW_CLOSED,
	FLOW_RESET,
	FLOW_STATES
};

/* How a flow leaves the table. */
enum flow_end {
	FLOW_TIMED_OUT, /* silent for long enough; of what is closed: has lingered */
	FLOW_REPLACED,  /* by the tuple's next connection */
	FLOW_FORGOTTEN, /* with its interface */
	FLOW_EVICTED_HALF_OPEN,
	FLOW_EVICTED_IDLE,
	FLOW_EVICTED_ONE_PACKET,
	FLOW_EVICTED_ACTIVE,
	FLOW_ENDS
};

extern const char *const flow_state_names[FLOW_STATES + 1];

struct flow_key {
	uint8_t low[IP_ADDRESS_BYTES];
	uint8_t high[IP_ADDRESS_BYTES];
	uint16_t low_port;  /* ICMP queries: the identifier, for both ends; what has none: 0 */
	uint16_t high_port; /* ICMP queries: the type of the query, of its reply too */
	uint16_t vlan[2];
	uint16_t interface;
	uint8_t network; /* enum network */
	uint8_t ip_protocol;
};

/* What one end sent. Packed, as is the flow, so that this has no hole. */
struct flow_side {
	uint64_t packets;
	uint64_t bytes;
	uint32_t next_sequence; /* TCP: behind the highest sequence number sent */
	uint32_t gap_sequence;  /* TCP: what was not seen before the highest: from here ... */
	uint16_t gap_bytes;     /* ... this much; 0: nothing. Of a longer gap, its beginning */
	uint16_t gap_ms;        /* when it was left, on the ageing clock, modulo 2^16 */
	uint32_t last_bytes;    /* of its last packet */
	uint16_t window;        /* TCP, of its last packet, unscaled */
	uint8_t flags;          /* TCP, of its last packet */
	uint8_t all_flags;      /* TCP, of all of them */
	uint8_t marks;          /* enum flow_side_marks */
	uint8_t window_scale;   /* that its SYN offered, or TCP_NO_SCALE */
	uint8_t mac[MAC_BYTES]; /* of its last packet that had one */
} __attribute__((packed, aligned(4)));

enum flow_side_marks {
	SIDE_FIN = 1 << 0,       /* sent a FIN, which ends at next_sequence */
	SIDE_FIN_ACKED = 1 << 1, /* ... and the peer acknowledged it */
	SIDE_RST = 1 << 2,
	SIDE_SEQUENCE = 1 << 3, /* next_sequence is known */
	SIDE_SYN = 1 << 4,      /* sent a SYN of this connection */
	SIDE_SYN_PENDING =
		1 << 5, /* sent another SYN, at pending_sequence, that waits for its answer */
	SIDE_SYN_TRANSMITTED = 1 << 6, /* ... in this direction */
	SIDE_MAC = 1 << 7,
};

enum { INITIATOR, RESPONDER };

struct flow {
	struct table_head head;
	struct flow_key key;
	uint8_t state;    /* enum flow_state */
	uint8_t protocol; /* enum protocol */
	uint8_t queue;
	bool initiator_is_low : 1;
	bool opened : 1;    /* began as a connection, and was counted as one */
	bool came_back : 1; /* after it was given up: a connection that was counted then */
	int64_t seen_ns;    /* last packet, on the ageing clock */
	/* one cache line up to here; one and a half more that packets touch from here */
	struct flow_side sides[2]; /* by INITIATOR, RESPONDER */
	struct flow_hints hints;
	/* touched when a flow begins, changes its queue or ends */
	uint32_t previous, next;   /* in its queue */
	uint32_t initial_sequence; /* TCP, of the initiator's SYN */
	uint32_t pending_sequence; /* TCP, of a SYN on a connection that is not over */
	uint16_t export_slot;      /* FLOW_NOT_ITEMISED, or its place among the itemised */
	uint16_t round_trip_ms;    /* TCP, of the handshake, rounded up; 0: not known */
	int64_t first_ns;
};

#define FLOW_NOT_ITEMISED UINT16_MAX

_Static_assert(sizeof(struct flow) == 192, "a flow is three cache lines");

static inline uint64_t flow_bytes(const struct flow *flow)
{
	return flow->sides[INITIATOR].bytes + flow->sides[RESPONDER].bytes;
}

/* Lower or initiator's end and so on, without copying the key's logic. */
static inline const uint8_t *flow_address(const struct flow *flow, int side)
{
	return (side == INITIATOR) == flow->initiator_is_low ? flow->key.low : flow->key.high;
}

static inline bool flow_is_icmp(const struct flow *flow)
{
	return flow->protocol == PROTOCOL_ICMP || flow->protocol == PROTOCOL_ICMPV6;
}

/* ICMP: the identifier, at both ends. */
static inline uint16_t flow_port(const struct flow *flow, int side)
{
	if (flow_is_icmp(flow))
		return flow->key.low_port;
	return (side == INITIATOR) == flow->initiator_is_low ? flow->key.low_port
							     : flow->key.high_port;
}

/* The type of the query that an ICMP flow is of; 0: of none. */
static inline uint16_t flow_icmp_type(const struct flow *flow)
{
	return flow_is_icmp(flow) ? flow->key.high_port : 0;
}

/* The window of a side's last segment in bytes: scaled where both SYNs offered it (RFC 7323 2.2). */
uint64_t flow_window(const struct flow *flow, int side);

/* TCP: the flags that a side ever sent, "FSRPAU" with - for the others. */
void flow_all_flags_format(char text[8], uint8_t flags);

/* TCP: "S-A-", "DONE", "CLOSED", "RESET": the last packet's flags, or what became of this end. */
void flow_flags_format(char text[8], uint8_t flags, uint8_t marks);

#endif
