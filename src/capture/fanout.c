/* The program that shares frames out, and joining a group of sockets. */
#include "capture/fanout.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "base/hash.h"

#ifndef PACKET_FANOUT_FLAG_UNIQUEID
#define PACKET_FANOUT_FLAG_UNIQUEID 0x2000 /* Linux 4.14 */
#endif

#define ETHERNET_BYTES 14
#define VLAN_BYTES     4
#define SNAP_BYTES     8
#define PPPOE_BYTES    8
#define LABEL_BYTES    4
/* The kernel takes the outer tag off what is received, but not off everything that is sent. */
#define VLANS_MOST   3
#define LABELS_MOST  4
#define LABEL_BOTTOM 0x100    /* RFC 3032 2.1, of the word */
#define SNAP         0xaaaa03 /* IEEE 802.2 and RFC 1042, with the control byte; and the OUIs behind */
#define OUI_ETHERNET 0x000000
#define OUI_TUNNEL   0x0000f8
#define PPP_IPV4     0x0021
#define PPP_IPV6     0x0057
#define PPP_MPLS     0x0281
#define ETH_P_9100   0x9100 /* an older tag of a provider's */
#define MIX_SHIFT    15
#define RESULT_BITS  16

/* Scratch memory of the program. */
enum { AT_NETWORK, OF_SOURCE, SUM };

/* X is where the network header is, as far as it is known. */
struct program {
	struct sock_filter *code;
	uint16_t n;
	uint32_t base; /* of all loads: SKF_NET_OFF, or 0 */
	const uint32_t *keys;
};

/* Where a jump leads that finds no network header, until it is known how far that is. */
#define TO_FIRST 0xff

static void put(struct program *program, uint16_t code, uint32_t k)
{
	program->code[program->n++] = (struct sock_filter)BPF_STMT(code, k);
}

/* Steps over so many instructions if A compares so, and over so many if not. */
static void put_jump(struct program *program, uint16_t comparison, uint32_t k, uint8_t if_so,
		     uint8_t if_not)
{
	program->code[program->n++] =
		(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_K | comparison, k, if_so, if_not);
}

static void put_load(struct program *program, uint16_t size, uint32_t at)
{
	put(program, BPF_LD | size | BPF_IND, program->base + at);
}

/* Five instructions, which leave A as it is. */
#define SKIP_LENGTH 5

static void put_skip(struct program *program, uint32_t bytes)
{
	put(program, BPF_ST, SUM);
	put(program, BPF_MISC | BPF_TXA, 0);
	put(program, BPF_ALU | BPF_ADD | BPF_K, bytes);
	put(program, BPF_MISC | BPF_TAX, 0);
	put(program, BPF_LD | BPF_MEM, SUM);
}

/* A: the words times their keys, mixed. */
static void put_end(struct program *program, uint32_t at, uint32_t n_words)
{
	for (uint32_t i = 0; i < n_words; i++) {
		put_load(program, BPF_W, at + 4 * i);
		put(program, BPF_ALU | BPF_MUL | BPF_K, program->keys[i]);
		if (i > 0) {
			put(program, BPF_LDX | BPF_W | BPF_MEM, SUM);
			put(program, BPF_ALU | BPF_ADD | BPF_X, 0);
			put(program, BPF_LDX | BPF_W | BPF_MEM, AT_NETWORK);
		}
		put(program, BPF_ST, SUM);
	}
	put(program, BPF_MISC | BPF_TAX, 0);
	put(program, BPF_ALU | BPF_RSH | BPF_K, MIX_SHIFT);
	put(program, BPF_ALU | BPF_XOR | BPF_X, 0);
	put(program, BPF_ALU | BPF_MUL | BPF_K, program->keys[FANOUT_KEYS - 1]);
	put(program, BPF_LDX | BPF_W | BPF_MEM, AT_NETWORK);
}

/* A sum does not tell which end is which. */
static void put_pair(struct program *program, uint32_t at, uint32_t n_words)
{
	put(program, BPF_STX, AT_NETWORK);
	put_end(program, at, n_words);
	put(program, BPF_ST, OF_SOURCE);
	put_end(program, at + 4 * n_words, n_words);
	put(program, BPF_LDX | BPF_W | BPF_MEM, OF_SOURCE);
	put(program, BPF_ALU | BPF_ADD | BPF_X, 0);
	put(program, BPF_ALU | BPF_RSH | BPF_K, 32 - RESULT_BITS);
	put(program, BPF_RET | BPF_A, 0);
}

/*
 * A: the EtherType. While the program runs, what is received begins at its network header, and what is
 * sent at its link header. Where a frame that is sent has its tag in it, only its bytes tell what is
 * behind.
 */
static void put_find_ethertype(struct program *program)
{
	put(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE));
	put_jump(program, BPF_JEQ, PACKET_OUTGOING, 3, 0);
	put(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL));
	put(program, BPF_LDX | BPF_W | BPF_IMM, 0);
	put(program, BPF_JMP | BPF_JA, 2);
	put(program, BPF_LD | BPF_H | BPF_ABS, ETHERNET_BYTES - 2);
	put(program, BPF_LDX | BPF_W | BPF_IMM, ETHERNET_BYTES);
}

#define VLANS_LENGTH (VLANS_MOST * (4 + SKIP_LENGTH))

static void put_vlans(struct program *program)
{
	for (int i = 0; i < VLANS_MOST; i++) {
		put_jump(program, BPF_JEQ, ETH_P_8021Q, 2, 0);
		put_jump(program, BPF_JEQ, ETH_P_8021AD, 1, 0);
		put_jump(program, BPF_JEQ, ETH_P_9100, 0, 1 + SKIP_LENGTH);
		put_load(program, BPF_H, 2);
		put_skip(program, VLAN_BYTES);
	}
}

