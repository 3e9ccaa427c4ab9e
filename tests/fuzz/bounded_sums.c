/* Sums of ports, hosts, stations and conversations, by the families that show each of them. */
#include "bounded_sums.h"

#include <stdlib.h>
#include <string.h>

#include "conservation.h"
#include "family/conversation.h"
#include "family/host.h"
#include "family/port.h"
#include "family/port_state.h"
#include "family/station.h"
#include "family_rows.h"

static const char *const ends[DIRECTIONS] = {"initiator", "responder"};

static const struct source {
	const struct family *rows, *slots, *rest, *size;
	const char *other, *shown_other, *entries;
	const char *const *ways;
	size_t remainder;
	int protocol; /* of the rows that are meant; -1: all */
	bool with_connections;
} sources[BOUNDED_TABLES] = {
	[TCP_PORTS] = {&port_family, &port_slots_family, &port_remainder_family, &port_table_family,
		       "tcp_other_", "tcp_shown_other_", "port_entries", family_directions,
		       REMAINDER_TCP, PROTOCOL_TCP, true},
	[UDP_PORTS] = {&port_family, &port_slots_family, &port_remainder_family, &port_table_family,
		       "udp_other_", "udp_shown_other_", "port_entries", family_directions,
		       REMAINDER_UDP, PROTOCOL_UDP, true},
	[HOSTS] = {&host_family, &host_slots_family, &host_rest_family, &host_table_family,
		   "host_other_", "host_shown_other_", "host_entries", family_directions, 0, -1,
		   true},
	[STATIONS] = {&station_family, &station_slots_family, &station_rest_family,
		      &station_table_family, "station_other_", "station_shown_other_",
		      "station_entries", family_directions, 0, -1, false},
	[CONVERSATIONS] = {&conversation_family, &conversation_slots_family,
			   &conversation_rest_family, &conversation_table_family,
			   "conversation_other_", "conversation_shown_other_",
			   "conversation_entries", ends, 0, -1, false},
};

/* Names are looked up once: an input takes less time than that. */
struct layout {
	bool known;
	struct family_columns row, slot, other, shown_other;
	size_t protocol, entries;
};

static const struct layout *layout_of(enum bounded_table table)
{
	static struct layout layouts[BOUNDED_TABLES];
	const struct source *source = &sources[table];
	struct layout *layout = &layouts[table];

	if (layout->known)
		return layout;
	*layout = (struct layout){
		.known = true,
		.row = family_columns(source->rows, "", source->ways, source->with_connections),
		.slot = family_columns(source->slots, "", source->ways, source->with_connections),
		.other = family_columns(source->rest, source->other, source->ways,
					source->with_connections),
		.shown_other = family_columns(source->rest, source->shown_other, source->ways,
					      source->with_connections),
		.protocol = source->rows->keys[1].offset,
		.entries = family_offset(source->size, "", source->entries),
	};
	return layout;
}

static void add(const struct source *source, struct rows_traffic *sum, const uint8_t *row,
		const struct family_columns *columns)
{
	family_add(&sum->traffic, row, columns);
	for (int way = 0; way < DIRECTIONS && source->with_connections; way++)
		sum->connections[way] += family_row_value(row, columns->connections[way]);
}

static void add_rows(const struct family_set *families, enum bounded_table table,
		     struct bounded_sum *sums)
{
	const struct source *source = &sources[table];
	const struct layout *layout = layout_of(table);
	struct family_rows rows = family_rows(families, source->rows);
	struct family_rows slots = family_rows(families, source->slots);
	struct family_rows size = family_rows(families, source->size);

	EXPECT(family_row_value(size.bytes, layout->entries) == rows.n);
	for (size_t i = 0; i < rows.n; i++) {
		const uint8_t *row = family_row(&rows, i);
		struct bounded_sum *sum = &sums[family_row_slot(&rows, i)];

		if (source->protocol >= 0 && row[layout->protocol] != source->protocol)
			continue;
		add(source, &sum->exact, row, &layout->row);
		if (source->rows->is_exported(row))
			add(source, &sum->shown, row, &layout->row);
	}
	for (size_t i = 0; i < slots.n; i++) {
		const uint8_t *row = family_row(&slots, i);

		if (source->protocol < 0 || row[layout->protocol] == source->protocol)
			add(source, &sums[family_row_slot(&slots, i)].shown, row, &layout->slot);
	}
	free(rows.bytes);
	free(slots.bytes);
	free(size.bytes);
}

static void add_rest(const struct family_set *families, enum bounded_table table,
		     struct bounded_sum *sums)
{
	const struct source *source = &sources[table];
	const struct layout *layout = layout_of(table);
	struct family_rows rest = family_rows(families, source->rest);

	for (size_t i = 0; i < rest.n; i++) {
		struct bounded_sum *sum = &sums[family_row_slot(&rest, i)];

		add(source, &sum->exact, family_row(&rest, i), &layout->other);
		add(source, &sum->shown, family_row(&rest, i), &layout->shown_other);
	}
	free(rest.bytes);
}

static const struct rows *rows_of(const struct family_set *families, const struct source *source)
{
	const void *state = family_set_state(families, source->rows);

	return source->rows == &port_family ? ((const struct ports *)state)->rows : state;
}

/* What series that are gone had counted; exporters show no more of it than one sum. */
static void add_retired(const struct family_set *families, const struct tally *tally,
			enum bounded_table table, struct bounded_sum *sums)
{
	const struct source *source = &sources[table];
	const struct rows *rows = rows_of(families, source);

	for (uint32_t slot = 0; slot < tally->n_interfaces; slot++) {
		struct rows_traffic retired =
			rows_traffic(rows_retired(rows, (uint16_t)slot, source->remainder));

		traffic_sum(&sums[slot].shown.traffic, &retired.traffic);
		for (int way = 0; way < DIRECTIONS && source->with_connections; way++)
			sums[slot].shown.connections[way] += retired.connections[way];
	}
}

void bounded_sums(const struct family_set *families, const struct tally *tally,
		  enum bounded_table table, struct bounded_sum *sums)
{
	memset(sums, 0, tally->max_interfaces * sizeof(*sums));
	add_rows(families, table, sums);
	add_rest(families, table, sums);
	add_retired(families, tally, table, sums);
}
