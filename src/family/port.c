/*
 * Packets and bytes of each service port, and connections towards it (README, "What is counted").
 * Keyed by interface, protocol and port. Each TCP or UDP packet counts for exactly one port, or as
 * `unattributed`; what the bounded table does not hold is in `other`.
 */
#include "family/port.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/table.h"
#include "family/bounded.h"
#include "family/per_interface.h"
#include "family/traffic.h"
#include "tally/verdict.h"

/* How many rows are compared when a full table must give up one. */
#define EVICTION_CHOICES 16

struct port_key {
	uint16_t interface;
	uint16_t port;
	uint8_t protocol; /* PROTOCOL_TCP, PROTOCOL_UDP */
	uint8_t zero[3];
};

struct port_counters {
	struct traffic traffic;
	uint64_t connections[DIRECTIONS];
};

struct port_entry {
	struct table_head head;
	struct port_key key;
	bool exported;
	struct monotonic_time created;
	struct port_counters counters;
};

enum { REMAINDER_TCP, REMAINDER_UDP, REMAINDERS };

/* What an interface's rows do not hold. */
struct port_remainder {
	struct port_counters other[REMAINDERS];
	struct traffic unattributed[REMAINDERS];
	uint32_t exported; /* rows that Prometheus shows, of both protocols */
};

struct port_family_state {
	struct table table;
	uint64_t seed;
	uint64_t evictions;
	uint32_t hand; /* next row to be considered for eviction */
	uint32_t export_max;
	bool export_largest;
	struct per_interface *remainders;
};

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

static void port_destroy(void *opaque)
{
	struct port_family_state *state = opaque;

	free(state->remainders);
	free(state);
}

static void *port_create(const struct family_context *context, struct error *error)
{
	struct port_family_state *state = calloc(1, sizeof(*state));

	if (!state) {
		error_set(error, ENOMEM, "port family: no memory");
		return NULL;
	}
	state->seed = hash_seed();
	state->export_max = context->export_ports;
	state->export_largest = context->export_largest;
	state->remainders = per_interface_create(context, "port remainders",
						 sizeof(struct port_remainder), error);
	if (!state->remainders ||
	    table_create(&state->table, context->ledger, "port table", sizeof(struct port_entry),
			 context->max_ports, error) < 0) {
		port_destroy(state);
		return NULL;
	}
	return state;
}

static void port_counters_sum(struct port_counters *sum, const struct port_counters *counters)
{
	traffic_sum(&sum->traffic, &counters->traffic);
	for (int way = 0; way < DIRECTIONS; way++)
		sum->connections[way] += counters->connections[way];
}

static uint64_t port_packets(const struct port_entry *entry)
{
	const uint64_t *packets = entry->counters.traffic.packets;

	return packets[DIRECTION_RECEIVE] + packets[DIRECTION_TRANSMIT];
}

static int remainder_index(uint8_t protocol)
{
	return protocol == PROTOCOL_TCP ? REMAINDER_TCP : REMAINDER_UDP;
}

static void fold_into_other(struct port_family_state *state, const struct port_entry *entry)
{
	struct port_remainder *remainder =
		per_interface_at(state->remainders, entry->key.interface);

	port_counters_sum(&remainder->other[remainder_index(entry->key.protocol)],
			  &entry->counters);
	if (entry->exported)
		remainder->exported--;
	table_remove(&state->table, table_row_number(&state->table, entry));
}

/* Of the next few rows, gives up the least used that Prometheus does not show. */
static bool make_room(struct port_family_state *state)
{
	const struct port_entry *least = NULL;

	for (int i = 0; i < EVICTION_CHOICES; i++) {
		const struct port_entry *entry = table_row(&state->table, state->hand);

		state->hand = (state->hand + 1) % state->table.capacity;
		if (!entry->exported && (!least || port_packets(entry) < port_packets(least)))
			least = entry;
	}
	if (!least)
		return false;
	fold_into_other(state, least);
	state->evictions++;
	return true;
}

/* NULL: this port goes to `other`. */
static struct port_entry *port_entry(struct port_family_state *state, const struct packet *packet,
				     uint16_t port, uint32_t *hint)
{
	struct port_key key = {packet->interface, port, packet->protocol, {0}};
	struct port_remainder *remainder;
	struct port_entry *entry;
	uint32_t hash, row;

	if (hint && table_row_in_use(&state->table, *hint) &&
	    table_row_has_key(&state->table, *hint, &key, sizeof(key)))
		return table_row(&state->table, *hint);
	hash = hash_key(&key, sizeof(key), state->seed);
	row = table_find(&state->table, hash, &key, sizeof(key));
	if (row == TABLE_NONE) {
		if (state->table.used == state->table.capacity && !make_room(state))
			return NULL;
		row = table_add(&state->table, hash, &key, sizeof(key));
		entry = table_row(&state->table, row);
		entry->created = monotonic_now();
		remainder = per_interface_at(state->remainders, packet->interface);
		entry->exported = !state->export_largest && remainder->exported < state->export_max;
		remainder->exported += entry->exported;
	}
	if (hint)
		*hint = row;
	return table_row(&state->table, row);
}

