/* Events of interfaces and of sources, with what all of them have. */
#include "family/alert.h"

#include <string.h>

struct event alert_event(const struct alerts *alerts, uint16_t interface, enum event_kind kind,
			 int64_t now_ns)
{
	struct event event = {
		.time.ns = now_ns + alerts->tally->flows.wall_offset_ns,
		.kind = (uint8_t)kind,
	};

	event_set_interface(&event, alerts->tally->interfaces[interface].name);
	return event;
}

void alert_set_address(const struct alerts *alerts, struct event *event, int side,
		       const struct family_address *address)
{
	event->version = address->version;
	memcpy(event->addresses[side], address->bytes, sizeof(event->addresses[side]));
	privacy_mask_address(alerts->privacy, address->version, event->addresses[side]);
}
