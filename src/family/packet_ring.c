/*
 * The latest packets that are not TCP, one by one, as the ancestor's lower window showed them: what
 * has no connection to follow is told by its packets. For JSON alone. A packet is copied into the
 * ring; all that is told of it is worked out when somebody asks.
 */
#include "family/packet_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/privacy.h"
#include "family/name_fields.h"
#include "family/packet_detail.h"
#include "tally/tally.h"

#define RING 512 /* a power of 2 */

#define GONE UINT16_MAX /* the interface of a packet whose interface was forgotten */

enum { SOURCE, DESTINATION };

struct packet_ring {
	struct packet *packets;
	uint64_t n; /* that there ever were: the next one's place modulo RING */
	const struct tally *tally;
	enum privacy privacy;
};

struct packet_row {
	uint64_t id;
	uint32_t interface;
	struct wall_time time;
	struct packet packet; /* without what may not be seen of its addresses */
	bool has_ip, has_macs, has_ports, has_icmp, has_ethertype, has_ospf, has_vlan[2];
	bool has_address[2], has_router;    /* by SOURCE, DESTINATION, here and below */
	struct family_address addresses[2]; /* of ARP: the sender's, and whom it is for */
	struct family_address router;
	uint16_t service_port;
	uint32_t ip_protocol, icmp_type, icmp_code, ethertype, vlan[2];
};

static const struct family_key packet_keys[] = {
	{.kind = KEY_SERIAL, .offset = offsetof(struct packet_row, id)},
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct packet_row, interface)},
};

static const char *const direction_names[] = {
	[DIRECTION_RECEIVE] = "receive", [DIRECTION_TRANSMIT] = "transmit", NULL};

#define FIELD_PACKET(field, text, field_kind, member, ...)                                         \
	{                                                                                          \
		.name = field, .help = text, .kind = field_kind, .faces = FACE_JSON,               \
		.offset = offsetof(struct packet_row, member), __VA_ARGS__                         \
	}
#define HAS(member)    .has_offset = offsetof(struct packet_row, has_##member)
#define MADE(function) .make = function, .text_size = FAMILY_TEXT_MAX

static void make_mac(struct names *names, const void *at, char *text)
{
	(void)names;
	mac_format(text, at);
}

static void make_detail(struct names *names, const void *at, char *text)
{
	(void)names;
	packet_detail(text, at);
}

static void make_service(struct names *names, const void *at, char *text)
{
	const struct packet_row *row = at;

	make_service_name(names, row->packet.protocol, row->service_port, text);
}

