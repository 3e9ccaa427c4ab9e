/*
 * The wording of the event log. Columns first: interface, protocol, both ends; then what happened;
 * then, behind semicolons, what is known of it, always in the same order. What comes from outside, the
 * names of interfaces and of addresses, was cleaned where it came in.
 */
#include "eventlog/text.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "decode/packet.h"
#include "names/names.h"
#include "tally/flow.h"

static const char *const phrases[EVENT_KINDS] = {
	[EVENT_FLOW_BEGUN] = "begun",
	[EVENT_FLOW_ESTABLISHED] = "established",
	[EVENT_FLOW_REFUSED] = "refused",
	[EVENT_FLOW_RESET] = "reset",
	[EVENT_FLOW_CLOSED] = "closed",
	[EVENT_FLOW_TIMED_OUT] = "timed out",
	[EVENT_FLOW_REPLACED] = "replaced by the next connection",
	[EVENT_FLOW_ENDED] = "ended",
	[EVENT_FLOW_EVICTED] = "evicted from the full flow table",
	[EVENT_FLOW_LEFT_OPEN] = "left open at the end of the capture",
	[EVENT_KNOCK] = "knock",
	[EVENT_PROBE_BEGUN] = "probes",
	[EVENT_PROBE_ENDED] = "probes no more",
	[EVENT_FLOOD_BEGUN] = "SYN flood begun",
	[EVENT_FLOOD_ENDED] = "SYN flood ended",
	[EVENT_INTERFACE_OPENED] = "interface opened",
	[EVENT_INTERFACE_LOST] = "interface lost",
	[EVENT_INTERFACE_BACK] = "interface back",
	[EVENT_CAPTURE_DROPPING] = "capture drops packets",
	[EVENT_CAPTURE_RECOVERED] = "capture has recovered",
	[EVENT_CLOCK_FORWARD] = "clock jumped forward",
	[EVENT_CLOCK_BACK] = "clock jumped back",
	[EVENT_EVENTS_LOST] = "events lost",
	[EVENT_LINES_LOST] = "lines lost",
};

/* What is counted by kinds that count. */
static const char *const units[EVENT_KINDS] = {
	[EVENT_FLOOD_BEGUN] = "SYNs a second",
	[EVENT_FLOOD_ENDED] = "SYNs a second at most",
	[EVENT_CAPTURE_DROPPING] = "so far",
	[EVENT_CAPTURE_RECOVERED] = "packets were lost",
	[EVENT_EVENTS_LOST] = "came faster than they could be told of",
	[EVENT_LINES_LOST] = "could not be written",
};

static const char *const states[FLOW_STATES] = {
	[FLOW_ONE_WAY] = "unanswered",   [FLOW_TWO_WAY] = "answered",
	[FLOW_HALF_OPEN] = "half-open",  [FLOW_ESTABLISHED] = "established",
	[FLOW_MIDSTREAM] = "mid-stream", [FLOW_CLOSING] = "half-closed",
};

void text_append_time(struct buffer *out, struct wall_time time)
{
	int64_t ns = time.ns > 0 ? time.ns : 0;
	time_t seconds = (time_t)(ns / NS_PER_SECOND);
	struct tm parts;
	char text[32];
	long offset;

	localtime_r(&seconds, &parts);
	offset = parts.tm_gmtoff / 60;
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
	buffer_printf(out, "%s.%03d", text, (int)(ns % NS_PER_SECOND / 1000000));
	if (offset == 0)
		buffer_append_text(out, "Z");
	else
		buffer_printf(out, "%c%02ld:%02ld", offset < 0 ? '-' : '+',
			      (offset < 0 ? -offset : offset) / 60,
			      (offset < 0 ? -offset : offset) % 60);
}

void text_append_duration(struct buffer *out, int64_t ns)
{
	int64_t seconds = ns / NS_PER_SECOND;

	if (ns == 0)
		buffer_append_text(out, "0 s");
	else if (seconds == 0)
		buffer_printf(out, "%" PRId64 ".%03d ms", ns / 1000000, (int)(ns / 1000 % 1000));
	else if (seconds < 60)
		buffer_printf(out, "%" PRId64 ".%03d s", seconds, (int)(ns / 1000000 % 1000));
	else if (seconds < 3600)
		buffer_printf(out, "%" PRId64 " min %d s", seconds / 60, (int)(seconds % 60));
	else if (seconds < 86400)
		buffer_printf(out, "%" PRId64 " h %d min", seconds / 3600,
			      (int)(seconds / 60 % 60));
	else
		buffer_printf(out, "%" PRId64 " d %d h", seconds / 86400,
			      (int)(seconds / 3600 % 24));
}

