/*
 * What becomes of connections, and what a segment is to those before it (RFC 9293 3.5, 3.8, 3.10;
 * RFC 7323 2.2; README, "What is counted": TCP life). The client is 10.0.0.1:40000, the server
 * 10.0.0.2:80; a round trip takes 20 ms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "support.h"
#include "tally/tcp.h"

#define CLIENT      end4(1, 40000)
#define SERVER      end4(2, 80)
#define ISN         1000u /* of the client */
#define PEER        5000u /* of the server */
#define MILLISECOND (SECOND / 1000)
#define TRIP        (20 * MILLISECOND)

static struct bench *bench;

static void open_bench(uint32_t flows)
{
	const struct tally_options options = bench_options(flows);

	bench = bench_open(&options);
}

static int set_up(void **state)
{
	(void)state;
	open_bench(64);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bench_close(bench);
	return 0;
}

static const struct tcp_totals *totals(void)
{
	return &bench->tally.flows.tcp[0];
}

static const struct verdict *segment(struct end from, struct end to, uint8_t flags,
				     uint32_t sequence, uint32_t acknowledgement, uint32_t payload)
{
	struct packet packet = packet_tcp(from, to, flags, sequence, acknowledgement);

	packet.payload_bytes = payload;
	packet.tcp_window = 1000;
	packet.tcp_window_scale = TCP_NO_SCALE;
	return bench_count(bench, packet);
}

static const struct verdict *client(uint8_t flags, uint32_t sequence, uint32_t acknowledgement)
{
	return segment(CLIENT, SERVER, flags, sequence, acknowledgement, 0);
}

static const struct verdict *server(uint8_t flags, uint32_t sequence, uint32_t acknowledgement)
{
	return segment(SERVER, CLIENT, flags, sequence, acknowledgement, 0);
}

/* Payload of the client, and what the segment is. */
static uint8_t data(uint32_t sequence, uint32_t payload)
{
	return segment(CLIENT, SERVER, TCP_ACK, sequence, PEER + 1, payload)->segment;
}

static void shake_hands(void)
{
	client(TCP_SYN, ISN, 0);
	server(TCP_SYN | TCP_ACK, PEER, ISN + 1);
	bench_wait(bench, TRIP);
	client(TCP_ACK, ISN + 1, PEER + 1);
}

/* The identity of a third party, whatever happened before. */
static void assert_attempts_add_up(void)
{
	const struct tcp_totals *t = totals();

	assert_int_equal(t->attempted, t->established + t->refused + t->aborted +
					       t->half_open_timed_out + t->half_open_evicted +
					       t->half_open);
}

static void connection_is_counted_through_its_life(void **state)
{
	(void)state;
	client(TCP_SYN, ISN, 0);
	assert_int_equal(totals()->attempted, 1);
	assert_int_equal(totals()->half_open, 1);
	server(TCP_SYN | TCP_ACK, PEER, ISN + 1);
	assert_int_equal(totals()->half_open, 1);
	bench_wait(bench, TRIP);
	assert_int_equal(client(TCP_ACK, ISN + 1, PEER + 1)->transition, TRANSITION_ESTABLISHED);
	assert_int_equal(totals()->half_open, 0);
	assert_int_equal(totals()->open, 1);
	assert_int_equal(totals()->established, 1);
	client(TCP_FIN | TCP_ACK, ISN + 1, PEER + 1);
	assert_int_equal(bench_state(bench), FLOW_CLOSING);
	assert_int_equal(totals()->open, 1);
	server(TCP_FIN | TCP_ACK, PEER + 1, ISN + 2);
	assert_int_equal(client(TCP_ACK, ISN + 2, PEER + 2)->transition, TRANSITION_CLOSED);
	assert_int_equal(totals()->open, 0);
	assert_int_equal(totals()->closed, 1);
	bench_wait(bench, 20 * SECOND);
	tally_age(&bench->tally, (struct monotonic_time){bench->now_ns}, 64);
	assert_int_equal(totals()->timed_out, 0);
	assert_attempts_add_up();
}

