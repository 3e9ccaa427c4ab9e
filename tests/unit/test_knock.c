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

static void receive_syn(struct end from, struct end to)
{
	send(packet_tcp(from, to, TCP_SYN, 1, 0), DIRECTION_RECEIVE);
}

/* One attempt from another source port each time. */
static struct end knocker(void)
{
	return end4(9, ++source_port);
}

static void knock_unanswered(uint16_t port)
{
	receive_syn(knocker(), end4(1, port));
}

static void knock_refused(uint16_t port)
{
	struct end from = knocker(), to = end4(1, port);

	receive_syn(from, to);
	send(packet_tcp(to, from, TCP_RST | TCP_ACK, 0, 2), DIRECTION_TRANSMIT);
}

static void answer(struct end from, struct end to)
{
	send(packet_tcp(to, from, TCP_SYN | TCP_ACK, 7, 2), DIRECTION_TRANSMIT);
}

static void finish_handshake(struct end from, struct end to)
{
	send(packet_tcp(from, to, TCP_ACK, 2, 8), DIRECTION_RECEIVE);
}

static void knock_established(uint16_t port)
{
	struct end from = knocker(), to = end4(1, port);

	receive_syn(from, to);
	answer(from, to);
	finish_handshake(from, to);
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

static const void *row_of(uint16_t port)
{
	size_t n;
	const uint8_t *row = house_rows(&house, &knock_family, &n);

	for (; n > 0; n--, row += knock_family.row_size)
		if (row_key(&knock_family, row, 3) == port)
			return row;
	return NULL;
}

static void six_slow_attempts_in_fifteen_minutes_are_seen_as_six(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++) {
		knock_unanswered(22);
		wait(i < 5 ? 179 * SECOND : 0);
	}
	assert_int_equal(told("tries_quarter_hour"), 6);
	assert_int_equal(told("tries_day"), 6);
	assert_int_equal(told("outcome"), KNOCK_NO_ANSWER);
	wait(16 * MINUTE);
	assert_int_equal(told("tries_quarter_hour"), 0);
	assert_int_equal(told("tries_day"), 6);
	assert_int_equal(told("tries"), 6);
}

static void syn_that_is_sent_again_is_one_try(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		receive_syn(end4(9, 5), HERE);
		wait((1 << i) * SECOND);
	}
	assert_int_equal(told("tries"), 1);
	knock_unanswered(22);
	assert_int_equal(told("tries"), 2);
}

static void outcomes_are_told(void **state)
{
	(void)state;
	knock_refused(22);
	assert_int_equal(told("outcome"), KNOCK_REFUSED);
	knock_established(22);
	assert_int_equal(told("outcome"), KNOCK_ESTABLISHED);
	knock_unanswered(22);
	assert_int_equal(told("outcome"), KNOCK_NO_ANSWER);
	assert_int_equal(told("tries"), 3);
	assert_int_equal(told("refused"), 1);
	assert_int_equal(told("answered"), 1);
	assert_int_equal(told("established"), 1);
}

/* As a scan does that wants to know what is open: the door was opened, and nobody came in. */
static void syn_ack_alone_is_an_answer(void **state)
{
	struct end from = knocker();

	(void)state;
	receive_syn(from, HERE);
	answer(from, HERE);
	answer(from, HERE);
	send(packet_tcp(from, HERE, TCP_RST, 2, 0), DIRECTION_RECEIVE);
	assert_int_equal(told("outcome"), KNOCK_ANSWERED);
	assert_int_equal(told("answered"), 1);
	assert_int_equal(told("established"), 0);
}

/* Two tries at once, and the first is answered late. */
static void outcome_is_that_of_the_last_try(void **state)
{
	struct end first = knocker(), second = knocker();

	(void)state;
	receive_syn(first, HERE);
	receive_syn(second, HERE);
	answer(first, HERE);
	assert_int_equal(told("outcome"), KNOCK_NO_ANSWER);
	assert_int_equal(told("answered"), 1);
	send(packet_tcp(HERE, second, TCP_RST | TCP_ACK, 0, 2), DIRECTION_TRANSMIT);
	finish_handshake(first, HERE);
	assert_int_equal(told("outcome"), KNOCK_REFUSED);
	assert_int_equal(told("established"), 1);
}

