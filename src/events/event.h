/* Something that happened to a flow, for readers that want the moment and not a counter. */
#ifndef IPTALLY_EVENTS_EVENT_H
#define IPTALLY_EVENTS_EVENT_H

#include <stdint.h>

#include "base/address.h"
#include "base/clock.h"

enum event_kind {
	/* of a flow: all members are set */
	EVENT_FLOW_BEGUN,
	EVENT_FLOW_ESTABLISHED,
	EVENT_FLOW_REFUSED,
	EVENT_FLOW_RESET,
	EVENT_FLOW_CLOSED,
	EVENT_FLOW_TIMED_OUT, /* TCP */
	EVENT_FLOW_ENDED,     /* not TCP: silent for long enough */
	EVENT_FLOW_EVICTED,
	/* of a source: addresses[0]; of a knock its port, protocol and outcome, too */
	EVENT_KNOCK,
	EVENT_PROBE_BEGUN,
	EVENT_PROBE_ENDED,
	/* of an interface alone */
	EVENT_FLOOD_BEGUN,
	EVENT_FLOOD_ENDED,
	EVENT_INTERFACE_OPENED,
	EVENT_INTERFACE_LOST,
	EVENT_CAPTURE_DROPPING,
	EVENT_CAPTURE_RECOVERED,
	EVENT_KINDS
};

/* What came of an attempt to connect. In the order of iptallyKnockOutcome, less one. */
enum knock_outcome {
	KNOCK_NO_ANSWER,
	KNOCK_REFUSED,     /* reset */
	KNOCK_ANSWERED,    /* by a SYN-ACK, or a datagram */
	KNOCK_ESTABLISHED, /* TCP: the handshake was finished */
	KNOCK_OUTCOMES
};

extern const char *const knock_outcome_names[KNOCK_OUTCOMES + 1];

struct event {
	struct wall_time time; /* of the packet, where a capture file is read */
	char interface[16];    /* its name */
	uint8_t kind;          /* enum event_kind */
	uint8_t version;       /* of the addresses: 4 or 6 */
	uint8_t protocol;      /* enum protocol */
	uint16_t ports[2];     /* initiator's and responder's, here and below */
	uint8_t addresses[2][IP_ADDRESS_BYTES];
	uint8_t macs[2][MAC_BYTES]; /* zero: not known */
	uint64_t packets[2];
	uint64_t bytes[2];
	int64_t duration_ns; /* since the flow's first packet, or since it began */
	uint64_t count;      /* tries, ports, SYNs a second or frames: what the kind counts */
	uint64_t hosts;      /* that a probe tried */
	uint8_t outcome;     /* of a knock, enum knock_outcome */
};

const char *event_kind_name(enum event_kind kind);

#endif