/* IEEE 802.3 3.2.6: a length, and for what the kernel received a number of its own as small. */
static void put_snap(struct program *program)
{
	put_jump(program, BPF_JGE, ETH_P_802_3_MIN, 8 + SKIP_LENGTH + VLANS_LENGTH, 0);
	put_load(program, BPF_W, 0);
	put(program, BPF_ALU | BPF_RSH | BPF_K, 8);
	put_jump(program, BPF_JEQ, SNAP, 0, TO_FIRST);
	put_load(program, BPF_W, 2);
	put(program, BPF_ALU | BPF_AND | BPF_K, 0xffffff);
	put_jump(program, BPF_JEQ, OUI_ETHERNET, 1, 0);
	put_jump(program, BPF_JEQ, OUI_TUNNEL, 0, TO_FIRST);
	put_load(program, BPF_H, 6);
	put_skip(program, SNAP_BYTES);
	put_vlans(program);
}

/* RFC 2516 4 */
static void put_pppoe(struct program *program)
{
	put_jump(program, BPF_JEQ, ETH_P_PPP_SES, 0, 7 + SKIP_LENGTH);
	put_load(program, BPF_H, 6);
	put_skip(program, PPPOE_BYTES);
	put_jump(program, BPF_JEQ, PPP_IPV4, 0, 1);
	put(program, BPF_LD | BPF_IMM, ETH_P_IP);
	put_jump(program, BPF_JEQ, PPP_IPV6, 0, 1);
	put(program, BPF_LD | BPF_IMM, ETH_P_IPV6);
	put_jump(program, BPF_JEQ, PPP_MPLS, 0, 1);
	put(program, BPF_LD | BPF_IMM, ETH_P_MPLS_UC);
}

/* A: the version that a header without a type before it begins with, as an EtherType. */
#define VERSION_LENGTH 6

static void put_find_version(struct program *program)
{
	put_load(program, BPF_B, 0);
	put(program, BPF_ALU | BPF_RSH | BPF_K, 4);
	put_jump(program, BPF_JEQ, 4, 0, 1);
	put(program, BPF_LD | BPF_IMM, ETH_P_IP);
	put_jump(program, BPF_JEQ, 6, 0, 1);
	put(program, BPF_LD | BPF_IMM, ETH_P_IPV6);
}

static void put_mpls(struct program *program)
{
	const uint8_t label = 2 + SKIP_LENGTH;

	put_jump(program, BPF_JEQ, ETH_P_MPLS_UC, 1, 0);
	put_jump(program, BPF_JEQ, ETH_P_MPLS_MC, 0, LABELS_MOST * label + VERSION_LENGTH);
	for (uint8_t i = 1; i <= LABELS_MOST; i++) {
		put_load(program, BPF_W, 0);
		put_skip(program, LABEL_BYTES);
		put_jump(program, BPF_JSET, LABEL_BOTTOM, (uint8_t)((LABELS_MOST - i) * label),
			 i < LABELS_MOST ? 0 : TO_FIRST);
	}
	put_find_version(program);
}

static void put_find_network(struct program *program, enum fanout_link link)
{
	if (link == FANOUT_ETHERNET) {
		put_find_ethertype(program);
		put_vlans(program);
		put_snap(program);
		put_pppoe(program);
		put_mpls(program);
	} else {
		program->base = (uint32_t)SKF_NET_OFF;
		put(program, BPF_LDX | BPF_W | BPF_IMM, 0);
		put_find_version(program);
	}
}

uint16_t fanout_program(struct sock_filter *code, enum fanout_link link,
			const uint32_t keys[FANOUT_KEYS])
{
	struct program program = {.code = code, .keys = keys};
	uint16_t to_ipv6;

	put_find_network(&program, link);
	to_ipv6 = program.n;
	put_jump(&program, BPF_JEQ, ETH_P_IP, 0, 0);
	put_pair(&program, 12, 1);
	code[to_ipv6].jf = (uint8_t)(program.n - to_ipv6 - 1);
	put_jump(&program, BPF_JEQ, ETH_P_IPV6, 1, 0);
	for (uint16_t i = 0; i < program.n; i++)
		if (BPF_CLASS(code[i].code) == BPF_JMP && code[i].jf == TO_FIRST)
			code[i].jf = (uint8_t)(program.n - i - 1);
	put(&program, BPF_RET | BPF_K, 0);
	put_pair(&program, 8, 4);
	return program.n;
}

static int begin_group(int fd, uint16_t *group, enum fanout_link link, struct error *error)
{
	struct sock_filter code[FANOUT_INSTRUCTIONS_MOST];
	struct sock_fprog program = {.filter = code};
	uint32_t keys[FANOUT_KEYS];
	int type = (PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_UNIQUEID) << 16;
	socklen_t size = sizeof(type);

	for (size_t i = 0; i < FANOUT_KEYS; i++)
		keys[i] = (uint32_t)hash_seed() | 1;
	program.len = fanout_program(code, link, keys);
	if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &type, sizeof(type)) < 0 ||
	    getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &type, &size) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof(program)) < 0)
		return error_set(error, errno,
				 "the kernel does not share it out to several workers: %s; "
				 "Linux 4.14 does, and before 5.18 only one that is up",
				 strerror(errno));
	*group = (uint16_t)type;
	return 0;
}

int fanout_join(int fd, uint16_t *group, enum fanout_link link, struct error *error)
{
	int type = PACKET_FANOUT_CBPF << 16 | *group;

	if (*group == 0)
		return begin_group(fd, group, link, error);
	if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &type, sizeof(type)) < 0)
		return error_set(error, errno,
				 "the kernel does not let a worker share it: %s; "
				 "try fewer with --capture.workers",
				 strerror(errno));
	return 0;
}
