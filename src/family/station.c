/*
 * Packets and bytes of each MAC address, as the station sees them: each frame with addresses is
 * transmitted by its source and received by its destination. Keyed by interface and address.
 */
#include "family/station.h"

#include "base/privacy.h"
#include "family/name_fields.h"
#include "family/rows_family.h"

struct station_key {
	uint16_t interface;
	uint8_t mac[MAC_BYTES];
};

static const struct family_key station_keys[] = {
	ROWS_INTERFACE_KEY,
	{.label = "mac", .kind = KEY_MAC, .offset = ROWS_KEY_AT(struct station_key, mac)},
};

#define FIELDS_STATION(prefix, row, member, first_column, ...)                                     \
	FIELDS_TRAFFIC(prefix, "iptally_station_",                                                 \
		       " by the station, whatever the interface's direction.", row,                \
		       member.traffic, first_column, __VA_ARGS__)

static const struct family_field station_fields[] = {
	FIELD_STATION_NAME("name", "Name of the station.", ROWS_KEY_AT(struct station_key, mac),
			   .column = 9, .faces = FACE_SNMP | FACE_JSON),
	FIELDS_STATION("", struct rows_row, counters, 2, .faces = FACE_ALL),
	FIELDS_ROW_TIMES(6),
};

static const struct family_field station_slot_fields[] = {
	FIELDS_STATION("", struct rows_row, counters, 2, .faces = FACE_PROMETHEUS),
};

static const struct family_key station_rest_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct rows_rest_row, interface)},
};

#define OTHER .labels = "mac=\"other\""

static const struct family_field station_rest_fields[] = {
	FIELDS_STATION("station_other_", struct rows_rest_row, other, 33, OTHER,
		       .faces = FACE_SNMP | FACE_JSON),
	FIELDS_STATION("station_shown_other_", struct rows_rest_row, shown_other, 33, OTHER,
		       .faces = FACE_PROMETHEUS),
};

/* Apart, since by default there are no slots to tell of. */
static const struct family_field station_slot_totals_fields[] = {
	FIELDS_SLOT_TOTALS("station", struct rows_rest_row, slots),
};

static const struct family_field station_table_fields[] = {
	FIELD_TABLE_ENTRIES("station", struct rows_table_row, entries, 19),
	FIELD_TABLE_CAPACITY("station", struct rows_table_row, capacity, 20),
	FIELD_TABLE_EVICTIONS("station", "least_used", struct rows_table_row, evictions, 21),
};

static const struct rows_kind station_rows = {
	.name = "station table",
	.slots_name = "station slots",
	.key_size = sizeof(struct station_key),
	.n_remainders = 1,
};

static void *station_create(const struct family_context *context, struct error *error)
{
	const struct rows_options options = {
		.capacity = context->options->max_stations,
		.export_max = context->options->export_stations,
	};

	return rows_create(&station_rows, &options, context, error);
}

static void credit_station(struct rows_credit *credit, const struct packet *packet,
			   const uint8_t mac[MAC_BYTES], enum direction direction,
			   enum privacy privacy)
{
	struct station_key *key = (struct station_key *)credit->key;

	*credit = (struct rows_credit){
		.packets = 1,
		.bytes = packet->frame_bytes,
		.direction = (uint8_t)direction,
		.is_other = privacy == PRIVACY_NONE,
	};
	key->interface = packet->interface;
	memcpy(key->mac, mac, MAC_BYTES);
	if (privacy == PRIVACY_PREFIX)
		privacy_mask_mac(privacy, key->mac);
}

static void station_count(void *opaque, const struct packet *packets,
			  const struct verdict *verdicts, size_t n)
{
	struct rows_credit credits[ROWS_CREDITS_MAX];
	enum privacy privacy = rows_privacy(opaque);
	size_t n_credits = 0;

	(void)verdicts;
	for (size_t i = 0; i < n; i++) {
		const struct packet *packet = &packets[i];

		if (!(packet->flags & PACKET_MACS))
			continue;
		credit_station(&credits[n_credits++], packet, packet->source_mac,
			       DIRECTION_TRANSMIT, privacy);
		credit_station(&credits[n_credits++], packet, packet->destination_mac,
			       DIRECTION_RECEIVE, privacy);
		if (n_credits == ROWS_CREDITS_MAX) {
			rows_count(opaque, credits, n_credits);
			n_credits = 0;
		}
	}
	rows_count(opaque, credits, n_credits);
}

const struct family station_family = {
	.name = "station",
	.kind = FAMILY_KEYED,
	.help = "Traffic by MAC address.",
	.subtree = 7, /* iptallyStationTable */
	.keys = station_keys,
	.n_keys = COUNT(station_keys),
	.fields = station_fields,
	.n_fields = COUNT(station_fields),
	.row_size = sizeof(struct rows_row),
	.create = station_create,
	.destroy = rows_destroy,
	.count = station_count,
	.tick = rows_tick,
	.forget_interface = rows_forget,
	.max_rows = rows_max_rows,
	.copy = rows_family_copy,
	.is_exported = rows_family_is_exported,
	.has_exported = rows_have_exported,
};

static size_t station_slot_totals_copy(const void *rows, void *copies)
{
	return rows_max_slots(rows) ? rows_family_rest_copy(rows, copies) : 0;
}

const struct family station_slots_family = {
	.name = "station_slots",
	.kind = FAMILY_SLOTTED,
	.help = "Traffic by MAC address, of those that have series.",
	.keys = station_keys,
	.n_keys = COUNT(station_keys),
	.fields = station_slot_fields,
	.n_fields = COUNT(station_slot_fields),
	.row_size = sizeof(struct rows_row),
	.shows = &station_family,
	.max_rows = rows_family_slots_max,
	.copy = rows_family_slots_copy,
};

const struct family station_rest_family = {
	.name = "station_rest",
	.kind = FAMILY_FIXED,
	.help = "Traffic that no row of a station holds.",
	.subtree = 11, /* iptallyRemainderTable */
	.keys = station_rest_keys,
	.n_keys = COUNT(station_rest_keys),
	.fields = station_rest_fields,
	.n_fields = COUNT(station_rest_fields),
	.row_size = sizeof(struct rows_rest_row),
	.shows = &station_family,
	.max_rows = rows_family_rest_max,
	.copy = rows_family_rest_copy,
};

const struct family station_table_family = {
	.name = "station_table",
	.kind = FAMILY_FIXED,
	.help = "How full the table of stations is.",
	.subtree = 1, /* scalars */
	.fields = station_table_fields,
	.n_fields = COUNT(station_table_fields),
	.row_size = sizeof(struct rows_table_row),
	.shows = &station_family,
	.max_rows = rows_family_table_max,
	.copy = rows_family_table_copy,
};

const struct family station_slot_totals_family = {
	.name = "station_slot_totals",
	.kind = FAMILY_FIXED,
	.help = "What became of the series of stations.",
	.keys = station_rest_keys,
	.n_keys = COUNT(station_rest_keys),
	.fields = station_slot_totals_fields,
	.n_fields = COUNT(station_slot_totals_fields),
	.row_size = sizeof(struct rows_rest_row),
	.shows = &station_family,
	.max_rows = rows_family_rest_max,
	.copy = station_slot_totals_copy,
};
