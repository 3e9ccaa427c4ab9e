/*
 * Makes the capture files of the benchmark (tests/bench/run): the same bytes wherever it runs.
 *
 *   workload KIND FLOWS PACKETS SNAP FILE
 *
 * KIND is `mixed` (TCP, UDP and pings of 60, 590 and 1514 bytes, 15 % of the flows IPv6), `elephants`
 * (full segments and their acknowledgements), or an attack: `flood` (each packet is the SYN of a new
 * flow), `scan` (one machine tries all hosts of IPv4) or `macs` (datagrams between stations that are
 * never seen again). Flows take turns at random, 500,000 packets a second; TCP has its handshake and
 * goes on in order. Where there is an attack FLOWS are those of its victims, TCP as in `mixed`: the
 * first packets, and then each 64th or so, are theirs. How many those were is printed on standard error.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>

#define PACKET_NS   2000
#define START       1700000000u
#define STATIONS    200
#define FRAME_LEAST 60
#define FRAME_MOST  1514
#define ETHER_BYTES 14
#define MAC_BYTES   6

#define IPV4_DESTINATION_AT 16
#define VICTIMS_FROM        0xc00000u /* clients that no attack has by chance more than now and then */

enum { PING = 1, TCP = 6, UDP = 17 };
enum { FIN = 0x01, SYN = 0x02, PSH = 0x08, ACK = 0x10 };
enum { CLIENT, SERVER };

struct flow {
	uint32_t client, server; /* numbers that addresses are made of */
	uint16_t ports[2];
	uint8_t protocol;
	bool is_ipv6;
	uint8_t handshake;    /* TCP: segments of it that were sent */
	uint32_t sequence[2]; /* by CLIENT, SERVER: what they send next */
};

/* https://prng.di.unimi.it/splitmix64.c */
static uint64_t random_state = 1;

