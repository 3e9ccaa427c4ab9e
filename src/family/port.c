/*
 * Packets and bytes of each service port, and connections towards it (README, "What is counted").
 * Keyed by interface, protocol and port. Each TCP or UDP packet counts for exactly one port, or as
 * `unattributed`; what the bounded table does not hold is in `other`.
 */
#include "family/port.h"

#include <errno.h>
#include <stdlib.h>

#include "family/name_fields.h"
#include "family/port_state.h"
#include "netif/listening.h"
#include "tally/verdict.h"

struct port_row {
	uint32_t interface;
	uint16_t port;
	uint8_t protocol;
	bool exported;
	struct monotonic_time created;
	struct rows_traffic counters;
};

static const struct family_key port_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct port_row, interface)},
	{.label = "protocol", .kind = KEY_PROTOCOL, .offset = offsetof(struct port_row, protocol)},
	{.label = "port", .kind = KEY_PORT, .offset = offsetof(struct port_row, port)},
};

static void port_service(struct names *names, const void *at, char *text)
{
	const struct port_row *row = at;

	make_service_name(names, row->protocol, row->port, text);
}

static const struct family_field port_fields[] = {
	FIELD_SERVICE(port_service),
	FIELDS_TRAFFIC("", PORT_METRIC(""), PORT_WHOSE, struct port_row, counters.traffic, 3,
		       .faces = FACE_ALL),
	FIELDS_PORT_CONNECTIONS("", struct port_row, counters.connections, 7, .faces = FACE_ALL),
	{.name = "created",
	 .help = "When this row began at 0.",
	 .kind = FIELD_TIME_STAMP,
	 .faces = FACE_SNMP,
	 .column = 9,
	 .offset = offsetof(struct port_row, created)},
};

static const struct family_field port_slot_fields[] = {
	FIELDS_TRAFFIC("", PORT_METRIC(""), PORT_WHOSE, struct port_row, counters.traffic, 0,
		       .faces = FACE_PROMETHEUS),
	FIELDS_PORT_CONNECTIONS("", struct port_row, counters.connections, 0,
				.faces = FACE_PROMETHEUS),
};

static size_t port_remainder(const void *key)
{
	return port_remainder_of(((const struct port_key *)key)->protocol);
}

static bool is_pinned_by_user(const struct family_options *options, uint16_t port)
{
	for (size_t i = 0; i < options->n_pinned_ports; i++)
		if (options->pinned_ports[i] == port)
			return true;
	return false;
}

/* Ports that the user pins: of TCP, of UDP once there is traffic. And what listens here. */
static enum rows_pin port_pin(const struct family_options *options, size_t i, void *opaque)
{
	struct port_key *key = opaque;
	size_t n = options->n_pinned_ports;

	if (i < n) {
		key->port = options->pinned_ports[i];
		key->protocol = PROTOCOL_TCP;
		return ROWS_PIN_ALWAYS;
	}
	if (i - n >= options->n_listening)
		return ROWS_PIN_NONE;
	key->port = options->listening[i - n].port;
	key->protocol = options->listening[i - n].is_udp ? PROTOCOL_UDP : PROTOCOL_TCP;
	return ROWS_PIN_IF_ROOM;
}

static bool port_is_pinned(const struct family_options *options, const void *key)
{
	return is_pinned_by_user(options, ((const struct port_key *)key)->port);
}

static const struct rows_kind port_rows = {
	.name = "port table",
	.slots_name = "port slots",
	.key_size = sizeof(struct port_key),
	.n_remainders = REMAINDERS,
	.remainder = port_remainder,
	.pin = port_pin,
	.is_pinned = port_is_pinned,
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
	const struct ports *first = context->first;
	struct family_context of_rows = *context;
	struct ports *ports = calloc(1, sizeof(*ports));

	if (!ports) {
		error_set(error, ENOMEM, "ports: no memory");
		return NULL;
	}
	of_rows.first = first ? first->rows : NULL;
	ports->rows = rows_create(&port_rows, &options, &of_rows, error);
	if (ports->rows)
		ports->unattributed = per_interface_create(context, "ports unattributed",
							   sizeof(struct port_unattributed), error);
	if (!ports->unattributed) {
		port_destroy(ports);
		return NULL;
	}
	return ports;
}

static void begin_credit(struct rows_credit *credit, const struct packet *packet, uint16_t port)
{
	struct port_key *key = (struct port_key *)credit->key;

	*credit = (struct rows_credit){.direction = packet->direction};
	key->interface = packet->interface;
	key->port = port;
	key->protocol = packet->protocol;
}

static void port_count(void *opaque, const struct packet *packets, const struct verdict *verdicts,
		       size_t n)
{
	const struct ports *ports = opaque;
	struct rows_credit credits[ROWS_CREDITS_MAX], *credit;
	size_t n_credits = 0;

	for (size_t i = 0; i < n; i++) {
		const struct packet *packet = &packets[i];
		const struct verdict *verdict = &verdicts[i];

		if (verdict->port_state == PORT_NOT_APPLICABLE)
			continue;
		if (verdict->port_state == PORT_UNATTRIBUTED) {
			traffic_add(&port_unattributed(ports, packet->interface)
					     ->traffic[port_remainder_of(packet->protocol)],
				    packet);
			continue;
		}
		credit = &credits[n_credits++];
		begin_credit(credit, packet, verdict->service_port);
		credit->packets = 1;
		credit->bytes = packet->frame_bytes;
		if (verdict->opened) {
			if (verdict->opening_port != verdict->service_port) {
				credit = &credits[n_credits++];
				begin_credit(credit, packet, verdict->opening_port);
			}
			credit->connections = 1;
			credit->connection_direction = verdict->opening_direction;
		}
		if (n_credits >= ROWS_CREDITS_MAX - 1) {
			rows_count(ports->rows, credits, n_credits);
			n_credits = 0;
		}
	}
	rows_count(ports->rows, credits, n_credits);
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

static bool port_has_exported(const void *opaque)
{
	return rows_have_exported(((const struct ports *)opaque)->rows);
}

static size_t port_slots_max_rows(const void *opaque)
{
	return rows_max_slots(((const struct ports *)opaque)->rows);
}

static size_t port_slots_copy(const void *opaque, void *rows)
{
	const struct ports *ports = opaque;
	struct port_row *copied = rows;

	PER_INTERFACE_EACH (ports->unattributed, interface) {
		struct rows_slot slot;

		for (uint32_t at = 0;
		     rows_next_slot(ports->rows, (uint16_t)interface, &at, &slot);) {
			const struct port_key *key = slot.key;

			*copied++ = (struct port_row){
				.interface = interface,
				.port = key->port,
				.protocol = key->protocol,
				.counters = rows_traffic(slot.counters),
			};
		}
	}
	return (size_t)(copied - (struct port_row *)rows);
}

const struct family port_family = {
	.name = "port",
	.kind = FAMILY_KEYED,
	.is_core = true,
	.help = "Traffic by TCP and UDP service port.",
	.summary = "ports",
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
	.has_exported = port_has_exported,
};

const struct family port_slots_family = {
	.name = "port_slots",
	.kind = FAMILY_SLOTTED,
	.help = "Traffic by TCP and UDP service port, of the ports that have series.",
	.keys = port_keys,
	.n_keys = COUNT(port_keys),
	.fields = port_slot_fields,
	.n_fields = COUNT(port_slot_fields),
	.row_size = sizeof(struct port_row),
	.shows = &port_family,
	.max_rows = port_slots_max_rows,
	.copy = port_slots_copy,
};
