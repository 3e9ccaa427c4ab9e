/* TCP states as a third party sees them. README, "What is counted": TCP life. */
#include "tally/tcp.h"

#include <string.h>

static bool is_syn(const struct packet *packet)
{
	return (packet->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

bool tcp_begins_anew(const struct flow *flow, const struct packet *packet, int side)
{
	if (!is_syn(packet))
		return false;
	switch ((enum flow_state)flow->state) {
	case FLOW_CLOSED:
	case FLOW_RESET:
	case FLOW_MIDSTREAM:
		return true;
	case FLOW_HALF_OPEN: /* the same sequence number: a retransmission */
		return side == INITIATOR && packet->tcp_sequence != flow->initial_sequence;
	default:
		return false;
	}
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

/* Sequence numbers wrap: a is at or after b. */
static bool sequence_reaches(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) >= 0;
}

static bool is_handshake_done(const struct packet *packet, int side)
{
	if (packet->tcp_flags & (TCP_SYN | TCP_RST) || !(packet->tcp_flags & TCP_ACK))
		return false;
	return side == INITIATOR || packet->payload_bytes > 0;
}

static void take_fin(struct flow *flow, const struct packet *packet, int side)
{
	struct flow_side *sender = &flow->sides[side], *peer = &flow->sides[!side];

	if (packet->tcp_flags & TCP_FIN) {
		sender->marks |= SIDE_FIN;
		flow->fin_end[side] = packet->tcp_sequence + packet->payload_bytes + 1;
	}
	if (packet->tcp_flags & TCP_ACK && peer->marks & SIDE_FIN &&
	    sequence_reaches(packet->tcp_acknowledgement, flow->fin_end[!side]))
		peer->marks |= SIDE_FIN_ACKED;
}

enum flow_transition tcp_update(struct flow *flow, const struct packet *packet, int side)
{
	const struct flow_side *sides = flow->sides;

	flow->sides[side].flags = packet->tcp_flags;
	flow->sides[side].window = packet->tcp_window;
	if (flow->state == FLOW_CLOSED || flow->state == FLOW_RESET)
		return TRANSITION_NONE;
	if (packet->tcp_flags & TCP_RST) {
		flow->sides[side].marks |= SIDE_RST;
		flow->state = FLOW_RESET;
		return TRANSITION_RESET;
	}
	take_fin(flow, packet, side);
	if (sides[INITIATOR].marks & sides[RESPONDER].marks & SIDE_FIN_ACKED) {
		flow->state = FLOW_CLOSED;
		return TRANSITION_CLOSED;
	}
	if (flow->state == FLOW_HALF_OPEN && is_handshake_done(packet, side)) {
		flow->state = FLOW_ESTABLISHED;
		return TRANSITION_ESTABLISHED;
	}
	if ((sides[INITIATOR].marks | sides[RESPONDER].marks) & SIDE_FIN)
		flow->state = FLOW_CLOSING;
	return TRANSITION_NONE;
}

void flow_flags_format(char text[8], const struct flow *flow, int side)
{
	static const struct {
		uint8_t flag;
		char letter;
	} letters[] = {{TCP_SYN, 'S'}, {TCP_PSH, 'P'}, {TCP_ACK, 'A'}, {TCP_URG, 'U'}};
	const struct flow_side *sender = &flow->sides[side];

	if (flow->protocol != PROTOCOL_TCP) {
		strcpy(text, "");
	} else if (sender->marks & SIDE_RST) {
		strcpy(text, "RESET");
	} else if (sender->marks & SIDE_FIN_ACKED) {
		strcpy(text, "CLOSED");
	} else if (sender->marks & SIDE_FIN) {
		strcpy(text, "DONE");
	} else {
		for (int i = 0; i < 4; i++)
			text[i] = sender->flags & letters[i].flag ? letters[i].letter : '-';
		text[4] = '\0';
	}
}
