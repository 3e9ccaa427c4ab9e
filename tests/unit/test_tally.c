/*
 * What makes a flow (its key, its two ends), when a flow of UDP or ICMP begins, how super-frames are
 * estimated, and what the readers of events hear.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "events/event_ring.h"
#include "support.h"

#define CLIENT end4(1, 40000)
#define SERVER end4(2, 53)

static struct bench *bench;

static int set_up(void **state)
{
	const struct tally_options options = bench_options(64);

	(void)state;
	bench = bench_open(&options);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bench_close(bench);
	return 0;
}

static uint32_t flows(void)
{
	return bench->tally.flows.table.used;
}

/* --- keys --- */

static void both_directions_are_one_flow(void **state)
{
	(void)state;
	assert_true(bench_count(bench, packet_udp(CLIENT, SERVER, 100))->from_initiator);
	assert_int_equal(bench_state(bench), FLOW_ONE_WAY);
	assert_false(bench_count(bench, packet_udp(SERVER, CLIENT, 300))->from_initiator);
	assert_int_equal(bench_state(bench), FLOW_TWO_WAY);
	assert_int_equal(flows(), 1);
	assert_int_equal(bench_flow(bench)->sides[INITIATOR].bytes, 100);
	assert_int_equal(bench_flow(bench)->sides[RESPONDER].bytes, 300);
	assert_int_equal(bench_flow(bench)->sides[RESPONDER].last_bytes, 300);
	assert_int_equal(flow_address(bench_flow(bench), INITIATOR)[3], 1);
	assert_int_equal(flow_port(bench_flow(bench), INITIATOR), 40000);
	assert_int_equal(flow_port(bench_flow(bench), RESPONDER), 53);
}

/* The higher address begins; then two ports of one address. */
static void initiator_is_who_sent_first_whichever_end_is_lower(void **state)
{
	(void)state;
	bench_count(bench, packet_udp(end4(9, 500), end4(2, 600), 100));
	assert_int_equal(flow_address(bench_flow(bench), INITIATOR)[3], 9);
	assert_int_equal(flow_port(bench_flow(bench), INITIATOR), 500);
	bench_count(bench, packet_udp(end4(3, 900), end4(3, 800), 100));
	assert_int_equal(flow_port(bench_flow(bench), INITIATOR), 900);
	assert_true(bench->verdict.from_initiator);
	bench_count(bench, packet_udp(end4(3, 800), end4(3, 900), 100));
	assert_false(bench->verdict.from_initiator);
	assert_int_equal(flows(), 2);
}

static void ports_belong_to_their_addresses(void **state)
{
	(void)state;
	bench_count(bench, packet_udp(end4(1, 500), end4(2, 600), 100));
	bench_count(bench, packet_udp(end4(1, 600), end4(2, 500), 100));
	assert_int_equal(flows(), 2);
}

static void interface_vlans_network_and_protocol_keep_flows_apart(void **state)
{
	struct packet packet = packet_udp(CLIENT, SERVER, 100);
	uint32_t n = 1;

	(void)state;
	bench_count(bench, packet);
	packet.interface = 1;
	bench_count(bench, packet);
	assert_int_equal(flows(), ++n);
	packet.interface = 0;
	packet.vlan[0] = 5;
	bench_count(bench, packet);
	assert_int_equal(flows(), ++n);
	packet.vlan[1] = 7;
	bench_count(bench, packet);
	assert_int_equal(flows(), ++n);
	packet.vlan[0] = 7;
	packet.vlan[1] = 5;
	bench_count(bench, packet);
	assert_int_equal(flows(), ++n);
	packet = packet_udp(CLIENT, SERVER, 100);
	packet.network = NETWORK_IPV6; /* with the address bytes of IPv4 */
	bench_count(bench, packet);
	assert_int_equal(flows(), ++n);
	bench_count(bench, packet_tcp(CLIENT, SERVER, TCP_ACK, 1, 1));
	assert_int_equal(flows(), ++n);
	bench_count(bench, packet_udp(CLIENT, SERVER, 100));
	assert_int_equal(flows(), n);
	assert_int_equal(bench_flow(bench)->sides[INITIATOR].packets, 2);
}

