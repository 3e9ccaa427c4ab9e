/*
 * Bytes as frames of any link type, through decoding, the tally and the families, with tables so
 * small that they overflow. Sums must close after every input, and a packet must be what its frame
 * says however much of it was captured.
 *
 * An input, as tests/fuzz/seeds writes it: one byte of options, and frames, each with a head of
 * HEAD_BYTES:
 *
 *   0      1       2            4           6
 *   +------+-------+------------+-----------+---------
 *   | link | flags | bytes here | bytes cut | bytes ...        (numbers with the low byte first)
 *   +------+-------+------------+-----------+---------
 */
#include <stdlib.h>
#include <string.h>

#include "conservation.h"
#include "decode/decode.h"
#include "decode/link.h"
#include "family/flood.h"
#include "family/knock.h"
#include "links.h"

#define HEAD_BYTES 6
#define SLOTS      2
#define EVENTS     2

enum {
	FLAG_TRANSMIT = 1 << 0,
	FLAG_SLOT = 1 << 1, /* the second interface, which is live: it has an MTU */
	FLAG_TIME = 7 << 2, /* which of the steps of time */
	FLAG_BATCH_ENDS = 1 << 5,
	FLAG_CUT_LARGE = 1 << 6, /* times 65,536 */
	FLAG_FORGET = 1 << 7,    /* the interface vanishes behind this frame, another one comes */
};

/* From here on the number says how many bytes fewer than there are the frame is long. */
#define CUT_NEGATIVE 0xff00

/* What an interface with an MTU can carry: frames of offloading are of less than 1 MiB. */
#define LIVE_BYTES (1U << 20)

/* The steps of time before a frame; some go backwards or to the end of all time in files alone. */
static const int64_t steps_ns[] = {
	0,
	1000000,
	10 * NS_PER_SECOND,
	31 * NS_PER_SECOND,
	61 * NS_PER_SECOND,
	1000 * NS_PER_SECOND,
	-1000 * NS_PER_SECOND,
	INT64_MAX,
};

struct run {
	struct ledger ledger;
	struct tally tally;
	struct family_set families;
	struct event_ring *events;
	struct packet packets[TALLY_BATCH];
	struct verdict verdicts[TALLY_BATCH];
	size_t n;
	int64_t time_ns, next_tick_ns;
	struct conserved counted[SLOTS]; /* by this file, from what decoding said */
};

static void open_slot(struct run *run, uint16_t wanted)
{
	struct tally_interface *interface;
	uint16_t slot;

	if (run->tally.interfaces[wanted].in_use)
		return;
	interface = tally_add_interface(&run->tally, &slot);

	EXPECT(interface && slot == wanted);
	interface->ifindex = slot + 1U;
	interface->mtu = slot == 0 ? 0 : 1500;
}

/* A byte of options: how small the tables are, and which clock and what kind of run it is. */
static void open_run(struct run *run, uint8_t options)
{
	struct tally_options tally = {
		.flows =
			{
				.capacity = 1U + (options & 7U),
				.export_max = options >> 3 & 1U ? 2 : 0,
				.timeout_ns =
					{
						[FLOW_ONE_WAY] = 60 * NS_PER_SECOND,
						[FLOW_TWO_WAY] = 180 * NS_PER_SECOND,
						[FLOW_HALF_OPEN] = 60 * NS_PER_SECOND,
						[FLOW_ESTABLISHED] = 900 * NS_PER_SECOND,
						[FLOW_MIDSTREAM] = 900 * NS_PER_SECOND,
						[FLOW_CLOSING] = 900 * NS_PER_SECOND,
						[FLOW_CLOSED] = 15 * NS_PER_SECOND,
						[FLOW_RESET] = 15 * NS_PER_SECOND,
					},
			},
		.max_fragments = 1U + (options >> 4 & 1U),
		.max_interfaces = SLOTS,
		.packet_clock = !(options >> 5 & 1U),
	};
	const uint32_t rows = 1U + (options >> 6 & 1U) * 2U, shown = options >> 7 ? 1 : EXPORT_ALL;
	const struct family_options families = {
		.max_ports = rows,
		.max_hosts = rows,
		.max_stations = rows,
		.max_conversations = rows,
		.max_knocks = rows,
		.export_ports = shown,
		.export_hosts = shown,
		.export_stations = shown,
		.export_conversations = shown,
		.export_largest = options >> 6 == 3,
		.flood_rate = 2,
		.probe_ports = 2,
		.probe_hosts = 2,
		.probe_window_s = 10,
	};
	struct family_context context = {
		.options = &families,
		.ledger = &run->ledger,
		.tally = &run->tally,
		.max_interfaces = SLOTS,
	};
	struct error error;

	run->events = event_ring_create(&run->ledger, EVENTS, &error);
	tally.events = run->events;
	context.events = run->events;
	EXPECT(run->events);
	EXPECT(tally_create(&run->tally, &run->ledger, &tally, &error) == 0);
	/* As in a live run the clock begins anywhere, but the same in every run. */
	run->time_ns = tally.packet_clock ? 0 : 1000 * NS_PER_SECOND;
	run->tally.now_ns = run->time_ns;
	EXPECT(family_set_create(&run->families, &context, &error) == 0);
	open_slot(run, 0);
}

