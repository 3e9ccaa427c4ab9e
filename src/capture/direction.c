/* The direction of a frame: the program that puts it into the captured length, and cooked headers. */
#include "capture/direction.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <pcap/pcap.h>

/* Where the packet type stands: tcpdump.org's LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2. */
#define SLL_PACKET_TYPE  0 /* two bytes, network order */
#define SLL2_PACKET_TYPE 10

static bool accepts(const struct bpf_insn *instruction)
{
	return instruction->code == (BPF_RET | BPF_K) && instruction->k != 0;
}

/* A return of the accumulator: libpcap's compiler makes none, and it could not be told apart. */
static bool returns_otherwise(const struct bpf_insn *instruction)
{
	return BPF_CLASS(instruction->code) == BPF_RET && instruction->code != (BPF_RET | BPF_K);
}

/* The instructions behind a filter. */
struct tail {
	struct sock_filter code[64];
	size_t n;
};

/* Where a jump leads, until it is known how far that is. */
#define TO_PLAIN 0xff

#define ETHERNET_BYTES   14
#define IPV4_BYTES       20
#define IPV6_BYTES       40
#define TCP_LEAST_BYTES  32 /* with so many options that 16 bytes can go and none is wanted */
#define TCP_FLAGS_AT     13
#define TCP_OFFSET_AT    12
#define TCP_OFFSET_LEAST (TCP_LEAST_BYTES / 4 << 4)

static void put(struct tail *tail, struct sock_filter instruction)
{
	tail->code[tail->n++] = instruction;
}

static void put_load(struct tail *tail, uint16_t size, uint32_t at)
{
	put(tail, (struct sock_filter)BPF_STMT(BPF_LD | BPF_ABS | size, at));
}

/* Goes on where what was loaded compares so; elsewhere, or just there, the frame is plain. */
static void put_only_if(struct tail *tail, uint16_t comparison, uint32_t k)
{
	put(tail, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_K | comparison, k, 0, TO_PLAIN));
}

static void put_not_if(struct tail *tail, uint16_t comparison, uint32_t k)
{
	put(tail, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_K | comparison, k, TO_PLAIN, 0));
}

/* A SYN with enough options, whose TCP header stands here: what M[0] says is taken from its end. */
static void put_syn(struct tail *tail, uint32_t tcp_at)
{
	put(tail, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0));
	put_only_if(tail, BPF_JGE, tcp_at + TCP_LEAST_BYTES);
	put_load(tail, BPF_B, tcp_at + TCP_FLAGS_AT);
	put_only_if(tail, BPF_JSET, 0x02);
	put_load(tail, BPF_B, tcp_at + TCP_OFFSET_AT);
	put_only_if(tail, BPF_JGE, TCP_OFFSET_LEAST);
	put(tail, (struct sock_filter)BPF_STMT(BPF_LDX | BPF_W | BPF_MEM, 0));
	put(tail, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0));
	put(tail, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_SUB | BPF_X, 0));
	put(tail, (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0));
}

/* IPv4 without options or IPv6 without extension headers, and TCP; A holds the length less one. */
static void put_scale(struct tail *tail, uint32_t snap_length, uint32_t network_at)
{
	size_t to_ipv6;

	put_only_if(tail, BPF_JGE, network_at + IPV4_BYTES + TCP_LEAST_BYTES - 1);
	/* Longer, with a tag put back, and it would look like a frame that is cut at S. */
	put_not_if(tail, BPF_JGE, snap_length - DIRECTION_MARGIN - 4);
	put(tail, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 2));
	put(tail, (struct sock_filter)BPF_STMT(BPF_MISC | BPF_TAX, 0));
	put(tail, (struct sock_filter)BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0));
	put_only_if(tail, BPF_JEQ, 0x0303);
	put(tail, (struct sock_filter)BPF_STMT(BPF_LD | BPF_B | BPF_IND, 2));
	put_not_if(tail, BPF_JGT, DIRECTION_SCALE_MOST);
	put(tail, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 2));
	put(tail, (struct sock_filter)BPF_STMT(BPF_ST, 0));

	put_load(tail, BPF_B, network_at);
	to_ipv6 = tail->n;
	put(tail, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x45, 0, 0));
	if (network_at) {
		put_load(tail, BPF_H, network_at - 2);
		put_only_if(tail, BPF_JEQ, ETH_P_IP);
	}
	put_load(tail, BPF_H, network_at + 6);
	put_not_if(tail, BPF_JSET, 0x1fff); /* a later fragment */
	put_load(tail, BPF_B, network_at + 9);
	put_only_if(tail, BPF_JEQ, IPPROTO_TCP);
	put_syn(tail, network_at + IPV4_BYTES);

	tail->code[to_ipv6].jf = (uint8_t)(tail->n - to_ipv6 - 1);
	put(tail, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4));
	put_only_if(tail, BPF_JEQ, 6);
	if (network_at) {
		put_load(tail, BPF_H, network_at - 2);
		put_only_if(tail, BPF_JEQ, ETH_P_IPV6);
	}
	put_load(tail, BPF_B, network_at + 6);
	put_only_if(tail, BPF_JEQ, IPPROTO_TCP);
	put_syn(tail, network_at + IPV6_BYTES);
}