static void what_is_not_ip_has_no_flow_and_no_sum(void **state)
{
	(void)state;
	bench_count(bench, packet_arp(60));
	assert_null(bench_flow(bench));
	assert_int_equal(flows(), 0);
	assert_int_equal(bench_totals(bench, 0)->live.packets, 0);
	assert_int_equal(bench_totals(bench, 0)->unattributed.packets, 0);
	assert_int_equal(bench->verdict.wire_packets, 1);
	assert_int_equal(bench->verdict.wire_bytes, 60);
}

/* --- flows of UDP, ICMP and what has no ports --- */

static void udp_flow_begins_with_its_first_packet_and_again_after_its_time(void **state)
{
	(void)state;
	assert_true(bench_count(bench, packet_udp(CLIENT, SERVER, 100))->opened);
	assert_int_equal(bench->verdict.transition, TRANSITION_BEGUN);
	assert_false(bench_count(bench, packet_udp(CLIENT, SERVER, 100))->opened);
	bench_wait(bench, 60 * SECOND); /* one way: exactly the bound */
	assert_false(bench_count(bench, packet_udp(CLIENT, SERVER, 100))->opened);
	bench_wait(bench, 60 * SECOND + 1);
	assert_true(bench_count(bench, packet_udp(CLIENT, SERVER, 100))->opened);
	assert_false(bench_count(bench, packet_udp(SERVER, CLIENT, 100))->opened);
	bench_wait(bench, 180 * SECOND); /* two ways */
	assert_false(bench_count(bench, packet_udp(CLIENT, SERVER, 100))->opened);
	bench_wait(bench, 180 * SECOND + 1);
	assert_true(bench_count(bench, packet_udp(SERVER, CLIENT, 100))->opened);
	assert_int_equal(flow_port(bench_flow(bench), INITIATOR), 53); /* who spoke first now */
	assert_int_equal(bench->tally.flows.ends[FLOW_TIMED_OUT], 2);
}

static void ping_and_its_answers_are_one_flow_by_identifier(void **state)
{
	(void)state;
	for (int version = 4; version <= 6; version += 2) {
		struct end a = version == 4 ? end4(1, 0) : end6(1, 0);
		struct end b = version == 4 ? end4(2, 0) : end6(2, 0);
		uint32_t before = flows();

		bench_count(bench, packet_icmp_echo(a, b, false, 77));
		assert_false(bench->verdict.opened);
		bench_count(bench, packet_icmp_echo(b, a, true, 77));
		assert_false(bench->verdict.from_initiator);
		assert_int_equal(flows(), before + 1);
		assert_int_equal(bench_state(bench), FLOW_TWO_WAY);
		assert_int_equal(flow_port(bench_flow(bench), INITIATOR), 77);
		bench_count(bench, packet_icmp_echo(a, b, false, 78));
		assert_int_equal(flows(), before + 2);
	}
}

/* The addresses do not tell a query of one's own address from its reply. */
static void ping_of_the_own_address_is_answered_by_the_responder(void **state)
{
	struct end self = end4(1, 0);

	(void)state;
	assert_true(bench_count(bench, packet_icmp_echo(self, self, false, 77))->from_initiator);
	assert_false(bench_count(bench, packet_icmp_echo(self, self, true, 77))->from_initiator);
	assert_int_equal(flows(), 1);
	assert_int_equal(bench_state(bench), FLOW_TWO_WAY);
}

/* RFC 792: echo, timestamp, information and address mask are asked with the same identifier. */
static void queries_of_several_types_are_several_flows(void **state)
{
	static const uint8_t types[][2] = {{8, 0}, {13, 14}, {15, 16}, {17, 18}};

	(void)state;
	for (uint32_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct packet query = packet_icmp_echo(end4(2, 0), end4(1, 0), false, 77);
		struct packet reply = packet_icmp_echo(end4(1, 0), end4(2, 0), true, 77);

		query.icmp_type = types[i][0];
		reply.icmp_type = types[i][1];
		assert_true(bench_count(bench, query)->from_initiator);
		assert_false(bench_count(bench, reply)->from_initiator);
		assert_int_equal(flows(), i + 1);
		assert_int_equal(flow_icmp_type(bench_flow(bench)), types[i][0]);
		assert_int_equal(flow_port(bench_flow(bench), INITIATOR), 77);
		assert_int_equal(flow_port(bench_flow(bench), RESPONDER), 77);
	}
}