static void close_run(struct run *run)
{
	family_set_destroy(&run->families);
	ledger_release(&run->ledger);
}

/* What must be true of any packet that decoding gives. */
static void check_packet(const struct packet *packet, const struct frame *frame)
{
	static const uint8_t zero[IP_ADDRESS_BYTES];
	bool is_tcp = packet->protocol == PROTOCOL_TCP;
	bool is_icmp = packet->protocol == PROTOCOL_ICMP || packet->protocol == PROTOCOL_ICMPV6;

	EXPECT(packet->network < NETWORKS);
	EXPECT(packet->protocol < PROTOCOLS);
	EXPECT(packet->cast <= CAST_BROADCAST);
	EXPECT(packet->error < DECODE_ERRORS);
	EXPECT(packet->direction < DIRECTIONS);
	EXPECT(packet->time.ns == frame->time.ns);
	EXPECT(packet->frame_bytes <= frame->length);
	EXPECT(packet->link_bytes <= packet->frame_bytes);
	EXPECT(packet->vlan[0] <= 0xfff && packet->vlan[1] <= 0xfff);
	EXPECT(packet_is_ip(packet) == (packet->protocol != PROTOCOL_NONE));
	EXPECT(packet->error || packet_is_ip(packet) || packet->payload_bytes == 0);
	EXPECT(packet->error || packet->payload_bytes <= packet->frame_bytes);
	EXPECT(frame->captured < frame->length || !(packet->flags & PACKET_SNAPPED));
	EXPECT(packet->network != NETWORK_IPV4 ||
	       (memcmp(packet->source + 4, zero, IP_ADDRESS_BYTES - 4) == 0 &&
		memcmp(packet->destination + 4, zero, IP_ADDRESS_BYTES - 4) == 0));
	EXPECT(packet_is_ip(packet) || packet->network == NETWORK_ARP ||
	       (memcmp(packet->source, zero, IP_ADDRESS_BYTES) == 0 &&
		memcmp(packet->destination, zero, IP_ADDRESS_BYTES) == 0));
	EXPECT(!packet->message || packet->network == NETWORK_ARP ||
	       packet->protocol == PROTOCOL_IGMP || packet->protocol == PROTOCOL_OSPF ||
	       (is_icmp && (packet->message == 6 || packet->message == 17)));
	EXPECT(packet->ipv4_checksum <= CHECKSUM_UNSET);
	EXPECT(packet->network == NETWORK_IPV4 || packet->ipv4_checksum == CHECKSUM_UNSEEN);
	EXPECT(packet->flags & PACKET_MACS ||
	       (memcmp(packet->source_mac, zero, MAC_BYTES) == 0 &&
		memcmp(packet->destination_mac, zero, MAC_BYTES) == 0));
	if (packet->flags & PACKET_PORTS)
		EXPECT(packet_is_tcp_or_udp(packet) || packet->protocol == PROTOCOL_SCTP);
	if (packet->flags & PACKET_TCP)
		EXPECT(is_tcp && packet->flags & PACKET_PORTS);
	else
		EXPECT(packet->tcp_flags == 0 && packet->tcp_window == 0 &&
		       (packet->protocol == PROTOCOL_OSPF || (is_icmp && packet->message) ||
			(packet->tcp_sequence == 0 && packet->tcp_acknowledgement == 0)));
	if (packet->flags & PACKET_ICMP_ID)
		EXPECT(is_icmp && packet->source_port == packet->destination_port);
	if (!(packet->flags & (PACKET_PORTS | PACKET_ICMP_ID)))
		EXPECT(packet->source_port == 0 && packet->destination_port == 0);
	if (packet->flags & (PACKET_LATER_FRAGMENT | PACKET_MORE_FRAGMENTS))
		EXPECT(packet->flags & PACKET_FRAGMENT);
	if (packet->flags & PACKET_FRAGMENT)
		EXPECT(packet_is_ip(packet));
	else
		EXPECT(packet->fragment_id == 0);
	if (packet->flags & PACKET_LATER_FRAGMENT)
		EXPECT(!(packet->flags & (PACKET_PORTS | PACKET_TCP | PACKET_ICMP_ID)));
}

