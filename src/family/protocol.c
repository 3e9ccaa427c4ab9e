/*
 * Packets and bytes by network and protocol (README, "What is counted"). Keyed by interface,
 * network and protocol; all combinations that are possible are shown from the start, at 0.
 */
#include "family/protocol.h"

#include <stdlib.h>

#include "family/per_interface.h"
#include "family/traffic.h"

struct protocol_counters {
	struct traffic traffic[NETWORKS][PROTOCOLS];
};

struct protocol_row {
	uint32_t interface;
	uint8_t network;
	uint8_t protocol;
	struct traffic traffic;
};

static const struct family_key protocol_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct protocol_row, interface)},
	{.label = "network", .kind = KEY_NETWORK, .offset = offsetof(struct protocol_row, network)},
	{.label = "protocol",
	 .kind = KEY_PROTOCOL,
	 .offset = offsetof(struct protocol_row, protocol)},
};

static const struct family_field protocol_fields[] = {
	FIELDS_TRAFFIC("", "iptally_protocol_", ", by network and protocol.", struct protocol_row,
		       traffic, 3, .faces = FACE_ALL),
};

static void *protocol_create(const struct family_context *context, struct error *error)
{
	return per_interface_create(context, "protocol counters", sizeof(struct protocol_counters),
				    error);
}

static void protocol_count(void *state, const struct packet *packets,
			   const struct verdict *verdicts, size_t n)
{
	(void)verdicts;
	for (size_t i = 0; i < n; i++) {
		struct protocol_counters *counters = per_interface_at(state, packets[i].interface);

		traffic_add(&counters->traffic[packets[i].network][packets[i].protocol],
			    &packets[i]);
	}
}

static size_t protocol_max_rows(const void *state)
{
	return ((const struct per_interface *)state)->tally->max_interfaces * NETWORKS * PROTOCOLS;
}

/* IP always has a protocol, if only `other`; what is not IP has none. */
static bool is_possible(int network, int protocol)
{
	bool is_ip = network == NETWORK_IPV4 || network == NETWORK_IPV6;

	return is_ip == (protocol != PROTOCOL_NONE);
}

/* By no standard. Where it comes all the same it counts, and is shown from then on. */
static bool is_absurd(int network, int protocol)
{
	return (network == NETWORK_IPV4 && protocol == PROTOCOL_ICMPV6) ||
	       (network == NETWORK_IPV6 &&
		(protocol == PROTOCOL_ICMP || protocol == PROTOCOL_IGMP));
}

static size_t protocol_copy(const void *opaque, void *rows)
{
	const struct per_interface *state = opaque;
	struct protocol_row *row = rows;

	PER_INTERFACE_EACH (state, slot) {
		const struct protocol_counters *counters = per_interface_at(state, slot);

		for (int network = 0; network < NETWORKS; network++) {
			for (int protocol = 0; protocol < PROTOCOLS; protocol++) {
				const struct traffic *traffic =
					&counters->traffic[network][protocol];

				if (!is_possible(network, protocol) ||
				    (is_absurd(network, protocol) && traffic_is_none(traffic)))
					continue;
				*row++ = (struct protocol_row){
					.interface = slot,
					.network = (uint8_t)network,
					.protocol = (uint8_t)protocol,
					.traffic = *traffic,
				};
			}
		}
	}
	return (size_t)(row - (struct protocol_row *)rows);
}

const struct family protocol_family = {
	.name = "protocol",
	.kind = FAMILY_FIXED,
	.is_core = true,
	.help = "Traffic by network and protocol.",
	.subtree = 3, /* iptallyProtocolTable */
	.keys = protocol_keys,
	.n_keys = COUNT(protocol_keys),
	.fields = protocol_fields,
	.n_fields = COUNT(protocol_fields),
	.row_size = sizeof(struct protocol_row),
	.create = protocol_create,
	.destroy = free,
	.count = protocol_count,
	.forget_interface = per_interface_forget,
	.max_rows = protocol_max_rows,
	.copy = protocol_copy,
};
