/* What a TCP segment does to its flow (RFC 9293 3.3.2, seen from the middle). */
#ifndef IPTALLY_TALLY_TCP_H
#define IPTALLY_TALLY_TCP_H

#include <stdbool.h>

#include "decode/packet.h"
#include "tally/flow.h"
#include "tally/verdict.h"

/* Whether this segment, sent by `side`, begins the tuple's next connection. */
bool tcp_begins_anew(const struct flow *flow, const struct packet *packet, int side);

/* Sets the state of a flow that this segment begins. Returns whether it begins a connection. */
bool tcp_begin(struct flow *flow, const struct packet *packet);

/* Takes a segment of `side` into a flow's state. */
enum flow_transition tcp_update(struct flow *flow, const struct packet *packet, int side);

#endif
