/*
 * The tally's pass over a batch: keys and hashes first, then the memory they need is fetched, then
 * each packet in order of capture gets its flow record and its verdict.
 */
#include "tally/tally.h"

#include <errno.h>
#include <stdlib.h>

#include "tally/flow_itemised.h"
#include "tally/flow_key.h"
#include "tally/tcp.h"

#define FRAGMENTS_AGED_AT_ONCE 64
/*
 * The wall clock may drift this far from what is shown of it, so that the times of rows don't move
 * with each correction; and one that jumps by this much is an event.
 */
#define WALL_DRIFT_NS (NS_PER_SECOND / 10)
#define WALL_JUMP_NS  NS_PER_SECOND
/*
 * Where the ageing clock of a file ends (2106, as the time stamps of its older format do): later
 * stamps are damage, and sums of times must not overflow.
 */
#define PACKET_CLOCK_MOST (UINT32_MAX * NS_PER_SECOND)

struct flow_lookup {
	struct flow_key key;
	int64_t now_ns; /* the ageing clock when the packet came */
	uint32_t hash;
	bool has_key;
	bool sender_is_low;
};

int tally_create(struct tally *tally, struct ledger *ledger, const struct tally_options *options,
		 struct error *error)
{
	int rc;

	*tally = (struct tally){
		.max_interfaces = options->max_interfaces,
		.packet_clock = options->packet_clock,
		.now_ns = options->packet_clock ? 0 : monotonic_now().ns,
	};
	service_ports_init(&tally->service_ports, options->service_ports, options->n_service_ports);
	tally->interfaces =
		options->first
			? options->first->interfaces
			: ledger_map(ledger, "interfaces",
				     options->max_interfaces * sizeof(*tally->interfaces), error);
	if (!tally->interfaces)
		return -ENOMEM;
	rc = flow_table_create(&tally->flows, ledger, &options->flows, options->max_interfaces,
			       error);
	if (rc < 0)
		return rc;
	tally->flows.interfaces = tally->interfaces;
	if (options->n_workers > 1)
		flow_itemise_for_worker(&tally->flows, options->worker, options->n_workers);
	if (!options->packet_clock)
		tally_follow_wall_clock(tally, wall_now().ns - monotonic_now().ns);
	tally->flows.events = options->events;
	return fragment_table_create(&tally->fragments, ledger, options->max_fragments, error);
}

void tally_create_view(struct tally *view, const struct tally *first)
{
	*view = (struct tally){
		.interfaces = first->interfaces,
		.max_interfaces = first->max_interfaces,
		.service_ports = first->service_ports,
		.packet_clock = first->packet_clock,
		.now_ns = first->now_ns,
		.flows.wall_offset_ns = first->flows.wall_offset_ns,
	};
}

struct tally_interface *tally_add_interface(struct tally *tally, uint16_t *slot)
{
	struct tally_interface *interface;

	for (*slot = 0; *slot < tally->max_interfaces; ++*slot) {
		interface = &tally->interfaces[*slot];
		if (interface->in_use)
			continue;
		*interface = (struct tally_interface){.in_use = true, .opened = monotonic_now()};
		if (*slot >= tally->n_interfaces)
			tally->n_interfaces = *slot + 1U;
		return interface;
	}
	return NULL;
}

static int side_of(const struct flow *flow, const struct flow_lookup *lookup)
{
	return lookup->sender_is_low == flow->initiator_is_low ? INITIATOR : RESPONDER;
}