static void handshake_time_falls_into_its_bucket(void **state)
{
	(void)state;
	shake_hands(); /* 20 ms: above 10, not above 100 */
	assert_int_equal(totals()->handshakes[2], 1);
	assert_int_equal(totals()->handshakes_ns[2], TRIP);
}

static void reset_that_acknowledges_the_syn_refuses_it(void **state)
{
	(void)state;
	client(TCP_SYN, ISN, 0);
	assert_int_equal(server(TCP_RST | TCP_ACK, 0, ISN + 1)->transition, TRANSITION_REFUSED);
	assert_int_equal(bench_state(bench), FLOW_RESET);
	assert_int_equal(totals()->refused, 1);
	assert_int_equal(totals()->reset, 0);
	assert_int_equal(totals()->half_open, 0);
	assert_attempts_add_up();
}

static void reset_that_acknowledges_another_syn_changes_nothing(void **state)
{
	(void)state;
	client(TCP_SYN, ISN, 0);
	assert_int_equal(server(TCP_RST | TCP_ACK, 0, ISN + 2)->transition, TRANSITION_NONE);
	assert_int_equal(server(TCP_RST, 0, 0)->transition, TRANSITION_NONE);
	assert_int_equal(bench_state(bench), FLOW_HALF_OPEN);
	assert_int_equal(totals()->refused, 0);
}

static void initiator_that_resets_the_answer_aborts(void **state)
{
	(void)state;
	client(TCP_SYN, ISN, 0);
	server(TCP_SYN | TCP_ACK, PEER, ISN + 1);
	assert_int_equal(client(TCP_RST, ISN + 1, 0)->transition, TRANSITION_RESET);
	assert_int_equal(totals()->aborted, 1);
	assert_int_equal(totals()->reset, 1);
	assert_int_equal(totals()->established, 0);
	assert_attempts_add_up();
}

static void reset_in_the_window_resets_and_one_outside_is_only_counted(void **state)
{
	(void)state;
	shake_hands();
	assert_int_equal(server(TCP_RST, PEER + 1 + 70000, 0)->transition, TRANSITION_NONE);
	assert_int_equal(server(TCP_RST, PEER + 1 - 70000, 0)->transition, TRANSITION_NONE);
	assert_int_equal(bench_state(bench), FLOW_ESTABLISHED);
	assert_int_equal(server(TCP_RST, PEER + 1, 0)->transition, TRANSITION_RESET);
	assert_int_equal(totals()->reset, 1);
	assert_int_equal(totals()->aborted, 0);
	assert_int_equal(totals()->open, 0);
	assert_attempts_add_up();
}

static void silent_connections_time_out(void **state)
{
	(void)state;
	client(TCP_SYN, ISN, 0);
	bench_wait(bench, 60 * SECOND + 1);
	client(TCP_SYN, ISN, 0);
	assert_int_equal(totals()->attempted, 2);
	assert_int_equal(totals()->timed_out, 1);
	assert_int_equal(totals()->half_open_timed_out, 1);
	server(TCP_SYN | TCP_ACK, PEER, ISN + 1);
	client(TCP_ACK, ISN + 1, PEER + 1);
	bench_wait(bench, 900 * SECOND + 1);
	client(TCP_ACK, ISN + 1, PEER + 1);
	assert_int_equal(totals()->timed_out, 2);
	assert_int_equal(totals()->half_open_timed_out, 1);
	assert_int_equal(totals()->midstream, 1);
	assert_int_equal(totals()->open, 1);
	assert_attempts_add_up();
}

static void attempt_that_begins_again_is_one_that_was_not_answered(void **state)
{
	(void)state;
	client(TCP_SYN, ISN, 0);
	client(TCP_SYN, ISN + 77, 0);
	assert_int_equal(totals()->attempted, 2);
	assert_int_equal(totals()->half_open, 1);
	assert_int_equal(totals()->half_open_timed_out, 1);
	assert_int_equal(totals()->timed_out, 0);
	assert_attempts_add_up();
}