static void own_connections_are_none(void **state)
{
	struct end own = end4(1, 40000), server = end4(9, 443);

	(void)state;
	send(packet_tcp(own, server, TCP_SYN, 1, 0), DIRECTION_TRANSMIT);
	send(packet_tcp(server, own, TCP_SYN | TCP_ACK, 7, 2), DIRECTION_RECEIVE);
	send(packet_tcp(own, server, TCP_ACK, 2, 8), DIRECTION_TRANSMIT);
	send(packet_tcp(own, end4(9, 81), TCP_SYN, 1, 0), DIRECTION_TRANSMIT);
	send(packet_tcp(end4(9, 81), own, TCP_RST | TCP_ACK, 0, 2), DIRECTION_RECEIVE);
	send(packet_udp(own, end4(9, 53), 80), DIRECTION_TRANSMIT);
	send(packet_udp(end4(9, 53), own, 80), DIRECTION_RECEIVE);
	assert_int_equal(n_rows(), 0);
}

static void what_goes_over_the_loopback_device_is_none(void **state)
{
	(void)state;
	house.bench->tally.interfaces[0].loopback = true;
	knock_established(22);
	knock_refused(23);
	send(packet_udp(end4(1, 4000), end4(1, 161), 80), DIRECTION_RECEIVE);
	assert_int_equal(n_rows(), 0);
}

/* A file that knows directions; in others nobody knows what is whose. */
static void own_connections_in_a_file_are_none(void **state)
{
	struct end own = end4(1, 40000), server = end4(9, 443), other = end4(9, 444);

	(void)state;
	house.bench->tally.packet_clock = true;
	send(packet_tcp(own, server, TCP_SYN, 1, 0), DIRECTION_TRANSMIT);
	send(packet_tcp(server, own, TCP_SYN | TCP_ACK, 7, 2), DIRECTION_RECEIVE);
	send(packet_tcp(own, server, TCP_ACK, 2, 8), DIRECTION_TRANSMIT);
	send(packet_tcp(own, other, TCP_SYN, 1, 0), DIRECTION_TRANSMIT);
	send(packet_tcp(other, own, TCP_SYN | TCP_ACK, 7, 2), DIRECTION_RECEIVE);
	send(packet_tcp(other, own, TCP_ACK | TCP_FIN, 8, 2), DIRECTION_RECEIVE);
	assert_int_equal(house.bench->tally.flows.tcp[0].established, 2);
	assert_int_equal(n_rows(), 0);
	receive_syn(knocker(), HERE);
	send(packet_tcp(HERE, end4(9, source_port), TCP_SYN | TCP_ACK, 7, 2), DIRECTION_RECEIVE);
	assert_int_equal(told("answered"), 1);
}

/* What passes through a gateway is a knock where it comes in, and none where it goes out. */
static void forwarded_attempt_is_one_where_it_comes_in(void **state)
{
	struct end from = knocker(), inside = end4(2, 22);
	struct packet packet;
	const void *rows;
	size_t n;

	(void)state;
	for (int step = 0; step < 3; step++) {
		packet = step == 1 ? packet_tcp(inside, from, TCP_SYN | TCP_ACK, 7, 2)
				   : packet_tcp(from, inside, step ? TCP_ACK : TCP_SYN,
						step ? 2 : 1, step ? 8 : 0);
		send(packet, step == 1 ? DIRECTION_TRANSMIT : DIRECTION_RECEIVE);
		packet.interface = 1;
		send(packet, step == 1 ? DIRECTION_RECEIVE : DIRECTION_TRANSMIT);
	}
	rows = house_rows(&house, &knock_family, &n);
	assert_int_equal(n, 1);
	assert_int_equal(row_key(&knock_family, rows, 0), 0);
	assert_int_equal(row_value(&knock_family, rows, "established"), 1);
}

