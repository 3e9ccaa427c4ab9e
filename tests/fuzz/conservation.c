/* The sums, read from the families' rows by the descriptions that exporters read them by. */
#include "conservation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bounded_sums.h"
#include "family/capture.h"
#include "family/flow.h"
#include "family/host.h"
#include "family/interface.h"
#include "family/port.h"
#include "family/protocol.h"
#include "family/size.h"
#include "family/tcp.h"
#include "family_rows.h"

void expect(bool holds, const char *what, const char *file, int line)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

void expect_equal(const char *what, uint32_t slot, uint64_t found, uint64_t wanted)
{
	if (found == wanted)
		return;
	fprintf(stderr, "interface %u: %s: %" PRIu64 " is not %" PRIu64 "\n", slot, what, found,
		wanted);
	abort();
}

void expect_traffic(const char *what, uint32_t slot, const struct traffic *found,
		    const struct traffic *wanted)
{
	for (int way = 0; way < DIRECTIONS; way++) {
		expect_equal(what, slot, found->packets[way], wanted->packets[way]);
		expect_equal(what, slot, found->bytes[way], wanted->bytes[way]);
	}
}

enum { WITH_TCP, WITH_UDP, WITH_PORTS };

/* Names are looked up once: an input takes less time than that. */
struct layout {
	bool known;
	struct family_columns interface, size, protocol, unattributed[WITH_PORTS];
	size_t flow_packets[3], flow_bytes[3];
	size_t wire_packets[DIRECTIONS], wire_bytes[DIRECTIONS];
	size_t captured, snapped, all_errors;
	size_t errors[DECODE_ERRORS];
};

static void layout_learn(struct layout *layout)
{
	static const char *const with_ports[WITH_PORTS] = {"tcp", "udp"};
	static const char *const ways[DIRECTIONS] = {"receive_", "transmit_"};
	static const char *const ends[] = {"flow_unattributed_", "flow_ended_", "flow_evicted_"};
	char prefix[32];

	layout->interface = family_columns(&interface_family, "", family_directions, false);
	layout->size = family_columns(&size_family, "", family_directions, false);
	layout->protocol = family_columns(&protocol_family, "", family_directions, false);
	for (int i = 0; i < WITH_PORTS; i++) {
		snprintf(prefix, sizeof(prefix), "%s_unattributed_", with_ports[i]);
		layout->unattributed[i] =
			family_columns(&port_remainder_family, prefix, family_directions, false);
	}
	for (int i = 0; i < 3; i++) {
		layout->flow_packets[i] = family_offset(&flow_remainder_family, ends[i], "packets");
		layout->flow_bytes[i] = family_offset(&flow_remainder_family, ends[i], "bytes");
	}
	for (int way = 0; way < DIRECTIONS; way++) {
		layout->wire_packets[way] =
			family_offset(&interface_family, ways[way], "wire_packets");
		layout->wire_bytes[way] = family_offset(&interface_family, ways[way], "wire_bytes");
	}
	layout->captured = family_offset(&capture_family, "", "packets");
	layout->snapped = family_offset(&capture_family, "", "snapped_packets");
	layout->all_errors = family_offset(&capture_family, "", "decode_errors");
	for (int error = DECODE_OK + 1; error < DECODE_ERRORS; error++)
		layout->errors[error] = family_offset(&capture_family, "decode_error_",
						      decode_error_name((enum decode_error)error));
	layout->known = true;
}

static const struct layout *layout_get(void)
{
	static struct layout layout;

	if (!layout.known)
		layout_learn(&layout);
	return &layout;
}

static int with_ports(uint8_t protocol)
{
	return protocol == PROTOCOL_TCP ? WITH_TCP : protocol == PROTOCOL_UDP ? WITH_UDP : -1;
}

/* What of an interface has been summed up, from the rows of all families. */
struct sums {
	struct traffic size, protocol, ip;
	struct traffic with_ports[WITH_PORTS]; /* by the protocol family */
	uint64_t captured;
};

static void check_interfaces(const struct family_set *families, struct conserved *conserved)
{
	const struct layout *layout = layout_get();
	struct family_rows rows = family_rows(families, &interface_family);

	for (size_t i = 0; i < rows.n; i++) {
		const uint8_t *row = family_row(&rows, i);
		struct traffic *traffic = &conserved[family_row_slot(&rows, i)].traffic;

		family_add(traffic, row, &layout->interface);
		for (int way = 0; way < DIRECTIONS; way++) {
			EXPECT(family_row_value(row, layout->wire_packets[way]) >=
			       traffic->packets[way]);
			EXPECT(family_row_value(row, layout->wire_bytes[way]) >=
			       traffic->bytes[way]);
		}
	}
	free(rows.bytes);
}

