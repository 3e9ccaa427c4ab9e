/*
 * A SYN is an attempt. A datagram without a flow may be one, or the late answer to one of ours: from
 * an end that we sent to, or to a port that we sent from to all, or from a service to none.
 */
#include "family/attempt.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/hash.h"

/* Ends that are remembered: a power of two. Each has one place, and the later one takes it. */
#define TALKED_TO 16384

struct end_key {
	uint8_t address[IP_ADDRESS_BYTES]; /* zero: any */
	uint16_t interface;
	uint16_t port;
};

int attempts_create(struct attempts *attempts, const struct tally *tally, struct ledger *ledger,
		    struct error *error)
{
	*attempts = (struct attempts){
		.tally = tally,
		.seed = hash_seed(),
		.talked_to = ledger_map(ledger, "ends talked to",
					TALKED_TO * sizeof(*attempts->talked_to), error),
	};
	return attempts->talked_to ? 0 : -ENOMEM;
}

static uint32_t hash_end(const struct attempts *attempts, uint16_t interface,
			 const uint8_t *address, uint16_t port)
{
	struct end_key key = {.interface = interface, .port = port};

	if (address)
		memcpy(key.address, address, sizeof(key.address));
	return hash_key(&key, sizeof(key), attempts->seed) | 1; /* 0: nobody */
}

static void remember(struct attempts *attempts, uint32_t end)
{
	attempts->talked_to[end / 2 % TALKED_TO] = end;
}

static bool is_remembered(const struct attempts *attempts, uint32_t end)
{
	return attempts->talked_to[end / 2 % TALKED_TO] == end;
}

/* Who answers what was sent to all is not known before. */
static void remember_sent(struct attempts *attempts, const struct packet *packet)
{
	if (packet->cast == CAST_UNICAST)
		remember(attempts, hash_end(attempts, packet->interface, packet->destination,
					    packet->destination_port));
	else
		remember(attempts,
			 hash_end(attempts, packet->interface, NULL, packet->source_port));
}

static bool is_answer(const struct attempts *attempts, const struct packet *packet)
{
	const struct service_ports *services = &attempts->tally->service_ports;

	if (service_port_is_listed(services, packet->source_port) &&
	    !service_port_is_listed(services, packet->destination_port))
		return true;
	return is_remembered(attempts, hash_end(attempts, packet->interface, packet->source,
						packet->source_port)) ||
	       is_remembered(attempts,
			     hash_end(attempts, packet->interface, NULL, packet->destination_port));
}

bool attempt_comes_in(struct attempts *attempts, const struct packet *packet,
		      const struct verdict *verdict)
{
	if (attempts->tally->interfaces[packet->interface].loopback)
		return false;
	if (verdict->opening_direction != DIRECTION_RECEIVE) {
		if (packet->protocol == PROTOCOL_UDP)
			remember_sent(attempts, packet);
		return false;
	}
	if (packet->cast != CAST_UNICAST)
		return false;
	return packet->protocol == PROTOCOL_TCP || !is_answer(attempts, packet);
}

/* In a file that knows no directions, answers are received as well. */
static bool may_go_out(const struct attempts *attempts, const struct packet *packet)
{
	return packet->direction == DIRECTION_TRANSMIT || attempts->tally->packet_clock;
}

bool attempt_may_have_come_in(const struct attempts *attempts, const struct packet *packet,
			      const struct verdict *verdict)
{
	if (attempts->tally->interfaces[packet->interface].loopback)
		return false;
	return verdict->from_initiator ? packet->direction == DIRECTION_RECEIVE
				       : may_go_out(attempts, packet);
}

bool attempt_is_turned_away(const struct attempts *attempts, const struct packet *packet,
			    const struct verdict *verdict, struct attempt *attempt)
{
	bool is_icmp = packet->protocol == PROTOCOL_ICMP || packet->protocol == PROTOCOL_ICMPV6;

	if (!is_icmp || !packet->message || !may_go_out(attempts, packet))
		return false;
	*attempt = (struct attempt){
		.source.version = packet->network == NETWORK_IPV4 ? 4 : 6,
		.interface = packet->interface,
		.from_port = packet->quoted_source_port,
		.port = packet->quoted_destination_port,
		.protocol = packet->message == IPPROTO_TCP ? PROTOCOL_TCP : PROTOCOL_UDP,
		.now_ns = verdict->now_ns,
	};
	memcpy(attempt->source.bytes, packet->destination, IP_ADDRESS_BYTES);
	return true;
}

static int64_t hear(struct attempts *attempts, int64_t now_ns)
{
	if (attempts->heard_ns < now_ns)
		attempts->heard_ns = now_ns;
	return attempts->heard_ns;
}

struct attempt attempt_of(struct attempts *attempts, const struct packet *packet,
			  const struct verdict *verdict)
{
	bool from_source = verdict->from_initiator;
	struct attempt attempt = {
		.interface = packet->interface,
		.protocol = packet->protocol,
		.now_ns = hear(attempts, verdict->now_ns),
		.from_port = from_source ? packet->source_port : packet->destination_port,
		.port = from_source ? packet->destination_port : packet->source_port,
	};
	uint8_t version = packet->network == NETWORK_IPV4 ? 4 : 6;

	attempt.source.version = version;
	attempt.target.version = version;
	memcpy(attempt.source.bytes, from_source ? packet->source : packet->destination,
	       IP_ADDRESS_BYTES);
	memcpy(attempt.target.bytes, from_source ? packet->destination : packet->source,
	       IP_ADDRESS_BYTES);
	return attempt;
}
