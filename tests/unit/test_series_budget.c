/*
 * How many series a Prometheus has to store of one agent, on defaults, when all that can be shown is
 * shown: as many ports, hosts and conversations as have series, those that linger beside them, and
 * names of hosts: all those of one interface, half of those of two, since name servers are asked for
 * private addresses alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "family/port.h"
#include "family/host.h"
#include "house.h"
#include "http/exposition.h"
#include "names/names.h"
#include "netif/listening.h"
#include "snapshot/snapshot.h"

#define BUDGET_OF_ONE 600
#define BUDGET_OF_TWO 1100
#define HOSTS         250

static struct house house;
static struct ledger ledger;
static struct names *names;

/* In a file as hosts(5). */
static void name_hosts(uint32_t n_interfaces)
{
	char path[] = "/tmp/test_series_budget.XXXXXX";
	const struct names_options options = {.capacity = 64, .hosts_file = path};
	FILE *file = fdopen(mkstemp(path), "w");
	struct error error;

	assert_non_null(file);
	for (unsigned host = 0; host < HOSTS; host += n_interfaces)
		fprintf(file, "10.0.0.%u v4-%u\n", host, host);
	fclose(file);
	names = names_create(&options, &ledger, &error);
	unlink(path);
	assert_non_null(names);
}

/* What src/main.c and the option table give where nobody says otherwise. */
static void open_on_defaults(uint32_t n_interfaces)
{
	static const uint16_t pinned[] = {22, 53, 80, 443};
	static const struct listening_port listening[] = {{8080, false}, {5353, true}};
	const struct family_options options = {
		.max_ports = 16384,
		.max_hosts = 4096,
		.max_stations = 1024,
		.max_conversations = 4096,
		.max_knocks = 4096,
		.export_ports = 20,
		.export_hosts = 20,
		.export_conversations = 10,
		.export_warmup_s = 60,
		.pinned_ports = pinned,
		.n_pinned_ports = COUNT(pinned),
		.listening = listening,
		.n_listening = COUNT(listening),
		.flood_rate = 100,
		.probe_ports = 15,
		.probe_hosts = 15,
		.probe_window_s = 300,
	};

	name_hosts(n_interfaces);
	house_open_named(&house, 4096, &options, names);
	for (uint32_t i = 0; i < 2; i++)
		house.bench->tally.interfaces[i].in_use = i < n_interfaces;
	house.bench->tally.n_interfaces = n_interfaces;
}

/* Of all kinds, between many ends; other ports and hosts every ten minutes, so that series change
 * hands. */
static void count_traffic(uint32_t n_interfaces)
{
	struct random random = {1};

	for (uint32_t minute = 0; minute < 23; minute++) {
		for (int i = 0; i < 2000; i++) {
			struct packet packet = packet_random(&random, n_interfaces, HOSTS);
			bool is_ipv4 = packet.network == NETWORK_IPV4;
			uint16_t first = (uint16_t)(1 + minute / 10 * 100);

			if (packet.flags & PACKET_PORTS) {
				packet.source_port = (uint16_t)(first + random_below(&random, 50));
				packet.destination_port =
					(uint16_t)(first + random_below(&random, 50));
			}
			/* What no standard knows has no series until it comes. */
			if (packet.protocol == (is_ipv4 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP) ||
			    (!is_ipv4 && packet.protocol == PROTOCOL_IGMP))
				continue;
			if (is_ipv4) {
				packet.source[3] = (uint8_t)(first + random_below(&random, 50));
				packet.destination[3] =
					(uint8_t)(first + random_below(&random, 50));
			}
			house_count(&house, packet);
		}
		for (int i = 0; i < 4; i++)
			house_tick(&house, 15);
	}
}

static size_t count_series(uint32_t n_interfaces)
{
	static const struct snapshot_interface interfaces[] = {{"eth0", 2}, {"eth1", 3}};
	struct snapshot_rows rows[FAMILIES_MAX];
	const struct snapshot snapshot = {
		.taken = monotonic_now(),
		.taken_wall = wall_now(),
		.number = 1,
		.names = names,
		.interfaces = interfaces,
		.n_interfaces = n_interfaces,
		.families = rows,
		.n_families = family_table_size,
	};
	struct exposition *exposition;
	struct buffer text = {0};
	struct error error;
	size_t series = 0;

	for (size_t i = 0; i < family_table_size; i++) {
		rows[i].family = family_table[i];
		rows[i].rows = house_rows(&house, family_table[i], &rows[i].n);
		house.rows = NULL; /* kept: freed below */
	}
	exposition = exposition_create(&error);
	assert_non_null(exposition);
	exposition_render(exposition, &snapshot, &text);
	assert_false(text.failed);
	for (const char *line = text.data; line < text.data + text.length;
	     line = strchr(line, '\n') + 1)
		series += *line != '#';
	exposition_destroy(exposition);
	buffer_free(&text);
	for (size_t i = 0; i < family_table_size; i++)
		free((void *)rows[i].rows);
	return series;
}

static void assert_all_slots_are_shown(uint32_t n_interfaces)
{
	size_t n, named = 0;

	house_rows(&house, &port_slots_family, &n);
	assert_int_equal(n, 20 * n_interfaces);
	house_rows(&house, &host_slots_family, &n);
	assert_int_equal(n, 20 * n_interfaces);
	for (size_t i = 0; i < n; i++)
		named += *row_text(&host_slots_family, house.rows + i * host_slots_family.row_size,
				   "name", names) != 0;
	assert_in_range(named, n / n_interfaces / 2, n);
}

static void check_budget(uint32_t n_interfaces, size_t budget)
{
	size_t series;

	open_on_defaults(n_interfaces);
	count_traffic(n_interfaces);
	assert_all_slots_are_shown(n_interfaces);
	series = count_series(n_interfaces);
	print_message("%zu series, of at most %zu\n", series, budget);
	assert_in_range(series, 1, budget);
	house_close(&house);
	names_destroy(names);
	ledger_release(&ledger);
}

static void one_interface_keeps_its_budget(void **state)
{
	(void)state;
	check_budget(1, BUDGET_OF_ONE);
}

static void two_interfaces_keep_theirs(void **state)
{
	(void)state;
	check_budget(2, BUDGET_OF_TWO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_interface_keeps_its_budget),
		cmocka_unit_test(two_interfaces_keep_theirs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
