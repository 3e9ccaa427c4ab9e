/*
 * Packets and bytes of each interface, and what it is. Keyed by interface.
 */
#include "family/interface.h"

#include <stdio.h>
#include <stdlib.h>

#include "family/per_interface.h"
#include "family/traffic.h"
#include "tally/verdict.h"

struct interface_counters {
	struct traffic traffic;
	uint64_t broadcast[DIRECTIONS];
	uint64_t broadcast_bytes[DIRECTIONS];
	uint64_t multicast[DIRECTIONS];
	uint64_t superframes[DIRECTIONS];
	uint64_t wire_packets[DIRECTIONS];
	uint64_t wire_bytes[DIRECTIONS];
	uint64_t bad_checksum[DIRECTIONS];
	uint64_t unset_checksum[DIRECTIONS];
	uint64_t largest_bytes[DIRECTIONS];
};

struct interface_row {
	uint32_t interface;
	uint8_t up;
	struct interface_counters counters;
	struct kernel_counters kernel[DIRECTIONS];
	uint64_t speed_bytes;
	uint64_t speed_megabits;
	uint64_t mtu_bytes;
	struct monotonic_time opened;
	char name[INTERFACE_NAME_SIZE];
	char ifindex[12];
	char alias[INTERFACE_ALIAS_SIZE];
	char address[96];
	char link_type[24];
};

static const struct family_key interface_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct interface_row, interface)},
};

#define METRIC(name) "iptally_interface_" name
#define FIELDS_BOTH_WAYS(what, text, member, first_column)                                         \
	FIELD_COUNT("receive_" what, METRIC("receive_" what), text " received.",                   \
		    struct interface_row, counters.member[DIRECTION_RECEIVE],                      \
		    .column = first_column, .faces = FACE_ALL),                                    \
		FIELD_COUNT("transmit_" what, METRIC("transmit_" what), text " transmitted.",      \
			    struct interface_row, counters.member[DIRECTION_TRANSMIT],             \
			    .column = (first_column) + 1, .faces = FACE_ALL)
/* Prometheus has room for what a machine hears from others, not for what it says wrong itself. */
#define FIELDS_CHECKSUM(what, text, member, metric_of_receive, faces_of_receive, first_column)     \
	FIELD_COUNT("receive_" what, metric_of_receive, "IPv4 packets received " text,             \
		    struct interface_row, counters.member[DIRECTION_RECEIVE],                      \
		    .column = first_column, .faces = faces_of_receive),                            \
		FIELD_COUNT("transmit_" what, NULL, "IPv4 packets transmitted " text,              \
			    struct interface_row, counters.member[DIRECTION_TRANSMIT],             \
			    .column = (first_column) + 1, .faces = FACE_SNMP | FACE_JSON)
#define FIELD_BROADCAST_BYTES(way, text, direction, snmp_column)                                   \
	FIELD_COUNT(way "_broadcast_bytes", NULL,                                                  \
		    "Frame bytes of link-layer broadcasts " text ".", struct interface_row,        \
		    counters.broadcast_bytes[direction], .column = snmp_column,                    \
		    .faces = FACE_SNMP | FACE_JSON)
#define FIELD_LARGEST(way, text, direction, snmp_column)                                           \
	{                                                                                          \
		.name = way "_largest_bytes", .help = "Bytes of the largest frame " text ".",      \
		.kind = FIELD_GAUGE, .faces = FACE_SNMP | FACE_JSON, .column = snmp_column,        \
		.merge = MERGE_MOST,                                                               \
		.offset = offsetof(struct interface_row, counters.largest_bytes[direction])        \
	}
#define FIELDS_KERNEL(way, text, direction, first_column)                                          \
	FIELD_COUNT("kernel_" way "_packets", METRIC("kernel_" way "_packets"),                    \
		    "Packets " text " by the kernel's count, since the interface was opened.",     \
		    struct interface_row, kernel[direction].packets, .column = first_column,       \
		    .faces = FACE_ALL, .merge = MERGE_SAME),                                       \
		FIELD_COUNT("kernel_" way "_bytes", METRIC("kernel_" way "_bytes"),                \
			    "Bytes " text " by the kernel's count.", struct interface_row,         \
			    kernel[direction].bytes, .column = (first_column) + 1,                 \
			    .faces = FACE_ALL, .merge = MERGE_SAME),                               \
		FIELD_COUNT("kernel_" way "_drop", METRIC("kernel_" way "_drop"),                  \
			    "Packets to be " text " that the kernel dropped.",                     \
			    struct interface_row, kernel[direction].dropped,                       \
			    .column = (first_column) + 2, .faces = FACE_ALL, .merge = MERGE_SAME), \
		FIELD_COUNT("kernel_" way "_errs", METRIC("kernel_" way "_errs"),                  \
			    "Errors of packets " text ", by the kernel's count.",                  \
			    struct interface_row, kernel[direction].errors,                        \
			    .column = (first_column) + 3, .faces = FACE_ALL, .merge = MERGE_SAME)