/* Decodes into memory that held something else. */
static struct packet decode(const struct link_type *link, const struct frame *frame, int garbage)
{
	struct packet packet;

	memset(&packet, garbage, sizeof(packet));
	packet.interface = 0;
	decode_frame(link, frame, &packet);
	EXPECT(packet.interface == 0);
	check_packet(&packet, frame);
	return packet;
}

static void forgive(struct packet *packet, const struct packet *whole)
{
	if (packet->tcp_flags & TCP_SYN && packet->tcp_window_scale == TCP_NO_SCALE)
		packet->tcp_window_scale = whole->tcp_window_scale;
	if (packet->ipv4_checksum == CHECKSUM_UNSEEN)
		packet->ipv4_checksum = whole->ipv4_checksum;
	if (packet->message == 0 && !packet_is_tcp_or_udp(packet)) {
		packet->ospf_router = whole->ospf_router;
		packet->ospf_area = whole->ospf_area;
	}
	if (packet->message == 0 && packet->network == NETWORK_ARP)
		memcpy(packet->source, whole->source, sizeof(packet->source));
	if (packet->network == NETWORK_ARP)
		memcpy(packet->destination, whole->destination, sizeof(packet->destination));
	if (packet->message == 0)
		packet->message = whole->message;
}

/*
 * A shorter snap length changes nothing, or the packet says that it was snapped; and it never makes
 * an error where the whole frame has none. Options of a SYN that it cuts are as good as not there,
 * a checksum over what it cuts is not judged, and what is told of single packets is not told.
 */
static void check_snapped(const struct link_type *link, const struct frame *frame,
			  uint32_t captured, const struct packet *whole)
{
	struct frame cut = *frame;
	struct packet packet;
	uint8_t *bytes = malloc(captured);

	EXPECT(bytes || captured == 0);
	if (captured)
		memcpy(bytes, frame->data, captured);
	cut.data = bytes;
	cut.captured = captured;
	cut.syn_scale = 0; /* the direction takes no bytes but those that it tells of */
	packet = decode(link, &cut, 0x55);
	forgive(&packet, whole);
	if (!(packet.flags & PACKET_SNAPPED))
		EXPECT(memcmp(&packet, whole, sizeof(packet)) == 0);
	else if (!(whole->flags & PACKET_SNAPPED))
		EXPECT(packet.error == DECODE_OK || whole->error != DECODE_OK);
	free(bytes);
}

/* Not of the others: what a slot showed before it changed hands is not among the sums here. */
static void tick(struct run *run, const struct family *family)
{
	family->tick(family_set_state(&run->families, family), run->tally.now_ns);
}

static void count(struct run *run)
{
	struct monotonic_time now = {run->tally.packet_clock ? 0 : run->time_ns};
	struct event event;

	tally_classify(&run->tally, run->packets, run->verdicts, run->n, now);
	family_set_count(&run->families, run->packets, run->verdicts, run->n);
	tally_age(&run->tally, now, 64);
	tick(run, &knock_family);
	tick(run, &flood_family);
	for (size_t i = 0; i < run->n; i++) {
		const struct packet *packet = &run->packets[i];
		struct conserved *counted = &run->counted[packet->interface];

		traffic_add(&counted->traffic, packet);
		counted->connections[run->verdicts[i].opening_direction] += run->verdicts[i].opened;
		counted->snapped += (packet->flags & PACKET_SNAPPED) != 0;
		counted->errors += packet->error != DECODE_OK;
		if (packet->flags & PACKET_MACS) {
			counted->station_packets++;
			counted->station_bytes += packet->frame_bytes;
		}
		EXPECT(run->verdicts[i].wire_packets > 0);
		EXPECT(run->verdicts[i].wire_bytes >= packet->frame_bytes);
		EXPECT(packet_is_tcp_or_udp(packet) ==
		       (run->verdicts[i].port_state != PORT_NOT_APPLICABLE));
		EXPECT(!run->verdicts[i].opened || run->verdicts[i].port_state == PORT_KNOWN);
	}
	run->n = 0;
	if (run->tally.now_ns >= run->next_tick_ns) {
		family_set_tick(&run->families, run->tally.now_ns);
		run->next_tick_ns = run->tally.now_ns + NS_PER_SECOND;
	}
	event_ring_take(run->events, &event);
	tables_check(&run->tally);
}