static void datagram_is_a_try_and_a_reply_its_answer(void **state)
{
	(void)state;
	send(packet_udp(end4(9, 4000), end4(1, 161), 80), DIRECTION_RECEIVE);
	assert_int_equal(told("outcome"), KNOCK_NO_ANSWER);
	send(packet_udp(end4(1, 161), end4(9, 4000), 80), DIRECTION_TRANSMIT);
	assert_int_equal(told("outcome"), KNOCK_ANSWERED);
	assert_int_equal(told("answered"), 1);
	assert_int_equal(told("established"), 0);
}

static void send_unreachable(struct end from, struct end to, uint8_t protocol, uint16_t from_port,
			     uint16_t port)
{
	struct packet error = packet_ip(from, to, PROTOCOL_ICMP, 70);

	error.icmp_type = 3;
	error.message = protocol;
	error.quoted_source_port = from_port;
	error.quoted_destination_port = port;
	send(error, DIRECTION_TRANSMIT);
}

/* A closed port of UDP is told by ICMP; so is what a firewall rejects, of TCP as well. */
static void try_that_an_icmp_error_turns_away_is_refused(void **state)
{
	(void)state;
	send(packet_udp(end4(9, 4000), end4(1, 161), 80), DIRECTION_RECEIVE);
	send_unreachable(end4(1, 0), end4(9, 0), 6, 4000, 161);
	send_unreachable(end4(1, 0), end4(9, 0), 17, 4001, 161);
	send_unreachable(end4(1, 0), end4(8, 0), 17, 4000, 161);
	assert_int_equal(told("outcome"), KNOCK_NO_ANSWER); /* those were of others */
	send_unreachable(end4(1, 0), end4(9, 0), 17, 4000, 161);
	send(packet_udp(end4(9, 4000), end4(1, 161), 80), DIRECTION_RECEIVE);
	send_unreachable(end4(1, 0), end4(9, 0), 17, 4000, 161); /* the same try */
	assert_int_equal(told("outcome"), KNOCK_REFUSED);
	assert_int_equal(told("refused"), 1);
	receive_syn(end4(9, 5000), HERE);
	send_unreachable(end4(1, 0), end4(9, 0), 6, 5000, 22);
	assert_int_equal(row_value(&knock_family, row_of(22), "outcome"), KNOCK_REFUSED);
	assert_int_equal(row_value(&knock_family, row_of(22), "refused"), 1);
}

/* To a question that was asked before the capture began. */
static void answer_of_a_service_is_none(void **state)
{
	(void)state;
	send(packet_udp(end4(9, 53), end4(1, 40000), 80), DIRECTION_RECEIVE);
	assert_int_equal(n_rows(), 0);
	/* Who sends to a service is no service, whatever its port. */
	send(packet_udp(end4(9, 53), end4(1, 161), 80), DIRECTION_RECEIVE);
	assert_int_equal(n_rows(), 1);
}

/* The flow is forgotten after three minutes of silence; then the other side speaks. */
static void late_datagram_of_whom_we_talked_to_is_none(void **state)
{
	(void)state;
	send(packet_udp(end4(1, 40000), end4(9, 51820), 80), DIRECTION_TRANSMIT);
	send(packet_udp(end4(9, 51820), end4(1, 40000), 80), DIRECTION_RECEIVE);
	wait(10 * HOUR);
	send(packet_udp(end4(9, 51820), end4(1, 40000), 80), DIRECTION_RECEIVE);
	assert_int_equal(n_rows(), 0);
	send(packet_udp(end4(8, 51820), end4(1, 40000), 80), DIRECTION_RECEIVE);
	assert_int_equal(n_rows(), 1);
}

/* A search by multicast, which those who have something answer, from any port. */
static void answer_to_what_was_sent_to_all_is_none(void **state)
{
	struct packet search = packet_udp(end4(1, 50000), end4(250, 1900), 80);

	(void)state;
	search.cast = CAST_MULTICAST;
	send(search, DIRECTION_TRANSMIT);
	send(packet_udp(end4(7, 49152), end4(1, 50000), 80), DIRECTION_RECEIVE);
	assert_int_equal(n_rows(), 0);
	send(packet_udp(end4(7, 49152), end4(1, 50001), 80), DIRECTION_RECEIVE);
	assert_int_equal(n_rows(), 1);
}

