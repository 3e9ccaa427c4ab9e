/*
 * TCP and UDP traffic that no row of a port holds, and that no series of a port was credited with;
 * and how full the table of ports is.
 */
#include "family/port.h"

#include "family/bounded.h"
#include "family/port_state.h"

struct port_remainder_row {
	uint32_t interface;
	struct rows_traffic other[REMAINDERS];       /* of the exact table: SNMP's view */
	struct rows_traffic shown_other[REMAINDERS]; /* what no series was credited with */
	struct traffic unattributed[REMAINDERS];
	struct rows_slot_totals slots;
};

struct port_table_row {
	uint64_t entries, capacity, evictions;
};

static const struct family_key port_remainder_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct port_remainder_row, interface)},
};

#define LABELS(protocol, port) .labels = "protocol=\"" protocol "\",port=\"" port "\""
/* SNMP shows every row of the table, so its `other` is smaller than that of Prometheus. */
#define FIELDS_REMAINDER(protocol, index, first_column)                                            \
	FIELDS_TRAFFIC(protocol "_other_", PORT_METRIC(""), PORT_WHOSE, struct port_remainder_row, \
		       other[index].traffic, first_column, LABELS(protocol, "other"),              \
		       .faces = FACE_SNMP | FACE_JSON),                                            \
		FIELDS_PORT_CONNECTIONS(protocol "_other_", struct port_remainder_row,             \
					other[index].connections, (first_column) + 4,              \
					LABELS(protocol, "other"),                                 \
					.faces = FACE_SNMP | FACE_JSON),                           \
		FIELDS_TRAFFIC(protocol "_unattributed_", PORT_METRIC(""), PORT_WHOSE,             \
			       struct port_remainder_row, unattributed[index], (first_column) + 6, \
			       LABELS(protocol, "unattributed"), .faces = FACE_ALL),               \
		FIELDS_TRAFFIC(protocol "_shown_other_", PORT_METRIC(""), PORT_WHOSE,              \
			       struct port_remainder_row, shown_other[index].traffic, 0,           \
			       LABELS(protocol, "other"), .faces = FACE_PROMETHEUS),               \
		FIELDS_PORT_CONNECTIONS(protocol "_shown_other_", struct port_remainder_row,       \
					shown_other[index].connections, 0,                         \
					LABELS(protocol, "other"), .faces = FACE_PROMETHEUS)

static const struct family_field port_remainder_fields[] = {
	FIELDS_REMAINDER("tcp", REMAINDER_TCP, 1),
	FIELDS_REMAINDER("udp", REMAINDER_UDP, 11),
	FIELDS_SLOT_TOTALS("port", struct port_remainder_row, slots),
};

static const struct family_field port_table_fields[] = {
	FIELD_TABLE_ENTRIES("port", struct port_table_row, entries, 10),
	FIELD_TABLE_CAPACITY("port", struct port_table_row, capacity, 11),
	FIELD_TABLE_EVICTIONS("port", "least_used", struct port_table_row, evictions, 12),
};

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
		memcpy(row->unattributed, port_unattributed(ports, slot),
		       sizeof(row->unattributed));
		for (size_t i = 0; i < REMAINDERS; i++) {
			uint64_t shown[ROWS_COUNTERS];

			rows_shown_other(ports->rows, (uint16_t)slot, i, shown);
			row->other[i] = rows_traffic(rows_other(ports->rows, (uint16_t)slot, i));
			row->shown_other[i] = rows_traffic(shown);
		}
		row->slots = rows_slot_totals(ports->rows, (uint16_t)slot, REMAINDERS);
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
