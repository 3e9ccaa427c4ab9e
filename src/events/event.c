/* What kinds of events there are, and what may be seen of one. */
#include "events/event.h"

#include <string.h>

const char *const event_kind_names[EVENT_KINDS + 1] = {
	[EVENT_FLOW_BEGUN] = "begun",
	[EVENT_FLOW_ESTABLISHED] = "established",
	[EVENT_FLOW_REFUSED] = "refused",
	[EVENT_FLOW_RESET] = "reset",
	[EVENT_FLOW_CLOSED] = "closed",
	[EVENT_FLOW_TIMED_OUT] = "timed_out",
	[EVENT_FLOW_REPLACED] = "replaced",
	[EVENT_FLOW_ENDED] = "ended",
	[EVENT_FLOW_EVICTED] = "evicted",
	[EVENT_FLOW_LEFT_OPEN] = "left_open",
	[EVENT_KNOCK] = "knock",
	[EVENT_PROBE_BEGUN] = "probe_begun",
	[EVENT_PROBE_ENDED] = "probe_ended",
	[EVENT_FLOOD_BEGUN] = "flood_begun",
	[EVENT_FLOOD_ENDED] = "flood_ended",
	[EVENT_INTERFACE_OPENED] = "interface_opened",
	[EVENT_INTERFACE_LOST] = "interface_lost",
	[EVENT_INTERFACE_BACK] = "interface_back",
	[EVENT_CAPTURE_DROPPING] = "capture_dropping",
	[EVENT_CAPTURE_RECOVERED] = "capture_recovered",
	[EVENT_CLOCK_FORWARD] = "clock_forward",
	[EVENT_CLOCK_BACK] = "clock_back",
	[EVENT_EVENTS_LOST] = "events_lost",
	[EVENT_LINES_LOST] = "lines_lost",
};

const char *const knock_outcome_names[KNOCK_OUTCOMES + 1] = {
	[KNOCK_NO_ANSWER] = "no_answer",
	[KNOCK_REFUSED] = "refused",
	[KNOCK_ANSWERED] = "answered",
	[KNOCK_ESTABLISHED] = "established",
};

void event_set_interface(struct event *event, const char *name)
{
	size_t length = strnlen(name, sizeof(event->interface) - 1);

	memcpy(event->interface, name, length);
	event->interface[length] = '\0';
}

void event_hide(struct event *event, enum privacy privacy)
{
	if (privacy == PRIVACY_FULL || event->version == 0)
		return;
	for (int end = 0; end < 2; end++) {
		privacy_mask_address(privacy, event->version, event->addresses[end]);
		privacy_mask_mac(privacy, event->macs[end]);
	}
	if (privacy == PRIVACY_NONE)
		event->version = 0;
}
