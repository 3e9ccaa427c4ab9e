/* The sums, read from the families' rows by the descriptions that exporters read them by. */
#include "conservation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "family/capture.h"
#include "family/flow.h"
#include "family/interface.h"
#include "family/port.h"
#include "family/protocol.h"
#include "family/size.h"

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

/* The rows of a family as a snapshot has them. */
struct rows {
	const struct family *family;
	uint8_t *bytes;
	size_t n;
};

static struct rows rows_of(const struct family_set *families, const struct family *family)
{
	const void *state = family_set_state(families, family);
	size_t most = family->max_rows(state);
	/* Exactly as many as were announced, so that one row more is seen. */
	struct rows rows = {family, malloc(most * family->row_size), 0};

	EXPECT(rows.bytes || most == 0);
	memset(rows.bytes, 0, most * family->row_size);
	rows.n = family->copy(state, rows.bytes);
	EXPECT(rows.n <= most);
	return rows;
}

static const uint8_t *row_at(const struct rows *rows, size_t i)
{
	return rows->bytes + i * rows->family->row_size;
}

static uint32_t row_slot(const struct rows *rows, size_t i)
{
	uint32_t slot;

	memcpy(&slot, row_at(rows, i) + rows->family->keys[0].offset, sizeof(slot));
	return slot;
}

static uint64_t value_at(const uint8_t *row, size_t offset)
{
	uint64_t value;

	memcpy(&value, row + offset, sizeof(value));
	return value;
}

/* Where a row holds its traffic. */
struct columns {
	size_t packets[DIRECTIONS], bytes[DIRECTIONS], connections[DIRECTIONS];
};

static size_t offset_of(const struct family *family, const char *prefix, const char *name)
{
	char whole[64];

	snprintf(whole, sizeof(whole), "%s%s", prefix, name);
	for (size_t i = 0; i < family->n_fields; i++)
		if (strcmp(family->fields[i].name, whole) == 0)
			return family->fields[i].offset;
	fprintf(stderr, "family %s has no field %s\n", family->name, whole);
	abort();
}

static struct columns columns_of(const struct family *family, const char *prefix)
{
	return (struct columns){
		.packets = {offset_of(family, prefix, "receive_packets"),
			    offset_of(family, prefix, "transmit_packets")},
		.bytes = {offset_of(family, prefix, "receive_bytes"),
			  offset_of(family, prefix, "transmit_bytes")},
	};
}

static struct columns columns_with_connections(const struct family *family, const char *prefix)
{
	struct columns columns = columns_of(family, prefix);

	columns.connections[DIRECTION_RECEIVE] = offset_of(family, prefix, "receive_connections");
	columns.connections[DIRECTION_TRANSMIT] = offset_of(family, prefix, "transmit_connections");
	return columns;
}

enum { WITH_TCP, WITH_UDP, WITH_PORTS };

/* Names are looked up once: an input takes less time than that. */
struct layout {
	bool known;
	struct columns interface, size, protocol, port;
	struct columns other[WITH_PORTS], shown_other[WITH_PORTS], unattributed[WITH_PORTS];
	size_t flow_packets[3], flow_bytes[3];
	size_t wire_packets[DIRECTIONS], wire_bytes[DIRECTIONS];
	size_t captured, snapped, all_errors, port_entries;
	size_t errors[DECODE_ERRORS];
};

