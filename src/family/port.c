/*
 * Packets and bytes of each service port, and connections towards it (README, "What is counted").
 * Keyed by interface, protocol and port. Each TCP or UDP packet counts for exactly one port, or as
 * `unattributed`; what the bounded table does not hold is in `other`.
 */
#include "family/port.h"

#include "family/bounded.h"
#include "family/port_rows.h"
#include "tally/verdict.h"

struct port_row {
	uint32_t interface;
	uint16_t port;
	uint8_t protocol;
	bool exported;
	struct monotonic_time created;
	struct port_counters counters;
};

struct port_remainder_row {
	uint32_t interface;
	struct port_counters other[REMAINDERS]; /* of the exact table: SNMP's view */
	struct port_counters
		shown_other[REMAINDERS]; /* with the rows that Prometheus does not show */
	struct traffic unattributed[REMAINDERS];
};

struct port_table_row {
	uint64_t entries, capacity, evictions;
};

static const struct family_key port_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct port_row, interface)},
	{.label = "protocol", .kind = KEY_PROTOCOL, .offset = offsetof(struct port_row, protocol)},
	{.label = "port", .kind = KEY_PORT, .offset = offsetof(struct port_row, port)},
};

static const struct family_key port_remainder_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct port_remainder_row, interface)},
};

#define METRIC(name) "iptally_port_" name
#define WHOSE        ", by service port."
#define FIELDS_CONNECTIONS(prefix, row, member, first_column, ...)                                 \
	FIELD_COUNT(prefix "receive_connections", METRIC("receive_connections"),                   \
		    "Connections begun by received packets, by their destination port.", row,      \
		    member[DIRECTION_RECEIVE], .column = first_column, __VA_ARGS__),               \
		FIELD_COUNT(                                                                       \
			prefix "transmit_connections", METRIC("transmit_connections"),             \
			"Connections begun by transmitted packets, by their destination port.",    \
			row, member[DIRECTION_TRANSMIT], .column = (first_column) + 1,             \
			__VA_ARGS__)

static const struct family_field port_fields[] = {
	FIELDS_TRAFFIC("", METRIC(""), WHOSE, struct port_row, counters.traffic, 3,
		       .faces = FACE_ALL),
	FIELDS_CONNECTIONS("", struct port_row, counters.connections, 7, .faces = FACE_ALL),
	{.name = "created",
	 .help = "When this row began at 0.",
	 .kind = FIELD_TIME_STAMP,
	 .faces = FACE_SNMP,
	 .column = 9,
	 .offset = offsetof(struct port_row, created)},
};

#define LABELS(protocol, port) .labels = "protocol=\"" protocol "\",port=\"" port "\""
/* SNMP shows every row of the table, so its `other` is smaller than that of Prometheus. */
#define FIELDS_REMAINDER(protocol, index, first_column)                                            \
	FIELDS_TRAFFIC(protocol "_other_", METRIC(""), WHOSE, struct port_remainder_row,           \
		       other[index].traffic, first_column, LABELS(protocol, "other"),              \
		       .faces = FACE_SNMP | FACE_JSON),                                            \
		FIELDS_CONNECTIONS(protocol "_other_", struct port_remainder_row,                  \
				   other[index].connections, (first_column) + 4,                   \
				   LABELS(protocol, "other"), .faces = FACE_SNMP | FACE_JSON),     \
		FIELDS_TRAFFIC(protocol "_unattributed_", METRIC(""), WHOSE,                       \
			       struct port_remainder_row, unattributed[index], (first_column) + 6, \
			       LABELS(protocol, "unattributed"), .faces = FACE_ALL),               \
		FIELDS_TRAFFIC(protocol "_shown_other_", METRIC(""), WHOSE,                        \
			       struct port_remainder_row, shown_other[index].traffic, 0,           \
			       LABELS(protocol, "other"), .faces = FACE_PROMETHEUS),               \
		FIELDS_CONNECTIONS(protocol "_shown_other_", struct port_remainder_row,            \
				   shown_other[index].connections, 0, LABELS(protocol, "other"),   \
				   .faces = FACE_PROMETHEUS)

static const struct family_field port_remainder_fields[] = {
	FIELDS_REMAINDER("tcp", REMAINDER_TCP, 1),
	FIELDS_REMAINDER("udp", REMAINDER_UDP, 11),
};

static const struct family_field port_table_fields[] = {
	FIELD_TABLE_ENTRIES("port", struct port_table_row, entries, 10),
	FIELD_TABLE_CAPACITY("port", struct port_table_row, capacity, 11),
	FIELD_TABLE_EVICTIONS("port", "least_used", struct port_table_row, evictions, 12),
};

static void *port_create(const struct family_context *context, struct error *error)
{
	return port_rows_create(context, error);
}