static void evicted_attempts_add_up_and_come_back_uncounted(void **state)
{
	struct end other = end4(3, 1);

	(void)state;
	bench_close(bench);
	open_bench(4);
	for (uint16_t port = 1; port <= 40; port++) {
		other.port = port;
		segment(other, SERVER, TCP_SYN, ISN, 0, 0);
		assert_attempts_add_up();
	}
	assert_int_equal(totals()->attempted, 40);
	assert_int_equal(totals()->half_open_evicted, 36);
	other.port = 36; /* the last one given up */
	assert_false(segment(other, SERVER, TCP_SYN, ISN, 0, 0)->opened);
	assert_int_equal(totals()->attempted, 40);
	assert_int_equal(totals()->half_open, 3);
	assert_attempts_add_up();
}

static void syn_on_an_established_connection_waits_for_its_answer(void **state)
{
	const struct verdict *verdict;

	(void)state;
	shake_hands();
	assert_false(client(TCP_SYN, ISN + 9000, 0)->opened);
	assert_int_equal(bench_state(bench), FLOW_ESTABLISHED);
	assert_int_equal(totals()->attempted, 1);
	verdict = server(TCP_SYN | TCP_ACK, PEER + 9000, ISN + 9001);
	assert_true(verdict->opened);
	assert_int_equal(verdict->opening_port, 80);
	assert_int_equal(verdict->opening_direction, DIRECTION_RECEIVE);
	assert_false(verdict->from_initiator);
	assert_int_equal(bench_state(bench), FLOW_HALF_OPEN);
	assert_int_equal(flow_port(bench_flow(bench), INITIATOR), 40000);
	client(TCP_ACK, ISN + 9001, PEER + 9001);
	assert_int_equal(bench_state(bench), FLOW_ESTABLISHED);
	assert_int_equal(totals()->attempted, 2);
	assert_int_equal(totals()->established, 2);
	assert_int_equal(totals()->handshakes[2], 1); /* when the second began is not known */
	assert_attempts_add_up();
}

static void syn_on_an_established_connection_that_is_challenged_changes_nothing(void **state)
{
	(void)state;
	shake_hands();
	client(TCP_SYN, ISN + 9000, 0);
	server(TCP_ACK, PEER + 1, ISN + 1); /* RFC 5961 4.2 */
	assert_int_equal(data(ISN + 1, 10), 0);
	assert_int_equal(bench_state(bench), FLOW_ESTABLISHED);
	assert_int_equal(totals()->attempted, 1);
	server(TCP_SYN | TCP_ACK, PEER + 9000, ISN + 1); /* answers no SYN */
	assert_int_equal(bench_state(bench), FLOW_ESTABLISHED);
}

static void syn_of_the_other_end_makes_it_the_initiator_once_answered(void **state)
{
	(void)state;
	shake_hands();
	server(TCP_SYN, PEER + 9000, 0);
	assert_true(client(TCP_SYN | TCP_ACK, ISN + 9000, PEER + 9001)->opened);
	assert_int_equal(flow_port(bench_flow(bench), INITIATOR), 80);
	assert_int_equal(bench->verdict.opening_port, 40000);
}

static void syn_that_is_sent_again_is_a_retransmission(void **state)
{
	(void)state;
	assert_int_equal(client(TCP_SYN, ISN, 0)->segment, 0);
	assert_int_equal(client(TCP_SYN, ISN, 0)->segment, SEGMENT_RETRANSMITTED);
	assert_int_equal(server(TCP_SYN | TCP_ACK, PEER, ISN + 1)->segment, 0);
	assert_int_equal(server(TCP_SYN | TCP_ACK, PEER, ISN + 1)->segment, SEGMENT_RETRANSMITTED);
	client(TCP_ACK, ISN + 1, PEER + 1);
	assert_int_equal(client(TCP_SYN, ISN, 0)->segment, SEGMENT_RETRANSMITTED);
	assert_int_equal(totals()->attempted, 1);
}

