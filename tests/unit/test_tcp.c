/*
 * Connections and the life of a TCP flow, as someone in the middle sees it (RFC 9293 3.3.2, 3.5,
 * 3.6; README, "What is counted"). The client is 10.0.0.1:40000, the server 10.0.0.2:80.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support.h"
#include "tally/tcp.h"

#define CLIENT end4(1, 40000)
#define SERVER end4(2, 80)
#define ISN    1000u /* of the client */
#define PEER   5000u /* of the server */

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

/* Counts a segment and returns whether it opened a connection. */
static bool client(uint8_t flags, uint32_t sequence, uint32_t acknowledgement)
{
	return bench_count(bench, packet_tcp(CLIENT, SERVER, flags, sequence, acknowledgement))
		->opened;
}

static bool server(uint8_t flags, uint32_t sequence, uint32_t acknowledgement)
{
	return bench_count(bench, packet_tcp(SERVER, CLIENT, flags, sequence, acknowledgement))
		->opened;
}

static void shake_hands(void)
{
	assert_true(client(TCP_SYN, ISN, 0));
	assert_false(server(TCP_SYN | TCP_ACK, PEER, ISN + 1));
	assert_false(client(TCP_ACK, ISN + 1, PEER + 1));
}

static void assert_flags(const char *of_initiator, const char *of_responder)
{
	char text[8];

	flow_flags_format(text, bench_flow(bench)->sides[INITIATOR].flags,
			  bench_flow(bench)->sides[INITIATOR].marks);
	assert_string_equal(text, of_initiator);
	flow_flags_format(text, bench_flow(bench)->sides[RESPONDER].flags,
			  bench_flow(bench)->sides[RESPONDER].marks);
	assert_string_equal(text, of_responder);
}

static void assert_initiator_is_the_client(void)
{
	assert_int_equal(flow_port(bench_flow(bench), INITIATOR), 40000);
	assert_int_equal(flow_port(bench_flow(bench), RESPONDER), 80);
	assert_int_equal(flow_address(bench_flow(bench), INITIATOR)[3], 1);
	assert_int_equal(flow_address(bench_flow(bench), RESPONDER)[3], 2);
}

static void handshake_is_one_connection_in_one_flow(void **state)
{
	(void)state;
	assert_true(client(TCP_SYN, ISN, 0));
	assert_int_equal(bench->verdict.transition, TRANSITION_BEGUN);
	assert_true(bench->verdict.from_initiator);
	assert_int_equal(bench_state(bench), FLOW_HALF_OPEN);
	assert_false(server(TCP_SYN | TCP_ACK, PEER, ISN + 1));
	assert_false(bench->verdict.from_initiator);
	assert_int_equal(bench_state(bench), FLOW_HALF_OPEN);
	assert_false(client(TCP_ACK, ISN + 1, PEER + 1));
	assert_int_equal(bench->verdict.transition, TRANSITION_ESTABLISHED);
	assert_int_equal(bench_state(bench), FLOW_ESTABLISHED);
	assert_initiator_is_the_client();
	assert_int_equal(bench->tally.flows.table.used, 1);
	assert_int_equal(bench_flow(bench)->sides[INITIATOR].packets, 2);
	assert_int_equal(bench_flow(bench)->sides[RESPONDER].packets, 1);
	assert_flags("--A-", "S-A-");
}

static void retransmitted_syn_is_no_second_connection(void **state)
{
	(void)state;
	assert_true(client(TCP_SYN, ISN, 0));
	bench_wait(bench, 1 * SECOND);
	assert_false(client(TCP_SYN, ISN, 0));
	bench_wait(bench, 2 * SECOND);
	assert_false(client(TCP_SYN, ISN, 0));
	assert_int_equal(bench_flow(bench)->sides[INITIATOR].packets, 3);
	assert_int_equal(bench->tally.flows.ends[FLOW_REPLACED], 0);
}

static void syn_with_another_sequence_on_a_half_open_flow_is_a_new_connection(void **state)
{
	(void)state;
	assert_true(client(TCP_SYN, ISN, 0));
	assert_true(client(TCP_SYN, ISN + 77, 0));
	assert_int_equal(bench->tally.flows.ends[FLOW_REPLACED], 1);
	assert_int_equal(bench->tally.flows.table.used, 1);
	assert_int_equal(bench_flow(bench)->sides[INITIATOR].packets, 1);
}

