/*
 * The knock list: attempts that are received, by source, protocol and port, with their outcome and
 * how many there were lately. The one who knocks is 10.0.0.9; this machine is 10.0.0.1.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "family/knock.h"
#include "house.h"

#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define HERE   end4(1, 22)
#define ROWS   64

enum outcome { NO_ANSWER, REFUSED, ANSWERED }; /* as iptallyKnockOutcome, less one */

static struct house house;
static uint16_t source_port;

static int set_up(void **state)
{
	(void)state;
	source_port = 10000;
	house_open(&house, 4096, 64, EXPORT_ALL, false);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	house_close(&house);
	return 0;
}

static void wait(int64_t ns)
{
	house_tick(&house, ns / SECOND);
}

static void send(struct packet packet, enum direction direction)
{
	packet.direction = (uint8_t)direction;
	house_count(&house, packet);
}

/* One attempt from another source port each time. */
static struct end knocker(void)
{
	return end4(9, ++source_port);
}

static void knock_unanswered(uint16_t port)
{
	send(packet_tcp(knocker(), end4(1, port), TCP_SYN, 1, 0), DIRECTION_RECEIVE);
}

static void knock_refused(uint16_t port)
{
	struct end from = knocker(), to = end4(1, port);

	send(packet_tcp(from, to, TCP_SYN, 1, 0), DIRECTION_RECEIVE);
	send(packet_tcp(to, from, TCP_RST | TCP_ACK, 0, 2), DIRECTION_TRANSMIT);
}

static void knock_answered(uint16_t port)
{
	struct end from = knocker(), to = end4(1, port);

	send(packet_tcp(from, to, TCP_SYN, 1, 0), DIRECTION_RECEIVE);
	send(packet_tcp(to, from, TCP_SYN | TCP_ACK, 7, 2), DIRECTION_TRANSMIT);
	send(packet_tcp(from, to, TCP_ACK, 2, 8), DIRECTION_RECEIVE);
}

static size_t n_rows(void)
{
	size_t n;

	house_rows(&house, &knock_family, &n);
	return n;
}

/* The only row's number of this name. */
static uint64_t told(const char *field)
{
	size_t n;
	const void *rows = house_rows(&house, &knock_family, &n);

	assert_int_equal(n, 1);
	return row_value(&knock_family, rows, field);
}

static void six_slow_attempts_in_fifteen_minutes_are_seen_as_six(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++) {
		wait(150 * SECOND);
		knock_unanswered(22);
	}
	assert_int_equal(told("tries_quarter_hour"), 6);
	assert_int_equal(told("tries_day"), 6);
	assert_int_equal(told("outcome"), NO_ANSWER);
	wait(15 * MINUTE);
	assert_int_equal(told("tries_quarter_hour"), 0);
	assert_int_equal(told("tries_day"), 6);
	assert_int_equal(told("tries"), 6);
}

static void syn_that_is_sent_again_is_one_try(void **state)
{
	struct packet syn = packet_tcp(end4(9, 5), HERE, TCP_SYN, 1, 0);

	(void)state;
	send(syn, DIRECTION_RECEIVE);
	send(syn, DIRECTION_RECEIVE);
	assert_int_equal(told("tries"), 1);
}

static void outcomes_are_told(void **state)
{
	(void)state;
	knock_refused(22);
	assert_int_equal(told("outcome"), REFUSED);
	knock_answered(22);
	assert_int_equal(told("outcome"), ANSWERED);
	knock_unanswered(22);
	assert_int_equal(told("outcome"), NO_ANSWER);
	assert_int_equal(told("tries"), 3);
	assert_int_equal(told("refused"), 1);
	assert_int_equal(told("answered"), 1);
}

static void own_connections_are_none(void **state)
{
	struct end own = end4(1, 40000), server = end4(9, 443);

	(void)state;
	send(packet_tcp(own, server, TCP_SYN, 1, 0), DIRECTION_TRANSMIT);
	send(packet_tcp(server, own, TCP_SYN | TCP_ACK, 7, 2), DIRECTION_RECEIVE);
	send(packet_tcp(own, server, TCP_ACK, 2, 8), DIRECTION_TRANSMIT);
	send(packet_udp(own, end4(9, 53), 80), DIRECTION_TRANSMIT);
	send(packet_udp(end4(9, 53), own, 80), DIRECTION_RECEIVE);
	assert_int_equal(n_rows(), 0);
}

static void datagram_is_a_try_and_a_reply_its_answer(void **state)
{
	(void)state;
	send(packet_udp(end4(9, 4000), end4(1, 161), 80), DIRECTION_RECEIVE);
	assert_int_equal(told("outcome"), NO_ANSWER);
	send(packet_udp(end4(1, 161), end4(9, 4000), 80), DIRECTION_TRANSMIT);
	assert_int_equal(told("outcome"), ANSWERED);
	assert_int_equal(told("answered"), 1);
}

static void what_is_sent_to_all_is_none(void **state)
{
	struct packet packet = packet_udp(end4(9, 5353), end4(251, 5353), 80);

	(void)state;
	packet.cast = CAST_MULTICAST;
	send(packet, DIRECTION_RECEIVE);
	assert_int_equal(n_rows(), 0);
}

static void sources_and_ports_have_rows_of_their_own(void **state)
{
	(void)state;
	knock_unanswered(22);
	knock_unanswered(23);
	send(packet_tcp(end4(8, 1), HERE, TCP_SYN, 1, 0), DIRECTION_RECEIVE);
	send(packet_udp(end4(9, 1), HERE, 60), DIRECTION_RECEIVE);
	assert_int_equal(n_rows(), 4);
}

static void row_ends_a_day_after_its_last_try(void **state)
{
	(void)state;
	knock_unanswered(22);
	wait(23 * HOUR);
	knock_unanswered(22);
	assert_int_equal(told("tries_day"), 2);
	wait(2 * HOUR);
	assert_int_equal(told("tries_day"), 1);
	assert_int_equal(told("tries"), 2);
	wait(22 * HOUR + SECOND);
	assert_int_equal(n_rows(), 0);
	assert_int_equal(house_sum(&house, &knock_table_family, -1, "knock_entries", true), 0);
}

/* The table holds ROWS; many more knock. */
static void full_list_gives_up_what_was_tried_longest_ago(void **state)
{
	(void)state;
	for (uint16_t port = 1; port <= 1000; port++) {
		knock_unanswered(port);
		wait(SECOND);
	}
	assert_int_equal(n_rows(), ROWS);
	knock_unanswered(1000);
	assert_int_equal(n_rows(), ROWS);
	assert_int_equal(house_sum(&house, &knock_table_family, -1, "knock_evicted_oldest", true),
			 1000 - ROWS);
}

static void clock_that_jumps_forgets_and_does_not_fail(void **state)
{
	(void)state;
	knock_unanswered(22);
	wait(1000000 * HOUR);
	assert_int_equal(n_rows(), 0);
	knock_unanswered(22);
	assert_int_equal(told("tries_quarter_hour"), 1);
	assert_int_equal(told("tries_day"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(six_slow_attempts_in_fifteen_minutes_are_seen_as_six),
		TEST(syn_that_is_sent_again_is_one_try),
		TEST(outcomes_are_told),
		TEST(own_connections_are_none),
		TEST(datagram_is_a_try_and_a_reply_its_answer),
		TEST(what_is_sent_to_all_is_none),
		TEST(sources_and_ports_have_rows_of_their_own),
		TEST(row_ends_a_day_after_its_last_try),
		TEST(full_list_gives_up_what_was_tried_longest_ago),
		TEST(clock_that_jumps_forgets_and_does_not_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