static void port_count(void *opaque, const struct packet *packets, const struct verdict *verdicts,
		       size_t n)
{
	struct port_rows *ports = opaque;

	for (size_t i = 0; i < n; i++) {
		const struct packet *packet = &packets[i];
		const struct verdict *verdict = &verdicts[i];
		struct port_remainder *remainder;
		struct port_entry *entry;
		int index;

		if (verdict->port_state == PORT_NOT_APPLICABLE)
			continue;
		remainder = per_interface_at(ports->remainders, packet->interface);
		index = port_remainder_index(packet->protocol);
		if (verdict->port_state == PORT_UNATTRIBUTED) {
			traffic_add(&remainder->unattributed[index], packet);
			continue;
		}
		entry = port_rows_find(ports, packet, verdict->service_port,
				       verdict->hints ? &verdict->hints->port : NULL);
		traffic_add(entry ? &entry->counters.traffic : &remainder->other[index].traffic,
			    packet);
		if (!verdict->opened)
			continue;
		if (packet->destination_port != verdict->service_port)
			entry = port_rows_find(ports, packet, packet->destination_port, NULL);
		(entry ? &entry->counters : &remainder->other[index])
			->connections[packet->direction]++;
	}
}

static size_t port_max_rows(const void *opaque)
{
	return ((const struct port_rows *)opaque)->table.capacity;
}

static size_t port_copy(const void *opaque, void *rows)
{
	const struct port_rows *ports = opaque;
	struct port_row *row = rows;

	if (ports->export_largest)
		port_rows_choose_largest(ports);
	for (uint32_t i = 0; i < ports->table.fresh; i++) {
		const struct port_entry *entry = table_row(&ports->table, i);

		if (!table_row_in_use(&ports->table, i))
			continue;
		*row++ = (struct port_row){
			.interface = entry->key.interface,
			.port = entry->key.port,
			.protocol = entry->key.protocol,
			.exported = entry->exported,
			.created = entry->created,
			.counters = entry->counters,
		};
	}
	return (size_t)(row - (struct port_row *)rows);
}

static bool port_is_exported(const void *row)
{
	return ((const struct port_row *)row)->exported;
}

static size_t port_remainder_max_rows(const void *opaque)
{
	return ((const struct port_rows *)opaque)->remainders->tally->max_interfaces;
}

static size_t port_remainder_copy(const void *opaque, void *rows)
{
	const struct port_rows *ports = opaque;
	struct port_remainder_row *row = rows, *by_slot[INTERFACES_MAX] = {NULL};

	PER_INTERFACE_EACH (ports->remainders, slot) {
		const struct port_remainder *remainder = per_interface_at(ports->remainders, slot);

		row->interface = slot;
		memcpy(row->other, remainder->other, sizeof(row->other));
		memcpy(row->shown_other, remainder->other, sizeof(row->other));
		memcpy(row->unattributed, remainder->unattributed, sizeof(row->unattributed));
		by_slot[slot] = row++;
	}
	for (uint32_t i = 0; i < ports->table.fresh; i++) {
		const struct port_entry *entry = table_row(&ports->table, i);

		if (table_row_in_use(&ports->table, i) && !entry->exported)
			port_counters_sum(
				&by_slot[entry->key.interface]
					 ->shown_other[port_remainder_index(entry->key.protocol)],
				&entry->counters);
	}
	return (size_t)(row - (struct port_remainder_row *)rows);
}

static size_t port_table_max_rows(const void *state)
{
	(void)state;
	return 1;
}

static size_t port_table_copy(const void *opaque, void *rows)
{
	const struct port_rows *ports = opaque;

	*(struct port_table_row *)rows = (struct port_table_row){
		.entries = ports->table.used,
		.capacity = ports->table.capacity,
		.evictions = ports->evictions,
	};
	return 1;
}

const struct family port_family = {
	.name = "port",
	.kind = FAMILY_KEYED,
	.help = "Traffic by TCP and UDP service port.",
	.subtree = 5, /* iptallyPortTable */
	.keys = port_keys,
	.n_keys = COUNT(port_keys),
	.fields = port_fields,
	.n_fields = COUNT(port_fields),
	.row_size = sizeof(struct port_row),
	.create = port_create,
	.destroy = port_rows_destroy,
	.count = port_count,
	.forget_interface = port_rows_forget,
	.max_rows = port_max_rows,
	.copy = port_copy,
	.is_exported = port_is_exported,
};

const struct family port_remainder_family = {
	.name = "port_remainder",
	.kind = FAMILY_FIXED,
	.help = "TCP and UDP traffic that no row of a port holds.",
	.subtree = 11, /* iptallyRemainderTable */
	.keys = port_remainder_keys,
	.n_keys = COUNT(port_remainder_keys),
	.fields = port_remainder_fields,
	.n_fields = COUNT(port_remainder_fields),
	.row_size = sizeof(struct port_remainder_row),
	.shows = &port_family,
	.max_rows = port_remainder_max_rows,
	.copy = port_remainder_copy,
};

const struct family port_table_family = {
	.name = "port_table",
	.kind = FAMILY_FIXED,
	.help = "How full the table of ports is.",
	.subtree = 1, /* scalars */
	.fields = port_table_fields,
	.n_fields = COUNT(port_table_fields),
	.row_size = sizeof(struct port_table_row),
	.shows = &port_family,
	.max_rows = port_table_max_rows,
	.copy = port_table_copy,
};