/* The reply alone is seen: who sent it is the initiator, as far as we know. */
static void reply_without_its_query_is_of_the_same_flow(void **state)
{
	(void)state;
	bench_count(bench, packet_icmp_echo(end6(1, 0), end6(2, 0), true, 77));
	assert_int_equal(flow_icmp_type(bench_flow(bench)), 128);
	assert_false(bench_count(bench, packet_icmp_echo(end6(2, 0), end6(1, 0), false, 77))
			     ->from_initiator);
	assert_int_equal(flows(), 1);
}

/* An ICMP error names no identifier of its own; it stands beside the flow it complains of. */
static void errors_and_other_protocols_are_portless_flows_and_no_connections(void **state)
{
	static const enum protocol protocols[] = {PROTOCOL_ICMP, PROTOCOL_IGMP, PROTOCOL_GRE,
						  PROTOCOL_ESP,  PROTOCOL_OSPF, PROTOCOL_OTHER};

	(void)state;
	bench_count(bench, packet_icmp_echo(end4(1, 0), end4(2, 0), false, 77));
	for (uint32_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		bench_count(bench, packet_ip(end4(1, 0), end4(2, 0), protocols[i], 100));
		assert_false(bench->verdict.opened);
		assert_int_equal(bench->verdict.transition, TRANSITION_NONE);
		assert_int_equal(flow_port(bench_flow(bench), INITIATOR), 0);
		bench_count(bench, packet_ip(end4(2, 0), end4(1, 0), protocols[i], 100));
		assert_int_equal(flows(), i + 2);
	}
}

static void two_unknown_protocols_are_two_flows(void **state)
{
	struct packet packet = packet_ip(end4(1, 0), end4(2, 0), PROTOCOL_OTHER, 100);

	(void)state;
	bench_count(bench, packet);
	packet.ip_protocol = 112;
	bench_count(bench, packet);
	assert_int_equal(flows(), 2);
}

static void tcp_udp_and_sctp_without_ports_are_unattributed(void **state)
{
	static const enum protocol protocols[] = {PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_SCTP};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		bench_count(bench, packet_ip(end4(1, 0), end4(2, 0), protocols[i], 100));
		assert_null(bench_flow(bench));
		assert_null(bench->verdict.hints);
	}
	assert_int_equal(flows(), 0);
	assert_int_equal(bench_totals(bench, 0)->unattributed.packets, 3);
	assert_int_equal(bench_totals(bench, 0)->unattributed.bytes, 300);
}

/* A damaged file may hold any time: the greatest and the least that fit. */
static void absurd_time_stamps_overflow_nothing(void **state)
{
	struct tally_options options = bench_options(1);

	(void)state;
	options.packet_clock = true;
	bench = bench_open(&options);
	for (int round = 0; round < 3; round++) {
		bench->now_ns = round % 2 ? INT64_MIN : INT64_MAX;
		bench_count(bench, packet_udp(CLIENT, SERVER, 100));
		bench_count(bench, packet_udp(end4(3, 1), SERVER, 100));
		bench_count(bench, packet_first_fragment(end4(3, 1), SERVER, 1));
		tally_age(&bench->tally, (struct monotonic_time){0}, 64);
	}
	assert_int_equal(
		bench_totals(bench, 0)->live.packets + bench_totals(bench, 0)->evicted.packets, 9);
}

/* --- super-frames --- */

static void assert_wire(struct packet packet, uint32_t packets, uint32_t bytes)
{
	bench_count(bench, packet);
	assert_int_equal(bench->verdict.wire_packets, packets);
	assert_int_equal(bench->verdict.wire_bytes, bytes);
}

/*
 * Ten segments of 1448 bytes behind 20 of IP and 32 of TCP with time stamps, each frame 1514 bytes;
 * then nine and a last one of 1 byte, whose frame has 14 + 20 + 32 + 1.
 */
