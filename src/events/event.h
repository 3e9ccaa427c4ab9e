/* Something that happened, for readers that want the moment and not a counter. */
#ifndef IPTALLY_EVENTS_EVENT_H
#define IPTALLY_EVENTS_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/privacy.h"

enum event_kind {
	/* of a flow: all members but `count` are set */
	EVENT_FLOW_BEGUN, /* TCP */
	EVENT_FLOW_ESTABLISHED,
	EVENT_FLOW_REFUSED,
	EVENT_FLOW_RESET,
	EVENT_FLOW_CLOSED,
	EVENT_FLOW_TIMED_OUT, /* TCP */
	EVENT_FLOW_REPLACED,  /* TCP: the same ends began anew before it was over */
	EVENT_FLOW_ENDED,     /* not TCP: silent for long enough; TCP: gone with its interface */
	EVENT_FLOW_EVICTED,
	EVENT_FLOW_LEFT_OPEN, /* the capture ended before it did */
	/* of a source: addresses[0]; of a knock all of its last try, and how many there were */
	EVENT_KNOCK,
	EVENT_PROBE_BEGUN,
	EVENT_PROBE_ENDED,
	/* of an interface alone */
	EVENT_FLOOD_BEGUN,
	EVENT_FLOOD_ENDED,
	EVENT_INTERFACE_OPENED,
	EVENT_INTERFACE_LOST,
	EVENT_INTERFACE_BACK,
	EVENT_CAPTURE_DROPPING,
	EVENT_CAPTURE_RECOVERED,
	/* of the agent */
	EVENT_CLOCK_FORWARD, /* the wall clock jumped by `duration_ns` */
	EVENT_CLOCK_BACK,
	EVENT_EVENTS_LOST, /* `count` did not fit into the ring */
	EVENT_LINES_LOST,  /* `count` could not be written to the event log */
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
	struct wall_time time; /* when it was noticed; by packet time where a file is read */
	char interface[16];    /* its name; empty: of none */
	uint8_t kind;          /* enum event_kind */
	uint8_t version;       /* of the addresses: 4 or 6; 0: there are none */
	uint8_t protocol;      /* enum protocol */
	uint8_t ip_protocol;   /* the number itself */
	uint8_t state;         /* enum flow_state */
	uint8_t last_flags[2]; /* TCP: initiator's and responder's, here and below */
	uint8_t all_flags[2];  /* TCP */
	uint8_t marks[2];      /* enum flow_side_marks */
	uint16_t vlan[2];      /* outer and inner; 0: none */
	uint16_t ports[2];     /* ICMP queries: the identifier */
	uint8_t addresses[2][IP_ADDRESS_BYTES];
	uint8_t macs[2][MAC_BYTES]; /* zero: not known */
	uint64_t packets[2];
	uint64_t bytes[2];
	int64_t duration_ns; /* of a flow from its first packet to its last; or of what ended */
	int64_t silent_ns;   /* of a flow, since its last packet */
	uint64_t count;      /* tries, ports, SYNs a second or frames: what the kind counts */
	uint64_t hosts;      /* that a probe tried */
	uint8_t outcome;     /* of a knock, enum knock_outcome */
};

/* By kind, as programs read them: "timed_out"; NULL behind the last. */
extern const char *const event_kind_names[EVENT_KINDS + 1];

static inline bool event_is_of_flow(const struct event *event)
{
	return event->kind <= EVENT_FLOW_LEFT_OPEN;
}

/* Takes the name of an interface over, cut to the room that the kernel gives one. */
void event_set_interface(struct event *event, const char *name);

/* Clears what --privacy hides; with `none` there are no addresses at all. */
void event_hide(struct event *event, enum privacy privacy);

#endif
