/*
 * Rates of interfaces: now, average and peak, by whole seconds; live by the monotonic clock, of a
 * file by packet time. Each number here is worked out in its comment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "family/rate.h"
#include "house.h"

static struct house house;

static int set_up(void **state)
{
	(void)state;
	house_open(&house, 64, 64, EXPORT_ALL, false);
	for (int i = 0; i < 2; i++)
		house.bench->tally.interfaces[i].opened.ns = BENCH_BEGINS;
	return 0;
}

static int set_up_file(void **state)
{
	set_up(state);
	house.bench->tally.packet_clock = true;
	house.bench->tally.now_ns = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	house_close(&house);
	return 0;
}

static uint64_t rate(uint16_t slot, const char *field)
{
	return row_value(&rate_family, house_row(&house, &rate_family, slot, 0, 0), field);
}

static void count_many(uint32_t n, uint32_t frame_bytes, enum direction direction)
{
	for (uint32_t i = 0; i < n; i++) {
		struct packet packet = packet_arp(frame_bytes);

		packet.direction = (uint8_t)direction;
		house_count(&house, packet);
	}
}

/* 10 packets of 125 bytes a second are 10,000 bits. */
static void the_rate_now_is_that_of_the_last_five_whole_seconds(void **state)
{
	(void)state;
	count_many(10, 125, DIRECTION_RECEIVE);
	assert_int_equal(rate(0, "receive_packets_per_second"), 0); /* no second is over */
	house_tick(&house, 1);
	assert_int_equal(rate(0, "receive_packets_per_second"), 10);
	assert_int_equal(rate(0, "receive_bits_per_second"), 10000);
	assert_int_equal(rate(0, "receive_kilobits_per_second"), 10);
	assert_int_equal(rate(0, "transmit_packets_per_second"), 0);
	count_many(20, 125, DIRECTION_RECEIVE);
	count_many(5, 1250, DIRECTION_TRANSMIT);
	house_tick(&house, 1); /* 30 in two seconds */
	assert_int_equal(rate(0, "receive_packets_per_second"), 15);
	assert_int_equal(rate(0, "receive_bits_per_second"), 15000);
	assert_int_equal(rate(0, "transmit_bits_per_second"), 25000);
	house_tick(&house, 1);
	house_tick(&house, 1);
	house_tick(&house, 1); /* 30 in five */
	assert_int_equal(rate(0, "receive_packets_per_second"), 6);
	house_tick(&house, 1); /* the first second is out, 20 are left */
	assert_int_equal(rate(0, "receive_packets_per_second"), 4);
	house_tick(&house, 1);
	assert_int_equal(rate(0, "receive_packets_per_second"), 0);
	assert_int_equal(rate(0, "transmit_bits_per_second"), 0);
	assert_int_equal(rate(1, "receive_packets_per_second"), 0);
}

static void a_long_silence_leaves_nothing_in_the_rate_now(void **state)
{
	(void)state;
	count_many(10, 125, DIRECTION_RECEIVE);
	house_tick(&house, 100);
	assert_int_equal(rate(0, "receive_packets_per_second"), 0);
	count_many(10, 125, DIRECTION_RECEIVE);
	house_tick(&house, 1);
	assert_int_equal(rate(0, "receive_packets_per_second"), 2); /* and four silent ones */
}

/* In 40 seconds 20,000 bytes received, 160,000 bits, and 8 packets transmitted. */
static void the_average_is_since_the_interface_was_opened(void **state)
{
	(void)state;
	count_many(20, 1000, DIRECTION_RECEIVE);
	/* in the first second: as if it were over */
	assert_int_equal(rate(0, "receive_average_packets_per_second"), 20);
	house_tick(&house, 30);
	count_many(8, 500, DIRECTION_TRANSMIT);
	house_tick(&house, 10);
	assert_int_equal(rate(0, "receive_average_bits_per_second"), 4000);
	assert_int_equal(rate(0, "receive_average_kilobits_per_second"), 4);
	assert_int_equal(rate(0, "receive_average_packets_per_second"), 0); /* one in two */
	assert_int_equal(rate(0, "transmit_average_bits_per_second"), 800);
	assert_int_equal(rate(0, "transmit_average_kilobits_per_second"), 0);
}

