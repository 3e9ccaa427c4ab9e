/*
 * Which fragments know their ports (RFC 791 3.2, RFC 8200 4.5; README, "What is counted"): a later
 * one whose first was seen before it, within 60 s, while the bounded table remembers it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support.h"

#define FROM end4(1, 5000)
#define TO   end4(2, 53)

static struct bench *bench;

static int set_up(void **state)
{
	const struct tally_options options = bench_options(1024);

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

static void assert_attributed(struct packet packet)
{
	assert_int_equal(bench_count(bench, packet)->port_state, PORT_KNOWN);
	assert_int_equal(bench->verdict.service_port, 53);
	assert_non_null(bench_flow(bench));
}

static void assert_unattributed(struct packet packet)
{
	assert_int_equal(bench_count(bench, packet)->port_state, PORT_UNATTRIBUTED);
	assert_null(bench_flow(bench));
}

static void fragment_behind_its_first_has_its_ports(void **state)
{
	uint32_t row;

	(void)state;
	assert_attributed(packet_first_fragment(FROM, TO, 77));
	row = bench->verdict.flow;
	assert_attributed(packet_later_fragment(FROM, TO, 77));
	assert_int_equal(bench->verdict.flow, row);
	assert_attributed(packet_later_fragment(FROM, TO, 77));
	assert_int_equal(bench_flow(bench)->sides[INITIATOR].packets, 3);
	assert_int_equal(bench_flow(bench)->sides[INITIATOR].bytes, 1514 + 1000 + 1000);
}

static void fragment_without_its_first_is_unattributed(void **state)
{
	(void)state;
	assert_unattributed(packet_later_fragment(FROM, TO, 77));
	assert_int_equal(bench_totals(bench, 0)->unattributed.packets, 1);
	assert_int_equal(bench_totals(bench, 0)->unattributed.bytes, 1000);
}

static void fragment_before_its_first_is_never_moved_later(void **state)
{
	(void)state;
	assert_unattributed(packet_later_fragment(FROM, TO, 77));
	assert_attributed(packet_first_fragment(FROM, TO, 77));
	assert_attributed(packet_later_fragment(FROM, TO, 77));
	assert_int_equal(bench_totals(bench, 0)->unattributed.packets, 1);
	assert_int_equal(bench_totals(bench, 0)->live.packets, 2);
}

/* In one batch as well as in two. */
static void order_within_a_batch_is_kept(void **state)
{
	struct packet packets[] = {
		packet_later_fragment(FROM, TO, 77),
		packet_first_fragment(FROM, TO, 77),
		packet_later_fragment(FROM, TO, 77),
	};
	struct verdict verdicts[3];

	(void)state;
	tally_classify(&bench->tally, packets, verdicts, 3, (struct monotonic_time){BENCH_BEGINS});
	assert_int_equal(verdicts[0].port_state, PORT_UNATTRIBUTED);
	assert_int_equal(verdicts[1].port_state, PORT_KNOWN);
	assert_int_equal(verdicts[2].port_state, PORT_KNOWN);
}

static void whole_datagram_with_an_id_is_not_remembered(void **state)
{
	struct packet atomic = packet_first_fragment(end6(1, 5000), end6(2, 53), 77);

	(void)state;
	atomic.flags &= (uint8_t)~PACKET_MORE_FRAGMENTS; /* RFC 6946 */
	assert_attributed(atomic);
	assert_unattributed(packet_later_fragment(end6(1, 0), end6(2, 0), 77));
	assert_int_equal(bench->tally.fragments.table.used, 0);
}

static void first_fragment_too_short_for_ports_gives_none(void **state)
{
	struct packet first = packet_first_fragment(FROM, TO, 77);

	(void)state;
	first.flags &= (uint8_t)~PACKET_PORTS;
	first.source_port = first.destination_port = 0;
	assert_unattributed(first);
	assert_unattributed(packet_later_fragment(FROM, TO, 77));
}

static void each_part_of_the_key_tells_datagrams_apart(void **state)
{
	struct packet packet;

	(void)state;
	assert_attributed(packet_first_fragment(FROM, TO, 77));
	assert_unattributed(packet_later_fragment(FROM, TO, 78));
	assert_unattributed(packet_later_fragment(end4(3, 0), TO, 77));
	assert_unattributed(packet_later_fragment(FROM, end4(3, 0), 77));
	assert_unattributed(packet_later_fragment(TO, FROM, 77));
	packet = packet_later_fragment(FROM, TO, 77);
	packet.interface = 1;
	assert_unattributed(packet);
	packet = packet_later_fragment(FROM, TO, 77);
	packet.vlan[0] = 5;
	assert_unattributed(packet);
	packet = packet_later_fragment(FROM, TO, 77);
	packet.vlan[1] = 5;
	assert_unattributed(packet);
	packet = packet_later_fragment(FROM, TO, 77);
	packet.protocol = PROTOCOL_TCP;
	packet.ip_protocol = 6;
	assert_unattributed(packet);
	assert_attributed(packet_later_fragment(FROM, TO, 77));
}

/* RFC 8200 4.5: the later ones may not even name the protocol, which is behind other headers. */
static void ipv6_fragment_takes_the_protocol_of_its_first(void **state)
{
	struct packet later = packet_later_fragment(end6(1, 0), end6(2, 0), 77);

	(void)state;
	assert_attributed(packet_first_fragment(end6(1, 5000), end6(2, 53), 77));
	later.protocol = PROTOCOL_OTHER;
	later.ip_protocol = 60;
	tally_classify(&bench->tally, &later, &bench->verdict, 1,
		       (struct monotonic_time){bench->now_ns});
	assert_int_equal(later.protocol, PROTOCOL_UDP);
	assert_int_equal(bench->verdict.port_state, PORT_KNOWN);
	assert_int_equal(bench_flow(bench)->sides[INITIATOR].packets, 2);
}