static void joined_tcp_segments_are_taken_apart_at_the_mtu(void **state)
{
	struct packet packet = packet_tcp(CLIENT, SERVER, TCP_ACK, 1, 1);

	(void)state;
	bench->tally.interfaces[0].mtu = 1500;
	packet.payload_bytes = 14480;
	packet.frame_bytes = 14 + 20 + 32 + 14480;
	assert_wire(packet, 10, 15140);
	packet.payload_bytes = 9 * 1448 + 1;
	packet.frame_bytes = 14 + 20 + 32 + 9 * 1448 + 1;
	assert_wire(packet, 10, 9 * 1514 + 67);
	packet.payload_bytes = 1448;
	packet.frame_bytes = 1514;
	assert_wire(packet, 1, 1514);
	packet.payload_bytes = 1449;
	packet.frame_bytes = 1515;
	assert_wire(packet, 2, 1514 + 67);
}

/* 802.1Q adds 4 bytes to each link header, and the MTU stands behind it. */
static void tags_are_outside_of_the_mtu(void **state)
{
	struct packet packet = packet_tcp(CLIENT, SERVER, TCP_ACK, 1, 1);

	(void)state;
	bench->tally.interfaces[0].mtu = 1500;
	packet.link_bytes = 18;
	packet.payload_bytes = 1448;
	packet.frame_bytes = 1518;
	assert_wire(packet, 1, 1518);
	packet.payload_bytes = 2 * 1448;
	packet.frame_bytes = 18 + 20 + 32 + 2 * 1448;
	assert_wire(packet, 2, 2 * 1518);
}

/* 3000 bytes of UDP: 1472 + 1472 + 56, behind 42 bytes of headers each. */
static void joined_udp_datagrams_are_taken_apart_at_the_mtu(void **state)
{
	(void)state;
	bench->tally.interfaces[0].mtu = 1500;
	assert_wire(packet_udp(CLIENT, SERVER, 42 + 3000), 3, 3 * 42 + 3000);
}

/* What has no payload that is known restores the link header alone: 1500 + 1500 + 1000. */
static void long_frame_that_is_not_ip_is_taken_apart_behind_its_link_header(void **state)
{
	struct packet packet = packet_arp(14 + 4000);

	(void)state;
	bench->tally.interfaces[0].mtu = 1500;
	packet.network = NETWORK_OTHER;
	assert_wire(packet, 3, 4000 + 3 * 14);
}

static void without_an_mtu_there_are_no_super_frames(void **state)
{
	struct packet packet = packet_udp(CLIENT, SERVER, 65000);

	(void)state;
	assert_wire(packet, 1, 65000);
	bench->tally.interfaces[0].mtu = 1500;
	packet.interface = 1;
	assert_wire(packet, 1, 65000);
}

/* --- events --- */

static void assert_event(struct event_ring *ring, enum event_kind kind, uint64_t packets)
{
	struct event event;

	assert_true(event_ring_take(ring, &event));
	assert_int_equal(event.kind, kind);
	assert_int_equal(event.packets[INITIATOR] + event.packets[RESPONDER], packets);
	assert_int_equal(event.addresses[INITIATOR][3], 1);
	assert_int_equal(event.ports[RESPONDER], 53);
	assert_int_equal(event.version, 4);
	assert_int_equal(event.protocol, PROTOCOL_TCP);
}

