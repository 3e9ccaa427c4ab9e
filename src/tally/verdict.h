/* What the tally found out about a packet beyond its bytes: what the families count by. */
#ifndef IPTALLY_TALLY_VERDICT_H
#define IPTALLY_TALLY_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

enum port_state {
	PORT_NOT_APPLICABLE, /* neither TCP nor UDP */
	PORT_KNOWN,
	PORT_UNATTRIBUTED, /* cut, or a later fragment whose first was not seen before it */
};

enum flow_transition {
	TRANSITION_NONE,
	TRANSITION_BEGUN,
	TRANSITION_ANSWERED, /* the responder's first packet; TCP: its SYN-ACK */
	TRANSITION_ESTABLISHED,
	TRANSITION_REFUSED, /* reset by the responder before it was established */
	TRANSITION_RESET,
	TRANSITION_CLOSED,
};

/* Row numbers of families' tables: guesses, to be checked against the key. */
struct flow_hints {
	uint32_t conversation;
	uint32_t hosts[2]; /* by INITIATOR, RESPONDER */
};

/* TCP, what this segment is beside its flags. */
enum segment_marks {
	SEGMENT_RETRANSMITTED = 1 << 0,
	SEGMENT_OUT_OF_ORDER = 1 << 1,
	SEGMENT_ZERO_WINDOW = 1 << 2,
};

struct verdict {
	int64_t now_ns;      /* the ageing clock when the packet came */
	uint32_t flow;       /* row of the flow table, or TABLE_NONE: no flow could be named */
	bool from_initiator; /* who of the flow's two ends sent this packet */
	bool opened;         /* the packet begins a connection, or is the answer that proves it */
	uint8_t opening_direction; /* opened: of the packet that began it ... */
	uint16_t opening_port;     /* ... and its destination port */
	uint8_t transition;        /* enum flow_transition */
	uint8_t port_state;        /* enum port_state */
	uint8_t segment;           /* enum segment_marks */
	uint16_t service_port;     /* PORT_KNOWN: README, "Service port" */
	struct flow_hints *hints;  /* the flow's memory of its rows; NULL: there is no flow */
	uint32_t wire_packets; /* packets on the wire: above 1 for a super-frame, estimated then */
	uint32_t wire_bytes;
};

#endif