static void bytes_that_are_sent_again_are_retransmitted_and_acknowledgements_are_not(void **state)
{
	(void)state;
	shake_hands();
	assert_int_equal(data(ISN + 1, 100), 0);
	assert_int_equal(data(ISN + 101, 100), 0);
	assert_int_equal(data(ISN + 1, 100), SEGMENT_RETRANSMITTED);
	assert_int_equal(data(ISN + 101, 200), SEGMENT_RETRANSMITTED); /* and 100 new ones */
	assert_int_equal(data(ISN + 301, 100), 0);
	assert_int_equal(client(TCP_ACK, ISN + 401, PEER + 1)->segment, 0);
	assert_int_equal(client(TCP_ACK, ISN + 401, PEER + 1)->segment, 0);
	assert_int_equal(client(TCP_FIN | TCP_ACK, ISN + 401, PEER + 1)->segment, 0);
	assert_int_equal(client(TCP_FIN | TCP_ACK, ISN + 401, PEER + 1)->segment,
			 SEGMENT_RETRANSMITTED);
}

static void gap_that_is_filled_within_a_round_trip_was_out_of_order(void **state)
{
	(void)state;
	shake_hands();
	data(ISN + 1, 100);
	assert_int_equal(data(ISN + 301, 100), 0); /* 200 bytes are missing */
	bench_wait(bench, 15 * MILLISECOND);
	assert_int_equal(data(ISN + 201, 100), SEGMENT_OUT_OF_ORDER);
	assert_int_equal(data(ISN + 101, 100), SEGMENT_OUT_OF_ORDER);
	assert_int_equal(data(ISN + 101, 100), SEGMENT_RETRANSMITTED);
	assert_int_equal(data(ISN + 401, 100), 0);
}

static void gap_that_is_filled_later_was_sent_again(void **state)
{
	(void)state;
	shake_hands();
	data(ISN + 1, 100);
	data(ISN + 201, 100);
	bench_wait(bench, 25 * MILLISECOND);
	assert_int_equal(data(ISN + 101, 100), SEGMENT_RETRANSMITTED);
}

static void sequence_numbers_wrap(void **state)
{
	uint32_t near = UINT32_MAX - 49;

	(void)state;
	data(near, 50);
	assert_int_equal(data(0, 100), 0);
	assert_int_equal(data(near, 50), SEGMENT_RETRANSMITTED);
	assert_int_equal(data(100, 100), 0);
}

static void keep_alive_is_no_retransmission(void **state)
{
	(void)state;
	shake_hands();
	data(ISN + 1, 100);
	assert_int_equal(data(ISN + 100, 0), 0);
	assert_int_equal(data(ISN + 100, 1), 0);
	assert_int_equal(data(ISN + 101, 100), 0);
}

static void closed_window_is_told_and_probing_it_is_no_retransmission(void **state)
{
	struct packet closing = packet_tcp(SERVER, CLIENT, TCP_ACK, PEER + 1, ISN + 101);

	(void)state;
	shake_hands();
	data(ISN + 1, 100);
	closing.tcp_window = 0;
	assert_int_equal(bench_count(bench, closing)->segment, SEGMENT_ZERO_WINDOW);
	assert_int_equal(data(ISN + 101, 1), 0);
	assert_int_equal(data(ISN + 101, 1), 0);
	closing.tcp_flags = TCP_RST;
	assert_int_equal(bench_count(bench, closing)->segment, 0);
}

static void offer_scale(struct end from, struct end to, uint8_t flags, uint8_t scale)
{
	struct packet packet = packet_tcp(from, to, flags, from.port == 80 ? PEER : ISN, ISN + 1);

	packet.tcp_window = 500;
	packet.tcp_window_scale = scale;
	bench_count(bench, packet);
}