static void life_of_a_flow_is_told_as_events(void **state)
{
	struct tally_options options = bench_options(1);
	struct ledger ledger = {0};
	struct event event;

	(void)state;
	options.events = event_ring_create(&ledger, 16, NULL);
	bench = bench_open(&options);
	bench_count(bench, packet_tcp(CLIENT, SERVER, TCP_SYN, 10, 0));
	bench_count(bench, packet_tcp(SERVER, CLIENT, TCP_SYN | TCP_ACK, 20, 11));
	bench_count(bench, packet_tcp(CLIENT, SERVER, TCP_ACK, 11, 21));
	bench_count(bench, packet_tcp(CLIENT, SERVER, TCP_FIN | TCP_ACK, 11, 21));
	bench_count(bench, packet_tcp(SERVER, CLIENT, TCP_FIN | TCP_ACK, 21, 12));
	bench_count(bench, packet_tcp(CLIENT, SERVER, TCP_ACK, 12, 22));
	bench_count(bench, packet_tcp(CLIENT, SERVER, TCP_SYN, 90, 0));
	bench_count(bench, packet_tcp(SERVER, CLIENT, TCP_RST | TCP_ACK, 0, 91));
	bench_count(bench, packet_tcp(CLIENT, SERVER, TCP_SYN, 95, 0));
	bench_wait(bench, 61 * SECOND);
	tally_age(&bench->tally, (struct monotonic_time){bench->now_ns}, 64);
	bench_count(bench, packet_tcp(CLIENT, SERVER, TCP_SYN, 99, 0));
	bench_count(bench, packet_arp(60));
	bench_count(bench, packet_udp(CLIENT, SERVER, 60)); /* whose beginning is no event */

	assert_event(options.events, EVENT_FLOW_BEGUN, 1);
	assert_event(options.events, EVENT_FLOW_ESTABLISHED, 3);
	assert_event(options.events, EVENT_FLOW_CLOSED, 6);
	assert_event(options.events, EVENT_FLOW_BEGUN, 1);
	assert_event(options.events, EVENT_FLOW_REFUSED, 2);
	assert_event(options.events, EVENT_FLOW_BEGUN, 1);
	assert_event(options.events, EVENT_FLOW_TIMED_OUT, 1);
	assert_event(options.events, EVENT_FLOW_BEGUN, 1);
	assert_event(options.events, EVENT_FLOW_EVICTED, 1);
	assert_false(event_ring_take(options.events, &event));
	ledger_release(&ledger);
}

/* The only event in the ring. */
static struct event take_event(struct event_ring *ring)
{
	struct event event, more;

	assert_true(event_ring_take(ring, &event));
	assert_false(event_ring_take(ring, &more));
	return event;
}

static void end_of_a_silent_flow_has_its_time_and_its_silence(void **state)
{
	struct tally_options options = bench_options(4);
	struct ledger ledger = {0};
	int64_t begun_ns;
	struct event event;

	(void)state;
	options.events = event_ring_create(&ledger, 16, NULL);
	bench = bench_open(&options);
	bench->tally.flows.wall_offset_ns = 5000 * SECOND;
	strcpy(bench->tally.interfaces[0].name, "eth0");
	begun_ns = bench->now_ns;
	bench_count(bench, packet_udp(CLIENT, SERVER, 60));
	bench_wait(bench, 2 * SECOND);
	bench_count(bench, packet_udp(CLIENT, SERVER, 100));
	bench_wait(bench, 61 * SECOND);
	tally_age(&bench->tally, (struct monotonic_time){bench->now_ns}, 64);
	event = take_event(options.events);
	assert_int_equal(event.kind, EVENT_FLOW_ENDED);
	assert_int_equal(event.state, FLOW_ONE_WAY);
	assert_string_equal(event.interface, "eth0");
	assert_int_equal(event.time.ns, begun_ns + 63 * SECOND + 5000 * SECOND);
	assert_int_equal(event.duration_ns, 2 * SECOND);
	assert_int_equal(event.silent_ns, 61 * SECOND);
	assert_int_equal(event.packets[INITIATOR], 2);
	assert_int_equal(event.bytes[INITIATOR], 160);
	assert_int_equal(event.packets[RESPONDER], 0);
	ledger_release(&ledger);
}

static void connection_that_begins_anew_replaces_what_was_not_over(void **state)
{
	struct tally_options options = bench_options(4);
	struct ledger ledger = {0};

	(void)state;
	options.events = event_ring_create(&ledger, 16, NULL);
	bench = bench_open(&options);
	bench_count(bench, packet_tcp(CLIENT, SERVER, TCP_SYN, 10, 0));
	bench_count(bench, packet_tcp(CLIENT, SERVER, TCP_SYN, 5000, 0));
	assert_event(options.events, EVENT_FLOW_BEGUN, 1);
	assert_event(options.events, EVENT_FLOW_REPLACED, 1);
	assert_event(options.events, EVENT_FLOW_BEGUN, 1);
	ledger_release(&ledger);
}

