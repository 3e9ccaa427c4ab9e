/* Both directions of a flow make one key, which has no orientation. */
#include "tally/flow_key.h"

#include <string.h>

static uint64_t read_word(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

static bool has_ports(uint8_t protocol)
{
	return protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP || protocol == PROTOCOL_SCTP;
}

/* The type of the query that a packet is of: a reply has another one (RFC 792; RFC 4443 4). */
static uint16_t query_type(const struct packet *packet)
{
	switch (packet->icmp_type) {
	case 0:
		return 8;
	case 14:
	case 16:
	case 18:
	case 129:
		return packet->icmp_type - 1;
	default:
		return packet->icmp_type;
	}
}

static bool is_icmp_reply(const struct packet *packet)
{
	return packet->flags & PACKET_ICMP_ID && query_type(packet) != packet->icmp_type;
}

/*
 * Whether the sender's end is the low one, in an order that only has to be the same always. Of a packet
 * to its own sender's address the ports tell which end that is, or that it is a reply.
 */
static bool is_sender_low(const struct packet *packet)
{
	uint64_t source = read_word(packet->source), destination = read_word(packet->destination);

	if (source == destination) {
		source = read_word(packet->source + 8);
		destination = read_word(packet->destination + 8);
	}
	if (source != destination)
		return source < destination;
	return packet->source_port <= packet->destination_port && !is_icmp_reply(packet);
}

bool flow_key_make(const struct packet *packet, struct flow_key *key, bool *sender_is_low)
{
	uint16_t source_port = 0, destination_port = 0;
	bool is_low;

	if (!packet_is_ip(packet) ||
	    (has_ports(packet->protocol) && !(packet->flags & PACKET_PORTS)))
		return false;
	if (packet->flags & PACKET_PORTS) {
		source_port = packet->source_port;
		destination_port = packet->destination_port;
	}
	*sender_is_low = is_low = is_sender_low(packet);
	memcpy(key->low, is_low ? packet->source : packet->destination, IP_ADDRESS_BYTES);
	memcpy(key->high, is_low ? packet->destination : packet->source, IP_ADDRESS_BYTES);
	key->low_port = is_low ? source_port : destination_port;
	key->high_port = is_low ? destination_port : source_port;
	if (packet->flags & PACKET_ICMP_ID) {
		key->low_port = packet->source_port;
		key->high_port = query_type(packet);
	}
	key->vlan[0] = packet->vlan[0];
	key->vlan[1] = packet->vlan[1];
	key->interface = packet->interface;
	key->network = packet->network;
	key->ip_protocol = packet->ip_protocol;
	return true;
}
