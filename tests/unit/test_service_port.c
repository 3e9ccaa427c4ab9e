/* Which of a packet's two ports is its service port. README, "What is counted". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support.h"

static void assert_service(const struct service_ports *list, uint16_t a, uint16_t b,
			   uint16_t expected)
{
	assert_int_equal(service_port(list, a, b), expected);
	assert_int_equal(service_port(list, b, a), expected);
}

static void ports_below_1024_are_listed(void **state)
{
	struct service_ports list;

	(void)state;
	service_ports_init(&list, NULL, 0);
	assert_true(service_port_is_listed(&list, 0));
	assert_true(service_port_is_listed(&list, 1023));
	assert_false(service_port_is_listed(&list, 1024));
	assert_false(service_port_is_listed(&list, 65535));
}

static void the_one_listed_port_is_the_service(void **state)
{
	const uint16_t added[] = {8080, 65535};
	struct service_ports list;

	(void)state;
	service_ports_init(&list, added, 2);
	assert_service(&list, 50000, 443, 443);
	assert_service(&list, 1024, 1023, 1023);
	assert_service(&list, 2000, 8080, 8080);
	assert_service(&list, 1024, 65535, 65535);
}

static void of_two_listed_ports_the_lower_is_the_service(void **state)
{
	const uint16_t added[] = {8080, 3306};
	struct service_ports list;

	(void)state;
	service_ports_init(&list, added, 2);
	assert_service(&list, 443, 80, 80);
	assert_service(&list, 8080, 443, 443);
	assert_service(&list, 8080, 3306, 3306);
}

static void of_two_unlisted_ports_the_lower_is_the_service(void **state)
{
	struct service_ports list;

	(void)state;
	service_ports_init(&list, NULL, 0);
	assert_service(&list, 40000, 50000, 40000);
	assert_service(&list, 1024, 65535, 1024);
}

static void equal_ports_are_one_service(void **state)
{
	struct service_ports list;

	(void)state;
	service_ports_init(&list, NULL, 0);
	assert_service(&list, 123, 123, 123);
	assert_service(&list, 50000, 50000, 50000);
	assert_service(&list, 0, 0, 0);
}

static void packets_are_judged_by_the_list_of_the_options(void **state)
{
	const uint16_t added[] = {5000};
	struct tally_options options = bench_options(64);
	struct bench *bench;

	(void)state;
	options.service_ports = added;
	options.n_service_ports = 1;
	bench = bench_open(&options);
	bench_count(bench, packet_udp(end4(1, 4000), end4(2, 5000), 100));
	assert_int_equal(bench->verdict.port_state, PORT_KNOWN);
	assert_int_equal(bench->verdict.service_port, 5000);
	bench_count(bench, packet_udp(end4(2, 5000), end4(1, 4000), 100));
	assert_int_equal(bench->verdict.service_port, 5000);
	bench_count(bench, packet_tcp(end4(1, 53), end4(2, 5000), TCP_SYN, 1, 0));
	assert_int_equal(bench->verdict.service_port, 53);
	bench_close(bench);
}

static void only_tcp_and_udp_have_service_ports(void **state)
{
	const struct tally_options options = bench_options(64);
	struct bench *bench = bench_open(&options);
	struct packet packet = packet_udp(end4(1, 4000), end4(2, 80), 100);

	(void)state;
	packet.protocol = PROTOCOL_SCTP;
	packet.ip_protocol = 132;
	bench_count(bench, packet);
	assert_int_equal(bench->verdict.port_state, PORT_NOT_APPLICABLE);
	bench_count(bench, packet_icmp_echo(end4(1, 0), end4(2, 0), false, 80));
	assert_int_equal(bench->verdict.port_state, PORT_NOT_APPLICABLE);
	bench_count(bench, packet_arp(60));
	assert_int_equal(bench->verdict.port_state, PORT_NOT_APPLICABLE);
	bench_close(bench);
}

static void tcp_whose_ports_were_cut_is_unattributed(void **state)
{
	const struct tally_options options = bench_options(64);
	struct bench *bench = bench_open(&options);

	(void)state;
	bench_count(bench, packet_ip(end4(1, 0), end4(2, 0), PROTOCOL_TCP, 60));
	assert_int_equal(bench->verdict.port_state, PORT_UNATTRIBUTED);
	assert_null(bench_flow(bench));
	assert_int_equal(bench_totals(bench, 0)->unattributed.packets, 1);
	assert_int_equal(bench_totals(bench, 0)->unattributed.bytes, 60);
	bench_close(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_below_1024_are_listed),
		cmocka_unit_test(the_one_listed_port_is_the_service),
		cmocka_unit_test(of_two_listed_ports_the_lower_is_the_service),
		cmocka_unit_test(of_two_unlisted_ports_the_lower_is_the_service),
		cmocka_unit_test(equal_ports_are_one_service),
		cmocka_unit_test(packets_are_judged_by_the_list_of_the_options),
		cmocka_unit_test(only_tcp_and_udp_have_service_ports),
		cmocka_unit_test(tcp_whose_ports_were_cut_is_unattributed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
