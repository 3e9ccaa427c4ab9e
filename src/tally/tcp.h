/* What a TCP segment does to its flow (RFC 9293 3.3.2, seen from the middle). */
#ifndef IPTALLY_TALLY_TCP_H
#define IPTALLY_TALLY_TCP_H

#include <stdbool.h>

#include "decode/packet.h"
#include "tally/flow.h"
#include "tally/tcp_totals.h"
#include "tally/verdict.h"

enum tcp_beginning {
	TCP_GOES_ON,
	TCP_BEGINS,          /* the segment is the SYN of the tuple's next connection */
	TCP_BEGINS_ANSWERED, /* it is the SYN-ACK of a SYN that waited on the old connection */
};

/* Whether this segment, sent by `side`, belongs to the tuple's next connection. */
enum tcp_beginning tcp_begins_anew(const struct flow *flow, const struct packet *packet, int side);

/* Sets the state of a flow that this segment begins. Returns whether it begins a connection. */
bool tcp_begin(struct flow *flow, const struct packet *packet);

/* The same for a SYN-ACK of `side` whose SYN had waited on the old connection. */
void tcp_begin_answered(struct flow *flow, const struct packet *packet);

/*
 * Takes a segment of `side` into its flow's state, at `now_ns` of the ageing clock. Marks: what the
 * segment is beside its flags, enum segment_marks.
 */
enum flow_transition tcp_update(struct flow *flow, const struct packet *packet, int side,
				int64_t now_ns, uint8_t *marks);

/* Counts a transition of a flow that was in state `before`, and the time of its handshake. */
void tcp_count_transition(struct tcp_totals *totals, const struct flow *flow,
			  enum flow_transition transition, enum flow_state before, int64_t now_ns);

/* Counts the end of a flow that did not reach its close. */
void tcp_count_end(struct tcp_totals *totals, const struct flow *flow, enum flow_end how);

/* Adds a flow in this state to its gauge, or with -1 takes it from there. */
void tcp_count_state(struct tcp_totals *totals, enum flow_state state, bool opened, int by);

#endif