static void what_is_not_over_at_the_end_was_left_open(void **state)
{
	struct tally_options options = bench_options(8);
	struct ledger ledger = {0};
	struct event event;
	uint32_t from = 0;

	(void)state;
	options.events = event_ring_create(&ledger, 16, NULL);
	bench = bench_open(&options);
	bench_count(bench, packet_tcp(CLIENT, SERVER, TCP_SYN, 10, 0));
	bench_count(bench, packet_tcp(SERVER, CLIENT, TCP_RST | TCP_ACK, 0, 11));
	bench_count(bench, packet_udp(CLIENT, SERVER, 60));
	bench_count(bench, packet_udp(CLIENT, end4(3, 53), 60));
	while (event_ring_take(options.events, &event))
		;
	assert_true(tally_tell_open(&bench->tally, &from, 2));
	event = take_event(options.events);
	assert_int_equal(event.kind, EVENT_FLOW_LEFT_OPEN);
	assert_int_equal(event.addresses[RESPONDER][3], SERVER.host);
	assert_false(tally_tell_open(&bench->tally, &from, 2));
	event = take_event(options.events);
	assert_int_equal(event.addresses[RESPONDER][3], 3);
	ledger_release(&ledger);
}

static void clock_that_jumps_is_followed_and_told(void **state)
{
	struct tally_options options = bench_options(4);
	struct ledger ledger = {0};
	int64_t offset_ns;
	struct event event;

	(void)state;
	options.events = event_ring_create(&ledger, 16, NULL);
	bench = bench_open(&options);
	offset_ns = bench->tally.flows.wall_offset_ns;
	tally_follow_wall_clock(&bench->tally, offset_ns + SECOND / 20);
	assert_int_equal(bench->tally.flows.wall_offset_ns, offset_ns);
	tally_follow_wall_clock(&bench->tally,
				offset_ns + SECOND / 5); /* slewed: not worth a word */
	assert_int_equal(bench->tally.flows.wall_offset_ns, offset_ns + SECOND / 5);
	assert_false(event_ring_take(options.events, &event));
	tally_follow_wall_clock(&bench->tally, offset_ns - 3600 * SECOND + SECOND / 5);
	event = take_event(options.events);
	assert_int_equal(event.kind, EVENT_CLOCK_BACK);
	assert_int_equal(event.duration_ns, 3600 * SECOND);
	assert_int_equal(event.time.ns,
			 bench->tally.now_ns + offset_ns - 3600 * SECOND + SECOND / 5);
	tally_follow_wall_clock(&bench->tally, offset_ns);
	assert_int_equal(take_event(options.events).kind, EVENT_CLOCK_FORWARD);
	ledger_release(&ledger);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_directions_are_one_flow),
		TEST(initiator_is_who_sent_first_whichever_end_is_lower),
		TEST(ports_belong_to_their_addresses),
		TEST(interface_vlans_network_and_protocol_keep_flows_apart),
		TEST(what_is_not_ip_has_no_flow_and_no_sum),
		TEST(udp_flow_begins_with_its_first_packet_and_again_after_its_time),
		TEST(ping_and_its_answers_are_one_flow_by_identifier),
		TEST(ping_of_the_own_address_is_answered_by_the_responder),
		TEST(queries_of_several_types_are_several_flows),
		TEST(reply_without_its_query_is_of_the_same_flow),
		TEST(errors_and_other_protocols_are_portless_flows_and_no_connections),
		TEST(two_unknown_protocols_are_two_flows),
		TEST(tcp_udp_and_sctp_without_ports_are_unattributed),
		cmocka_unit_test_setup_teardown(absurd_time_stamps_overflow_nothing, NULL,
						tear_down),
		TEST(joined_tcp_segments_are_taken_apart_at_the_mtu),
		TEST(tags_are_outside_of_the_mtu),
		TEST(joined_udp_datagrams_are_taken_apart_at_the_mtu),
		TEST(long_frame_that_is_not_ip_is_taken_apart_behind_its_link_header),
		TEST(without_an_mtu_there_are_no_super_frames),
		cmocka_unit_test_setup_teardown(life_of_a_flow_is_told_as_events, NULL, tear_down),
		cmocka_unit_test_setup_teardown(end_of_a_silent_flow_has_its_time_and_its_silence,
						NULL, tear_down),
		cmocka_unit_test_setup_teardown(
			connection_that_begins_anew_replaces_what_was_not_over, NULL, tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_over_at_the_end_was_left_open, NULL,
						tear_down),
		cmocka_unit_test_setup_teardown(clock_that_jumps_is_followed_and_told, NULL,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