void text_append_traffic(struct buffer *out, uint64_t packets, uint64_t bytes)
{
	buffer_append_u64(out, packets);
	buffer_append_text(out, packets == 1 ? " packet " : " packets ");
	buffer_append_u64(out, bytes);
	buffer_append_text(out, bytes == 1 ? " byte" : " bytes");
}

void text_append_rate(struct buffer *out, uint64_t bytes, int64_t ns)
{
	static const char *const prefixes[] = {"", "k", "M", "G", "T"};
	double rate = 8.0 * (double)bytes * (double)NS_PER_SECOND / (double)ns;
	size_t prefix = 0;

	if (ns < NS_PER_SECOND / 1000)
		return;
	while (rate >= 999.95 && prefix < sizeof(prefixes) / sizeof(prefixes[0]) - 1) {
		rate /= 1000;
		prefix++;
	}
	buffer_printf(out, prefix ? ", %.1f %sbit/s" : ", %.0f %sbit/s", rate, prefixes[prefix]);
}

static void append_address(struct buffer *out, const struct event *event, int end)
{
	char text[IP_ADDRESS_TEXT];

	buffer_append_text(
		out, event->version ? ip_address_format(text, event->version, event->addresses[end])
				    : "*");
}

void text_append_names(struct buffer *out, const char *address, const char *service)
{
	if (!*address && !*service)
		return;
	buffer_append_text(out, " (");
	buffer_append_text(out, address);
	buffer_append_text(out, *address && *service ? " " : "");
	buffer_append_text(out, service);
	buffer_append_text(out, ")");
}

/* "192.168.1.1:443 (router.lan https)" */
static void append_end(struct buffer *out, struct names *names, const struct event *event, int end)
{
	char address[NAMES_ADDRESS_TEXT] = "", service[NAMES_SERVICE_TEXT] = "";
	bool is_udp = event->protocol == PROTOCOL_UDP;
	bool has_port =
		is_udp || event->protocol == PROTOCOL_TCP || event->protocol == PROTOCOL_SCTP;
	bool in_brackets = has_port && event->version == 6;

	buffer_append_text(out, in_brackets ? "[" : "");
	append_address(out, event, end);
	buffer_append_text(out, in_brackets ? "]" : "");
	if (has_port) {
		buffer_append_text(out, ":");
		buffer_append_u64(out, event->ports[end]);
	}
	if (event->version)
		names_of_address(names, event->version, event->addresses[end], address);
	if (end == RESPONDER && (is_udp || event->protocol == PROTOCOL_TCP))
		names_of_service(names, is_udp, event->ports[end], service);
	text_append_names(out, address, service);
}

static void append_protocol(struct buffer *out, const struct event *event)
{
	if (event->protocol == PROTOCOL_OTHER)
		buffer_printf(out, " ip-%d ", event->ip_protocol);
	else
		buffer_printf(out, " %s ", protocol_name(event->protocol));
}

static void append_vlan(struct buffer *out, const struct event *event)
{
	if (event->vlan[0])
		buffer_printf(out, " vlan %d", event->vlan[0]);
	if (event->vlan[1])
		buffer_printf(out, "/%d", event->vlan[1]);
}

static void append_macs(struct buffer *out, const struct event *event)
{
	static const uint8_t unknown[MAC_BYTES];
	bool known[2];
	char text[MAC_TEXT];

	for (int end = INITIATOR; end <= RESPONDER; end++)
		known[end] = memcmp(event->macs[end], unknown, MAC_BYTES) != 0;
	if (!known[INITIATOR] && !known[RESPONDER])
		return;
	buffer_append_text(out, "; ");
	buffer_append_text(out, known[INITIATOR] ? mac_format(text, event->macs[INITIATOR]) : "?");
	buffer_append_text(out, " > ");
	buffer_append_text(out, known[RESPONDER] ? mac_format(text, event->macs[RESPONDER]) : "?");
}

static void append_flags(struct buffer *out, const struct event *event)
{
	char text[2][8];

	if (event->protocol != PROTOCOL_TCP)
		return;
	for (int end = INITIATOR; end <= RESPONDER; end++)
		flow_all_flags_format(text[end], event->all_flags[end]);
	buffer_printf(out, "; flags %s > %s", text[INITIATOR], text[RESPONDER]);
}

/* What the phrase leaves open: the state that the flow was in, or who reset it. */
static void append_state(struct buffer *out, const struct event *event)
{
	if (event->kind == EVENT_FLOW_RESET)
		buffer_append_text(out, event->marks[INITIATOR] & SIDE_RST ? " by the initiator"
									   : " by the responder");
	else if (event->kind >= EVENT_FLOW_TIMED_OUT && states[event->state])
		buffer_printf(out, ", %s,", states[event->state]);
}

