/*
 * Of each side the highest sequence number is kept, and the latest gap before it. A segment below
 * the highest fills the gap soon after it was left, then the network changed the order; or it is
 * sent again.
 */
#include "tally/tcp_segment.h"

#include "tally/verdict.h"

/* A gap that is filled within this, or within the round trip, was none of the sender's. */
#define REORDERED_MS 3
/* A window that was never said, and what a peer may have been told since. */
#define WINDOW_LEAST 65535u

static uint16_t clock_ms(int64_t now_ns)
{
	return (uint16_t)(now_ns / (NS_PER_SECOND / 1000));
}

static bool fills_gap(const struct flow *flow, const struct flow_side *sender,
		      const struct packet *packet, uint32_t end, int64_t now_ns)
{
	uint16_t since_ms = (uint16_t)(clock_ms(now_ns) - sender->gap_ms);
	uint16_t limit_ms = flow->round_trip_ms > REORDERED_MS ? flow->round_trip_ms : REORDERED_MS;

	return sender->gap_bytes && since_ms <= limit_ms &&
	       packet->tcp_sequence - sender->gap_sequence < sender->gap_bytes &&
	       end - sender->gap_sequence <= sender->gap_bytes;
}

/* What is left of the gap: behind the segment, or before it. */
static void shrink_gap(struct flow_side *sender, const struct packet *packet, uint32_t end)
{
	uint32_t before = packet->tcp_sequence - sender->gap_sequence;
	uint32_t behind = sender->gap_sequence + sender->gap_bytes - end;

	if (behind > before) {
		sender->gap_sequence = end;
		sender->gap_bytes = (uint16_t)behind;
	} else {
		sender->gap_bytes = (uint16_t)before;
	}
}

/* RFC 9293 3.8.4: one byte or none, just below what is to come. */
static bool is_keep_alive(const struct flow_side *sender, const struct packet *packet)
{
	return !(packet->tcp_flags & (TCP_SYN | TCP_FIN)) && packet->payload_bytes <= 1 &&
	       packet->tcp_sequence + 1 == sender->next_sequence;
}

/* RFC 9293 3.8.6.1: a byte into a closed window, which is not taken, and comes again. */
static bool is_window_probe(const struct flow *flow, const struct packet *packet, int side)
{
	const struct flow_side *peer = &flow->sides[!side];

	return !(packet->tcp_flags & (TCP_SYN | TCP_FIN)) && packet->payload_bytes == 1 &&
	       peer->packets && peer->window == 0 &&
	       packet->tcp_sequence == flow->sides[side].next_sequence;
}

static uint8_t take_sequence(struct flow *flow, const struct packet *packet, int side,
			     int64_t now_ns)
{
	struct flow_side *sender = &flow->sides[side];
	uint32_t sequence = packet->tcp_sequence, gap;
	uint32_t bytes = packet->payload_bytes + !!(packet->tcp_flags & TCP_SYN) +
			 !!(packet->tcp_flags & TCP_FIN);
	uint32_t end = sequence + bytes;

	if (!(sender->marks & SIDE_SEQUENCE)) {
		sender->marks |= SIDE_SEQUENCE;
		sender->next_sequence = end;
		return 0;
	}
	if (bytes == 0 || is_window_probe(flow, packet, side))
		return 0;
	if (sequence_reaches(sequence, sender->next_sequence)) {
		gap = sequence - sender->next_sequence;
		if (gap) {
			sender->gap_sequence = sender->next_sequence;
			sender->gap_bytes = (uint16_t)(gap < UINT16_MAX ? gap : UINT16_MAX);
			sender->gap_ms = clock_ms(now_ns);
		}
		sender->next_sequence = end;
		return 0;
	}
	if (is_keep_alive(sender, packet))
		return 0;
	if (fills_gap(flow, sender, packet, end, now_ns)) {
		shrink_gap(sender, packet, end);
		return SEGMENT_OUT_OF_ORDER;
	}
	if (sequence_reaches(end, sender->next_sequence))
		sender->next_sequence = end;
	return SEGMENT_RETRANSMITTED;
}

uint8_t tcp_segment(struct flow *flow, const struct packet *packet, int side, int64_t now_ns)
{
	uint8_t marks = 0;

	if (packet->tcp_flags & TCP_RST)
		return 0;
	marks = take_sequence(flow, packet, side, now_ns);
	if (packet->tcp_window == 0 && !(packet->tcp_flags & (TCP_SYN | TCP_FIN)))
		marks |= SEGMENT_ZERO_WINDOW;
	return marks;
}

bool tcp_reset_is_in_window(const struct flow *flow, const struct packet *packet, int side)
{
	const struct flow_side *sender = &flow->sides[side];
	uint64_t window = flow_window(flow, !side);
	int32_t distance = (int32_t)(packet->tcp_sequence - sender->next_sequence);

	if (!(sender->marks & SIDE_SEQUENCE))
		return true; /* nothing is known of this side */
	if (window < WINDOW_LEAST)
		window = WINDOW_LEAST;
	return distance >= -(int64_t)window && distance <= (int64_t)window;
}
