/*
 * Packets and bytes of each service port, and connections towards it (README, "What is counted").
 * Keyed by interface, protocol and port. Each TCP or UDP packet counts for exactly one port, or as
 * `unattributed`; what the bounded table does not hold is in `other`.
 */
#include "family/port.h"

#include <errno.h>
#include <stdlib.h>

#include "family/bounded.h"
#include "family/per_interface.h"
#include "family/rows_traffic.h"
#include "tally/verdict.h"

enum { REMAINDER_TCP, REMAINDER_UDP, REMAINDERS };

struct port_key {
	uint16_t interface;
	uint16_t port;
	uint8_t protocol; /* PROTOCOL_TCP, PROTOCOL_UDP */
	uint8_t zero[3];
};

/* Of an interface, by protocol. */
struct port_unattributed {
	struct traffic traffic[REMAINDERS];
};

struct ports {
	struct rows *rows;
	struct per_interface *unattributed;
};

struct port_row {
	uint32_t interface;
	uint16_t port;
	uint8_t protocol;
	bool exported;
	struct monotonic_time created;
	struct rows_traffic counters;
};

struct port_remainder_row {
	uint32_t interface;
	struct rows_traffic other[REMAINDERS]; /* of the exact table: SNMP's view */
	struct rows_traffic
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

static size_t remainder_of_protocol(uint8_t protocol)
{
	return protocol == PROTOCOL_TCP ? REMAINDER_TCP : REMAINDER_UDP;
}

static size_t port_remainder(const void *key)
{
	return remainder_of_protocol(((const struct port_key *)key)->protocol);
}

static const struct rows_kind port_rows = {
	.name = "port table",
	.other_name = "port remainders",
	.key_size = sizeof(struct port_key),
	.n_counters = ROWS_TRAFFIC_COUNTERS,
	.n_remainders = REMAINDERS,
	.remainder = port_remainder,
	.rank = rows_traffic_rank,
};

static void port_destroy(void *opaque)
{
	struct ports *ports = opaque;

	rows_destroy(ports->rows);
	free(ports->unattributed);
	free(ports);
}

static void *port_create(const struct family_context *context, struct error *error)
{
	const struct rows_options options = {
		.capacity = context->options->max_ports,
		.export_max = context->options->export_ports,
	};
	struct ports *ports = calloc(1, sizeof(*ports));

	if (!ports) {
		error_set(error, ENOMEM, "ports: no memory");
		return NULL;
	}
	ports->rows = rows_create(&port_rows, &options, context, error);
	if (ports->rows)
		ports->unattributed = per_interface_create(context, "ports unattributed",
							   sizeof(struct port_unattributed), error);
	if (!ports->unattributed) {
		port_destroy(ports);
		return NULL;
	}
	return ports;
}

static struct port_unattributed *unattributed_of(const struct ports *ports, uint32_t interface)
{
	return per_interface_at(ports->unattributed, interface);
}

/* Where the packet counts for this port. */
static struct rows_target port_target(const struct ports *ports, const struct packet *packet,
				      uint16_t port, uint32_t *hint)
{
	const struct port_key key = {packet->interface, port, packet->protocol, {0}};

	return rows_target(ports->rows, rows_find(ports->rows, &key, hint), &key);
}

static void port_count(void *opaque, const struct packet *packets, const struct verdict *verdicts,
		       size_t n)
{
	const struct ports *ports = opaque;

	for (size_t i = 0; i < n; i++) {
		const struct packet *packet = &packets[i];
		const struct verdict *verdict = &verdicts[i];
		struct rows_target target;

		if (verdict->port_state == PORT_NOT_APPLICABLE)
			continue;
		if (verdict->port_state == PORT_UNATTRIBUTED) {
			traffic_add(&unattributed_of(ports, packet->interface)
					     ->traffic[remainder_of_protocol(packet->protocol)],
				    packet);
			continue;
		}
		target = port_target(ports, packet, verdict->service_port,
				     verdict->hints ? &verdict->hints->port : NULL);
		rows_add_packet(target, packet->direction, packet->frame_bytes);
		if (!verdict->opened)
			continue;
		if (verdict->opening_port != verdict->service_port)
			target = port_target(ports, packet, verdict->opening_port, NULL);
		rows_add_connection(target, verdict->opening_direction);
	}
}

static void port_tick(void *opaque, int64_t now_ns)
{
	rows_tick(((const struct ports *)opaque)->rows, now_ns);
}

static void port_forget(void *opaque, uint16_t interface)
{
	const struct ports *ports = opaque;

	rows_forget(ports->rows, interface);
	per_interface_forget(ports->unattributed, interface);
}

static size_t port_max_rows(const void *opaque)
{
	return rows_max_rows(((const struct ports *)opaque)->rows);
}

static size_t port_copy(const void *opaque, void *rows)
{
	const struct ports *ports = opaque;
	struct port_row *copied = rows;

	rows_choose(ports->rows);
	ROWS_EACH(ports->rows, row)
	{
		const struct port_key *key = rows_key(ports->rows, row);
		const struct rows_body *body = rows_body(ports->rows, row);

		*copied++ = (struct port_row){
			.interface = key->interface,
			.port = key->port,
			.protocol = key->protocol,
			.exported = body->exported,
			.created = body->created,
			.counters = rows_traffic(body->counters),
		};
	}
	return (size_t)(copied - (struct port_row *)rows);
}

static bool port_is_exported(const void *row)
{
	return ((const struct port_row *)row)->exported;
}

static size_t port_remainder_max_rows(const void *opaque)
{
	return ((const struct ports *)opaque)->unattributed->tally->max_interfaces;
}

static size_t port_remainder_copy(const void *opaque, void *rows)
{
	const struct ports *ports = opaque;
	struct port_remainder_row *row = rows;

	PER_INTERFACE_EACH (ports->unattributed, slot) {
		row->interface = slot;
		memcpy(row->unattributed, unattributed_of(ports, slot), sizeof(row->unattributed));
		for (size_t i = 0; i < REMAINDERS; i++) {
			uint64_t shown[ROWS_COUNTERS_MAX];

			rows_shown_other(ports->rows, (uint16_t)slot, i, shown);
			row->other[i] = rows_traffic(rows_other(ports->rows, (uint16_t)slot, i));
			row->shown_other[i] = rows_traffic(shown);
		}
		row++;
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
	const struct ports *ports = opaque;

	*(struct port_table_row *)rows = (struct port_table_row){
		.entries = rows_used(ports->rows),
		.capacity = rows_max_rows(ports->rows),
		.evictions = rows_evictions(ports->rows),
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
	.destroy = port_destroy,
	.count = port_count,
	.tick = port_tick,
	.forget_interface = port_forget,
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