static void window_is_scaled_where_both_syns_offered_it(void **state)
{
	(void)state;
	offer_scale(CLIENT, SERVER, TCP_SYN, 7);
	offer_scale(SERVER, CLIENT, TCP_SYN | TCP_ACK, 2);
	assert_int_equal(flow_window(bench_flow(bench), RESPONDER), 500); /* a SYN's never is */
	client(TCP_ACK, ISN + 1, PEER + 1);
	assert_int_equal(flow_window(bench_flow(bench), INITIATOR), 1000 << 7);
	assert_int_equal(bench_flow(bench)->sides[INITIATOR].window, 1000);
	server(TCP_ACK, PEER + 1, ISN + 1);
	assert_int_equal(flow_window(bench_flow(bench), RESPONDER), 1000 << 2);
}

static void window_is_not_scaled_where_one_syn_offered_nothing(void **state)
{
	(void)state;
	offer_scale(CLIENT, SERVER, TCP_SYN, 7);
	offer_scale(SERVER, CLIENT, TCP_SYN | TCP_ACK, TCP_NO_SCALE);
	client(TCP_ACK, ISN + 1, PEER + 1);
	assert_int_equal(flow_window(bench_flow(bench), INITIATOR), 1000);
}

static void all_flags_of_a_side_are_kept_together(void **state)
{
	char text[8];

	(void)state;
	shake_hands();
	client(TCP_PSH | TCP_ACK, ISN + 1, PEER + 1);
	flow_all_flags_format(text, bench_flow(bench)->sides[INITIATOR].all_flags);
	assert_string_equal(text, "-S-PA-");
	server(TCP_FIN | TCP_ACK, PEER + 1, ISN + 1);
	flow_all_flags_format(text, bench_flow(bench)->sides[RESPONDER].all_flags);
	assert_string_equal(text, "FS--A-");
}

static void macs_of_both_ends_are_kept(void **state)
{
	static const uint8_t macs[2][MAC_BYTES] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};
	struct packet packet = packet_tcp(CLIENT, SERVER, TCP_SYN, ISN, 0);

	(void)state;
	packet.flags |= PACKET_MACS;
	memcpy(packet.source_mac, macs[0], MAC_BYTES);
	memcpy(packet.destination_mac, macs[1], MAC_BYTES);
	bench_count(bench, packet);
	assert_memory_equal(bench_flow(bench)->sides[INITIATOR].mac, macs[0], MAC_BYTES);
	assert_true(bench_flow(bench)->sides[INITIATOR].marks & SIDE_MAC);
	assert_false(bench_flow(bench)->sides[RESPONDER].marks & SIDE_MAC);
	packet = packet_tcp(SERVER, CLIENT, TCP_SYN | TCP_ACK, PEER, ISN + 1);
	packet.flags |= PACKET_MACS;
	memcpy(packet.source_mac, macs[1], MAC_BYTES);
	bench_count(bench, packet);
	assert_memory_equal(bench_flow(bench)->sides[INITIATOR].mac, macs[0], MAC_BYTES);
	assert_memory_equal(bench_flow(bench)->sides[RESPONDER].mac, macs[1], MAC_BYTES);
}

static void first_answer_to_a_datagram_is_told(void **state)
{
	struct packet there = packet_udp(CLIENT, SERVER, 100),
		      back = packet_udp(SERVER, CLIENT, 90);

	(void)state;
	assert_int_equal(bench_count(bench, there)->transition, TRANSITION_BEGUN);
	assert_int_equal(bench_count(bench, there)->transition, TRANSITION_NONE);
	assert_int_equal(bench_count(bench, back)->transition, TRANSITION_ANSWERED);
	assert_int_equal(bench_count(bench, back)->transition, TRANSITION_NONE);
	assert_int_equal(totals()->attempted, 0);
}