static void make_by_length(struct tail *tail, uint32_t snap_length, enum direction_link link)
{
	const uint32_t received = snap_length - DIRECTION_MARGIN;

	put_load(tail, BPF_W, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE));
	put(tail, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1));
	put(tail, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, snap_length));
	put(tail, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0));
	put(tail, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 1));
	put(tail, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, received, 0, 1));
	put(tail, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, received));
	/* A frame of one byte (raw IP only): to return 0 would lose it. */
	put(tail, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1));
	put(tail, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 1));
	if (link == DIRECTION_ETHERNET)
		put_scale(tail, snap_length, ETHERNET_BYTES);
	else if (link == DIRECTION_RAW_IP)
		put_scale(tail, snap_length, 0);
	for (size_t i = 0; i < tail->n; i++) {
		struct sock_filter *jump = &tail->code[i];

		if (BPF_CLASS(jump->code) != BPF_JMP)
			continue;
		if (jump->jt == TO_PLAIN)
			jump->jt = (uint8_t)(tail->n - i - 1);
		if (jump->jf == TO_PLAIN)
			jump->jf = (uint8_t)(tail->n - i - 1);
	}
	put(tail, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0));
	put(tail, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 1));
	put(tail, (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0));
}

static void make_once(struct tail *tail, uint32_t snap_length)
{
	put_load(tail, BPF_W, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE));
	put(tail, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1));
	put(tail, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0));
	put(tail, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, snap_length));
}

int direction_program(struct sock_fprog *program, const struct bpf_insn *filter, size_t length,
		      uint32_t snap_length, enum direction_link link, struct error *error)
{
	struct tail tail = {.n = 0};
	struct sock_filter *code;

	if (link == DIRECTION_LOOPBACK)
		make_once(&tail, snap_length);
	else
		make_by_length(&tail, snap_length, link);
	if (length == 0)
		return error_set(error, EINVAL, "the filter has no instructions");
	if (length + tail.n > BPF_MAXINSNS)
		return error_set(error, E2BIG,
				 "the filter makes %zu instructions, the kernel takes %zu; "
				 "use a shorter one",
				 length, BPF_MAXINSNS - tail.n);
	code = calloc(length + tail.n, sizeof(*code));
	if (!code)
		return error_set(error, ENOMEM, "no memory for the filter");

	for (size_t i = 0; i < length; i++) {
		if (returns_otherwise(&filter[i])) {
			free(code);
			return error_set(error, EINVAL, "the filter returns a computed length");
		}
		if (accepts(&filter[i]))
			/* Of one size, so that no other jump moves; its reach is 32 bits. */
			code[i] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA,
							       (uint32_t)(length - i - 1));
		else
			code[i] = (struct sock_filter){filter[i].code, filter[i].jt, filter[i].jf,
						       filter[i].k};
	}
	memcpy(code + length, tail.code, tail.n * sizeof(*code));
	*program = (struct sock_fprog){.len = (unsigned short)(length + tail.n), .filter = code};
	return 0;
}

enum direction direction_in_header(int link_type, const uint8_t *data, uint32_t captured)
{
	unsigned int packet_type = PACKET_HOST;

	if (link_type == DLT_LINUX_SLL && captured >= SLL_PACKET_TYPE + 2)
		packet_type = (unsigned int)data[SLL_PACKET_TYPE] << 8 | data[SLL_PACKET_TYPE + 1];
	else if (link_type == DLT_LINUX_SLL2 && captured > SLL2_PACKET_TYPE)
		packet_type = data[SLL2_PACKET_TYPE];
	return packet_type == PACKET_OUTGOING ? DIRECTION_TRANSMIT : DIRECTION_RECEIVE;
}
