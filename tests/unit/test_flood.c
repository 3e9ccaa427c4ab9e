/*
 * SYN floods: two bad seconds begin one, a minute without ends it. On the clock of a file, whose
 * packets say when a second is over. The rate to look at is 100 SYNs a second.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "family/flood.h"
#include "family/tcp.h"
#include "house.h"

static struct house house;
static uint16_t source_port;

static int set_up(void **state)
{
	(void)state;
	source_port = 1;
	house_open(&house, 256, 64, EXPORT_ALL, false);
	house.bench->now_ns = 5000 * SECOND;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	house_close(&house);
	return 0;
}

static void send(uint8_t flags, enum direction direction, uint16_t interface)
{
	struct packet packet = packet_tcp(end4(9, source_port++), end4(1, 80), flags, 1, 2);

	packet.direction = (uint8_t)direction;
	packet.interface = interface;
	house_count(&house, packet);
}

static void syn(uint16_t interface)
{
	send(TCP_SYN, DIRECTION_RECEIVE, interface);
}

static void syn_ack(void)
{
	send(TCP_SYN | TCP_ACK, DIRECTION_TRANSMIT, 0);
}

/* A second with so many, from its beginning. */
static void second(uint32_t syns, uint32_t answers)
{
	for (uint32_t i = 0; i < syns; i++)
		syn(0);
	for (uint32_t i = 0; i < answers; i++)
		syn_ack();
	house_tick(&house, 1);
}

static uint64_t told_of(uint16_t interface, const char *field)
{
	return row_value(&flood_family, house_row(&house, &flood_family, interface, 0, 0), field);
}

static uint64_t told(const char *field)
{
	return told_of(0, field);
}

/* The next event of a flood; fails if it is another, or none. */
static struct event take(enum event_kind kind)
{
	struct event event;

	do
		assert_true(event_ring_take(house.events, &event));
	while (event.kind != EVENT_FLOOD_BEGUN && event.kind != EVENT_FLOOD_ENDED);
	assert_int_equal(event.kind, kind);
	return event;
}

static void two_bad_seconds_begin_a_flood_and_a_minute_without_ends_it(void **state)
{
	struct event event;

	(void)state;
	second(100, 33);
	assert_int_equal(told("active"), 0);
	second(150, 0);
	assert_int_equal(told("active"), 1);
	assert_int_equal(told("syn_rate"), 150);
	event = take(EVENT_FLOOD_BEGUN);
	assert_int_equal(event.count, 150);
	assert_int_equal(event.duration_ns, 2 * SECOND);
	second(900, 0);
	second(200, 0);
	for (int i = 0; i < 59; i++)
		second(0, 0);
	assert_int_equal(told("active"), 1);
	assert_int_equal(told("syn_rate"), 0);
	second(0, 0);
	assert_int_equal(told("active"), 0);
	assert_int_equal(told("peak_syn_rate"), 900);
	assert_int_equal(told("floods"), 1);
	event = take(EVENT_FLOOD_ENDED);
	assert_int_equal(event.count, 900);
	assert_int_equal(event.duration_ns, 4 * SECOND);
}

static void answered_or_few_or_short_is_no_flood(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		second(300, 100);
	for (int i = 0; i < 5; i++)
		second(99, 0);
	for (int i = 0; i < 5; i++) {
		second(1000, 0);
		second(99, 0);
	}
	assert_int_equal(told("floods"), 0);
	assert_int_equal(told("peak_syn_rate"), 0);
	second(301, 100);
	second(301, 100);
	assert_int_equal(told("active"), 1);
}

/* What a machine sends is a flood as well; what strangers send is no answer to it, nor to theirs. */
static void directions_are_judged_apart(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++)
		second(0, 0);
	for (int i = 0; i < 2; i++) {
		for (int j = 0; j < 99; j++) {
			send(TCP_SYN, DIRECTION_RECEIVE, 0);
			send(TCP_SYN, DIRECTION_TRANSMIT, 0);
		}
		house_tick(&house, 1);
	}
	assert_int_equal(told("active"), 0);
	for (int i = 0; i < 2; i++) {
		for (int j = 0; j < 120; j++) {
			send(TCP_SYN, DIRECTION_TRANSMIT, 0);
			send(TCP_SYN | TCP_ACK, DIRECTION_TRANSMIT, 0);
		}
		house_tick(&house, 1);
	}
	assert_int_equal(told("active"), 1);
	assert_int_equal(told("peak_syn_rate"), 120);
}