static const struct family_field packet_fields[] = {
	FIELD_PACKET("time", "When it was captured.", FIELD_DATE, time, ),
	FIELD_PACKET("direction", "Whether the interface received it.", FIELD_ENUM,
		     packet.direction, .enum_names = direction_names),
	FIELD_PACKET("network", "Network protocol.", FIELD_ENUM, packet.network,
		     .enum_names = network_names),
	FIELD_PACKET("protocol", "Protocol.", FIELD_ENUM, packet.protocol,
		     .enum_names = protocol_names),
	FIELD_PACKET("ip_protocol", "IP protocol number.", FIELD_UNSIGNED, ip_protocol, HAS(ip)),
	FIELD_PACKET("ethertype", "EtherType of what is not IP.", FIELD_UNSIGNED, ethertype,
		     HAS(ethertype)),
	FIELD_PACKET("detail", "What it is, in words; empty where nothing more is known.",
		     FIELD_TEXT, packet, MADE(make_detail)),
	FIELD_PACKET("bytes", "Frame bytes.", FIELD_UNSIGNED, packet.frame_bytes, ),
	FIELD_PACKET("source_address", "Address of the sender.", FIELD_ADDRESS, addresses[SOURCE],
		     HAS(address[SOURCE])),
	FIELD_ADDRESS_NAME("source_name", "Name of the sender.",
			   offsetof(struct packet_row, addresses[SOURCE]), .faces = FACE_JSON,
			   HAS(address[SOURCE])),
	FIELD_PACKET("source_port", "Port of the sender.", FIELD_PORT, packet.source_port,
		     HAS(ports)),
	FIELD_PACKET("destination_address", "Whom it is for; of ARP, who is asked for.",
		     FIELD_ADDRESS, addresses[DESTINATION], HAS(address[DESTINATION])),
	FIELD_ADDRESS_NAME("destination_name", "Name of whom it is for.",
			   offsetof(struct packet_row, addresses[DESTINATION]), .faces = FACE_JSON,
			   HAS(address[DESTINATION])),
	FIELD_PACKET("destination_port", "Port that it is for.", FIELD_PORT,
		     packet.destination_port, HAS(ports)),
	FIELD_PACKET("service_port", "Service port, of UDP.", FIELD_PORT, service_port, HAS(ports)),
	{.name = "service",
	 .help = "Name of the service port.",
	 .kind = FIELD_TEXT,
	 .faces = FACE_JSON,
	 MADE(make_service),
	 HAS(ports)},
	FIELD_PACKET("icmp_type", "ICMP type.", FIELD_UNSIGNED, icmp_type, HAS(icmp)),
	FIELD_PACKET("icmp_code", "ICMP code.", FIELD_UNSIGNED, icmp_code, HAS(icmp)),
	FIELD_PACKET("ospf_router", "Id of the OSPF router.", FIELD_ADDRESS, router, HAS(router)),
	FIELD_PACKET("ospf_area", "OSPF area.", FIELD_UNSIGNED, packet.ospf_area, HAS(ospf)),
	FIELD_PACKET("vlan_outer", "Outer VLAN id.", FIELD_UNSIGNED, vlan[0], HAS(vlan[0])),
	FIELD_PACKET("vlan_inner", "Inner VLAN id.", FIELD_UNSIGNED, vlan[1], HAS(vlan[1])),
	FIELD_PACKET("source_mac", "MAC address of the frame's sender.", FIELD_TEXT,
		     packet.source_mac, MADE(make_mac), HAS(macs)),
	FIELD_PACKET("destination_mac", "MAC address that the frame is for.", FIELD_TEXT,
		     packet.destination_mac, MADE(make_mac), HAS(macs)),
};

static void *packet_create(const struct family_context *context, struct error *error)
{
	struct packet_ring *ring = calloc(1, sizeof(*ring));

	if (!ring) {
		error_set(error, ENOMEM, "latest packets: no memory");
		return NULL;
	}
	ring->tally = context->tally;
	ring->privacy = context->options->privacy;
	ring->packets =
		ledger_map(context->ledger, "latest packets", RING * sizeof(*ring->packets), error);
	if (!ring->packets) {
		free(ring);
		return NULL;
	}
	return ring;
}

static void packet_count(void *opaque, const struct packet *packets, const struct verdict *verdicts,
			 size_t n)
{
	struct packet_ring *ring = opaque;

	(void)verdicts;
	for (size_t i = 0; i < n; i++)
		if (packets[i].protocol != PROTOCOL_TCP)
			ring->packets[ring->n++ % RING] = packets[i];
}

static void packet_forget(void *opaque, uint16_t interface)
{
	struct packet_ring *ring = opaque;

	for (uint32_t i = 0; i < RING; i++)
		if (ring->packets[i].interface == interface)
			ring->packets[i].interface = GONE;
}

static size_t packet_max_rows(const void *state)
{
	(void)state;
	return RING;
}

static bool is_set(const uint8_t bytes[IP_ADDRESS_BYTES])
{
	static const uint8_t none[IP_ADDRESS_BYTES];

	return memcmp(bytes, none, IP_ADDRESS_BYTES) != 0;
}