static void port_count(void *opaque, const struct packet *packets, const struct verdict *verdicts,
		       size_t n)
{
	struct port_family_state *state = opaque;

	for (size_t i = 0; i < n; i++) {
		const struct packet *packet = &packets[i];
		const struct verdict *verdict = &verdicts[i];
		struct port_remainder *remainder;
		struct port_entry *entry;
		int index;

		if (verdict->port_state == PORT_NOT_APPLICABLE)
			continue;
		remainder = per_interface_at(state->remainders, packet->interface);
		index = remainder_index(packet->protocol);
		if (verdict->port_state == PORT_UNATTRIBUTED) {
			traffic_add(&remainder->unattributed[index], packet);
			continue;
		}
		entry = port_entry(state, packet, verdict->service_port, verdict->port_hint);
		traffic_add(entry ? &entry->counters.traffic : &remainder->other[index].traffic,
			    packet);
		if (!verdict->opened)
			continue;
		if (packet->destination_port != verdict->service_port)
			entry = port_entry(state, packet, packet->destination_port, NULL);
		(entry ? &entry->counters : &remainder->other[index])
			->connections[packet->direction]++;
	}
}

static void port_forget_interface(void *opaque, uint16_t interface)
{
	struct port_family_state *state = opaque;

	for (uint32_t row = 0; row < state->table.fresh; row++) {
		const struct port_entry *entry = table_row(&state->table, row);

		if (table_row_in_use(&state->table, row) && entry->key.interface == interface)
			table_remove(&state->table, row);
	}
	per_interface_forget(state->remainders, interface);
}

static size_t port_max_rows(const void *opaque)
{
	return ((const struct port_family_state *)opaque)->table.capacity;
}

static int larger_first(const void *a, const void *b)
{
	const struct port_entry *x = *(struct port_entry *const *)a;
	const struct port_entry *y = *(struct port_entry *const *)b;
	const uint64_t *p = x->counters.traffic.bytes, *q = y->counters.traffic.bytes;

	if (x->key.interface != y->key.interface)
		return x->key.interface < y->key.interface ? -1 : 1;
	if (p[0] + p[1] != q[0] + q[1])
		return p[0] + p[1] > q[0] + q[1] ? -1 : 1;
	return memcmp(&x->key, &y->key, sizeof(x->key));
}

/* For the only snapshot that is ever shown: each interface's largest rows are exported. */
static void choose_largest(const struct port_family_state *state)
{
	struct port_entry **entries = malloc(state->table.used * sizeof(struct port_entry *));
	uint32_t n = 0, of_interface = 0;

	if (!entries)
		return;
	for (uint32_t row = 0; row < state->table.fresh; row++)
		if (table_row_in_use(&state->table, row))
			entries[n++] = table_row(&state->table, row);
	qsort(entries, n, sizeof(struct port_entry *), larger_first);
	for (uint32_t i = 0; i < n; i++, of_interface++) {
		if (i && entries[i]->key.interface != entries[i - 1]->key.interface)
			of_interface = 0;
		entries[i]->exported = of_interface < state->export_max;
	}
	free(entries);
}

static size_t port_copy(const void *opaque, void *rows)
{
	const struct port_family_state *state = opaque;
	struct port_row *row = rows;

	if (state->export_largest)
		choose_largest(state);
	for (uint32_t i = 0; i < state->table.fresh; i++) {
		const struct port_entry *entry = table_row(&state->table, i);

		if (!table_row_in_use(&state->table, i))
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
	return ((const struct port_family_state *)opaque)->remainders->tally->max_interfaces;
}

static size_t port_remainder_copy(const void *opaque, void *rows)
{
	const struct port_family_state *state = opaque;
	struct port_remainder_row *row = rows, *by_slot[INTERFACES_MAX] = {NULL};

	for
		PER_INTERFACE_EACH(state->remainders, slot)
		{
			const struct port_remainder *remainder =
				per_interface_at(state->remainders, slot);

			row->interface = slot;
			memcpy(row->other, remainder->other, sizeof(row->other));
			memcpy(row->shown_other, remainder->other, sizeof(row->other));
			memcpy(row->unattributed, remainder->unattributed,
			       sizeof(row->unattributed));
			by_slot[slot] = row++;
		}
	for (uint32_t i = 0; i < state->table.fresh; i++) {
		const struct port_entry *entry = table_row(&state->table, i);

		if (table_row_in_use(&state->table, i) && !entry->exported)
			port_counters_sum(
				&by_slot[entry->key.interface]
					 ->shown_other[remainder_index(entry->key.protocol)],
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
	const struct port_family_state *state = opaque;

	*(struct port_table_row *)rows = (struct port_table_row){
		.entries = state->table.used,
		.capacity = state->table.capacity,
		.evictions = state->evictions,
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
	.forget_interface = port_forget_interface,
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