static void sum_sizes(const struct family_set *families, struct sums *sums)
{
	struct family_rows rows = family_rows(families, &size_family);

	for (size_t i = 0; i < rows.n; i++)
		family_add(&sums[family_row_slot(&rows, i)].size, family_row(&rows, i),
			   &layout_get()->size);
	free(rows.bytes);
}

static void sum_protocols(const struct family_set *families, struct sums *sums)
{
	struct family_rows rows = family_rows(families, &protocol_family);

	for (size_t i = 0; i < rows.n; i++) {
		const uint8_t *row = family_row(&rows, i);
		uint8_t network = row[protocol_family.keys[1].offset];
		uint8_t protocol = row[protocol_family.keys[2].offset];
		const struct family_columns *columns = &layout_get()->protocol;
		struct sums *sum = &sums[family_row_slot(&rows, i)];
		int index = with_ports(protocol);

		family_add(&sum->protocol, row, columns);
		if (network == NETWORK_IPV4 || network == NETWORK_IPV6)
			family_add(&sum->ip, row, columns);
		if (index >= 0)
			family_add(&sum->with_ports[index], row, columns);
	}
	free(rows.bytes);
}

/* Ports + `other` + `unattributed` = TCP and UDP; and the same of what is shown. */
static void check_ports(const struct family_set *families, const struct tally *tally,
			const struct sums *sums, struct conserved *conserved)
{
	const struct layout *layout = layout_get();
	struct bounded_sum ports[WITH_PORTS][INTERFACES_MAX];
	struct family_rows rest = family_rows(families, &port_remainder_family);

	bounded_sums(families, tally, TCP_PORTS, ports[WITH_TCP]);
	bounded_sums(families, tally, UDP_PORTS, ports[WITH_UDP]);
	for (size_t i = 0; i < rest.n; i++) {
		uint32_t slot = family_row_slot(&rest, i);

		for (int index = 0; index < WITH_PORTS; index++) {
			struct bounded_sum *sum = &ports[index][slot];
			const struct family_columns *columns = &layout->unattributed[index];

			family_add(&sum->exact.traffic, family_row(&rest, i), columns);
			family_add(&sum->shown.traffic, family_row(&rest, i), columns);
			expect_traffic("ports", slot, &sum->exact.traffic,
				       &sums[slot].with_ports[index]);
			expect_traffic("ports shown", slot, &sum->shown.traffic,
				       &sums[slot].with_ports[index]);
			for (int way = 0; way < DIRECTIONS; way++) {
				conserved[slot].connections[way] += sum->exact.connections[way];
				expect_equal("connections shown", slot, sum->shown.connections[way],
					     sum->exact.connections[way]);
			}
		}
	}
	free(rest.bytes);
}

static uint64_t both(const uint64_t ways[DIRECTIONS])
{
	return ways[DIRECTION_RECEIVE] + ways[DIRECTION_TRANSMIT];
}

/* What one end receives another one transmits: both are all of it. */
static void expect_both_ends(const char *what, uint32_t slot, const struct rows_traffic *found,
			     uint64_t packets, uint64_t bytes, uint64_t connections)
{
	for (int way = 0; way < DIRECTIONS; way++) {
		expect_equal(what, slot, found->traffic.packets[way], packets);
		expect_equal(what, slot, found->traffic.bytes[way], bytes);
		expect_equal(what, slot, found->connections[way], connections);
	}
}

/* Hosts as receivers = hosts as transmitters = conversations = IP. */
static void check_ends(const struct family_set *families, const struct tally *tally,
		       const struct sums *sums, struct conserved *conserved)
{
	struct bounded_sum hosts[INTERFACES_MAX], stations[INTERFACES_MAX], talks[INTERFACES_MAX];

	bounded_sums(families, tally, HOSTS, hosts);
	bounded_sums(families, tally, STATIONS, stations);
	bounded_sums(families, tally, CONVERSATIONS, talks);
	for (uint32_t slot = 0; slot < tally->n_interfaces; slot++) {
		uint64_t packets = both(sums[slot].ip.packets), bytes = both(sums[slot].ip.bytes);
		uint64_t connections = both(conserved[slot].connections);
		const struct traffic *named = &stations[slot].exact.traffic;

		expect_both_ends("hosts", slot, &hosts[slot].exact, packets, bytes, connections);
		expect_both_ends("hosts shown", slot, &hosts[slot].shown, packets, bytes,
				 connections);
		conserved[slot].station_packets = named->packets[DIRECTION_RECEIVE];
		conserved[slot].station_bytes = named->bytes[DIRECTION_RECEIVE];
		expect_both_ends("stations", slot, &stations[slot].exact,
				 conserved[slot].station_packets, conserved[slot].station_bytes, 0);
		expect_both_ends("stations shown", slot, &stations[slot].shown,
				 conserved[slot].station_packets, conserved[slot].station_bytes, 0);
		expect_equal("conversations", slot, both(talks[slot].exact.traffic.packets),
			     packets);
		expect_equal("conversations", slot, both(talks[slot].exact.traffic.bytes), bytes);
		expect_traffic("conversations shown", slot, &talks[slot].shown.traffic,
			       &talks[slot].exact.traffic);
	}
}