/* ARP tells addresses too, where they were captured: the target's may not be. */
static void fill_addresses(struct packet_row *row, enum privacy privacy)
{
	struct packet *packet = &row->packet;
	bool is_arp = packet->network == NETWORK_ARP && packet->message;
	uint8_t version = packet->network == NETWORK_IPV6 ? 6 : 4;

	if (privacy != PRIVACY_NONE) {
		row->has_address[SOURCE] = packet_is_ip(packet) || is_arp;
		row->has_address[DESTINATION] =
			packet_is_ip(packet) || (is_arp && is_set(packet->destination));
		row->has_macs = packet->flags & PACKET_MACS;
	}
	privacy_mask_address(privacy, version, packet->source);
	privacy_mask_address(privacy, version, packet->destination);
	privacy_mask_mac(privacy, packet->source_mac);
	privacy_mask_mac(privacy, packet->destination_mac);
	row->addresses[SOURCE].version = version;
	row->addresses[DESTINATION].version = version;
	memcpy(row->addresses[SOURCE].bytes, packet->source, IP_ADDRESS_BYTES);
	memcpy(row->addresses[DESTINATION].bytes, packet->destination, IP_ADDRESS_BYTES);
}

/* RFC 2328 C.1: the id of a router is often one of its addresses, and written like one. */
static void fill_ospf(struct packet_row *row, enum privacy privacy)
{
	struct packet *packet = &row->packet;

	row->has_ospf = packet->protocol == PROTOCOL_OSPF && packet->message;
	row->has_router = row->has_ospf && privacy != PRIVACY_NONE;
	row->router.version = 4;
	for (int i = 0; i < 4; i++)
		row->router.bytes[i] = (uint8_t)(packet->ospf_router >> (24 - 8 * i));
	privacy_mask_address(privacy, row->router.version, row->router.bytes);
	packet->ospf_router = 0;
}

static void fill(struct packet_row *row, const struct packet_ring *ring, uint64_t number)
{
	struct packet *packet = &row->packet;

	*packet = ring->packets[number % RING];
	row->id = number + 1;
	row->interface = packet->interface;
	row->time.ns = packet->time.ns;
	row->has_ip = packet_is_ip(packet);
	row->has_ports = packet->flags & PACKET_PORTS;
	row->has_icmp = packet_has_icmp(packet);
	row->has_ethertype = packet->network == NETWORK_OTHER && packet_has_ethertype(packet);
	row->ip_protocol = packet->ip_protocol;
	row->icmp_type = packet->icmp_type;
	row->icmp_code = packet->icmp_code;
	row->ethertype = packet->ethertype;
	for (int i = 0; i < 2; i++) {
		row->vlan[i] = packet->vlan[i];
		row->has_vlan[i] = packet->vlan[i] != 0;
	}
	if (row->has_ports)
		row->service_port = service_port(&ring->tally->service_ports, packet->source_port,
						 packet->destination_port);
	fill_addresses(row, ring->privacy);
	fill_ospf(row, ring->privacy);
}

static size_t packet_copy(const void *opaque, void *rows)
{
	const struct packet_ring *ring = opaque;
	struct packet_row *row = rows;

	for (uint64_t i = ring->n > RING ? ring->n - RING : 0; i < ring->n; i++)
		if (ring->packets[i % RING].interface != GONE)
			fill(row++, ring, i);
	return (size_t)(row - (struct packet_row *)rows);
}

/* The latest first. */
static uint64_t packet_rank(const void *row)
{
	return ((const struct packet_row *)row)->id;
}

const struct family packet_family = {
	.name = "packet",
	.kind = FAMILY_RECORD,
	.help = "The latest packets that are not TCP.",
	.keys = packet_keys,
	.n_keys = COUNT(packet_keys),
	.fields = packet_fields,
	.n_fields = COUNT(packet_fields),
	.row_size = sizeof(struct packet_row),
	.is_shared = true,
	.create = packet_create,
	.destroy = free,
	.count = packet_count,
	.forget_interface = packet_forget,
	.max_rows = packet_max_rows,
	.copy = packet_copy,
	.rank = packet_rank,
};