#define FIELD_LABEL(field, member, snmp_column)                                                    \
	{                                                                                          \
		.name = field, .help = "Of the interface.", .kind = FIELD_TEXT,                    \
		.faces = (snmp_column) ? FACE_ALL : FACE_PROMETHEUS | FACE_JSON,                   \
		.offset = offsetof(struct interface_row, member), .column = snmp_column,           \
		.text_size = sizeof(((struct interface_row *)0)->member), .text_label = field      \
	}

static const struct family_field interface_fields[] = {
	{.name = "name",
	 .help = "The interface's name.",
	 .kind = FIELD_TEXT,
	 .faces = FACE_SNMP,
	 .column = 1,
	 .offset = offsetof(struct interface_row, name),
	 .text_size = INTERFACE_NAME_SIZE},
	FIELDS_TRAFFIC("", METRIC(""), " by the interface.", struct interface_row, counters.traffic,
		       3, .faces = FACE_ALL),
	FIELDS_BOTH_WAYS("broadcast_packets", "Link-layer broadcasts", broadcast, 7),
	FIELDS_BOTH_WAYS("multicast_packets", "Link-layer multicasts", multicast, 9),
	FIELDS_BOTH_WAYS("superframes",
			 "Frames longer than the MTU, joined or not yet cut by offloading,",
			 superframes, 11),
	FIELDS_BOTH_WAYS("wire_packets",
			 "Packets on the wire, estimated where there are super-frames,",
			 wire_packets, 13),
	FIELDS_BOTH_WAYS("wire_bytes", "Bytes on the wire, estimated where there are super-frames,",
			 wire_bytes, 15),
	FIELDS_KERNEL("receive", "received", DIRECTION_RECEIVE, 17),
	FIELDS_KERNEL("transmit", "transmitted", DIRECTION_TRANSMIT, 21),
	FIELDS_CHECKSUM("bad_checksum_packets", "whose header's checksum is wrong.", bad_checksum,
			METRIC("receive_bad_checksum_packets"), FACE_ALL, 36),
	FIELDS_CHECKSUM("unset_checksum_packets",
			"whose header's checksum is 0, left to the sender's hardware.",
			unset_checksum, NULL, FACE_SNMP | FACE_JSON, 38),
	FIELD_BROADCAST_BYTES("receive", "received", DIRECTION_RECEIVE, 56),
	FIELD_BROADCAST_BYTES("transmit", "transmitted", DIRECTION_TRANSMIT, 57),
	FIELD_LARGEST("receive", "received", DIRECTION_RECEIVE, 54),
	FIELD_LARGEST("transmit", "transmitted", DIRECTION_TRANSMIT, 55),
	{.name = "up",
	 .metric = METRIC("up"),
	 .help = "Whether the interface is up.",
	 .kind = FIELD_BOOL,
	 .faces = FACE_ALL,
	 .column = 30,
	 .offset = offsetof(struct interface_row, up)},
	{.name = "speed_bytes",
	 .metric = METRIC("speed_bytes"),
	 .help = "Bytes a second that the interface can carry; 0: not known.",
	 .kind = FIELD_GAUGE,
	 .merge = MERGE_SAME,
	 .faces = FACE_PROMETHEUS | FACE_JSON,
	 .offset = offsetof(struct interface_row, speed_bytes)},
	{.name = "speed_megabits",
	 .help = "Megabits a second that the interface can carry; 0: not known.",
	 .kind = FIELD_GAUGE,
	 .merge = MERGE_SAME,
	 .faces = FACE_SNMP,
	 .column = 31,
	 .offset = offsetof(struct interface_row, speed_megabits)},
	{.name = "mtu_bytes",
	 .metric = METRIC("mtu_bytes"),
	 .help = "The largest network packet that the interface carries; 0: not known.",
	 .kind = FIELD_GAUGE,
	 .merge = MERGE_SAME,
	 .faces = FACE_ALL,
	 .column = 32,
	 .offset = offsetof(struct interface_row, mtu_bytes)},
	{.name = "opened",
	 .help = "When the interface was opened and its counters began at 0.",
	 .kind = FIELD_TIME_STAMP,
	 .faces = FACE_SNMP,
	 .column = 33,
	 .offset = offsetof(struct interface_row, opened)},
	{.name = "info",
	 .metric = METRIC("info"),
	 .help = "What the interface is; always 1.",
	 .kind = FIELD_INFO,
	 .faces = FACE_PROMETHEUS},
	FIELD_LABEL("address", address, 35),
	FIELD_LABEL("link_type", link_type, 2),
	FIELD_LABEL("ifindex", ifindex, 0),
	FIELD_LABEL("alias", alias, 34),
};

