/* See event.c. */
#ifndef IPTALLY_FAMILY_EVENT_H
#define IPTALLY_FAMILY_EVENT_H

#include "events/event_board.h"
#include "family/family.h"

extern const struct family event_family;
extern const struct family event_queue_family;

/* What the fields of event_family show of an event. */
struct event_row {
	uint32_t id;
	struct event event;
	uint32_t ip_protocol, vlan[2];
	struct family_address addresses[2];
	char flags[2][8], all_flags[2][8];
	char mac[2][MAC_TEXT];
	/* what an event of its kind has; what it lacks is not shown */
	bool has_interface, has_protocol, has_service, has_state, has_traffic, has_duration,
		has_silence;
	bool has_flags, has_vlan[2], has_address[2], has_port[2], has_mac[2];
	bool has_tries, has_tried, has_syns, has_drops, has_losses;
};

void event_row_fill(struct event_row *row, const struct numbered_event *event);

#endif