static void what_is_sent_to_all_is_none(void **state)
{
	struct packet packet = packet_udp(end4(9, 5353), end4(251, 5353), 80);

	(void)state;
	packet.cast = CAST_MULTICAST;
	send(packet, DIRECTION_RECEIVE);
	send(packet_icmp_echo(end4(9, 0), end4(1, 0), false, 7), DIRECTION_RECEIVE);
	assert_int_equal(n_rows(), 0);
}

static void sources_and_ports_have_rows_of_their_own(void **state)
{
	(void)state;
	knock_unanswered(22);
	knock_unanswered(23);
	receive_syn(end4(8, 1), HERE);
	receive_syn(end6(9, 1), end6(1, 22));
	send(packet_udp(end4(9, 1), HERE, 60), DIRECTION_RECEIVE);
	assert_int_equal(n_rows(), 5);
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

static uint64_t evictions(void)
{
	return house_sum(&house, &knock_table_family, -1, "knock_evicted_least_tried", true);
}

/* 300 strangers a second, and one who tries each 150 s. */
static void slow_knocks_are_six_through_a_flood(void **state)
{
	uint32_t stranger = 0;

	(void)state;
	for (int i = 0; i < 6; i++) {
		knock_refused(22);
		for (int second = 0; second < 150; second++) {
			for (int j = 0; j < 300; j++, stranger++) {
				struct packet syn = packet_tcp(end4(0, 1), HERE, TCP_SYN, 1, 0);

				memcpy(syn.source, &stranger, sizeof(stranger));
				syn.source[3] |= 0x80;
				send(syn, DIRECTION_RECEIVE);
			}
			wait(SECOND);
		}
	}
	assert_int_equal(n_rows(), ROWS);
	assert_true(evictions() > 200000);
	for (size_t n = n_rows(), i = 0, found = 0; i <= n; i++) {
		const uint8_t *row = house.rows + i * knock_family.row_size;

		if (i == n) {
			assert_int_equal(found, 1);
			break;
		}
		if (row_value(&knock_family, row, "tries") == 1)
			continue;
		assert_int_equal(row_value(&knock_family, row, "tries"), 6);
		assert_int_equal(row_value(&knock_family, row, "refused"), 6);
		assert_int_equal(row_value(&knock_family, row, "tries_quarter_hour"), 6);
		found++;
	}
}

/* Whose row a flood pushed out before the handshake was finished. */
static void connection_is_in_the_list_whatever_flood_there_is(void **state)
{
	struct end from = end4(9, 7);

	(void)state;
	receive_syn(from, HERE);
	for (uint16_t port = 100; port < 1000; port++)
		receive_syn(end4(8, 1), end4(1, port));
	answer(from, HERE);
	assert_non_null(row_of(22));
	for (int i = 0; i < 10; i++) {
		struct end late = end4((uint8_t)(20 + i), 7);

		receive_syn(late, HERE);
		for (uint16_t port = 1000; port < 2000; port++)
			receive_syn(end4(8, 1), end4(1, port));
		answer(late, HERE);
		finish_handshake(late, HERE);
		for (uint16_t port = 2000; port < 3000; port++)
			receive_syn(end4(8, 1), end4(1, port));
	}
	assert_int_equal(house_sum(&house, &knock_family, -1, "established", false), 10);
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

/* What was tried most comes first; of what was tried as often, the latest. */
static void who_insists_has_the_highest_rank(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++) {
		knock_unanswered(22);
		wait(MINUTE);
	}
	knock_unanswered(80);
	wait(HOUR);
	knock_unanswered(81);
	assert_true(knock_family.rank(row_of(22)) > knock_family.rank(row_of(81)));
	assert_true(knock_family.rank(row_of(81)) > knock_family.rank(row_of(80)));
}

static void privacy_hides_the_source_and_the_target(void **state)
{
	struct family_options options = {
		.max_ports = 64,
		.max_hosts = 64,
		.max_stations = 64,
		.max_conversations = 64,
		.max_knocks = 64,
		.privacy = PRIVACY_PREFIX,
		.probe_ports = 15,
		.probe_hosts = 15,
		.probe_window_s = 300,
		.flood_rate = 100,
	};
	struct event event;

	(void)state;
	house_close(&house);
	house_open_with(&house, 64, &options);
	receive_syn(end4(9, 1), HERE);
	receive_syn(end4(8, 1), HERE);
	assert_int_equal(told("tries"), 2);
	wait(3 * SECOND);
	assert_true(event_ring_take(house.events, &event));
	assert_memory_equal(event.addresses[0], ((uint8_t[]){10, 0, 0, 0}), 4);
	assert_memory_equal(event.addresses[1], ((uint8_t[]){10, 0, 0, 0}), 4);
	options.privacy = PRIVACY_NONE;
	house_close(&house);
	house_open_with(&house, 64, &options);
	knock_established(22);
	assert_int_equal(n_rows(), 0);
}

/* --- Lines --- */

/* Tells of how many tries; 0: there is no line of a knock. */
static uint64_t line(void)
{
	struct event event;

	while (event_ring_take(house.events, &event))
		if (event.kind == EVENT_KNOCK)
			return event.count;
	return 0;
}

static void line_is_written_at_the_tries_that_matter(void **state)
{
	static const uint64_t lines[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96};
	size_t n = 0;

	(void)state;
	for (uint64_t tries = 1; tries <= 100; tries++) {
		uint64_t said;

		knock_refused(22);
		wait(3 * SECOND);
		said = line();
		if (said)
			assert_int_equal(said, lines[n++]);
		assert_int_equal(line(), 0);
	}
	assert_int_equal(n, COUNT(lines));
}

static void line_waits_for_the_outcome(void **state)
{
	struct end from = knocker();
	struct event event;

	(void)state;
	receive_syn(from, HERE);
	wait(SECOND);
	assert_int_equal(line(), 0);
	send(packet_tcp(HERE, from, TCP_RST | TCP_ACK, 0, 2), DIRECTION_TRANSMIT);
	wait(SECOND);
	assert_true(event_ring_take(house.events, &event));
	assert_int_equal(event.kind, EVENT_KNOCK);
	assert_int_equal(event.outcome, KNOCK_REFUSED);
	assert_int_equal(event.count, 1);
	assert_int_equal(event.protocol, PROTOCOL_TCP);
	assert_int_equal(event.ports[1], 22);
	assert_int_equal(event.version, 4);
	assert_memory_equal(event.addresses[0], ((uint8_t[]){10, 0, 0, 9}), 4);
	assert_memory_equal(event.addresses[1], ((uint8_t[]){10, 0, 0, 1}), 4);
	assert_int_equal(event.duration_ns, 0);
	wait(MINUTE);
	knock_established(22);
	wait(2 * SECOND);
	assert_true(event_ring_take(house.events, &event));
	assert_int_equal(event.outcome, KNOCK_ESTABLISHED);
	assert_int_equal(event.duration_ns, MINUTE + 2 * SECOND);
}

static void tries_that_come_together_have_one_line(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++)
		knock_refused(22);
	wait(3 * SECOND);
	assert_int_equal(line(), 50);
	assert_int_equal(line(), 0);
	for (int i = 0; i < 14; i++)
		knock_refused(22);
	wait(3 * SECOND);
	assert_int_equal(line(), 64);
}