static void layout_learn(struct layout *layout)
{
	static const char *const with_ports[WITH_PORTS] = {"tcp", "udp"};
	static const char *const ways[DIRECTIONS] = {"receive_", "transmit_"};
	static const char *const ends[] = {"flow_unattributed_", "flow_ended_", "flow_evicted_"};
	char prefix[32];

	layout->interface = columns_of(&interface_family, "");
	layout->size = columns_of(&size_family, "");
	layout->protocol = columns_of(&protocol_family, "");
	layout->port = columns_with_connections(&port_family, "");
	for (int i = 0; i < WITH_PORTS; i++) {
		snprintf(prefix, sizeof(prefix), "%s_other_", with_ports[i]);
		layout->other[i] = columns_with_connections(&port_remainder_family, prefix);
		snprintf(prefix, sizeof(prefix), "%s_shown_other_", with_ports[i]);
		layout->shown_other[i] = columns_with_connections(&port_remainder_family, prefix);
		snprintf(prefix, sizeof(prefix), "%s_unattributed_", with_ports[i]);
		layout->unattributed[i] = columns_of(&port_remainder_family, prefix);
	}
	for (int i = 0; i < 3; i++) {
		layout->flow_packets[i] = offset_of(&flow_remainder_family, ends[i], "packets");
		layout->flow_bytes[i] = offset_of(&flow_remainder_family, ends[i], "bytes");
	}
	for (int way = 0; way < DIRECTIONS; way++) {
		layout->wire_packets[way] = offset_of(&interface_family, ways[way], "wire_packets");
		layout->wire_bytes[way] = offset_of(&interface_family, ways[way], "wire_bytes");
	}
	layout->captured = offset_of(&capture_family, "", "packets");
	layout->snapped = offset_of(&capture_family, "", "snapped_packets");
	layout->all_errors = offset_of(&capture_family, "", "decode_errors");
	for (int error = DECODE_OK + 1; error < DECODE_ERRORS; error++)
		layout->errors[error] = offset_of(&capture_family, "decode_error_",
						  decode_error_name((enum decode_error)error));
	layout->port_entries = offset_of(&port_table_family, "", "port_entries");
	layout->known = true;
}

static const struct layout *layout_get(void)
{
	static struct layout layout;

	if (!layout.known)
		layout_learn(&layout);
	return &layout;
}

static void add(struct traffic *sum, const uint8_t *row, const struct columns *columns)
{
	for (int way = 0; way < DIRECTIONS; way++) {
		sum->packets[way] += value_at(row, columns->packets[way]);
		sum->bytes[way] += value_at(row, columns->bytes[way]);
	}
}

static void add_connections(uint64_t sum[DIRECTIONS], const uint8_t *row,
			    const struct columns *columns)
{
	for (int way = 0; way < DIRECTIONS; way++)
		sum[way] += value_at(row, columns->connections[way]);
}

static int with_ports(uint8_t protocol)
{
	return protocol == PROTOCOL_TCP ? WITH_TCP : protocol == PROTOCOL_UDP ? WITH_UDP : -1;
}

/* What of an interface has been summed up, from the rows of all families. */
struct sums {
	struct traffic size, protocol, ip;
	struct traffic with_ports[WITH_PORTS]; /* by the protocol family */
	struct traffic ports[WITH_PORTS];      /* all rows and what is in none */
	struct traffic shown[WITH_PORTS];      /* the same as Prometheus shows it */
	uint64_t shown_connections[DIRECTIONS];
	uint64_t captured;
};

static void check_interfaces(const struct family_set *families, struct conserved *conserved)
{
	const struct layout *layout = layout_get();
	struct rows rows = rows_of(families, &interface_family);

	for (size_t i = 0; i < rows.n; i++) {
		const uint8_t *row = row_at(&rows, i);
		struct traffic *traffic = &conserved[row_slot(&rows, i)].traffic;

		add(traffic, row, &layout->interface);
		for (int way = 0; way < DIRECTIONS; way++) {
			EXPECT(value_at(row, layout->wire_packets[way]) >= traffic->packets[way]);
			EXPECT(value_at(row, layout->wire_bytes[way]) >= traffic->bytes[way]);
		}
	}
	free(rows.bytes);
}

static void sum_sizes(const struct family_set *families, struct sums *sums)
{
	struct rows rows = rows_of(families, &size_family);

	for (size_t i = 0; i < rows.n; i++)
		add(&sums[row_slot(&rows, i)].size, row_at(&rows, i), &layout_get()->size);
	free(rows.bytes);
}

static void sum_protocols(const struct family_set *families, struct sums *sums)
{
	struct rows rows = rows_of(families, &protocol_family);

	for (size_t i = 0; i < rows.n; i++) {
		const uint8_t *row = row_at(&rows, i);
		uint8_t network = row[protocol_family.keys[1].offset];
		uint8_t protocol = row[protocol_family.keys[2].offset];
		const struct columns *columns = &layout_get()->protocol;
		struct sums *sum = &sums[row_slot(&rows, i)];
		int index = with_ports(protocol);

		add(&sum->protocol, row, columns);
		if (network == NETWORK_IPV4 || network == NETWORK_IPV6)
			add(&sum->ip, row, columns);
		if (index >= 0)
			add(&sum->with_ports[index], row, columns);
	}
	free(rows.bytes);
}

