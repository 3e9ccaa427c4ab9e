/* What the families of TCP share: tcp.c, which counts, and flood.c. */
#ifndef IPTALLY_FAMILY_TCP_STATE_H
#define IPTALLY_FAMILY_TCP_STATE_H

#include "family/flood.h"
#include "family/per_interface.h"

struct tcp_segments {
	uint64_t syn, syn_ack, fin, rst;
	uint64_t retransmitted, out_of_order, zero_window;
};

struct tcp {
	struct per_interface *segments; /* of struct tcp_segments */
	struct floods floods;
};

#endif
