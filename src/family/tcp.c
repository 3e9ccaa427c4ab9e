/*
 * TCP segments by their flags and by what they are to those before them, connections by what became
 * of them (README, "What is counted": TCP life). Keyed by interface.
 */
#include "family/tcp.h"

#include <errno.h>
#include <stdlib.h>

#include "family/tcp_state.h"
#include "family/traffic.h"
#include "tally/verdict.h"

struct tcp_row {
	uint32_t interface;
	struct tcp_segments segments;
	struct tcp_totals totals;
};

struct handshake_row {
	uint32_t interface;
	uint32_t lower_ns, upper_ns;
	uint64_t handshakes, took_ns;
};

static const struct family_key tcp_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct tcp_row, interface)},
};

static const struct family_key handshake_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct handshake_row, interface)},
	{.kind = KEY_BUCKET, .offset = offsetof(struct handshake_row, lower_ns)},
};

#define FIELD_SEGMENTS(field, full_metric, text, member, snmp_column)                              \
	FIELD_COUNT(field, full_metric, text, struct tcp_row, segments.member,                     \
		    .column = snmp_column, .faces = FACE_ALL)
#define FIELD_CONNECTIONS(field, full_metric, text, member, snmp_column, ...)                      \
	FIELD_COUNT(field, full_metric, text, struct tcp_row, totals.member,                       \
		    .column = snmp_column, __VA_ARGS__)
#define FIELD_NOW(field, full_metric, text, member, snmp_column)                                   \
	{                                                                                          \
		.name = field, .metric = full_metric, .help = text, .kind = FIELD_GAUGE,           \
		.faces = FACE_ALL, .offset = offsetof(struct tcp_row, totals.member),              \
		.column = snmp_column                                                              \
	}

static const struct family_field tcp_fields[] = {
	FIELD_SEGMENTS("syn_packets", "iptally_tcp_syn_packets", "Segments with SYN, without ACK.",
		       syn, 2),
	FIELD_SEGMENTS("synack_packets", "iptally_tcp_synack_packets", "Segments with SYN and ACK.",
		       syn_ack, 3),
	FIELD_SEGMENTS("fin_packets", "iptally_tcp_fin_packets", "Segments with FIN.", fin, 4),
	FIELD_SEGMENTS("rst_packets", "iptally_tcp_rst_packets", "Segments with RST.", rst, 5),
	FIELD_SEGMENTS("retransmitted_packets", "iptally_tcp_retransmitted_packets",
		       "Segments whose bytes were sent before.", retransmitted, 6),
	FIELD_SEGMENTS("out_of_order_packets", "iptally_tcp_out_of_order_packets",
		       "Segments that came after later ones, within a round trip.", out_of_order,
		       7),
	FIELD_SEGMENTS("zero_window_packets", "iptally_tcp_zero_window_packets",
		       "Segments that close the window.", zero_window, 8),
	FIELD_CONNECTIONS("connections_attempted", "iptally_tcp_connections_attempted",
			  "Connections begun by a SYN.", attempted, 9, .faces = FACE_ALL),
	FIELD_CONNECTIONS("connections_established", "iptally_tcp_connections_established",
			  "Connections begun whose handshake was finished.", established, 10,
			  .faces = FACE_ALL),
	FIELD_CONNECTIONS(
		"connections_refused", "iptally_tcp_connections_refused",
		"Connections begun that the responder reset before they were established.", refused,
		11, .faces = FACE_ALL),
	FIELD_CONNECTIONS("connections_reset", "iptally_tcp_connections_reset",
			  "Connections that either end reset, but for those refused.", reset, 12,
			  .faces = FACE_ALL),
	FIELD_CONNECTIONS("connections_closed", "iptally_tcp_connections_closed",
			  "Connections that both ends closed.", closed, 13, .faces = FACE_ALL),
	FIELD_CONNECTIONS("connections_timed_out", "iptally_tcp_connections_timed_out",
			  "Connections that were silent for too long.", timed_out, 14,
			  .faces = FACE_ALL),
	FIELD_CONNECTIONS("connections_midstream", "iptally_tcp_connections_midstream",
			  "Connections met after their handshake.", midstream, 15,
			  .faces = FACE_ALL),
	FIELD_NOW("connections_open", "iptally_tcp_connections_open",
		  "Connections now established, closing, or met after their handshake.", open, 16),
	FIELD_NOW("connections_half_open", "iptally_tcp_connections_half_open",
		  "Connections begun whose handshake is not finished now.", half_open, 17),
	/* What the identity of attempts wants beside the above. */
	FIELD_CONNECTIONS(
		"connections_aborted", NULL,
		"Connections begun that the initiator reset before they were established; "
		"counted as reset, too.",
		aborted, 18, .faces = FACE_SNMP | FACE_JSON),
	FIELD_CONNECTIONS(
		"connections_half_open_timed_out", NULL,
		"Connections begun that were never answered in time, or were begun again.",
		half_open_timed_out, 19, .faces = FACE_SNMP | FACE_JSON),
	FIELD_CONNECTIONS(
		"connections_half_open_evicted", NULL,
		"Connections begun that a full table gave up before they were established.",
		half_open_evicted, 20, .faces = FACE_SNMP | FACE_JSON),
};

static const struct family_field handshake_fields[] = {
	{.name = "handshakes",
	 .metric = "iptally_tcp_handshake_seconds",
	 .help = "From the SYN to the segment that finishes the handshake.",
	 .kind = FIELD_HISTOGRAM,
	 .scale = SCALE_NS_TO_SECONDS,
	 .faces = FACE_PROMETHEUS | FACE_JSON,
	 .offset = offsetof(struct handshake_row, handshakes),
	 .sum_offset = offsetof(struct handshake_row, took_ns),
	 .upper_offset = offsetof(struct handshake_row, upper_ns)},
};

