/* Packets as decoding would give them, and a tally under a clock that the test turns by hand. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ETHERNET_BYTES 14

static void set_address(uint8_t address[IP_ADDRESS_BYTES], struct end end)
{
	static const uint8_t ipv4[] = {10, 0, 0};
	static const uint8_t ipv6[] = {0x20, 0x01, 0x0d, 0xb8};

	if (end.version == 4) {
		memcpy(address, ipv4, sizeof(ipv4));
		address[3] = end.host;
	} else {
		memcpy(address, ipv6, sizeof(ipv6));
		address[15] = end.host;
	}
}

struct packet packet_ip(struct end from, struct end to, enum protocol protocol,
			uint32_t frame_bytes)
{
	static const uint8_t numbers[PROTOCOLS] = {6, 17, 1, 58, 2, 47, 50, 51, 132, 89, 103, 99};
	struct packet packet = {
		.frame_bytes = frame_bytes,
		.link_bytes = ETHERNET_BYTES,
		.network = from.version == 4 ? NETWORK_IPV4 : NETWORK_IPV6,
		.protocol = (uint8_t)protocol,
		.ip_protocol = numbers[protocol],
	};

	set_address(packet.source, from);
	set_address(packet.destination, to);
	return packet;
}

static struct packet packet_with_ports(struct end from, struct end to, enum protocol protocol,
				       uint32_t frame_bytes)
{
	struct packet packet = packet_ip(from, to, protocol, frame_bytes);

	packet.flags = PACKET_PORTS;
	packet.source_port = from.port;
	packet.destination_port = to.port;
	return packet;
}

struct packet packet_tcp(struct end from, struct end to, uint8_t flags, uint32_t sequence,
			 uint32_t acknowledgement)
{
	struct packet packet = packet_with_ports(from, to, PROTOCOL_TCP, 60);

	packet.flags |= PACKET_TCP;
	packet.tcp_flags = flags;
	packet.tcp_sequence = sequence;
	packet.tcp_acknowledgement = acknowledgement;
	return packet;
}

struct packet packet_udp(struct end from, struct end to, uint32_t frame_bytes)
{
	struct packet packet = packet_with_ports(from, to, PROTOCOL_UDP, frame_bytes);

	packet.payload_bytes = frame_bytes - ETHERNET_BYTES - (from.version == 4 ? 20 : 40) - 8;
	return packet;
}

struct packet packet_icmp_echo(struct end from, struct end to, bool reply, uint16_t identifier)
{
	enum protocol protocol = from.version == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
	struct packet packet = packet_ip(from, to, protocol, 98);

	if (from.version == 4)
		packet.icmp_type = reply ? 0 : 8;
	else
		packet.icmp_type = reply ? 129 : 128;
	packet.flags = PACKET_ICMP_ID;
	packet.source_port = identifier;
	packet.destination_port = identifier;
	return packet;
}

struct packet packet_arp(uint32_t frame_bytes)
{
	return (struct packet){
		.frame_bytes = frame_bytes,
		.link_bytes = ETHERNET_BYTES,
		.network = NETWORK_ARP,
		.protocol = PROTOCOL_NONE,
	};
}

struct packet packet_first_fragment(struct end from, struct end to, uint32_t id)
{
	struct packet packet = packet_udp(from, to, 1514);

	packet.flags |= PACKET_FRAGMENT | PACKET_MORE_FRAGMENTS;
	packet.fragment_id = id;
	return packet;
}

struct packet packet_later_fragment(struct end from, struct end to, uint32_t id)
{
	struct packet packet = packet_ip(from, to, PROTOCOL_UDP, 1000);

	packet.flags = PACKET_FRAGMENT | PACKET_LATER_FRAGMENT;
	packet.fragment_id = id;
	return packet;
}

uint32_t random_below(struct random *random, uint32_t limit)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return (uint32_t)((random->state * 0x2545f4914f6cdd1dULL >> 32) * limit >> 32);
}

static struct packet random_ip(struct random *random, uint32_t hosts)
{
	static const uint8_t flags[] = {TCP_SYN,           TCP_SYN | TCP_ACK, TCP_ACK,
					TCP_FIN | TCP_ACK, TCP_RST,           TCP_RST | TCP_ACK};
	uint8_t version = random_below(random, 4) ? 4 : 6;
	struct end a = {version, (uint8_t)random_below(random, hosts),
			(uint16_t)(random_below(random, 3) + 1022)};
	struct end b = {version, (uint8_t)random_below(random, hosts),
			(uint16_t)(random_below(random, 3) + 1022)};
	uint32_t bytes = 70 + random_below(random, 1444);
	struct packet packet;

	switch (random_below(random, 8)) {
	case 0:
	case 1:
		packet = packet_tcp(a, b, flags[random_below(random, 6)], random_below(random, 3),
				    random_below(random, 3));
		packet.frame_bytes = bytes;
		return packet;
	case 2:
	case 3:
		return packet_udp(a, b, bytes);
	case 4:
		return packet_icmp_echo(a, b, random_below(random, 2),
					(uint16_t)random_below(random, 3));
	case 5:
		return packet_first_fragment(a, b, random_below(random, 50));
	case 6:
		return packet_later_fragment(a, b, random_below(random, 50));
	default:
		return packet_ip(a, b, random_below(random, PROTOCOL_NONE), bytes);
	}
}

struct packet packet_random(struct random *random, uint32_t interfaces, uint32_t hosts)
{
	struct packet packet = random_below(random, 16)
				       ? random_ip(random, hosts)
				       : packet_arp(60 + random_below(random, 100));

	packet.interface = (uint16_t)random_below(random, interfaces);
	packet.direction = (uint8_t)random_below(random, DIRECTIONS);
	packet.vlan[0] = (uint16_t)(random_below(random, 4) == 0);
	return packet;
}

struct tally_options bench_options(uint32_t flows)
{
	return (struct tally_options){
		.flows =
			{
				.capacity = flows,
				.export_max = 4,
				.timeout_ns =
					{
						[FLOW_ONE_WAY] = 60 * SECOND,
						[FLOW_TWO_WAY] = 180 * SECOND,
						[FLOW_HALF_OPEN] = 60 * SECOND,
						[FLOW_ESTABLISHED] = 900 * SECOND,
						[FLOW_MIDSTREAM] = 900 * SECOND,
						[FLOW_CLOSING] = 900 * SECOND,
						[FLOW_CLOSED] = 15 * SECOND,
						[FLOW_RESET] = 15 * SECOND,
					},
			},
		.max_fragments = 64,
		.max_interfaces = 4,
	};
}

struct bench *bench_open(const struct tally_options *options)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct error error;
	uint16_t slot;

	if (!bench || tally_create(&bench->tally, &bench->ledger, options, &error) < 0 ||
	    !tally_add_interface(&bench->tally, &slot) ||
	    !tally_add_interface(&bench->tally, &slot)) {
		fprintf(stderr, "# the bench could not be set up\n");
		abort();
	}
	bench->tally.interfaces[0].ifindex = 7;
	bench->tally.interfaces[1].ifindex = 3;
	bench->now_ns = BENCH_BEGINS;
	return bench;
}

void bench_close(struct bench *bench)
{
	ledger_release(&bench->ledger);
	free(bench);
}

const struct verdict *bench_count(struct bench *bench, struct packet packet)
{
	packet.time.ns = bench->now_ns;
	tally_classify(&bench->tally, &packet, &bench->verdict, 1,
		       (struct monotonic_time){bench->now_ns});
	return &bench->verdict;
}

struct flow *bench_flow(const struct bench *bench)
{
	if (bench->verdict.flow == TABLE_NONE)
		return NULL;
	return table_row(&bench->tally.flows.table, bench->verdict.flow);
}

uint8_t bench_state(const struct bench *bench)
{
	return bench_flow(bench)->state;
}

void bench_wait(struct bench *bench, int64_t ns)
{
	bench->now_ns += ns;
}

const struct flow_totals *bench_totals(const struct bench *bench, uint16_t slot)
{
	return &bench->tally.flows.totals[slot];
}

uint64_t row_value(const struct family *family, const void *row, const char *field)
{
	for (size_t i = 0; i < family->n_fields; i++) {
		const void *value = (const uint8_t *)row + family->fields[i].offset;

		if (strcmp(family->fields[i].name, field) != 0)
			continue;
		switch (family->fields[i].kind) {
		case FIELD_COUNTER:
		case FIELD_GAUGE:
		case FIELD_HISTOGRAM:
			return *(const uint64_t *)value;
		case FIELD_UNSIGNED:
			return *(const uint32_t *)value;
		case FIELD_PORT:
			return *(const uint16_t *)value;
		case FIELD_BOOL:
		case FIELD_ENUM:
			return *(const uint8_t *)value;
		default:
			break;
		}
	}
	fprintf(stderr, "# %s has no number %s\n", family->name, field);
	abort();
}

const char *row_text(const struct family *family, const void *row, const char *field,
		     struct names *names)
{
	static char made[FAMILY_TEXT_MAX];

	for (size_t i = 0; i < family->n_fields; i++)
		if (family->fields[i].kind == FIELD_TEXT &&
		    strcmp(family->fields[i].name, field) == 0)
			return family_text(&family->fields[i], names, row, made);
	fprintf(stderr, "# %s has no text %s\n", family->name, field);
	abort();
}

uint64_t row_key(const struct family *family, const void *row, size_t key)
{
	const void *value = (const uint8_t *)row + family->keys[key].offset;

	switch (family->keys[key].kind) {
	case KEY_NETWORK:
	case KEY_PROTOCOL:
		return *(const uint8_t *)value;
	case KEY_PORT:
		return *(const uint16_t *)value;
	default:
		return *(const uint32_t *)value;
	}
}