/* RFC 9293 3.5, figure 7. */
static void simultaneous_open_is_one_connection(void **state)
{
	(void)state;
	assert_true(client(TCP_SYN, ISN, 0));
	assert_false(server(TCP_SYN, PEER, 0));
	assert_false(client(TCP_SYN | TCP_ACK, ISN, PEER + 1));
	assert_false(server(TCP_SYN | TCP_ACK, PEER, ISN + 1));
	assert_int_equal(bench->tally.flows.table.used, 1);
	assert_initiator_is_the_client();
}

static void close_by_both_sides_is_seen_when_both_fins_are_acknowledged(void **state)
{
	(void)state;
	shake_hands();
	client(TCP_FIN | TCP_ACK, ISN + 1, PEER + 1);
	assert_int_equal(bench_state(bench), FLOW_CLOSING);
	assert_flags("DONE", "S-A-");
	server(TCP_FIN | TCP_ACK, PEER + 1, ISN + 2);
	assert_int_equal(bench_state(bench), FLOW_CLOSING);
	assert_flags("CLOSED", "DONE");
	client(TCP_ACK, ISN + 2, PEER + 2);
	assert_int_equal(bench->verdict.transition, TRANSITION_CLOSED);
	assert_int_equal(bench_state(bench), FLOW_CLOSED);
	assert_flags("CLOSED", "CLOSED");
}

static void fin_with_payload_is_acknowledged_behind_the_payload(void **state)
{
	struct packet fin = packet_tcp(CLIENT, SERVER, TCP_FIN | TCP_ACK, ISN + 1, PEER + 1);

	(void)state;
	shake_hands();
	fin.payload_bytes = 100;
	bench_count(bench, fin);
	server(TCP_ACK, PEER + 1, ISN + 1 + 100);
	assert_flags("DONE", "--A-");
	server(TCP_ACK, PEER + 1, ISN + 1 + 100 + 1);
	assert_flags("CLOSED", "--A-");
}

/* The FIN has the last sequence number there is: the acknowledgement is 0. */
static void fin_is_acknowledged_across_the_wrap_of_sequence_numbers(void **state)
{
	(void)state;
	assert_true(client(TCP_SYN, UINT32_MAX - 1, 0));
	server(TCP_SYN | TCP_ACK, PEER, UINT32_MAX);
	client(TCP_FIN | TCP_ACK, UINT32_MAX, PEER + 1);
	server(TCP_ACK, PEER + 1, UINT32_MAX);
	assert_flags("DONE", "--A-");
	server(TCP_FIN | TCP_ACK, PEER + 1, 0);
	assert_flags("CLOSED", "DONE");
}

static void reset_is_told_of_the_side_that_sent_it(void **state)
{
	(void)state;
	assert_true(client(TCP_SYN, ISN, 0));
	server(TCP_RST | TCP_ACK, 0, ISN + 1);
	assert_int_equal(bench->verdict.transition, TRANSITION_REFUSED);
	assert_int_equal(bench_state(bench), FLOW_RESET);
	assert_flags("S---", "RESET");
}

static void syn_after_a_close_is_a_new_connection(void **state)
{
	(void)state;
	shake_hands();
	client(TCP_FIN | TCP_ACK, ISN + 1, PEER + 1);
	server(TCP_FIN | TCP_ACK, PEER + 1, ISN + 2);
	client(TCP_ACK, ISN + 2, PEER + 2);
	assert_false(client(TCP_ACK, ISN + 2, PEER + 2)); /* a late one belongs to the old flow */
	assert_true(client(TCP_SYN, ISN + 9000, 0));
	assert_int_equal(bench_state(bench), FLOW_HALF_OPEN);
	assert_int_equal(bench->tally.flows.ends[FLOW_REPLACED], 1);
	assert_int_equal(bench_totals(bench, 0)->ended.packets, 7);
	assert_int_equal(bench_totals(bench, 0)->live.packets, 1);
}

static void syn_after_a_reset_is_a_new_connection_even_with_the_old_sequence(void **state)
{
	(void)state;
	assert_true(client(TCP_SYN, ISN, 0));
	server(TCP_RST | TCP_ACK, 0, ISN + 1);
	assert_true(client(TCP_SYN, ISN, 0));
	server(TCP_RST | TCP_ACK, 0, ISN + 1);
	assert_int_equal(bench->tally.flows.ends[FLOW_REPLACED], 1);
}

