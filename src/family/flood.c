/*
 * Seconds of the ageing clock, each judged when it is over: by the first SYN of a later one, or by
 * the tick. Time without SYNs is quiet, however long it takes until something comes.
 */
#include "family/flood.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "family/tcp.h"
#include "family/tcp_state.h"
#include "family/traffic.h"

#define SYNS_FOR_AN_ANSWER 3
#define BEGINS_AFTER       2  /* bad seconds */
#define ENDS_AFTER         60 /* seconds that were not; no scrape in between misses it */

struct flood {
	int64_t second; /* that is being counted */
	uint64_t syns[DIRECTIONS], answers[DIRECTIONS];
	int64_t bad, quiet; /* seconds in a row */
	bool active;
	uint64_t worst;  /* of the bad ones in a row */
	uint64_t rate;   /* of the last second */
	uint64_t floods; /* that began */
	uint64_t peak;   /* of this flood, or the last one, here and below */
	int64_t began_ns;
};

struct flood_row {
	uint32_t interface;
	uint8_t active;
	uint64_t floods, rate, peak;
	struct wall_time began;
};

static const struct family_key flood_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct flood_row, interface)},
};

static const struct family_field flood_fields[] = {
	{.name = "active",
	 .metric = "iptally_flood_active",
	 .help = "Whether there is a SYN flood now.",
	 .kind = FIELD_BOOL,
	 .faces = FACE_ALL,
	 .column = 2,
	 .offset = offsetof(struct flood_row, active)},
	{.name = "syn_rate",
	 .help = "SYNs in the last second, of the direction with more of them.",
	 .kind = FIELD_GAUGE,
	 .faces = FACE_SNMP | FACE_JSON,
	 .column = 3,
	 .offset = offsetof(struct flood_row, rate)},
	{.name = "peak_syn_rate",
	 .help = "SYNs in the worst second of this flood, or the last one.",
	 .kind = FIELD_GAUGE,
	 .faces = FACE_SNMP | FACE_JSON,
	 .column = 4,
	 .offset = offsetof(struct flood_row, peak)},
	FIELD_COUNT("floods", NULL, "SYN floods that began.", struct flood_row, floods, .column = 5,
		    .faces = FACE_SNMP | FACE_JSON),
	{.name = "began",
	 .help = "When this flood began, or the last one; 1970: there was none.",
	 .kind = FIELD_DATE,
	 .faces = FACE_SNMP | FACE_JSON,
	 .column = 6,
	 .offset = offsetof(struct flood_row, began)},
};

int floods_create(struct floods *floods, const struct family_context *context, struct error *error)
{
	*floods = (struct floods){
		.alerts = alerts_of(context),
		.rate = context->options->flood_rate,
		.interfaces =
			per_interface_create(context, "SYN floods", sizeof(struct flood), error),
	};
	return floods->interfaces ? 0 : -ENOMEM;
}

void floods_destroy(struct floods *floods)
{
	free(floods->interfaces);
}

static struct flood *flood_at(const struct floods *floods, uint32_t interface)
{
	return per_interface_at(floods->interfaces, interface);
}

static void tell(const struct floods *floods, uint32_t interface, enum event_kind kind,
		 int64_t ended_ns)
{
	const struct flood *flood = flood_at(floods, interface);
	struct event event = alert_event(&floods->alerts, (uint16_t)interface, kind,
					 floods->alerts.tally->now_ns);

	event.count = kind == EVENT_FLOOD_BEGUN ? flood->rate : flood->peak;
	event.duration_ns = ended_ns - flood->began_ns;
	alert_tell(&floods->alerts, &event);
}

static void take_bad_second(const struct floods *floods, uint32_t interface)
{
	struct flood *flood = flood_at(floods, interface);
	int64_t ended_ns = (flood->second + 1) * NS_PER_SECOND;

	flood->bad++;
	flood->quiet = 0;
	flood->worst = flood->bad > 1 && flood->worst > flood->rate ? flood->worst : flood->rate;
	if (flood->active && flood->peak < flood->worst)
		flood->peak = flood->worst;
	if (flood->active || flood->bad < BEGINS_AFTER)
		return;
	flood->active = true;
	flood->floods++;
	flood->peak = flood->worst;
	flood->began_ns = ended_ns - flood->bad * NS_PER_SECOND;
	tell(floods, interface, EVENT_FLOOD_BEGUN, ended_ns);
}