static void what_waits_for_its_line_has_it_at_the_end_of_the_capture(void **state)
{
	(void)state;
	knock_refused(22);
	knock_unanswered(23);
	family_set_finish(&house.families, house.bench->now_ns);
	assert_int_equal(line(), 1);
	assert_int_equal(line(), 1);
	assert_int_equal(line(), 0);
}

/* 2,000 strangers a second for 10 s, and one who insists. */
static void lines_of_strangers_are_few_and_leave_room_for_who_insists(void **state)
{
	uint64_t n = 0, insistent = 0, said;
	uint16_t port = 1000;

	(void)state;
	knock_refused(22);
	for (int second = 0; second < 10; second++) {
		for (int i = 0; i < 2000; i++)
			receive_syn(end4(8, 1), end4(1, port++));
		knock_refused(22);
		wait(SECOND);
	}
	for (int i = 0; i < 20; i++)
		wait(SECOND);
	while ((said = line())) {
		n++;
		insistent = said > insistent ? said : insistent;
	}
	assert_in_range(n, 1, 30 * 100);
	assert_in_range(insistent, 8, 11);
}

/* --- A slow reference: every try, with its time and what came of it --- */

#define TRIES 4000

static struct {
	int64_t at_ns;
	uint16_t port;
	enum knock_outcome outcome;
} tries[TRIES];

