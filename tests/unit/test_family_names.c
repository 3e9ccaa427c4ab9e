/*
 * Names in the rows of families: of hosts and their series, of stations, of who knocks, of the ends
 * of flows, and of service ports; and what look-ups came to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "family/conversation.h"
#include "family/flow.h"
#include "family/host.h"
#include "family/knock.h"
#include "family/name.h"
#include "family/port.h"
#include "family/probe.h"
#include "family/station.h"
#include "family/top.h"
#include "house.h"
#include "names/requests.h"
#include "names_support.h"

static const uint8_t printer_mac[] = {2, 0, 0, 0, 0, 9};

static struct house house;
static struct ledger ledger;
static struct names *names;

static void write_file(char *path, const char *text)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* 10.0.0.9 is the printer, in both files; nobody has named 10.0.0.1. */
static int set_up(void **state)
{
	char hosts[] = "/tmp/test_family_names.XXXXXX", ethers[] = "/tmp/test_family_names.XXXXXX";
	const struct names_options options = {
		.capacity = 64,
		.hosts_file = hosts,
		.ethers_file = ethers,
		.needs_ethers = true,
	};
	const struct family_options families = {
		.max_ports = 64,
		.max_hosts = 64,
		.max_stations = 64,
		.max_conversations = 64,
		.max_knocks = 64,
		.export_ports = 8,
		.export_hosts = 8,
		.probe_ports = 4,
		.probe_hosts = 4,
		.probe_window_s = 60,
	};
	struct error error;

	(void)state;
	write_file(hosts, "10.0.0.9 printer.example\n2001:db8::9 printer6.example\n");
	write_file(ethers, "02:00:00:00:00:09 printer\n");
	names = names_create(&options, &ledger, &error);
	unlink(hosts);
	unlink(ethers);
	assert_non_null(names);
	house_open_named(&house, 64, &families, names);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	house_close(&house);
	names_destroy(names);
	ledger_release(&ledger);
	return 0;
}

/* The name in the row of 10.0.0.`host`, or of 2001:db8::`host`. */
static const char *text_of_host(const struct family *family, uint8_t version, uint8_t host)
{
	size_t n;
	const uint8_t *row = house_rows(&house, family, &n);

	for (; n > 0; n--, row += family->row_size) {
		const struct family_address *address =
			(const struct family_address *)(row + family->keys[1].offset);

		if (address->version == version && address->bytes[version == 4 ? 3 : 15] == host)
			return row_text(family, row, "name", names);
	}
	fail_msg("%s: no row of this host", family->name);
	return NULL;
}

static const char *only_text(const struct family *family, const char *field)
{
	size_t n;
	const uint8_t *row = house_rows(&house, family, &n);

	assert_int_equal(n, 1);
	return row_text(family, row, field, names);
}

static void knock_at_ssh(void)
{
	struct packet packet = packet_tcp(end4(9, 40000), end4(1, 22), TCP_SYN, 1, 0);

	packet.direction = DIRECTION_RECEIVE;
	packet.flags |= PACKET_MACS;
	memcpy(packet.source_mac, printer_mac, MAC_BYTES);
	memset(packet.destination_mac, 0xff, MAC_BYTES);
	house_count(&house, packet);
}

static void hosts_and_their_series_have_names(void **state)
{
	(void)state;
	knock_at_ssh();
	house_count(&house, packet_udp(end6(9, 53), end6(1, 5000), 100));
	house_tick(&house, 1);
	house_tick(&house, 1);
	assert_string_equal(text_of_host(&host_family, 4, 9), "printer.example");
	assert_string_equal(text_of_host(&host_family, 4, 1), "");
	assert_string_equal(text_of_host(&host_family, 6, 9), "printer6.example");
	assert_string_equal(text_of_host(&host_slots_family, 4, 9), "printer.example");
	assert_string_equal(text_of_host(&host_slots_family, 4, 1), "");
}

static void stations_have_names(void **state)
{
	size_t n, named = 0;
	const uint8_t *row;

	(void)state;
	knock_at_ssh();
	row = house_rows(&house, &station_family, &n);
	assert_int_equal(n, 2);
	for (; n > 0; n--, row += station_family.row_size) {
		bool is_printer =
			memcmp(row + station_family.keys[1].offset, printer_mac, MAC_BYTES) == 0;

		assert_string_equal(row_text(&station_family, row, "name", names),
				    is_printer ? "printer" : "");
		named += is_printer;
	}
	assert_int_equal(named, 1);
}