static void take_quiet_seconds(const struct floods *floods, uint32_t interface, int64_t n)
{
	struct flood *flood = flood_at(floods, interface);

	flood->bad = 0;
	flood->quiet += n;
	if (!flood->active || flood->quiet < ENDS_AFTER)
		return;
	flood->active = false;
	tell(floods, interface, EVENT_FLOOD_ENDED,
	     (flood->second + 1 - flood->quiet) * NS_PER_SECOND);
}

/* Answers go the other way; where nothing is known but that it was received, as in a file, any. */
static bool is_bad(const struct floods *floods, uint32_t interface, enum direction way)
{
	const struct tally *tally = floods->alerts.tally;
	const struct flood *flood = flood_at(floods, interface);
	uint64_t answers = flood->answers[!way];

	if (tally->packet_clock || tally->interfaces[interface].loopback)
		answers += flood->answers[way];
	return flood->syns[way] >= floods->rate && flood->syns[way] > SYNS_FOR_AN_ANSWER * answers;
}

static void judge_second(const struct floods *floods, uint32_t interface)
{
	struct flood *flood = flood_at(floods, interface);

	int way = flood->syns[DIRECTION_TRANSMIT] > flood->syns[DIRECTION_RECEIVE]
			  ? DIRECTION_TRANSMIT
			  : DIRECTION_RECEIVE;

	flood->rate = flood->syns[way];
	if (is_bad(floods, interface, DIRECTION_RECEIVE) ||
	    is_bad(floods, interface, DIRECTION_TRANSMIT))
		take_bad_second(floods, interface);
	else
		take_quiet_seconds(floods, interface, 1);
	memset(flood->syns, 0, sizeof(flood->syns));
	memset(flood->answers, 0, sizeof(flood->answers));
}

/* Until this second, which begins. A clock that went back stays where it was. */
static void advance(const struct floods *floods, uint32_t interface, int64_t second)
{
	struct flood *flood = flood_at(floods, interface);
	int64_t empty = second - flood->second - 1;

	if (second <= flood->second)
		return;
	judge_second(floods, interface);
	if (empty > 0) {
		flood->rate = 0;
		flood->second = second - 1;
		take_quiet_seconds(floods, interface, empty);
	}
	flood->second = second;
}

void floods_count(const struct floods *floods, const struct packet *packet, int64_t now_ns)
{
	struct flood *flood = flood_at(floods, packet->interface);

	advance(floods, packet->interface, now_ns / NS_PER_SECOND);
	if (packet->tcp_flags & TCP_ACK)
		flood->answers[packet->direction]++;
	else
		flood->syns[packet->direction]++;
}

static void flood_tick(void *opaque, int64_t now_ns)
{
	const struct tcp *tcp = opaque;

	PER_INTERFACE_EACH (tcp->floods.interfaces, slot)
		advance(&tcp->floods, slot, now_ns / NS_PER_SECOND);
}

/* Nothing more will come in this second. */
static void flood_finish(void *opaque, int64_t now_ns)
{
	flood_tick(opaque, now_ns + NS_PER_SECOND);
}

static void flood_forget(void *opaque, uint16_t interface)
{
	per_interface_forget(((const struct tcp *)opaque)->floods.interfaces, interface);
}

static size_t flood_max_rows(const void *opaque)
{
	return ((const struct tcp *)opaque)->floods.alerts.tally->max_interfaces;
}

static size_t flood_copy(const void *opaque, void *rows)
{
	const struct floods *floods = &((const struct tcp *)opaque)->floods;
	int64_t wall_offset_ns = floods->alerts.tally->flows.wall_offset_ns;
	struct flood_row *row = rows;

	PER_INTERFACE_EACH (floods->interfaces, slot) {
		const struct flood *flood = flood_at(floods, slot);

		*row++ = (struct flood_row){
			.interface = slot,
			.active = flood->active,
			.floods = flood->floods,
			.rate = flood->rate,
			.peak = flood->peak,
			.began.ns = flood->floods ? flood->began_ns + wall_offset_ns : 0,
		};
	}
	return (size_t)(row - (struct flood_row *)rows);
}

const struct family flood_family = {
	.name = "flood",
	.kind = FAMILY_FIXED,
	.help = "SYN floods of an interface.",
	.subtree = 14, /* iptallyAlertTable, which the family of probing shares */
	.keys = flood_keys,
	.n_keys = COUNT(flood_keys),
	.fields = flood_fields,
	.n_fields = COUNT(flood_fields),
	.row_size = sizeof(struct flood_row),
	.shows = &tcp_family,
	.tick = flood_tick,
	.finish = flood_finish,
	.forget_interface = flood_forget,
	.max_rows = flood_max_rows,
	.copy = flood_copy,
};