static uint64_t random_next(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static uint32_t random_below(uint32_t n)
{
	return (uint32_t)((random_next() >> 32) * n >> 32);
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static void put_mac(uint8_t *at, uint32_t number)
{
	at[0] = 2; /* locally administered */
	at[1] = 0;
	put32(at + 2, number);
}

/* Clients are in 10/8 and fd00::/16, servers elsewhere; the router has MAC address 0. */
static void put_ethernet(uint8_t *frame, const struct flow *flow, int sender)
{
	uint32_t station = 1 + flow->client % STATIONS;

	put_mac(frame, sender == CLIENT ? 0 : station);
	put_mac(frame + 6, sender == CLIENT ? station : 0);
	put16(frame + 12, flow->is_ipv6 ? 0x86dd : 0x0800);
}

static uint32_t address_of(const struct flow *flow, int end)
{
	return end == CLIENT ? 0x0a000000u + (flow->client & 0xffffff)
			     : 0x14000000u + (flow->server & 0x3ffffff);
}

static size_t put_ipv4(uint8_t *header, const struct flow *flow, int sender, size_t payload)
{
	memset(header, 0, 20);
	header[0] = 0x45;
	put16(header + 2, (uint32_t)(20 + payload));
	header[8] = 64;
	header[9] = flow->protocol;
	put32(header + 12, address_of(flow, sender));
	put32(header + 16, address_of(flow, !sender));
	return 20;
}

static size_t put_ipv6(uint8_t *header, const struct flow *flow, int sender, size_t payload)
{
	memset(header, 0, 40);
	header[0] = 0x60;
	put16(header + 4, (uint32_t)payload);
	header[6] = flow->protocol == PING ? 58 : flow->protocol;
	header[7] = 64;
	for (int end = 0; end < 2; end++) {
		uint8_t *address = header + (end == sender ? 8 : 24);

		put16(address, end == CLIENT ? 0xfd00 : 0x2001);
		put32(address + 12, address_of(flow, end));
	}
	return 40;
}

static void put_tcp(uint8_t *header, struct flow *flow, int sender, size_t payload)
{
	static const uint8_t handshake_flags[] = {SYN, SYN | ACK, ACK};
	uint8_t flags = payload ? PSH | ACK : ACK;

	if (flow->handshake < 3)
		flags = handshake_flags[flow->handshake++];
	memset(header, 0, 20);
	put32(header + 4, flow->sequence[sender]);
	if (flags & ACK)
		put32(header + 8, flow->sequence[!sender]);
	header[12] = 5 << 4;
	header[13] = flags;
	put16(header + 14, 65535);
	flow->sequence[sender] += (uint32_t)payload + !!(flags & SYN);
}

/*
 * A frame of this many bytes or a few more, where its headers alone are longer; the shortest are
 * padded and carry nothing. Returns its length.
 */
static size_t put_frame(uint8_t *frame, struct flow *flow, int sender, size_t bytes)
{
	size_t ip_bytes = flow->is_ipv6 ? 40 : 20, transport_bytes = flow->protocol == TCP ? 20 : 8;
	size_t headers = ETHER_BYTES + ip_bytes + transport_bytes;
	size_t payload = bytes > FRAME_LEAST ? bytes - headers : 0;
	uint8_t *at = frame + ETHER_BYTES;

	put_ethernet(frame, flow, sender);
	at += flow->is_ipv6 ? put_ipv6(at, flow, sender, transport_bytes + payload)
			    : put_ipv4(at, flow, sender, transport_bytes + payload);
	if (flow->protocol == TCP) {
		put_tcp(at, flow, sender, payload);
	} else if (flow->protocol == UDP) {
		put32(at + 4, (uint32_t)(8 + payload) << 16);
	} else {
		uint32_t echo = flow->is_ipv6 ? 128u + sender : sender == CLIENT ? 8 : 0;

		put32(at, echo << 24);
		put32(at + 4, (uint32_t)flow->ports[CLIENT] << 16);
		return headers > bytes ? headers : bytes;
	}
	put16(at, flow->ports[sender]);
	put16(at + 2, flow->ports[!sender]);
	return headers > bytes ? headers : bytes;
}

/* --- kinds of traffic --- */

struct workload {
	struct flow *flows;
	uint32_t n_flows;
	uint32_t scanned;
	uint64_t of_victims; /* packets */
};

/* Few clients have many flows, to servers that several of them use. */
static void begin_mixed(struct workload *workload)
{
	static const uint16_t services[] = {443, 443, 443, 443, 80, 22, 53, 993, 3478, 8080};
	uint32_t clients = 16 + workload->n_flows / 40, servers = 16 + workload->n_flows / 4;

	for (uint32_t i = 0; i < workload->n_flows; i++) {
		uint32_t kind = random_below(100);

		workload->flows[i] = (struct flow){
			.client = random_below(clients),
			.server = random_below(servers),
			.ports = {(uint16_t)(32768 + random_below(28232)),
				  services[random_below(sizeof(services) / sizeof(*services))]},
			.protocol = kind < 80   ? TCP
				    : kind < 98 ? UDP
						: PING,
			.is_ipv6 = random_below(100) < 15,
			.sequence = {(uint32_t)random_next(), (uint32_t)random_next()},
		};
	}
}

static size_t put_mixed(struct workload *workload, uint8_t *frame)
{
	static const size_t sizes[] = {60, 60, 590, 1514};
	struct flow *flow = &workload->flows[random_below(workload->n_flows)];
	int sender = random_below(2) ? SERVER : CLIENT;

	if (flow->protocol == TCP && flow->handshake < 3)
		return put_frame(frame, flow, flow->handshake == 1 ? SERVER : CLIENT, FRAME_LEAST);
	return put_frame(frame, flow, sender, sizes[random_below(4)]);
}

static void begin_victims(struct workload *workload)
{
	for (uint32_t i = 0; i < workload->n_flows; i++)
		workload->flows[i] = (struct flow){
			.client = VICTIMS_FROM + i % 64,
			.server = i,
			.ports = {(uint16_t)(40000 + i), 443},
			.protocol = TCP,
		};
}

static size_t put_flood(struct workload *workload, uint8_t *frame)
{
	struct flow flow = {
		.client = (uint32_t)random_next(),
		.ports = {(uint16_t)(1024 + random_below(64512)), 80},
		.protocol = TCP,
		.sequence = {(uint32_t)random_next()},
	};

	(void)workload;
	return put_frame(frame, &flow, CLIENT, FRAME_LEAST);
}

/* Each address once in 2^32 of them: the factor is odd. */
static size_t put_scan(struct workload *workload, uint8_t *frame)
{
	struct flow flow = {.client = 1, .ports = {60000, 23}, .protocol = TCP};
	size_t bytes = put_frame(frame, &flow, CLIENT, FRAME_LEAST);

	put32(frame + ETHER_BYTES + IPV4_DESTINATION_AT, workload->scanned++ * 2654435761u);
	return bytes;
}

static size_t put_macs(struct workload *workload, uint8_t *frame)
{
	struct flow flow = {.client = 1, .ports = {5353, 9}, .protocol = UDP};
	size_t bytes = put_frame(frame, &flow, CLIENT, FRAME_LEAST);

	(void)workload;
	put_mac(frame, (uint32_t)random_next());
	put_mac(frame + MAC_BYTES, (uint32_t)random_next());
	return bytes;
}

/* Before the attack its victims are alone for some packets each. */
static bool is_victims_turn(const struct workload *workload)
{
	return workload->n_flows > 0 &&
	       (workload->of_victims <= 20 * (uint64_t)workload->n_flows || random_below(64) == 0);
}

static void begin_elephants(struct workload *workload)
{
	for (uint32_t i = 0; i < workload->n_flows; i++)
		workload->flows[i] = (struct flow){
			.client = i,
			.server = i,
			.ports = {(uint16_t)(40000 + i), 443},
			.protocol = TCP,
		};
}

/* The server sends; the client acknowledges every other segment. */
static size_t put_elephant(struct workload *workload, uint8_t *frame)
{
	struct flow *flow = &workload->flows[random_below(workload->n_flows)];
	bool acknowledges = random_below(3) == 0;

	if (flow->handshake < 3)
		return put_frame(frame, flow, flow->handshake == 1 ? SERVER : CLIENT, FRAME_LEAST);
	return put_frame(frame, flow, acknowledges ? CLIENT : SERVER,
			 acknowledges ? FRAME_LEAST : FRAME_MOST);
}

struct kind {
	const char *name;
	void (*begin)(struct workload *);
	size_t (*put)(struct workload *, uint8_t *frame);
	bool is_attack;
};

static const struct kind kinds[] = {
	{"mixed", begin_mixed, put_mixed, false},
	{"elephants", begin_elephants, put_elephant, false},
	{"flood", begin_victims, put_flood, true},
	{"scan", begin_victims, put_scan, true},
	{"macs", begin_victims, put_macs, true},
};

static size_t put_next(const struct kind *kind, struct workload *workload, uint8_t *frame)
{
	if (!kind->is_attack || !is_victims_turn(workload))
		return kind->put(workload, frame);
	workload->of_victims++;
	return put_mixed(workload, frame);
}

/* --- the file (https://www.tcpdump.org/manpages/pcap-savefile.5.html) --- */

static void write_all(FILE *out, const struct kind *kind, struct workload *workload,
		      uint64_t packets, uint32_t snap)
{
	const uint32_t head[] = {0xa1b23c4d, 2 | 4 << 16, 0, 0, snap, 1};
	uint8_t frame[FRAME_MOST] = {0};

	fwrite(head, sizeof(head), 1, out);
	for (uint64_t i = 0; i < packets && !ferror(out); i++) {
		uint64_t ns = i * PACKET_NS;
		uint32_t length = (uint32_t)put_next(kind, workload, frame);
		const uint32_t record[] = {START + (uint32_t)(ns / 1000000000),
					   (uint32_t)(ns % 1000000000),
					   length < snap ? length : snap, length};

		fwrite(record, sizeof(record), 1, out);
		fwrite(frame, record[2], 1, out);
	}
}

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct kind *kind = argc == 6 ? find_kind(argv[1]) : NULL;
	struct workload workload = {0};
	uint32_t snap;
	FILE *out;

	if (!kind) {
		fputs("usage: workload mixed|elephants|flood|scan|macs FLOWS PACKETS SNAP FILE\n",
		      stderr);
		return 2;
	}
	workload.n_flows = (uint32_t)strtoul(argv[2], NULL, 10);
	workload.flows = calloc(workload.n_flows + 1u, sizeof(*workload.flows));
	snap = (uint32_t)strtoul(argv[4], NULL, 10);
	out = fopen(argv[5], "wb");
	if (!workload.flows || !out) {
		perror(argv[5]);
		return 1;
	}
	if (kind->begin)
		kind->begin(&workload);
	write_all(out, kind, &workload, strtoull(argv[3], NULL, 10), snap);
	free(workload.flows);
	if (workload.of_victims)
		fprintf(stderr, "of_victims=%" PRIu64 "\n", workload.of_victims);
	if (ferror(out) | fclose(out)) {
		perror(argv[5]);
		return 1;
	}
	return 0;
}