static void icmp_fragment_behind_its_first_has_its_identifier(void **state)
{
	struct packet first = packet_icmp_echo(end4(1, 0), end4(2, 0), false, 99);
	struct packet later = packet_ip(end4(1, 0), end4(2, 0), PROTOCOL_ICMP, 1000);

	(void)state;
	first.flags |= PACKET_FRAGMENT | PACKET_MORE_FRAGMENTS;
	later.flags = PACKET_FRAGMENT | PACKET_LATER_FRAGMENT;
	bench_count(bench, first);
	bench_count(bench, later);
	assert_int_equal(bench->tally.flows.table.used, 1);
	assert_int_equal(flow_port(bench_flow(bench), INITIATOR), 99);
	assert_int_equal(bench_flow(bench)->sides[INITIATOR].packets, 2);
}

static void first_fragment_is_remembered_for_60_seconds(void **state)
{
	(void)state;
	assert_attributed(packet_first_fragment(FROM, TO, 77));
	bench_wait(bench, 60 * SECOND);
	assert_attributed(packet_later_fragment(FROM, TO, 77));
	bench_wait(bench, 1);
	assert_unattributed(packet_later_fragment(FROM, TO, 77));
}

static void id_used_again_stands_for_the_new_datagram(void **state)
{
	(void)state;
	assert_attributed(packet_first_fragment(FROM, TO, 77));
	bench_wait(bench, 50 * SECOND);
	bench_count(bench, packet_first_fragment(end4(1, 6000), end4(2, 443), 77));
	bench_wait(bench, 50 * SECOND);
	bench_count(bench, packet_later_fragment(FROM, TO, 77));
	assert_int_equal(bench->verdict.port_state, PORT_KNOWN);
	assert_int_equal(bench->verdict.service_port, 443);
}

/* Room for 64: the 65th first fragment pushes the oldest out. */
static void full_table_forgets_the_oldest(void **state)
{
	(void)state;
	for (uint32_t id = 0; id < 65; id++)
		assert_attributed(packet_first_fragment(FROM, TO, id));
	assert_int_equal(bench->tally.fragments.evictions, 1);
	assert_int_equal(bench->tally.fragments.table.used, 64);
	assert_unattributed(packet_later_fragment(FROM, TO, 0));
	for (uint32_t id = 1; id < 65; id++)
		assert_attributed(packet_later_fragment(FROM, TO, id));
}

static void ageing_forgets_all_that_is_too_old_and_nothing_else(void **state)
{
	(void)state;
	for (uint32_t id = 0; id < 40; id++)
		bench_count(bench, packet_first_fragment(FROM, TO, id));
	bench_wait(bench, 30 * SECOND);
	for (uint32_t id = 40; id < 50; id++)
		bench_count(bench, packet_first_fragment(FROM, TO, id));
	bench_wait(bench, 30 * SECOND + 1);
	tally_age(&bench->tally, (struct monotonic_time){bench->now_ns}, 64);
	assert_int_equal(bench->tally.fragments.table.used, 10);
	assert_int_equal(bench->tally.fragments.evictions, 0);
	assert_attributed(packet_later_fragment(FROM, TO, 40));
}

/* A sender that always uses one id must not keep the others from being forgotten. */
static void id_used_again_is_young_again_in_the_order_of_ageing(void **state)
{
	(void)state;
	for (uint32_t id = 0; id < 50; id++)
		bench_count(bench, packet_first_fragment(FROM, TO, id));
	bench_wait(bench, 30 * SECOND);
	bench_count(bench, packet_first_fragment(FROM, TO, 0));
	bench_wait(bench, 30 * SECOND + 1);
	tally_age(&bench->tally, (struct monotonic_time){bench->now_ns}, 64);
	assert_int_equal(bench->tally.fragments.table.used, 1);
	assert_attributed(packet_later_fragment(FROM, TO, 0));
}

static void forgotten_interface_has_no_fragments(void **state)
{
	struct packet other = packet_first_fragment(FROM, TO, 77);

	(void)state;
	other.interface = 1;
	assert_attributed(packet_first_fragment(FROM, TO, 77));
	assert_attributed(other);
	assert_attributed(packet_first_fragment(FROM, TO, 78));
	tally_forget_interface(&bench->tally, 0);
	assert_unattributed(packet_later_fragment(FROM, TO, 77));
	assert_unattributed(packet_later_fragment(FROM, TO, 78));
	other = packet_later_fragment(FROM, TO, 77);
	other.interface = 1;
	assert_attributed(other);
	assert_int_equal(bench->tally.fragments.table.used, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fragment_behind_its_first_has_its_ports),
		TEST(fragment_without_its_first_is_unattributed),
		TEST(fragment_before_its_first_is_never_moved_later),
		TEST(order_within_a_batch_is_kept),
		TEST(whole_datagram_with_an_id_is_not_remembered),
		TEST(first_fragment_too_short_for_ports_gives_none),
		TEST(each_part_of_the_key_tells_datagrams_apart),
		TEST(ipv6_fragment_takes_the_protocol_of_its_first),
		TEST(icmp_fragment_behind_its_first_has_its_identifier),
		TEST(first_fragment_is_remembered_for_60_seconds),
		TEST(id_used_again_stands_for_the_new_datagram),
		TEST(full_table_forgets_the_oldest),
		TEST(ageing_forgets_all_that_is_too_old_and_nothing_else),
		TEST(id_used_again_is_young_again_in_the_order_of_ageing),
		TEST(forgotten_interface_has_no_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