static void syn_on_a_flow_met_in_midstream_is_a_new_connection(void **state)
{
	(void)state;
	assert_false(server(TCP_ACK | TCP_PSH, PEER + 10, ISN + 1));
	assert_int_equal(bench_state(bench), FLOW_MIDSTREAM);
	assert_true(client(TCP_SYN, ISN + 9000, 0));
	assert_initiator_is_the_client();
}

static void flow_met_in_midstream_is_no_connection(void **state)
{
	(void)state;
	assert_false(client(TCP_ACK, ISN + 500, PEER + 900));
	assert_int_equal(bench->verdict.transition, TRANSITION_NONE);
	assert_int_equal(bench_state(bench), FLOW_MIDSTREAM);
	assert_initiator_is_the_client();
	server(TCP_ACK, PEER + 900, ISN + 500);
	assert_int_equal(bench_state(bench), FLOW_MIDSTREAM);
}

static void receiver_of_a_syn_ack_is_the_initiator(void **state)
{
	(void)state;
	assert_false(server(TCP_SYN | TCP_ACK, PEER, ISN + 1));
	assert_false(bench->verdict.from_initiator);
	assert_initiator_is_the_client();
	assert_int_equal(bench_flow(bench)->sides[RESPONDER].packets, 1);
	assert_false(client(TCP_ACK, ISN + 1, PEER + 1));
	assert_true(bench->verdict.from_initiator);
}

static void syn_on_an_established_flow_changes_nothing_yet(void **state)
{
	(void)state;
	shake_hands();
	assert_false(client(TCP_SYN, ISN + 9000, 0));
	assert_int_equal(bench_state(bench), FLOW_ESTABLISHED);
	assert_int_equal(bench->tally.flows.table.used, 1);
}

static void half_open_flow_lives_for_exactly_its_time(void **state)
{
	(void)state;
	assert_true(client(TCP_SYN, ISN, 0));
	bench_wait(bench, 60 * SECOND);
	assert_false(client(TCP_SYN, ISN, 0));
	bench_wait(bench, 60 * SECOND + 1);
	assert_true(client(TCP_SYN, ISN, 0));
	assert_int_equal(bench->tally.flows.ends[FLOW_TIMED_OUT], 1);
}

static void established_flow_outlives_15_minutes_only_as_midstream(void **state)
{
	(void)state;
	shake_hands();
	bench_wait(bench, 900 * SECOND);
	assert_false(client(TCP_ACK, ISN + 1, PEER + 1));
	assert_int_equal(bench_state(bench), FLOW_ESTABLISHED);
	bench_wait(bench, 900 * SECOND + 1);
	assert_false(client(TCP_ACK, ISN + 1, PEER + 1));
	assert_int_equal(bench_state(bench), FLOW_MIDSTREAM);
}

/* The same ends, and equal ports, through the stack of one machine. */
static void flow_between_one_end_and_itself_has_one_record(void **state)
{
	(void)state;
	assert_true(bench_count(bench, packet_tcp(CLIENT, CLIENT, TCP_SYN, ISN, 0))->opened);
	assert_false(bench_count(bench, packet_tcp(CLIENT, CLIENT, TCP_ACK, ISN + 1, 1))->opened);
	assert_int_equal(bench->tally.flows.table.used, 1);
	assert_int_equal(bench_flow(bench)->sides[INITIATOR].packets, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(handshake_is_one_connection_in_one_flow),
		TEST(retransmitted_syn_is_no_second_connection),
		TEST(syn_with_another_sequence_on_a_half_open_flow_is_a_new_connection),
		TEST(simultaneous_open_is_one_connection),
		TEST(close_by_both_sides_is_seen_when_both_fins_are_acknowledged),
		TEST(fin_with_payload_is_acknowledged_behind_the_payload),
		TEST(fin_is_acknowledged_across_the_wrap_of_sequence_numbers),
		TEST(reset_is_told_of_the_side_that_sent_it),
		TEST(syn_after_a_close_is_a_new_connection),
		TEST(syn_after_a_reset_is_a_new_connection_even_with_the_old_sequence),
		TEST(syn_on_a_flow_met_in_midstream_is_a_new_connection),
		TEST(flow_met_in_midstream_is_no_connection),
		TEST(receiver_of_a_syn_ack_is_the_initiator),
		TEST(syn_on_an_established_flow_changes_nothing_yet),
		TEST(half_open_flow_lives_for_exactly_its_time),
		TEST(established_flow_outlives_15_minutes_only_as_midstream),
		TEST(flow_between_one_end_and_itself_has_one_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