static void who_knocks_and_where_have_names(void **state)
{
	(void)state;
	knock_at_ssh();
	assert_string_equal(only_text(&knock_family, "name"), "printer.example");
	assert_string_equal(only_text(&knock_family, "service"), "ssh");
}

static void who_probes_has_a_name(void **state)
{
	(void)state;
	for (uint16_t port = 1; port <= 20; port++) {
		struct packet packet = packet_tcp(end4(9, 40000), end4(1, port), TCP_SYN, 1, 0);

		packet.direction = DIRECTION_RECEIVE;
		house_count(&house, packet);
	}
	for (int second = 0; second < 5; second++) /* in which an answer could come */
		house_tick(&house, 1);
	assert_string_equal(only_text(&probe_family, "name"), "printer.example");
}

static void the_ends_of_the_fastest_flows_have_names(void **state)
{
	(void)state;
	for (int second = 0; second < 20; second++) {
		knock_at_ssh();
		house_tick(&house, 1);
	}
	assert_string_equal(only_text(&top_family, "initiator_name"), "printer.example");
	assert_string_equal(only_text(&top_family, "responder_name"), "");
}

static void flows_conversations_and_ports_have_names(void **state)
{
	(void)state;
	knock_at_ssh();
	assert_string_equal(only_text(&flow_family, "initiator_name"), "printer.example");
	assert_string_equal(only_text(&flow_family, "responder_name"), "");
	assert_string_equal(only_text(&flow_family, "service"), "ssh");
	assert_string_equal(only_text(&conversation_family, "initiator_name"), "printer.example");
	assert_string_equal(only_text(&conversation_family, "responder_name"), "");
	assert_string_equal(only_text(&conversation_family, "service"), "ssh");
	assert_string_equal(only_text(&port_family, "service"), "ssh");
}

/* Port 514 is another service of UDP than of TCP, and none of anything else. */
static void services_are_those_of_their_protocol(void **state)
{
	const struct servent *service;
	struct packet packet = packet_ip(end4(9, 0), end4(1, 0), PROTOCOL_ICMP, 100);

	(void)state;
	house_count(&house, packet);
	assert_string_equal(only_text(&conversation_family, "service"), "");
	tear_down(state);
	set_up(state);
	house_count(&house, packet_udp(end4(9, 40000), end4(1, 514), 100));
	service = getservbyport(htons(514), "udp");
	assert_string_equal(only_text(&port_family, "service"), service ? service->s_name : "");
	tear_down(state);
	set_up(state);
	house_count(&house, packet_tcp(end4(9, 40000), end4(1, 514), TCP_SYN, 1, 0));
	service = getservbyport(htons(514), "tcp");
	assert_string_equal(only_text(&port_family, "service"), service ? service->s_name : "");
}

static uint64_t lookups(const char *field)
{
	size_t n;

	house_rows(&house, &name_family, &n);
	assert_int_equal(n, 1);
	return row_value(&name_family, house.rows, field);
}

/* Who shows a row asks; who shows it again has the answer. The test answers for the resolver. */
static void what_is_shown_is_asked_for_and_named_from_then_on(void **state)
{
	struct name_key key;

	(void)state;
	if (lookups("name_capacity") == 0)
		skip(); /* built without c-ares */
	knock_at_ssh();
	assert_string_equal(text_of_host(&host_family, 4, 1), "");
	assert_true(requests_take(names, &key));
	assert_int_equal(key.bytes[3], 1);
	requests_answer(names, &key, NAME_FOUND, "gateway", 300 * SECOND);
	assert_string_equal(text_of_host(&host_family, 4, 1), "gateway");
	assert_string_equal(only_text(&flow_family, "responder_name"), "gateway");
	assert_false(requests_take(names, &key));
	assert_int_equal(lookups("lookups_found"), 1);
	assert_int_equal(lookups("lookups_failed"), 0);
	assert_int_equal(lookups("name_entries"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hosts_and_their_series_have_names),
		TEST(stations_have_names),
		TEST(who_knocks_and_where_have_names),
		TEST(who_probes_has_a_name),
		TEST(the_ends_of_the_fastest_flows_have_names),
		TEST(flows_conversations_and_ports_have_names),
		TEST(services_are_those_of_their_protocol),
		TEST(what_is_shown_is_asked_for_and_named_from_then_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
