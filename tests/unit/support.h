/*
 * What the tests of the tally and of the families share: packets as decoding would give them, and
 * a tally under a clock that the test turns by hand.
 */
#ifndef IPTALLY_TEST_SUPPORT_H
#define IPTALLY_TEST_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "decode/packet.h"
#include "family/family.h"
#include "tally/tally.h"

/* One end of a flow: 10.0.0.`host`, or 2001:db8::`host`, and a port. */
struct end {
	uint8_t version;
	uint8_t host;
	uint16_t port;
};

static inline struct end end4(uint8_t host, uint16_t port)
{
	return (struct end){4, host, port};
}

static inline struct end end6(uint8_t host, uint16_t port)
{
	return (struct end){6, host, port};
}

/* Received on slot 0, behind an Ethernet header, of this many frame bytes. */
struct packet packet_tcp(struct end from, struct end to, uint8_t flags, uint32_t sequence,
			 uint32_t acknowledgement);
struct packet packet_udp(struct end from, struct end to, uint32_t frame_bytes);
struct packet packet_icmp_echo(struct end from, struct end to, bool reply, uint16_t identifier);

/* IP of a protocol without ports that can be seen. */
struct packet packet_ip(struct end from, struct end to, enum protocol protocol,
			uint32_t frame_bytes);
struct packet packet_arp(uint32_t frame_bytes);

/* A UDP fragment: offset 0 has the ports, a later one has none. */
struct packet packet_first_fragment(struct end from, struct end to, uint32_t id);
struct packet packet_later_fragment(struct end from, struct end to, uint32_t id);

/* A small generator, so that a failure can be seen again (xorshift64*, never 0). */
struct random {
	uint64_t state;
};

uint32_t random_below(struct random *random, uint32_t limit);

/* Anything: all protocols, fragments, what is not IP; few ends, so that flows are met again. */
struct packet packet_random(struct random *random, uint32_t interfaces, uint32_t hosts);

#define SECOND NS_PER_SECOND
/* The monotonic clock of a bench begins here: at no round number. */
#define BENCH_BEGINS (1000 * SECOND)

struct bench {
	struct ledger ledger;
	struct tally tally;
	struct verdict verdict; /* of the last packet */
	int64_t now_ns;
};

/* Time-outs as DESIGN has them, 2 interfaces in use, room for this many flows. */
struct tally_options bench_options(uint32_t flows);
struct bench *bench_open(const struct tally_options *options);
void bench_close(struct bench *bench);

/* Counts one packet as a batch of one, at bench->now_ns. The verdict stays in the bench too. */
const struct verdict *bench_count(struct bench *bench, struct packet packet);

/* The flow of the last packet; NULL where it has none. */
struct flow *bench_flow(const struct bench *bench);
uint8_t bench_state(const struct bench *bench);
void bench_wait(struct bench *bench, int64_t ns);
const struct flow_totals *bench_totals(const struct bench *bench, uint16_t slot);

/* A number in a family's row, by the name of its field; a key that is a number, by its place; a
 * text, which is good until the next one. */
uint64_t row_value(const struct family *family, const void *row, const char *field);
uint64_t row_key(const struct family *family, const void *row, size_t key);
const char *row_text(const struct family *family, const void *row, const char *field,
		     struct names *names);

#endif
