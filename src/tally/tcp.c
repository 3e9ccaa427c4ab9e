/* TCP states as a third party sees them. README, "What is counted": TCP life. */
#include "tally/tcp.h"

#include <string.h>

#include "tally/tcp_segment.h"

const uint32_t handshake_bounds_ns[HANDSHAKE_BUCKETS] = {
	1000000, 10000000, 100000000, 1000000000, UINT32_MAX,
};

static bool is_syn(const struct packet *packet)
{
	return (packet->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

static bool is_syn_ack(const struct packet *packet)
{
	return (packet->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == (TCP_SYN | TCP_ACK);
}

static bool is_over(const struct flow *flow)
{
	return flow->state == FLOW_CLOSED || flow->state == FLOW_RESET;
}

static enum tcp_beginning answers_pending_syn(const struct flow *flow, const struct packet *packet,
					      int side)
{
	return is_syn_ack(packet) && flow->sides[!side].marks & SIDE_SYN_PENDING &&
			       packet->tcp_acknowledgement == flow->pending_sequence + 1
		       ? TCP_BEGINS_ANSWERED
		       : TCP_GOES_ON;
}

enum tcp_beginning tcp_begins_anew(const struct flow *flow, const struct packet *packet, int side)
{
	if (!is_syn(packet))
		return answers_pending_syn(flow, packet, side);
	if (is_over(flow) || flow->state == FLOW_MIDSTREAM)
		return TCP_BEGINS;
	/* The same sequence number is a retransmission; the responder's own SYN a simultaneous open. */
	if (flow->state == FLOW_HALF_OPEN && side == INITIATOR &&
	    packet->tcp_sequence != flow->initial_sequence)
		return TCP_BEGINS;
	return TCP_GOES_ON;
}

bool tcp_begin(struct flow *flow, const struct packet *packet)
{
	if (!is_syn(packet)) {
		flow->state = FLOW_MIDSTREAM;
		return false;
	}
	flow->state = FLOW_HALF_OPEN;
	flow->initial_sequence = packet->tcp_sequence;
	return true;
}

void tcp_begin_answered(struct flow *flow, const struct packet *packet)
{
	struct flow_side *initiator = &flow->sides[INITIATOR];

	flow->state = FLOW_HALF_OPEN;
	flow->initial_sequence = packet->tcp_acknowledgement - 1;
	initiator->next_sequence = packet->tcp_acknowledgement;
	initiator->marks = SIDE_SYN | SIDE_SEQUENCE;
	initiator->window_scale = TCP_NO_SCALE; /* the SYN was the old connection's to remember */
}

/* RFC 9293 3.10.7.4: a SYN inside a connection. It may be the first of the next one. */
static void take_syn(struct flow *flow, const struct packet *packet, int side)
{
	struct flow_side *sender = &flow->sides[side];

	if (!(packet->tcp_flags & TCP_SYN))
		return;
	if (flow->state == FLOW_HALF_OPEN) {
		sender->marks |= SIDE_SYN;
		sender->window_scale = packet->tcp_window_scale;
	} else if (is_syn(packet) &&
		   !(side == INITIATOR && packet->tcp_sequence == flow->initial_sequence)) {
		flow->sides[!side].marks &= (uint8_t)~SIDE_SYN_PENDING;
		sender->marks |= SIDE_SYN_PENDING;
		sender->marks &= (uint8_t)~SIDE_SYN_TRANSMITTED;
		if (packet->direction == DIRECTION_TRANSMIT)
			sender->marks |= SIDE_SYN_TRANSMITTED;
		flow->pending_sequence = packet->tcp_sequence;
	}
}

/* The first SYN-ACK, of the SYN that began the connection. */
static bool is_answer(const struct flow *flow, const struct packet *packet, int side)
{
	return is_syn_ack(packet) && side == RESPONDER && flow->state == FLOW_HALF_OPEN &&
	       !(flow->sides[RESPONDER].marks & SIDE_SYN) &&
	       sequence_reaches(packet->tcp_acknowledgement, flow->initial_sequence + 1);
}

/* The initiator's ACK, or what a responder sends only after it. */
static bool is_handshake_done(const struct packet *packet, int side)
{
	if (packet->tcp_flags & TCP_SYN || !(packet->tcp_flags & TCP_ACK))
		return false;
	return side == INITIATOR || packet->payload_bytes > 0 || packet->tcp_flags & TCP_FIN;
}

static void take_fin(struct flow *flow, const struct packet *packet, int side)
{
	struct flow_side *sender = &flow->sides[side], *peer = &flow->sides[!side];

	if (packet->tcp_flags & TCP_FIN)
		sender->marks |= SIDE_FIN;
	if (packet->tcp_flags & TCP_ACK && peer->marks & SIDE_FIN &&
	    sequence_reaches(packet->tcp_acknowledgement, peer->next_sequence))
		peer->marks |= SIDE_FIN_ACKED;
}

/* RFC 9293 3.5.2: a reset that answers a SYN acknowledges it; any other lies in the window. */
static bool is_reset_valid(const struct flow *flow, const struct packet *packet, int side)
{
	if (flow->state == FLOW_HALF_OPEN && side == RESPONDER &&
	    !(flow->sides[RESPONDER].marks & SIDE_SYN))
		return packet->tcp_flags & TCP_ACK &&
		       sequence_reaches(packet->tcp_acknowledgement, flow->initial_sequence + 1) &&
		       sequence_reaches(flow->sides[INITIATOR].next_sequence,
					packet->tcp_acknowledgement);
	return tcp_reset_is_in_window(flow, packet, side);
}

static enum flow_transition take_reset(struct flow *flow, const struct packet *packet, int side)
{
	bool refused = flow->state == FLOW_HALF_OPEN && side == RESPONDER;

	if (!is_reset_valid(flow, packet, side))
		return TRANSITION_NONE;
	flow->sides[side].marks |= SIDE_RST;
	flow->state = FLOW_RESET;
	return refused ? TRANSITION_REFUSED : TRANSITION_RESET;
}

static enum flow_transition follow_state(struct flow *flow, const struct packet *packet, int side)
{
	const struct flow_side *sides = flow->sides;

	take_fin(flow, packet, side);
	if (sides[INITIATOR].marks & sides[RESPONDER].marks & SIDE_FIN_ACKED) {
		flow->state = FLOW_CLOSED;
		return TRANSITION_CLOSED;
	}
	if (flow->state == FLOW_HALF_OPEN) {
		if (!is_handshake_done(packet, side))
			return TRANSITION_NONE;
		flow->state = FLOW_ESTABLISHED;
		if ((sides[INITIATOR].marks | sides[RESPONDER].marks) & SIDE_FIN)
			flow->state = FLOW_CLOSING;
		return TRANSITION_ESTABLISHED;
	}
	if ((sides[INITIATOR].marks | sides[RESPONDER].marks) & SIDE_FIN)
		flow->state = FLOW_CLOSING;
	return TRANSITION_NONE;
}

static void take_round_trip(struct flow *flow, int64_t now_ns)
{
	int64_t ms = (now_ns - flow->first_ns) / (NS_PER_SECOND / 1000) + 1;

	flow->round_trip_ms = (uint16_t)(ms < UINT16_MAX ? ms : UINT16_MAX);
}

enum flow_transition tcp_update(struct flow *flow, const struct packet *packet, int side,
				int64_t now_ns, uint8_t *marks)
{
	struct flow_side *sender = &flow->sides[side];
	enum flow_transition transition;
	bool answers = is_answer(flow, packet, side);

	sender->flags = packet->tcp_flags;
	sender->all_flags |= packet->tcp_flags;
	if (packet->tcp_flags & TCP_RST)
		return is_over(flow) ? TRANSITION_NONE : take_reset(flow, packet, side);
	sender->window = packet->tcp_window;
	take_syn(flow, packet, side);
	if (sender->marks & SIDE_SYN_PENDING && packet->tcp_flags & TCP_SYN)
		return TRANSITION_NONE; /* its numbers are another connection's */
	*marks = tcp_segment(flow, packet, side, now_ns);
	if (is_over(flow))
		return TRANSITION_NONE;
	transition = follow_state(flow, packet, side);
	if (transition == TRANSITION_NONE && answers)
		transition = TRANSITION_ANSWERED;
	if (transition == TRANSITION_ESTABLISHED)
		take_round_trip(flow, now_ns);
	return transition;
}

static void count_handshake(struct tcp_totals *totals, int64_t took_ns)
{
	int bucket = 0;

	while (bucket < HANDSHAKE_BUCKETS - 1 && took_ns > handshake_bounds_ns[bucket])
		bucket++;
	totals->handshakes[bucket]++;
	totals->handshakes_ns[bucket] += (uint64_t)took_ns;
}

void tcp_count_transition(struct tcp_totals *totals, const struct flow *flow,
			  enum flow_transition transition, enum flow_state before, int64_t now_ns)
{
	switch (transition) {
	case TRANSITION_ESTABLISHED:
		totals->established += flow->opened;
		/* Where the SYN was not this flow's, nobody knows when it came. */
		if (flow->opened && flow->sides[INITIATOR].all_flags & TCP_SYN)
			count_handshake(totals, now_ns - flow->first_ns);
		break;
	case TRANSITION_REFUSED:
		totals->refused += flow->opened;
		break;
	case TRANSITION_RESET:
		totals->reset++;
		totals->aborted += before == FLOW_HALF_OPEN && flow->opened;
		break;
	case TRANSITION_CLOSED:
		totals->closed++;
		break;
	default:
		break;
	}
}

void tcp_count_end(struct tcp_totals *totals, const struct flow *flow, enum flow_end how)
{
	bool is_attempt = flow->state == FLOW_HALF_OPEN && flow->opened;

	if (flow->protocol != PROTOCOL_TCP || is_over(flow))
		return;
	switch (how) {
	case FLOW_TIMED_OUT:
		totals->timed_out++;
		/* fall through */
	case FLOW_REPLACED:
		totals->half_open_timed_out += is_attempt;
		break;
	default:
		totals->half_open_evicted += is_attempt;
		break;
	}
}

void tcp_count_state(struct tcp_totals *totals, enum flow_state state, bool opened, int by)
{
	switch (state) {
	case FLOW_HALF_OPEN:
		totals->half_open += opened ? (uint64_t)by : 0;
		break;
	case FLOW_ESTABLISHED:
	case FLOW_MIDSTREAM:
	case FLOW_CLOSING:
		totals->open += (uint64_t)by;
		break;
	default: /* over, or not TCP */
		break;
	}
}