/* As a worker does where an interface's name comes back as another interface. */
static void forget(struct run *run, uint16_t slot)
{
	tally_forget_interface(&run->tally, slot);
	family_set_forget_interface(&run->families, slot);
	open_slot(run, slot);
	run->counted[slot] = (struct conserved){0};
}

static void step_time(struct run *run, unsigned step)
{
	int64_t time_ns;

	if (__builtin_add_overflow(run->time_ns, steps_ns[step], &time_ns))
		time_ns = INT64_MAX;
	if (run->tally.packet_clock || (time_ns > run->time_ns && time_ns < INT64_MAX))
		run->time_ns = time_ns;
}

static uint32_t frame_length(uint32_t bytes, uint32_t cut, uint8_t flags)
{
	uint64_t length = bytes + (flags & FLAG_CUT_LARGE ? (uint64_t)cut << 16 : cut);

	if (cut >= CUT_NEGATIVE && !(flags & FLAG_CUT_LARGE)) {
		cut -= CUT_NEGATIVE;
		length = cut < bytes ? bytes - cut : 0;
	}
	if (flags & FLAG_SLOT && length > LIVE_BYTES)
		length = LIVE_BYTES;
	return length < UINT32_MAX ? (uint32_t)length : UINT32_MAX;
}

static const struct link_type *link_of(uint8_t number)
{
	if (number == LINK_LOOPBACK)
		return link_type_loopback();
	return link_type_find(number < COUNT(fuzz_links) ? fuzz_links[number] : -2);
}

/* Takes one frame off the input, which has at least HEAD_BYTES; returns how many bytes it had. */
static size_t take_frame(struct run *run, const uint8_t *data, size_t size)
{
	const struct link_type *link = link_of(data[0]);
	uint8_t flags = data[1];
	uint32_t bytes = (uint32_t)(data[2] | data[3] << 8);
	uint32_t cut = (uint32_t)(data[4] | data[5] << 8);
	struct frame frame = {0};
	struct packet packet;
	uint8_t *copy;

	if (bytes > size - HEAD_BYTES)
		bytes = (uint32_t)(size - HEAD_BYTES);
	/* A block of just this size, so that one byte too far is seen. */
	copy = malloc(bytes);
	EXPECT(copy || bytes == 0);
	if (bytes)
		memcpy(copy, data + HEAD_BYTES, bytes);
	step_time(run, (flags & FLAG_TIME) >> 2);
	frame.data = copy;
	frame.captured = bytes;
	frame.length = frame_length(bytes, cut, flags);
	frame.time.ns = run->time_ns;
	frame.direction = flags & FLAG_TRANSMIT ? DIRECTION_TRANSMIT : DIRECTION_RECEIVE;
	if (flags & FLAG_SLOT && !(flags & FLAG_TRANSMIT))
		frame.syn_scale = cut & 15;

	packet = decode(link, &frame, 0xaa);
	if (bytes > frame.length)
		bytes = frame.length;
	if (bytes)
		check_snapped(link, &frame, bytes - 1, &packet);
	check_snapped(link, &frame, bytes / 2, &packet);
	free(copy);

	packet.interface = flags & FLAG_SLOT ? 1 : 0;
	open_slot(run, packet.interface);
	run->packets[run->n++] = packet;
	if (run->n == TALLY_BATCH || flags & (FLAG_BATCH_ENDS | FLAG_FORGET))
		count(run);
	if (flags & FLAG_FORGET)
		forget(run, packet.interface);
	return HEAD_BYTES + (size_t)(frame.captured);
}

static void check_sums(const struct run *run)
{
	struct conserved sums[SLOTS];

	conservation_check(&run->families, &run->tally, sums);
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		const struct conserved *counted = &run->counted[slot];

		expect_traffic("interface", slot, &sums[slot].traffic, &counted->traffic);
		expect_equal("snapped", slot, sums[slot].snapped, counted->snapped);
		expect_equal("errors", slot, sums[slot].errors, counted->errors);
		expect_equal("packets of stations", slot, sums[slot].station_packets,
			     counted->station_packets);
		expect_equal("bytes of stations", slot, sums[slot].station_bytes,
			     counted->station_bytes);
		for (int way = 0; way < DIRECTIONS; way++)
			expect_equal("connections", slot, sums[slot].connections[way],
				     counted->connections[way]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run run = {.n = 0};

	if (size == 0)
		return 0;
	open_run(&run, *data++);
	for (size--; size >= HEAD_BYTES;) {
		size_t taken = take_frame(&run, data, size);

		data += taken;
		size -= taken;
	}
	count(&run);
	tally_finish(&run.tally);
	family_set_finish(&run.families, run.tally.now_ns);
	check_sums(&run);
	close_run(&run);
	return 0;
}