static void begin_tcp(struct flow *flow, const struct packet *packet,
		      const struct flow_lookup *lookup)
{
	bool sender_initiates = true;

	if (packet->flags & PACKET_TCP) {
		flow->opened = tcp_begin(flow, packet);
		if ((packet->tcp_flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
			sender_initiates = false;
	} else {
		flow->state = FLOW_MIDSTREAM; /* cut behind its ports */
	}
	flow->initiator_is_low = lookup->sender_is_low == sender_initiates;
}

static struct flow *begin_flow(struct tally *tally, const struct packet *packet,
			       const struct flow_lookup *lookup, struct verdict *verdict)
{
	struct tcp_totals *totals = &tally->flows.tcp[packet->interface];
	/* Asked first: what a full table gives up for this flow may take its place in the memory. */
	bool was_evicted = flow_evicted_take(&tally->flows.evicted, lookup->hash,
					     packet->tcp_sequence, tally->now_ns);
	struct flow *flow =
		flow_table_begin(&tally->flows, lookup->hash, &lookup->key, tally->now_ns);

	flow->protocol = packet->protocol;
	if (packet->protocol == PROTOCOL_TCP) {
		begin_tcp(flow, packet, lookup);
		totals->midstream += flow->state == FLOW_MIDSTREAM;
	} else {
		flow->state = FLOW_ONE_WAY;
		flow->opened = packet->protocol == PROTOCOL_UDP;
		flow->initiator_is_low = lookup->sender_is_low;
	}
	/* What was given up and comes back was counted when it first came. */
	flow->came_back = flow->opened && was_evicted;
	flow->opened = flow->opened && !was_evicted;
	if (flow->opened) {
		verdict->opened = true;
		verdict->opening_direction = packet->direction;
		verdict->opening_port = packet->destination_port;
		verdict->transition = TRANSITION_BEGUN;
		totals->attempted += packet->protocol == PROTOCOL_TCP;
	}
	tcp_count_state(totals, flow->state, flow->opened, 1);
	return flow;
}

/* The answer to a SYN that the old connection had to remember: that was the new one's beginning. */
static struct flow *begin_answered(struct tally *tally, struct flow *old,
				   const struct packet *packet, const struct flow_lookup *lookup,
				   struct verdict *verdict)
{
	struct tcp_totals *totals = &tally->flows.tcp[packet->interface];
	uint8_t marks = old->sides[!side_of(old, lookup)].marks;
	struct flow *flow;

	flow_table_end(&tally->flows, old, FLOW_REPLACED, tally->now_ns);
	flow = flow_table_begin(&tally->flows, lookup->hash, &lookup->key, tally->now_ns);
	flow->protocol = packet->protocol;
	flow->initiator_is_low = !lookup->sender_is_low;
	flow->opened = true;
	tcp_begin_answered(flow, packet);
	verdict->opened = true;
	verdict->opening_direction =
		marks & SIDE_SYN_TRANSMITTED ? DIRECTION_TRANSMIT : DIRECTION_RECEIVE;
	verdict->opening_port = packet->source_port;
	verdict->transition = TRANSITION_BEGUN;
	totals->attempted++;
	tcp_count_state(totals, flow->state, flow->opened, 1);
	return flow;
}

static struct flow *find_or_begin(struct tally *tally, const struct packet *packet,
				  const struct flow_lookup *lookup, struct verdict *verdict)
{
	struct flow *flow =
		flow_table_find(&tally->flows, lookup->hash, &lookup->key, tally->now_ns);

	if (flow && packet->flags & PACKET_TCP && packet->tcp_flags & TCP_SYN) {
		switch (tcp_begins_anew(flow, packet, side_of(flow, lookup))) {
		case TCP_BEGINS_ANSWERED:
			return begin_answered(tally, flow, packet, lookup, verdict);
		case TCP_BEGINS:
			flow_table_end(&tally->flows, flow, FLOW_REPLACED, tally->now_ns);
			flow = NULL;
			break;
		case TCP_GOES_ON:
			break;
		}
	}
	return flow ? flow : begin_flow(tally, packet, lookup, verdict);
}

static const uint8_t transition_events[] = {
	[TRANSITION_BEGUN] = EVENT_FLOW_BEGUN,
	[TRANSITION_ESTABLISHED] = EVENT_FLOW_ESTABLISHED,
	[TRANSITION_REFUSED] = EVENT_FLOW_REFUSED,
	[TRANSITION_RESET] = EVENT_FLOW_RESET,
	[TRANSITION_CLOSED] = EVENT_FLOW_CLOSED,
};

static enum flow_transition follow_tcp(struct tally *tally, struct flow *flow,
				       const struct packet *packet, struct verdict *verdict,
				       int side)
{
	struct tcp_totals *totals = &tally->flows.tcp[packet->interface];
	enum flow_state before = flow->state;
	enum flow_transition transition =
		tcp_update(flow, packet, side, tally->now_ns, &verdict->segment);

	if (flow->state != before) {
		tcp_count_state(totals, before, flow->opened, -1);
		tcp_count_state(totals, flow->state, flow->opened, 1);
	}
	if (transition != TRANSITION_NONE)
		tcp_count_transition(totals, flow, transition, before, tally->now_ns);
	return transition;
}

static void follow_state(struct tally *tally, struct flow *flow, const struct packet *packet,
			 struct verdict *verdict, int side)
{
	enum flow_transition transition = TRANSITION_NONE;

	if (packet->flags & PACKET_TCP) {
		transition = follow_tcp(tally, flow, packet, verdict, side);
	} else if (flow->state == FLOW_ONE_WAY && side == RESPONDER) {
		flow->state = FLOW_TWO_WAY;
		transition = TRANSITION_ANSWERED;
	}
	flow_table_requeue(&tally->flows, flow);
	if (verdict->transition == TRANSITION_BEGUN && flow->protocol == PROTOCOL_TCP)
		flow_event(&tally->flows, flow, EVENT_FLOW_BEGUN, tally->now_ns);
	if (transition == TRANSITION_NONE)
		return;
	verdict->transition = (uint8_t)transition;
	if (transition != TRANSITION_ANSWERED)
		flow_event(&tally->flows, flow, transition_events[transition], tally->now_ns);
}

static void count_side(struct flow_side *sender, const struct packet *packet)
{
	sender->packets++;
	sender->bytes += packet->frame_bytes;
	sender->last_bytes = packet->frame_bytes;
	if (packet->flags & PACKET_MACS) {
		memcpy(sender->mac, packet->source_mac, MAC_BYTES);
		sender->marks |= SIDE_MAC;
	}
}

static void count_flow(struct tally *tally, const struct packet *packet,
		       const struct flow_lookup *lookup, struct verdict *verdict)
{
	struct flow_totals *totals = &tally->flows.totals[packet->interface];
	struct flow *flow;
	int side;

	if (!lookup->has_key) {
		totals->unattributed.packets++;
		totals->unattributed.bytes += packet->frame_bytes;
		return;
	}
	flow = find_or_begin(tally, packet, lookup, verdict);
	side = side_of(flow, lookup);
	totals->live.packets++;
	totals->live.bytes += packet->frame_bytes;
	count_side(&flow->sides[side], packet);
	flow->seen_ns = tally->now_ns;
	follow_state(tally, flow, packet, verdict, side);

	verdict->flow = table_row_number(&tally->flows.table, flow);
	verdict->from_initiator = side == INITIATOR;
	verdict->hints = &flow->hints;
}

static void judge_port(const struct tally *tally, const struct packet *packet,
		       struct verdict *verdict)
{
	if (!packet_is_tcp_or_udp(packet))
		return;
	if (packet->flags & PACKET_PORTS) {
		verdict->port_state = PORT_KNOWN;
		verdict->service_port = service_port(&tally->service_ports, packet->source_port,
						     packet->destination_port);
	} else {
		verdict->port_state = PORT_UNATTRIBUTED;
	}
}

/*
 * A frame longer than the MTU was never on a wire: offloading joined segments on the way in, or
 * has not cut them yet on the way out. Estimates what the wire saw: the same headers before each MTU
 * of payload.
 */
static void judge_wire(const struct tally *tally, const struct packet *packet,
		       struct verdict *verdict)
{
	uint32_t mtu = tally->interfaces[packet->interface].mtu;
	uint32_t network_bytes = packet->frame_bytes - packet->link_bytes;
	uint32_t headers, segment, segments;

	verdict->wire_packets = 1;
	verdict->wire_bytes = packet->frame_bytes;
	if (mtu == 0 || network_bytes <= mtu)
		return;
	headers = packet->payload_bytes && packet->payload_bytes < network_bytes
			  ? network_bytes - packet->payload_bytes
			  : 0;
	if (headers >= mtu)
		return;
	segment = mtu - headers;
	segments = (network_bytes - headers + segment - 1) / segment;
	verdict->wire_packets = segments;
	verdict->wire_bytes += (segments - 1) * (headers + packet->link_bytes);
}

/* What the packets of a batch will touch: their flows' records, or what it takes to begin them. */
static void fetch_flows(const struct flow_table *flows, const struct flow_lookup *lookups, size_t n)
{
	uint32_t rows[TALLY_BATCH];

	for (size_t i = 0; i < n; i++) {
		rows[i] = TABLE_NONE;
		if (!lookups[i].has_key)
			continue;
		rows[i] = table_prefetch_row(&flows->table, lookups[i].hash, sizeof(struct flow));
		if (rows[i] == TABLE_NONE)
			flow_evicted_prefetch(&flows->evicted, lookups[i].hash);
	}
	for (size_t i = 0; i < n; i++)
		if (rows[i] != TABLE_NONE)
			flow_table_prefetch_neighbours(flows, rows[i]);
}

void tally_classify(struct tally *tally, struct packet *packets, struct verdict *verdicts, size_t n,
		    struct monotonic_time now)
{
	struct flow_lookup lookups[TALLY_BATCH];
	int64_t now_ns = tally->packet_clock ? tally->now_ns : now.ns;

	tally->flows.moment = now;
	for (size_t i = 0; i < n; i++) {
		if (tally->packet_clock && packets[i].time.ns > now_ns)
			now_ns = packets[i].time.ns < PACKET_CLOCK_MOST ? packets[i].time.ns
									: PACKET_CLOCK_MOST;
		lookups[i].now_ns = now_ns;
		if (packets[i].flags & PACKET_FRAGMENT)
			fragment_resolve(&tally->fragments, &packets[i], now_ns);
		lookups[i].has_key =
			flow_key_make(&packets[i], &lookups[i].key, &lookups[i].sender_is_low);
	}
	for (size_t i = 0; i < n; i++) {
		if (!lookups[i].has_key)
			continue;
		lookups[i].hash = flow_key_hash(&tally->flows, &lookups[i].key);
		table_prefetch_slot(&tally->flows.table, lookups[i].hash);
	}
	fetch_flows(&tally->flows, lookups, n);
	for (size_t i = 0; i < n; i++) {
		verdicts[i] = (struct verdict){.now_ns = lookups[i].now_ns, .flow = TABLE_NONE};
		tally->now_ns = lookups[i].now_ns;
		if (packet_is_ip(&packets[i]))
			count_flow(tally, &packets[i], &lookups[i], &verdicts[i]);
		judge_port(tally, &packets[i], &verdicts[i]);
		judge_wire(tally, &packets[i], &verdicts[i]);
	}
}

void tally_age(struct tally *tally, struct monotonic_time now, uint32_t budget)
{
	tally->flows.moment = now;
	if (!tally->packet_clock)
		tally->now_ns = now.ns;
	flow_table_age(&tally->flows, tally->now_ns, budget);
	fragment_table_age(&tally->fragments, tally->now_ns, FRAGMENTS_AGED_AT_ONCE);
}

void tally_tick(struct tally *tally)
{
	flow_itemised_measure(&tally->flows, tally->now_ns);
}

void tally_forget_interface(struct tally *tally, uint16_t slot)
{
	flow_table_forget_interface(&tally->flows, slot, tally->now_ns);
	fragment_table_forget_interface(&tally->fragments, slot);
	tally->interfaces[slot].in_use = false;
}

void tally_follow_wall_clock(struct tally *tally, int64_t offset_ns)
{
	int64_t moved_ns = offset_ns - tally->flows.wall_offset_ns;
	struct event event = {
		.kind = moved_ns < 0 ? EVENT_CLOCK_BACK : EVENT_CLOCK_FORWARD,
		.duration_ns = llabs(moved_ns),
	};

	if (llabs(moved_ns) < WALL_DRIFT_NS)
		return;
	tally->flows.wall_offset_ns = offset_ns;
	event.time.ns = tally->now_ns + offset_ns;
	if (llabs(moved_ns) >= WALL_JUMP_NS && tally->flows.events)
		event_ring_put(tally->flows.events, &event);
}

bool tally_tell_open(struct tally *tally, uint32_t *from, uint32_t n)
{
	return flow_table_tell_open(&tally->flows, from, n, tally->now_ns);
}

void tally_finish(struct tally *tally)
{
	flow_table_select_largest(&tally->flows);
}
