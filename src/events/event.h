/* Something that happened to a flow, for readers that want the moment and not a counter. */
#ifndef IPTALLY_EVENTS_EVENT_H
#define IPTALLY_EVENTS_EVENT_H

#include <stdint.h>

#include "base/address.h"
#include "base/clock.h"

enum event_kind {
	EVENT_FLOW_BEGUN,
	EVENT_FLOW_ESTABLISHED,
	EVENT_FLOW_RESET,
	EVENT_FLOW_CLOSED,
	EVENT_FLOW_TIMED_OUT,
	EVENT_FLOW_EVICTED,
};

struct event {
	struct wall_time time; /* of the packet, where a capture file is read */
	uint32_t interface;    /* slot */
	uint8_t kind;          /* enum event_kind */
	uint8_t version;       /* of the addresses: 4 or 6 */
	uint8_t protocol;      /* enum protocol */
	uint16_t ports[2];     /* initiator's and responder's, here and below */
	uint8_t addresses[2][IP_ADDRESS_BYTES];
	uint64_t packets[2];
	uint64_t bytes[2];
};

const char *event_kind_name(enum event_kind kind);

#endif