static void append_end_of_flow(struct buffer *out, const struct event *event)
{
	append_state(out, event);
	buffer_append_text(out, " after ");
	text_append_duration(out, event->duration_ns);
	if (event->silent_ns >= NS_PER_SECOND) {
		buffer_append_text(out, " and ");
		text_append_duration(out, event->silent_ns);
		buffer_append_text(out, " of silence");
	}
	if (event->kind == EVENT_FLOW_ESTABLISHED)
		return;
	buffer_append_text(out, "; sent ");
	text_append_traffic(out, event->packets[INITIATOR], event->bytes[INITIATOR]);
	buffer_append_text(out, ", received ");
	text_append_traffic(out, event->packets[RESPONDER], event->bytes[RESPONDER]);
	text_append_rate(out, event->bytes[INITIATOR] + event->bytes[RESPONDER],
			 event->duration_ns);
	append_flags(out, event);
}

static void append_ends(struct buffer *out, struct names *names, const struct event *event)
{
	append_protocol(out, event);
	append_end(out, names, event, INITIATOR);
	buffer_append_text(out, " > ");
	append_end(out, names, event, RESPONDER);
	buffer_append_text(out, " ");
}

static void append_flow(struct buffer *out, struct names *names, const struct event *event)
{
	append_ends(out, names, event);
	if ((event->protocol == PROTOCOL_ICMP || event->protocol == PROTOCOL_ICMPV6) &&
	    event->ports[INITIATOR])
		buffer_printf(out, "id %d ", event->ports[INITIATOR]);
	buffer_append_text(out, phrases[event->kind]);
	if (event->kind != EVENT_FLOW_BEGUN)
		append_end_of_flow(out, event);
	if (event->kind != EVENT_FLOW_ESTABLISHED)
		append_macs(out, event);
}

static void append_knock(struct buffer *out, struct names *names, const struct event *event)
{
	static const char *const outcomes[KNOCK_OUTCOMES] = {
		[KNOCK_NO_ANSWER] = "not answered",
		[KNOCK_REFUSED] = "refused",
		[KNOCK_ANSWERED] = "answered",
		[KNOCK_ESTABLISHED] = "let in",
	};

	append_ends(out, names, event);
	buffer_printf(out, "knock, %s; try %" PRIu64, outcomes[event->outcome], event->count);
	if (event->duration_ns > 0) {
		buffer_append_text(out, " within ");
		text_append_duration(out, event->duration_ns);
	}
}

static void append_count(struct buffer *out, uint64_t n, const char *unit)
{
	buffer_append_u64(out, n);
	buffer_append_text(out, " ");
	buffer_append_text(out, unit);
	buffer_append_text(out, n == 1 ? "" : "s");
}

static void append_probe(struct buffer *out, struct names *names, const struct event *event)
{
	char name[NAMES_ADDRESS_TEXT] = "";

	buffer_append_text(out, " ");
	append_address(out, event, INITIATOR);
	if (event->version)
		names_of_address(names, event->version, event->addresses[INITIATOR], name);
	text_append_names(out, name, "");
	buffer_printf(out, " %s; ", phrases[event->kind]);
	append_count(out, event->count, "port");
	buffer_append_text(out, " and ");
	append_count(out, event->hosts, "host");
	buffer_append_text(out, " tried");
	if (event->duration_ns > 0) {
		buffer_append_text(out, " within ");
		text_append_duration(out, event->duration_ns);
	}
}

static void append_other(struct buffer *out, const struct event *event)
{
	bool is_jump = event->kind == EVENT_CLOCK_FORWARD || event->kind == EVENT_CLOCK_BACK;

	buffer_printf(out, " %s", phrases[event->kind]);
	if (event->duration_ns > 0 && event->kind != EVENT_FLOOD_BEGUN) {
		buffer_append_text(out, is_jump ? " by " : " after ");
		text_append_duration(out, event->duration_ns);
	}
	if (units[event->kind])
		buffer_printf(out, "; %" PRIu64 " %s", event->count, units[event->kind]);
}

void text_append_event(struct buffer *out, struct names *names, const struct event *event)
{
	buffer_append_text(out, *event->interface ? event->interface : "-");
	append_vlan(out, event);
	if (event_is_of_flow(event))
		append_flow(out, names, event);
	else if (event->kind == EVENT_KNOCK)
		append_knock(out, names, event);
	else if (event->kind == EVENT_PROBE_BEGUN || event->kind == EVENT_PROBE_ENDED)
		append_probe(out, names, event);
	else
		append_other(out, event);
}