/* Or over the loopback device: all is received. */
static void answers_in_a_file_go_any_way(void **state)
{
	(void)state;
	house.bench->tally.packet_clock = true;
	for (int i = 0; i < 3; i++) {
		for (int j = 0; j < 120; j++) {
			send(TCP_SYN, DIRECTION_RECEIVE, 0);
			send(TCP_SYN | TCP_ACK, DIRECTION_RECEIVE, 0);
		}
		house_tick(&house, 1);
	}
	assert_int_equal(told("active"), 0);
}

static void flood_with_pauses_is_one(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		second(200, 0);
		second(200, 0);
		for (int j = 0; j < 50; j++)
			second(0, 0);
	}
	assert_int_equal(told("floods"), 1);
	assert_int_equal(told("active"), 1);
}

static void interfaces_have_floods_of_their_own(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		for (int j = 0; j < 100; j++)
			syn(1);
		second(1, 0);
	}
	assert_int_equal(told_of(1, "active"), 1);
	assert_int_equal(told_of(0, "active"), 0);
	house_forget(&house, 1);
	assert_int_equal(told_of(1, "active"), 0);
	assert_int_equal(told_of(1, "floods"), 0);
}

static void last_second_of_a_file_is_judged_at_its_end(void **state)
{
	(void)state;
	second(200, 0);
	for (int i = 0; i < 200; i++)
		syn(0);
	assert_int_equal(told("active"), 0);
	family_set_finish(&house.families, house.bench->now_ns);
	assert_int_equal(told("active"), 1);
}

/* --- A slow reference: what was in each second, judged from the first to the last --- */

#define SECONDS 20000

static uint32_t syns[SECONDS], answers[SECONDS];

static void judge_all(int64_t until, bool *active, uint64_t *floods, uint64_t *peak)
{
	int64_t bad = 0, quiet = 0;

	*active = false;
	*floods = 0;
	*peak = 0;
	for (int64_t s = 0; s < until; s++) {
		bool is_bad = syns[s] >= 100 && syns[s] > 3 * answers[s];

		bad = is_bad ? bad + 1 : 0;
		quiet = is_bad ? 0 : quiet + 1;
		if (*active && syns[s] > *peak && is_bad)
			*peak = syns[s];
		if (!*active && bad == 2) {
			*active = true;
			++*floods;
			*peak = syns[s] > syns[s - 1] ? syns[s] : syns[s - 1];
		}
		if (*active && quiet == 60)
			*active = false;
	}
}

/* The clock often jumps over seconds, and not every second has its tick. */
static void floods_are_what_a_slow_count_of_all_seconds_says(void **state)
{
	struct random random = {11};
	int64_t begins = house.bench->now_ns / SECOND;
	uint64_t seen = 0;

	(void)state;
	while (true) {
		int64_t now = house.bench->now_ns / SECOND - begins;
		uint32_t n = random_below(&random, 3) ? 80 + random_below(&random, 100) : 3;
		uint64_t floods, peak;
		bool active;

		if (now + 200 >= SECONDS)
			break;
		for (uint32_t i = 0; i < n; i++)
			syn(0);
		syns[now] += n;
		for (uint32_t i = random_below(&random, 60); i > 0; i--, answers[now]++)
			syn_ack();
		house.bench->now_ns += random_below(&random, SECOND);
		if (random_below(&random, 40) == 0)
			house.bench->now_ns += random_below(&random, 120) * SECOND;
		if (random_below(&random, 2) == 0)
			continue;
		house_tick(&house, 0);
		judge_all(house.bench->now_ns / SECOND - begins, &active, &floods, &peak);
		assert_int_equal(told("active"), active);
		assert_int_equal(told("floods"), floods);
		assert_int_equal(told("peak_syn_rate"), peak);
		seen = floods;
	}
	assert_true(seen > 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_bad_seconds_begin_a_flood_and_a_minute_without_ends_it),
		TEST(answered_or_few_or_short_is_no_flood),
		TEST(directions_are_judged_apart),
		TEST(answers_in_a_file_go_any_way),
		TEST(flood_with_pauses_is_one),
		TEST(interfaces_have_floods_of_their_own),
		TEST(last_second_of_a_file_is_judged_at_its_end),
		TEST(floods_are_what_a_slow_count_of_all_seconds_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
