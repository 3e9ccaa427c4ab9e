/* What families tell the readers of events: that something is wrong with an interface's traffic. */
#ifndef IPTALLY_FAMILY_ALERT_H
#define IPTALLY_FAMILY_ALERT_H

#include "base/privacy.h"
#include "events/event_ring.h"
#include "family/family.h"
#include "tally/tally.h"

/* Where alerts go, and what they may say. Events: NULL where nobody listens. */
struct alerts {
	const struct tally *tally;
	struct event_ring *events;
	enum privacy privacy;
};

static inline struct alerts alerts_of(const struct family_context *context)
{
	return (struct alerts){context->tally, context->events, context->options->privacy};
}

/* An event of this kind, with the interface's name and the time, and nothing else. */
struct event alert_event(const struct alerts *alerts, uint16_t interface, enum event_kind kind,
			 int64_t now_ns);

/* Sets an address of an event, as much of it as may be seen. */
void alert_set_address(const struct alerts *alerts, struct event *event, int side,
		       const struct family_address *address);

static inline void alert_tell(const struct alerts *alerts, const struct event *event)
{
	if (alerts->events)
		event_ring_put(alerts->events, event);
}

#endif
