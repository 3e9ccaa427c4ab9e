/* The bounded rows of the port family. */
#include "family/port_rows.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"

/* How many rows are compared when a full table must give up one. */
#define EVICTION_CHOICES 16

void port_rows_destroy(void *opaque)
{
	struct port_rows *ports = opaque;

	free(ports->remainders);
	free(ports);
}

struct port_rows *port_rows_create(const struct family_context *context, struct error *error)
{
	struct port_rows *ports = calloc(1, sizeof(*ports));

	if (!ports) {
		error_set(error, ENOMEM, "ports: no memory");
		return NULL;
	}
	ports->seed = hash_seed();
	ports->export_max = context->options->export_ports;
	ports->export_largest = context->options->export_largest;
	ports->remainders = per_interface_create(context, "port remainders",
						 sizeof(struct port_remainder), error);
	if (!ports->remainders ||
	    table_create(&ports->table, context->ledger, "port table", sizeof(struct port_entry),
			 context->options->max_ports, error) < 0) {
		port_rows_destroy(ports);
		return NULL;
	}
	return ports;
}

void port_counters_sum(struct port_counters *sum, const struct port_counters *counters)
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

static void fold_into_other(struct port_rows *ports, const struct port_entry *entry)
{
	struct port_remainder *remainder =
		per_interface_at(ports->remainders, entry->key.interface);

	port_counters_sum(&remainder->other[port_remainder_index(entry->key.protocol)],
			  &entry->counters);
	if (entry->exported)
		remainder->exported--;
	table_remove(&ports->table, table_row_number(&ports->table, entry));
}

/* Of the next few rows, gives up the least used that Prometheus does not show. */
static bool make_room(struct port_rows *ports)
{
	const struct port_entry *least = NULL;

	for (int i = 0; i < EVICTION_CHOICES; i++) {
		const struct port_entry *entry = table_row(&ports->table, ports->hand);

		ports->hand = (ports->hand + 1) % ports->table.capacity;
		if (!entry->exported && (!least || port_packets(entry) < port_packets(least)))
			least = entry;
	}
	if (!least)
		return false;
	fold_into_other(ports, least);
	ports->evictions++;
	return true;
}

struct port_entry *port_rows_find(struct port_rows *ports, const struct packet *packet,
				  uint16_t port, uint32_t *hint)
{
	struct port_key key = {packet->interface, port, packet->protocol, {0}};
	struct port_remainder *remainder;
	struct port_entry *entry;
	uint32_t hash, row;

	if (hint && table_row_in_use(&ports->table, *hint) &&
	    table_row_has_key(&ports->table, *hint, &key, sizeof(key)))
		return table_row(&ports->table, *hint);
	hash = hash_key(&key, sizeof(key), ports->seed);
	row = table_find(&ports->table, hash, &key, sizeof(key));
	if (row == TABLE_NONE) {
		if (ports->table.used == ports->table.capacity && !make_room(ports))
			return NULL;
		row = table_add(&ports->table, hash, &key, sizeof(key));
		entry = table_row(&ports->table, row);
		entry->created = monotonic_now();
		remainder = per_interface_at(ports->remainders, packet->interface);
		entry->exported = !ports->export_largest && remainder->exported < ports->export_max;
		remainder->exported += entry->exported;
	}
	if (hint)
		*hint = row;
	return table_row(&ports->table, row);
}

void port_rows_forget(void *opaque, uint16_t interface)
{
	struct port_rows *ports = opaque;

	for (uint32_t row = 0; row < ports->table.fresh; row++) {
		const struct port_entry *entry = table_row(&ports->table, row);

		if (table_row_in_use(&ports->table, row) && entry->key.interface == interface)
			table_remove(&ports->table, row);
	}
	per_interface_forget(ports->remainders, interface);
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

void port_rows_choose_largest(const struct port_rows *ports)
{
	struct port_entry **entries = malloc(ports->table.used * sizeof(struct port_entry *));
	uint32_t n = 0, of_interface = 0;

	if (!entries)
		return;
	for (uint32_t row = 0; row < ports->table.fresh; row++)
		if (table_row_in_use(&ports->table, row))
			entries[n++] = table_row(&ports->table, row);
	qsort(entries, n, sizeof(struct port_entry *), larger_first);
	for (uint32_t i = 0; i < n; i++, of_interface++) {
		if (i && entries[i]->key.interface != entries[i - 1]->key.interface)
			of_interface = 0;
		entries[i]->exported = of_interface < ports->export_max;
	}
	free(entries);
}