/* Packets and bits may have their peaks in different seconds, and both directions in a third. */
static void the_peak_is_that_of_the_busiest_whole_second(void **state)
{
	(void)state;
	count_many(30, 60, DIRECTION_RECEIVE); /* 1,800 bytes */
	house_tick(&house, 1);
	count_many(2, 1500, DIRECTION_RECEIVE); /* 3,000 */
	house_tick(&house, 1);
	count_many(25, 60, DIRECTION_RECEIVE);
	count_many(25, 100, DIRECTION_TRANSMIT); /* 1,500 and 2,500 */
	house_tick(&house, 1);
	house_tick(&house, 60);
	assert_int_equal(rate(0, "receive_peak_packets_per_second"), 30);
	assert_int_equal(rate(0, "receive_peak_bits_per_second"), 24000);
	assert_int_equal(rate(0, "transmit_peak_packets_per_second"), 25);
	assert_int_equal(rate(0, "transmit_peak_bits_per_second"), 20000);
	assert_int_equal(rate(0, "peak_packets_per_second"), 50);
	assert_int_equal(rate(0, "peak_bits_per_second"), 32000);
	assert_int_equal(rate(0, "peak_kilobits_per_second"), 32);
	count_many(31, 60, DIRECTION_RECEIVE); /* not over, and the busiest already */
	assert_int_equal(rate(0, "receive_peak_packets_per_second"), 31);
	assert_int_equal(rate(0, "peak_packets_per_second"), 50);
}

/*
 * A batch that spans 20 seconds of packet time: 3 packets in second 100, 1 in 103, 2 in 120, of
 * which one bears an earlier time and counts where the clock is.
 */
static void the_seconds_of_a_file_are_those_of_packet_time(void **state)
{
	static const int64_t times_ms[] = {100100, 100200, 100999, 103000, 120100, 101000};
	struct packet packets[6];

	(void)state;
	for (int i = 0; i < 6; i++) {
		packets[i] = packet_arp(1000);
		packets[i].time.ns = times_ms[i] * 1000000;
	}
	house_count_many(&house, packets, 6);
	assert_int_equal(rate(0, "receive_peak_packets_per_second"), 3);
	assert_int_equal(rate(0, "receive_peak_bits_per_second"), 24000);
	/* 48,000 bits from 100.1 s to 120.1 s */
	assert_int_equal(rate(0, "receive_average_bits_per_second"), 2400);
	assert_int_equal(rate(0, "receive_bits_per_second"), 0);
}

/* The oldest and the latest time that a file can have, in one batch. */
static void times_far_apart_are_no_trouble(void **state)
{
	struct packet packets[] = {packet_arp(60), packet_arp(60), packet_arp(60)};

	(void)state;
	packets[0].time.ns = INT64_MIN;
	packets[1].time.ns = INT64_MAX;
	packets[2].time.ns = 0;
	house_count_many(&house, packets, 3);
	assert_int_equal(rate(0, "receive_peak_packets_per_second"), 2);
	assert_int_equal(rate(0, "receive_average_packets_per_second"), 0);
}

/* 20 broadcasts of 125 bytes in the first of two seconds, among others of both directions. */
static void broadcasts_have_a_rate_of_their_own(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 20; i++) {
		struct packet packet = packet_arp(125);

		packet.direction = i % 2 ? DIRECTION_TRANSMIT : DIRECTION_RECEIVE;
		packet.cast = CAST_BROADCAST;
		house_count(&house, packet);
	}
	count_many(10, 1000, DIRECTION_RECEIVE);
	assert_int_equal(rate(0, "broadcast_packets_per_second"), 0);
	house_tick(&house, 1);
	assert_int_equal(rate(0, "broadcast_packets_per_second"), 20);
	assert_int_equal(rate(0, "broadcast_bits_per_second"), 20000);
	house_tick(&house, 1);
	assert_int_equal(rate(0, "broadcast_packets_per_second"), 10);
	assert_int_equal(rate(0, "broadcast_kilobits_per_second"), 10);
	house_tick(&house, 5);
	assert_int_equal(rate(0, "broadcast_packets_per_second"), 0);
}

static void an_interface_that_is_forgotten_begins_anew(void **state)
{
	(void)state;
	count_many(10, 125, DIRECTION_RECEIVE);
	house_tick(&house, 1);
	house_forget(&house, 0);
	assert_int_equal(rate(0, "receive_packets_per_second"), 0);
	assert_int_equal(rate(0, "receive_peak_packets_per_second"), 0);
	assert_int_equal(rate(0, "receive_average_packets_per_second"), 0);
	house.bench->tally.interfaces[0].opened.ns = house.bench->now_ns;
	count_many(3, 125, DIRECTION_RECEIVE);
	house_tick(&house, 1);
	assert_int_equal(rate(0, "receive_packets_per_second"), 3);
	assert_int_equal(rate(0, "receive_average_packets_per_second"), 3);
}

#define RATE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define FILE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up_file, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RATE_TEST(the_rate_now_is_that_of_the_last_five_whole_seconds),
		RATE_TEST(a_long_silence_leaves_nothing_in_the_rate_now),
		RATE_TEST(the_average_is_since_the_interface_was_opened),
		RATE_TEST(the_peak_is_that_of_the_busiest_whole_second),
		FILE_TEST(the_seconds_of_a_file_are_those_of_packet_time),
		FILE_TEST(times_far_apart_are_no_trouble),
		RATE_TEST(broadcasts_have_a_rate_of_their_own),
		RATE_TEST(an_interface_that_is_forgotten_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