static void sum_ports(const struct family_set *families, struct sums *sums,
		      struct conserved *conserved)
{
	const struct layout *layout = layout_get();
	struct rows rows = rows_of(families, &port_family);
	struct rows remainders = rows_of(families, &port_remainder_family);
	struct rows table = rows_of(families, &port_table_family);

	EXPECT(value_at(table.bytes, layout->port_entries) == rows.n);
	for (size_t i = 0; i < rows.n; i++) {
		const uint8_t *row = row_at(&rows, i);
		uint32_t slot = row_slot(&rows, i);
		int index = with_ports(row[port_family.keys[1].offset]);

		EXPECT(index >= 0);
		add(&sums[slot].ports[index], row, &layout->port);
		add_connections(conserved[slot].connections, row, &layout->port);
		if (!port_family.is_exported(row))
			continue;
		add(&sums[slot].shown[index], row, &layout->port);
		add_connections(sums[slot].shown_connections, row, &layout->port);
	}
	for (size_t i = 0; i < remainders.n; i++) {
		const uint8_t *row = row_at(&remainders, i);
		uint32_t slot = row_slot(&remainders, i);

		for (int index = 0; index < WITH_PORTS; index++) {
			add(&sums[slot].ports[index], row, &layout->other[index]);
			add(&sums[slot].ports[index], row, &layout->unattributed[index]);
			add_connections(conserved[slot].connections, row, &layout->other[index]);
			add(&sums[slot].shown[index], row, &layout->shown_other[index]);
			add(&sums[slot].shown[index], row, &layout->unattributed[index]);
			add_connections(sums[slot].shown_connections, row,
					&layout->shown_other[index]);
		}
	}
	free(rows.bytes);
	free(remainders.bytes);
	free(table.bytes);
}

static void check_captures(const struct family_set *families, struct sums *sums,
			   struct conserved *conserved)
{
	const struct layout *layout = layout_get();
	struct rows rows = rows_of(families, &capture_family);

	for (size_t i = 0; i < rows.n; i++) {
		const uint8_t *row = row_at(&rows, i);
		struct conserved *found = &conserved[row_slot(&rows, i)];

		sums[row_slot(&rows, i)].captured = value_at(row, layout->captured);
		found->snapped = value_at(row, layout->snapped);
		for (int error = DECODE_OK + 1; error < DECODE_ERRORS; error++)
			found->errors += value_at(row, layout->errors[error]);
		EXPECT(found->errors == value_at(row, layout->all_errors));
		EXPECT(found->errors <= value_at(row, layout->captured));
		EXPECT(found->snapped <= value_at(row, layout->captured));
	}
	free(rows.bytes);
}

/* live + ended + evicted + unattributed = IP; the live ones summed up from the flows themselves. */
static void check_flows(const struct family_set *families, const struct tally *tally,
			const struct sums *sums)
{
	const struct layout *layout = layout_get();
	struct rows rows = rows_of(families, &flow_remainder_family);
	struct rows itemised = rows_of(families, &flow_family);

	for (size_t i = 0; i < rows.n; i++) {
		uint32_t slot = row_slot(&rows, i);
		const struct flow_sum *live = &tally->flows.totals[slot].live;
		const struct traffic *ip = &sums[slot].ip;
		uint64_t packets = live->packets, bytes = live->bytes;

		for (int end = 0; end < 3; end++) {
			packets += value_at(row_at(&rows, i), layout->flow_packets[end]);
			bytes += value_at(row_at(&rows, i), layout->flow_bytes[end]);
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
	sum_ports(families, sums, conserved);
	check_captures(families, sums, conserved);
	check_flows(families, tally, sums);
	for (uint32_t slot = 0; slot < tally->n_interfaces; slot++) {
		const struct sums *sum = &sums[slot];
		const struct conserved *is = &conserved[slot];

		expect_traffic("sizes", slot, &sum->size, &is->traffic);
		expect_traffic("networks and protocols", slot, &sum->protocol, &is->traffic);
		expect_equal("captured", slot, sum->captured,
			     is->traffic.packets[0] + is->traffic.packets[1]);
		for (int index = 0; index < WITH_PORTS; index++) {
			expect_traffic("ports", slot, &sum->ports[index], &sum->with_ports[index]);
			expect_traffic("ports shown", slot, &sum->shown[index],
				       &sum->with_ports[index]);
		}
		for (int way = 0; way < DIRECTIONS; way++)
			expect_equal("connections shown", slot, sum->shown_connections[way],
				     is->connections[way]);
	}
}