/* What someone in the middle sees of attempts: each is in exactly one place. */
static void check_attempts(const struct family_set *families)
{
	static const char *const fates[] = {
		"established",         "refused",           "aborted",
		"half_open_timed_out", "half_open_evicted", "half_open",
	};
	static size_t attempted, offsets[COUNT(fates)];
	struct family_rows rows = family_rows(families, &tcp_family);

	for (size_t i = 0; i < COUNT(fates) && !attempted; i++)
		offsets[i] = family_offset(&tcp_family, "connections_", fates[i]);
	attempted = family_offset(&tcp_family, "connections_", "attempted");
	for (size_t i = 0; i < rows.n; i++) {
		const uint8_t *row = family_row(&rows, i);
		uint64_t sum = 0;

		for (size_t fate = 0; fate < COUNT(fates); fate++)
			sum += family_row_value(row, offsets[fate]);
		expect_equal("TCP connections", family_row_slot(&rows, i), sum,
			     family_row_value(row, attempted));
	}
	free(rows.bytes);
}

static void check_captures(const struct family_set *families, struct sums *sums,
			   struct conserved *conserved)
{
	const struct layout *layout = layout_get();
	struct family_rows rows = family_rows(families, &capture_family);

	for (size_t i = 0; i < rows.n; i++) {
		const uint8_t *row = family_row(&rows, i);
		struct conserved *found = &conserved[family_row_slot(&rows, i)];

		sums[family_row_slot(&rows, i)].captured = family_row_value(row, layout->captured);
		found->snapped = family_row_value(row, layout->snapped);
		for (int error = DECODE_OK + 1; error < DECODE_ERRORS; error++)
			found->errors += family_row_value(row, layout->errors[error]);
		EXPECT(found->errors == family_row_value(row, layout->all_errors));
		EXPECT(found->errors <= family_row_value(row, layout->captured));
		EXPECT(found->snapped <= family_row_value(row, layout->captured));
	}
	free(rows.bytes);
}

/* live + ended + evicted + unattributed = IP; the live ones summed up from the flows themselves. */
static void check_flows(const struct family_set *families, const struct tally *tally,
			const struct sums *sums)
{
	const struct layout *layout = layout_get();
	struct family_rows rows = family_rows(families, &flow_remainder_family);
	struct family_rows itemised = family_rows(families, &flow_family);

	for (size_t i = 0; i < rows.n; i++) {
		uint32_t slot = family_row_slot(&rows, i);
		const struct flow_sum *live = &tally->flows.totals[slot].live;
		const struct traffic *ip = &sums[slot].ip;
		uint64_t packets = live->packets, bytes = live->bytes;

		for (int end = 0; end < 3; end++) {
			packets +=
				family_row_value(family_row(&rows, i), layout->flow_packets[end]);
			bytes += family_row_value(family_row(&rows, i), layout->flow_bytes[end]);
		}
		expect_equal("packets of flows", slot, packets, ip->packets[0] + ip->packets[1]);
		expect_equal("bytes of flows", slot, bytes, ip->bytes[0] + ip->bytes[1]);
	}
	free(rows.bytes);
	free(itemised.bytes);
}

void conservation_check(const struct family_set *families, const struct tally *tally,
			struct conserved *conserved)
{
	struct sums sums[INTERFACES_MAX];

	EXPECT(tally->n_interfaces <= tally->max_interfaces);
	memset(sums, 0, tally->max_interfaces * sizeof(*sums));
	memset(conserved, 0, tally->max_interfaces * sizeof(*conserved));
	tables_check(tally);
	check_interfaces(families, conserved);
	sum_sizes(families, sums);
	sum_protocols(families, sums);
	check_captures(families, sums, conserved);
	check_ports(families, tally, sums, conserved);
	if (family_set_state(families, &host_family)) /* not with --families=core */
		check_ends(families, tally, sums, conserved);
	check_flows(families, tally, sums);
	check_attempts(families);
	for (uint32_t slot = 0; slot < tally->n_interfaces; slot++) {
		const struct sums *sum = &sums[slot];
		const struct conserved *is = &conserved[slot];

		expect_traffic("sizes", slot, &sum->size, &is->traffic);
		expect_traffic("networks and protocols", slot, &sum->protocol, &is->traffic);
		expect_equal("captured", slot, sum->captured,
			     is->traffic.packets[0] + is->traffic.packets[1]);
	}
}