static void tcp_destroy(void *opaque)
{
	struct tcp *tcp = opaque;

	floods_destroy(&tcp->floods);
	free(tcp->segments);
	free(tcp);
}

static void *tcp_create(const struct family_context *context, struct error *error)
{
	struct tcp *tcp = calloc(1, sizeof(*tcp));

	if (!tcp) {
		error_set(error, ENOMEM, "TCP: no memory");
		return NULL;
	}
	tcp->segments =
		per_interface_create(context, "TCP segments", sizeof(struct tcp_segments), error);
	if (!tcp->segments || floods_create(&tcp->floods, context, error) < 0) {
		tcp_destroy(tcp);
		return NULL;
	}
	return tcp;
}

/* Of a SYN, with ACK or without. */
static void count_syn(const struct tcp *tcp, const struct packet *packet, int64_t now_ns)
{
	struct tcp_segments *segments = per_interface_at(tcp->segments, packet->interface);

	if (packet->tcp_flags & TCP_ACK)
		segments->syn_ack++;
	else
		segments->syn++;
	floods_count(&tcp->floods, packet, now_ns);
}

static void tcp_count(void *opaque, const struct packet *packets, const struct verdict *verdicts,
		      size_t n)
{
	const struct tcp *tcp = opaque;

	for (size_t i = 0; i < n; i++) {
		struct tcp_segments *segments;
		uint8_t flags = packets[i].tcp_flags, marks = verdicts[i].segment;

		if (!(packets[i].flags & PACKET_TCP))
			continue;
		if (!(flags & (TCP_SYN | TCP_FIN | TCP_RST)) && !marks)
			continue;
		segments = per_interface_at(tcp->segments, packets[i].interface);
		if (flags & TCP_SYN)
			count_syn(tcp, &packets[i], verdicts[i].now_ns);
		segments->fin += !!(flags & TCP_FIN);
		segments->rst += !!(flags & TCP_RST);
		segments->retransmitted += !!(marks & SEGMENT_RETRANSMITTED);
		segments->out_of_order += !!(marks & SEGMENT_OUT_OF_ORDER);
		segments->zero_window += !!(marks & SEGMENT_ZERO_WINDOW);
	}
}

static void tcp_forget(void *opaque, uint16_t interface)
{
	per_interface_forget(((const struct tcp *)opaque)->segments, interface);
}

static size_t tcp_max_rows(const void *opaque)
{
	return ((const struct tcp *)opaque)->segments->tally->max_interfaces;
}

/* Of one interface, the sum over all workers' flows: they are nothing but numbers. */
static struct tcp_totals totals_of(const struct per_interface *state, uint32_t slot)
{
	struct tcp_totals sum = {0};

	for (size_t i = 0; i < state->n_tallies; i++) {
		const uint64_t *totals = (const uint64_t *)&state->tallies[i]->flows.tcp[slot];

		for (size_t j = 0; j < sizeof(sum) / sizeof(*totals); j++)
			((uint64_t *)&sum)[j] += totals[j];
	}
	return sum;
}

static size_t tcp_copy(const void *opaque, void *rows)
{
	const struct per_interface *state = ((const struct tcp *)opaque)->segments;
	struct tcp_row *row = rows;

	PER_INTERFACE_EACH (state, slot) {
		const struct tcp_segments *segments = per_interface_at(state, slot);

		*row++ = (struct tcp_row){slot, *segments, totals_of(state, slot)};
	}
	return (size_t)(row - (struct tcp_row *)rows);
}

static size_t handshake_max_rows(const void *state)
{
	return tcp_max_rows(state) * HANDSHAKE_BUCKETS;
}

static size_t handshake_copy(const void *opaque, void *rows)
{
	const struct per_interface *state = ((const struct tcp *)opaque)->segments;
	struct handshake_row *row = rows;

	PER_INTERFACE_EACH (state, slot) {
		const struct tcp_totals totals = totals_of(state, slot);

		for (int i = 0; i < HANDSHAKE_BUCKETS; i++)
			*row++ = (struct handshake_row){
				.interface = slot,
				.lower_ns = i ? handshake_bounds_ns[i - 1] + 1 : 0,
				.upper_ns = handshake_bounds_ns[i],
				.handshakes = totals.handshakes[i],
				.took_ns = totals.handshakes_ns[i],
			};
	}
	return (size_t)(row - (struct handshake_row *)rows);
}

const struct family tcp_family = {
	.name = "tcp",
	.kind = FAMILY_FIXED,
	.is_core = true,
	.help = "TCP segments and connections.",
	.subtree = 8, /* iptallyTcpTable */
	.keys = tcp_keys,
	.n_keys = COUNT(tcp_keys),
	.fields = tcp_fields,
	.n_fields = COUNT(tcp_fields),
	.row_size = sizeof(struct tcp_row),
	.is_shared = true,
	.create = tcp_create,
	.destroy = tcp_destroy,
	.count = tcp_count,
	.forget_interface = tcp_forget,
	.max_rows = tcp_max_rows,
	.copy = tcp_copy,
};

const struct family handshake_family = {
	.name = "handshake",
	.kind = FAMILY_FIXED,
	.help = "TCP connections by how long their handshakes took.",
	.keys = handshake_keys,
	.n_keys = COUNT(handshake_keys),
	.fields = handshake_fields,
	.n_fields = COUNT(handshake_fields),
	.row_size = sizeof(struct handshake_row),
	.shows = &tcp_family,
	.max_rows = handshake_max_rows,
	.copy = handshake_copy,
};
