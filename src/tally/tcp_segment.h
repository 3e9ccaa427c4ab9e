/* What a TCP segment is to those before it: new data, a retransmission, out of order. */
#ifndef IPTALLY_TALLY_TCP_SEGMENT_H
#define IPTALLY_TALLY_TCP_SEGMENT_H

#include <stdbool.h>

#include "decode/packet.h"
#include "tally/flow.h"

/* Sequence numbers wrap: whether a is at or after b. */
static inline bool sequence_reaches(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) >= 0;
}

/* Takes the segment into its side's sequence numbers. Returns enum segment_marks. */
uint8_t tcp_segment(struct flow *flow, const struct packet *packet, int side, int64_t now_ns);

/* Whether a reset's sequence number is where the peer may accept it (RFC 5961 3.2, generously). */
bool tcp_reset_is_in_window(const struct flow *flow, const struct packet *packet, int side);

#endif