static void *interface_create(const struct family_context *context, struct error *error)
{
	return per_interface_create(context, "interface counters",
				    sizeof(struct interface_counters), error);
}

/* A super-frame's header was on no wire, and its maker may have left the checksum as it was. */
static void count_checksum(struct interface_counters *counters, const struct packet *packet,
			   const struct verdict *verdict)
{
	if (packet->ipv4_checksum <= CHECKSUM_RIGHT || verdict->wire_packets > 1)
		return;
	if (packet->ipv4_checksum == CHECKSUM_BAD)
		counters->bad_checksum[packet->direction]++;
	else
		counters->unset_checksum[packet->direction]++;
}

static void interface_count(void *state, const struct packet *packets,
			    const struct verdict *verdicts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct packet *packet = &packets[i];
		struct interface_counters *counters = per_interface_at(state, packet->interface);

		traffic_add(&counters->traffic, packet);
		counters->multicast[packet->direction] += packet->cast == CAST_MULTICAST;
		counters->superframes[packet->direction] += verdicts[i].wire_packets > 1;
		counters->wire_packets[packet->direction] += verdicts[i].wire_packets;
		counters->wire_bytes[packet->direction] += verdicts[i].wire_bytes;
		if (packet->frame_bytes > counters->largest_bytes[packet->direction])
			counters->largest_bytes[packet->direction] = packet->frame_bytes;
		if (packet->cast == CAST_BROADCAST) {
			counters->broadcast[packet->direction]++;
			counters->broadcast_bytes[packet->direction] += packet->frame_bytes;
		}
		count_checksum(counters, packet, &verdicts[i]);
	}
}

static size_t interface_max_rows(const void *state)
{
	return ((const struct per_interface *)state)->tally->max_interfaces;
}

static size_t interface_copy(const void *opaque, void *rows)
{
	const struct per_interface *state = opaque;
	struct interface_row *row = rows;

	PER_INTERFACE_EACH (state, slot) {
		const struct tally_interface *interface = &state->tally->interfaces[slot];

		row->interface = slot;
		row->up = interface->up;
		row->counters = *(const struct interface_counters *)per_interface_at(state, slot);
		memcpy(row->kernel, interface->kernel, sizeof(row->kernel));
		row->speed_bytes = interface->speed_bytes;
		row->speed_megabits = interface->speed_bytes / 125000;
		row->mtu_bytes = interface->mtu;
		row->opened = interface->opened;
		memcpy(row->name, interface->name, sizeof(row->name));
		memcpy(row->alias, interface->alias, sizeof(row->alias));
		memcpy(row->address, interface->address, sizeof(row->address));
		privacy_mask_octets(state->privacy, row->address);
		memcpy(row->link_type, interface->link_type, sizeof(row->link_type));
		snprintf(row->ifindex, sizeof(row->ifindex), "%u", interface->ifindex);
		row++;
	}
	return (size_t)(row - (struct interface_row *)rows);
}

const struct family interface_family = {
	.name = "interface",
	.kind = FAMILY_FIXED,
	.is_core = true,
	.help = "Traffic of each interface.",
	.summary = "traffic",
	.subtree = 2, /* iptallyIfTable */
	.keys = interface_keys,
	.n_keys = COUNT(interface_keys),
	.fields = interface_fields,
	.n_fields = COUNT(interface_fields),
	.row_size = sizeof(struct interface_row),
	.create = interface_create,
	.destroy = free,
	.count = interface_count,
	.forget_interface = per_interface_forget,
	.max_rows = interface_max_rows,
	.copy = interface_copy,
};
