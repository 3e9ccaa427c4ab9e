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
	TRANSITION_ESTABLISHED,
	TRANSITION_RESET,
	TRANSITION_CLOSED,
};

struct verdict {
	uint32_t flow;         /* row of the flow table, or TABLE_NONE: no flow could be named */
	bool from_initiator;   /* who of the flow's two ends sent this packet */
	bool opened;           /* the packet begins a connection towards destination_port */
	uint8_t transition;    /* enum flow_transition */
	uint8_t port_state;    /* enum port_state */
	uint16_t service_port; /* PORT_KNOWN: README, "Service port" */
	uint32_t *port_hint; /* the flow's memory of its port row; a guess to be checked, or NULL */
	uint32_t wire_packets; /* packets on the wire: above 1 for a super-frame, estimated then */
	uint32_t wire_bytes;
};

#endif
