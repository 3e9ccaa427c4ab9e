/*
 * Attempts to connect that come in: what the knock list and the search for probes count. What this
 * machine begins is none, nor is what goes over its loopback device, nor a datagram that answers.
 */
#ifndef IPTALLY_FAMILY_ATTEMPT_H
#define IPTALLY_FAMILY_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"
#include "decode/packet.h"
#include "family/family.h"
#include "tally/tally.h"
#include "tally/verdict.h"

/* Who tried what, and when something was heard of it. */
struct attempt {
	struct family_address source, target;
	uint16_t interface;
	uint16_t from_port, port;
	uint8_t protocol; /* PROTOCOL_TCP, PROTOCOL_UDP */
	int64_t now_ns;   /* on the ageing clock */
};

struct attempts {
	const struct tally *tally;
	uint32_t *talked_to; /* fingerprints of ends that datagrams went to */
	uint64_t seed;
	int64_t heard_ns; /* of the latest attempt */
};

/* The memory is the ledger's. Returns 0, or a negative errno and *error. */
int attempts_create(struct attempts *attempts, const struct tally *tally, struct ledger *ledger,
		    struct error *error);

/* Whether a packet that opens a connection is an attempt that comes in. Ask once for each. */
bool attempt_comes_in(struct attempts *attempts, const struct packet *packet,
		      const struct verdict *verdict);

/* Whether the connection that a packet belongs to may have been an attempt that came in. */
bool attempt_may_have_come_in(const struct attempts *attempts, const struct packet *packet,
			      const struct verdict *verdict);

/*
 * Whether a packet is the ICMP error that turns away an attempt that came in, of which it tells the
 * source, both ports and the protocol.
 */
bool attempt_is_turned_away(const struct attempts *attempts, const struct packet *packet,
			    const struct verdict *verdict, struct attempt *attempt);

/* The attempt that a packet makes, or tells of. Of several workers' packets, none goes back in time. */
struct attempt attempt_of(struct attempts *attempts, const struct packet *packet,
			  const struct verdict *verdict);

#endif