static uint64_t tries_since(uint16_t port, size_t n, int64_t part_ns, int64_t parts)
{
	uint64_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += tries[i].port == port &&
			 house.bench->now_ns / part_ns - tries[i].at_ns / part_ns < parts;
	return found;
}

static void rows_are_what_every_try_sums_to(void **state)
{
	struct random random = {3};

	(void)state;
	for (size_t n = 0; n < TRIES; n++) {
		static void (*const ways[])(uint16_t) = {
			[KNOCK_NO_ANSWER] = knock_unanswered,
			[KNOCK_REFUSED] = knock_refused,
			[KNOCK_ESTABLISHED] = knock_established,
		};
		uint16_t port = (uint16_t)(1 + random_below(&random, 5));
		enum knock_outcome way = (enum knock_outcome)random_below(&random, 3);
		uint64_t sums[KNOCK_OUTCOMES] = {0};
		const void *row;

		way += way == KNOCK_ANSWERED;
		tries[n].at_ns = house.bench->now_ns;
		tries[n].port = port;
		tries[n].outcome = way;
		ways[way](port);
		for (size_t i = 0; i <= n; i++)
			if (tries[i].port == port)
				sums[tries[i].outcome]++;
		row = row_of(port);
		assert_int_equal(row_value(&knock_family, row, "refused"), sums[KNOCK_REFUSED]);
		assert_int_equal(row_value(&knock_family, row, "established"),
				 sums[KNOCK_ESTABLISHED]);
		assert_int_equal(row_value(&knock_family, row, "tries"),
				 sums[0] + sums[1] + sums[2] + sums[3]);
		assert_int_equal(row_value(&knock_family, row, "outcome"), way);
		assert_int_equal(row_value(&knock_family, row, "tries_quarter_hour"),
				 tries_since(port, n + 1, MINUTE, 16));
		assert_int_equal(row_value(&knock_family, row, "tries_day"),
				 tries_since(port, n + 1, HOUR, 25));
		wait(random_below(&random, random_below(&random, 10) ? 100 : 3000) * SECOND);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(six_slow_attempts_in_fifteen_minutes_are_seen_as_six),
		TEST(syn_that_is_sent_again_is_one_try),
		TEST(outcomes_are_told),
		TEST(syn_ack_alone_is_an_answer),
		TEST(outcome_is_that_of_the_last_try),
		TEST(own_connections_are_none),
		TEST(own_connections_in_a_file_are_none),
		TEST(what_goes_over_the_loopback_device_is_none),
		TEST(forwarded_attempt_is_one_where_it_comes_in),
		TEST(datagram_is_a_try_and_a_reply_its_answer),
		TEST(try_that_an_icmp_error_turns_away_is_refused),
		TEST(answer_of_a_service_is_none),
		TEST(late_datagram_of_whom_we_talked_to_is_none),
		TEST(answer_to_what_was_sent_to_all_is_none),
		TEST(what_is_sent_to_all_is_none),
		TEST(sources_and_ports_have_rows_of_their_own),
		TEST(row_ends_a_day_after_its_last_try),
		TEST(slow_knocks_are_six_through_a_flood),
		TEST(connection_is_in_the_list_whatever_flood_there_is),
		TEST(clock_that_jumps_forgets_and_does_not_fail),
		TEST(who_insists_has_the_highest_rank),
		TEST(privacy_hides_the_source_and_the_target),
		TEST(line_is_written_at_the_tries_that_matter),
		TEST(line_waits_for_the_outcome),
		TEST(tries_that_come_together_have_one_line),
		TEST(what_waits_for_its_line_has_it_at_the_end_of_the_capture),
		TEST(lines_of_strangers_are_few_and_leave_room_for_who_insists),
		TEST(rows_are_what_every_try_sums_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