static void first_answer_to_a_syn_is_told(void **state)
{
	(void)state;
	client(TCP_SYN, ISN, 0);
	assert_int_equal(server(TCP_SYN | TCP_ACK, PEER, ISN - 7)->transition, TRANSITION_NONE);
	bench_wait(bench, SECOND);
	client(TCP_SYN, ISN + 9, 0);
	assert_int_equal(server(TCP_SYN | TCP_ACK, PEER, ISN + 10)->transition,
			 TRANSITION_ANSWERED);
	assert_int_equal(server(TCP_SYN | TCP_ACK, PEER, ISN + 10)->transition, TRANSITION_NONE);
	assert_int_equal(client(TCP_ACK, ISN + 10, PEER + 1)->transition, TRANSITION_ESTABLISHED);
	assert_int_equal(server(TCP_SYN | TCP_ACK, PEER, ISN + 10)->transition, TRANSITION_NONE);
}

/* Segments of any kind at any time: the identity holds after each one. */
static void attempts_add_up_after_every_segment(void **state)
{
	static const uint8_t kinds[] = {TCP_SYN,           TCP_SYN | TCP_ACK, TCP_ACK, TCP_RST,
					TCP_RST | TCP_ACK, TCP_FIN | TCP_ACK, TCP_ACK};
	struct random random = {42};

	(void)state;
	bench_close(bench);
	open_bench(16);
	for (int i = 0; i < 200000; i++) {
		struct end ends[2] = {end4(1, (uint16_t)random_below(&random, 24)), SERVER};
		bool back = random_below(&random, 2);

		segment(ends[back], ends[!back], kinds[random_below(&random, 7)],
			random_below(&random, 4), random_below(&random, 4),
			random_below(&random, 3));
		assert_attempts_add_up();
		if (random_below(&random, 50) == 0)
			bench_wait(bench, random_below(&random, 100) * SECOND);
		tally_age(&bench->tally, (struct monotonic_time){bench->now_ns}, 4);
		assert_attempts_add_up();
	}
	assert_true(totals()->established > 100 && totals()->refused > 100);
	assert_true(totals()->aborted > 10 && totals()->half_open_timed_out > 10);
	assert_true(totals()->half_open_evicted > 10 && totals()->closed > 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(connection_is_counted_through_its_life),
		TEST(handshake_time_falls_into_its_bucket),
		TEST(reset_that_acknowledges_the_syn_refuses_it),
		TEST(reset_that_acknowledges_another_syn_changes_nothing),
		TEST(initiator_that_resets_the_answer_aborts),
		TEST(reset_in_the_window_resets_and_one_outside_is_only_counted),
		TEST(silent_connections_time_out),
		TEST(attempt_that_begins_again_is_one_that_was_not_answered),
		TEST(evicted_attempts_add_up_and_come_back_uncounted),
		TEST(syn_on_an_established_connection_waits_for_its_answer),
		TEST(syn_on_an_established_connection_that_is_challenged_changes_nothing),
		TEST(syn_of_the_other_end_makes_it_the_initiator_once_answered),
		TEST(syn_that_is_sent_again_is_a_retransmission),
		TEST(bytes_that_are_sent_again_are_retransmitted_and_acknowledgements_are_not),
		TEST(gap_that_is_filled_within_a_round_trip_was_out_of_order),
		TEST(gap_that_is_filled_later_was_sent_again),
		TEST(sequence_numbers_wrap),
		TEST(keep_alive_is_no_retransmission),
		TEST(closed_window_is_told_and_probing_it_is_no_retransmission),
		TEST(window_is_scaled_where_both_syns_offered_it),
		TEST(window_is_not_scaled_where_one_syn_offered_nothing),
		TEST(all_flags_of_a_side_are_kept_together),
		TEST(macs_of_both_ends_are_kept),
		TEST(first_answer_to_a_datagram_is_told),
		TEST(first_answer_to_a_syn_is_told),
		TEST(attempts_add_up_after_every_segment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
