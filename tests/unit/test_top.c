/*
 * The fastest flows: measured over intervals of five seconds, ranked by bytes of both ends, ten an
 * interface. A kilobyte in an interval is 8,000 / 5 = 1,600 bits a second.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "family/flow.h"
#include "family/top.h"
#include "house.h"

#define CLIENT(host) end4(host, 40000)
#define SERVER       end4(99, 443)

static struct house house;

static int set_up(void **state)
{
	(void)state;
	house_open(&house, 64, 64, EXPORT_ALL, false);
	house.bench->tally.flows.export_max = 32;
	house_tick(&house, 0); /* the first interval begins */
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	house_close(&house);
	return 0;
}

static size_t places(void)
{
	size_t n;

	house_rows(&house, &top_family, &n);
	return n;
}

static uint64_t top(uint16_t slot, uint32_t rank, const char *field)
{
	const void *row = house_row(&house, &top_family, slot, rank, 0);

	assert_non_null(row);
	return row_value(&top_family, row, field);
}

static void send_bytes(uint16_t slot, struct end from, struct end to, uint32_t bytes)
{
	struct packet packet = packet_udp(from, to, bytes);

	packet.interface = slot;
	house_count(&house, packet);
}

static void pass_interval(void)
{
	for (int second = 0; second < 5; second++)
		house_tick(&house, 1);
}

static void flows_are_ranked_by_what_both_ends_sent(void **state)
{
	(void)state;
	send_bytes(0, CLIENT(1), SERVER, 1000);
	send_bytes(0, CLIENT(2), SERVER, 1000);
	send_bytes(0, SERVER, CLIENT(2), 2000);
	send_bytes(0, CLIENT(3), SERVER, 2500);
	assert_int_equal(places(), 0); /* no interval is over */
	pass_interval();
	assert_int_equal(places(), 3);
	assert_int_equal(top(0, 1, "initiator_bits_per_second"), 1600);
	assert_int_equal(top(0, 1, "responder_bits_per_second"), 3200);
	assert_int_equal(top(0, 1, "responder_kilobits_per_second"), 3);
	assert_int_equal(top(0, 2, "initiator_bits_per_second"), 4000);
	assert_int_equal(top(0, 2, "responder_bits_per_second"), 0);
	assert_int_equal(top(0, 3, "initiator_bits_per_second"), 1600);
	assert_int_equal(top(0, 1, "initiator_port"), 40000);
	assert_int_equal(top(0, 1, "responder_port"), 443);
	assert_int_equal(top(0, 1, "interval"), 1);
}

static void an_interval_knows_nothing_of_the_ones_before(void **state)
{
	(void)state;
	send_bytes(0, CLIENT(1), SERVER, 10000);
	send_bytes(0, CLIENT(2), SERVER, 1000);
	pass_interval();
	send_bytes(0, CLIENT(2), SERVER, 500);
	house_tick(&house, 1);
	assert_int_equal(top(0, 1, "initiator_bits_per_second"), 16000); /* still of the last one */
	pass_interval();
	assert_int_equal(places(), 1);
	/* six seconds are over by now, but the interval had five */
	assert_int_equal(top(0, 1, "initiator_bits_per_second"), 800);
	assert_int_equal(top(0, 1, "interval"), 2);
	pass_interval();
	assert_int_equal(places(), 0);
}

/* 10 packets in an interval that lasts 20 seconds: no tick came before, as in a file. */
static void a_longer_interval_is_divided_by_its_length(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++)
		send_bytes(0, CLIENT(1), SERVER, 1000);
	house_tick(&house, 20);
	assert_int_equal(top(0, 1, "initiator_packets_per_second"), 2);
	assert_int_equal(top(0, 1, "initiator_bits_per_second"), 16000);
}

static void each_interface_has_its_ten_and_no_more(void **state)
{
	(void)state;
	/* The fastest in the middle, so that places change hands. */
	for (uint8_t i = 1; i <= 15; i++)
		send_bytes(0, CLIENT(i), SERVER, 100U * (i * 7U % 16U));
	send_bytes(1, CLIENT(1), SERVER, 50);
	pass_interval();
	assert_int_equal(places(), 11);
	for (uint32_t rank = 1; rank <= 10; rank++) /* 1,500 bytes: 2,400 bits a second */
		assert_int_equal(top(0, rank, "initiator_bits_per_second"), 160 * (16 - rank));
	assert_int_equal(top(1, 1, "initiator_bits_per_second"), 80);
}

static void a_rank_names_the_flow_by_its_id(void **state)
{
	const void *flow;

	(void)state;
	send_bytes(0, CLIENT(1), SERVER, 1000);
	send_bytes(0, CLIENT(2), SERVER, 3000);
	pass_interval();
	flow = house_row(&house, &flow_family, 0, top(0, 1, "flow"), 0);
	assert_non_null(flow);
	assert_int_equal(row_value(&flow_family, flow, "initiator_bytes"), 3000);
	flow = house_row(&house, &flow_family, 0, top(0, 1, "flow"), 0);
	assert_int_equal(row_value(&flow_family, flow, "initiator_bits_per_second"), 4800);
	assert_int_equal(row_value(&flow_family, flow, "responder_bits_per_second"), 0);
}

/* What a flow sent before it was itemised is of no interval. */
static void a_flow_that_is_itemised_late_has_the_rate_from_then_on(void **state)
{
	(void)state;
	house.bench->tally.flows.export_max = 1;
	send_bytes(0, CLIENT(1), SERVER, 100);
	send_bytes(0, CLIENT(2), SERVER, 5000);
	pass_interval(); /* the second flow was not itemised */
	assert_int_equal(top(0, 1, "initiator_bits_per_second"), 160);
	tally_age(&house.bench->tally, (struct monotonic_time){house.bench->now_ns}, 64);
	send_bytes(0, CLIENT(2), SERVER, 1000);
	pass_interval();
	assert_int_equal(places(), 1);
	assert_int_equal(top(0, 1, "initiator_bits_per_second"), 1600);
}

static void a_flow_that_ended_keeps_its_place_until_the_next_interval(void **state)
{
	(void)state;
	send_bytes(0, CLIENT(1), SERVER, 1000);
	send_bytes(0, CLIENT(2), SERVER, 2000);
	pass_interval();
	flow_table_end(&house.bench->tally.flows, bench_flow(house.bench), FLOW_TIMED_OUT,
		       house.bench->now_ns);
	assert_int_equal(places(), 2);
	send_bytes(0, CLIENT(1), SERVER, 1000);
	pass_interval();
	assert_int_equal(places(), 1);
}

static void an_interface_that_is_forgotten_has_no_places(void **state)
{
	(void)state;
	send_bytes(0, CLIENT(1), SERVER, 1000);
	send_bytes(1, CLIENT(2), SERVER, 1000);
	pass_interval();
	house_forget(&house, 0);
	assert_int_equal(places(), 1);
	assert_int_equal(top(1, 1, "initiator_bits_per_second"), 1600);
}

#define TOP_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TOP_TEST(flows_are_ranked_by_what_both_ends_sent),
		TOP_TEST(an_interval_knows_nothing_of_the_ones_before),
		TOP_TEST(a_longer_interval_is_divided_by_its_length),
		TOP_TEST(each_interface_has_its_ten_and_no_more),
		TOP_TEST(a_rank_names_the_flow_by_its_id),
		TOP_TEST(a_flow_that_is_itemised_late_has_the_rate_from_then_on),
		TOP_TEST(a_flow_that_ended_keeps_its_place_until_the_next_interval),
		TOP_TEST(an_interface_that_is_forgotten_has_no_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
