/* The program that shares frames out, and joining: before the kernel's numbers there is no other file. */
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
/* The kernel takes the outer tag off what is received, but not off everything that is sent. */
#define VLANS_MOST  3
#define ETH_P_9100  0x9100 /* an older tag of a provider's */
#define MIX_SHIFT   15
#define RESULT_BITS 16

/* Scratch memory of the program. */
enum { AT_NETWORK, OF_SOURCE, SUM };

struct program {
	struct sock_filter *code;
	uint16_t n;
	uint32_t base; /* of all loads: SKF_NET_OFF, or 0 */
	const uint32_t *keys;
};

static void put(struct program *program, uint16_t code, uint32_t k)
{
	program->code[program->n++] = (struct sock_filter)BPF_STMT(code, k);
}

/* Steps over so many instructions unless A is k; or if it is. */
static void put_unless(struct program *program, uint32_t k, uint8_t skipped)
{
	program->code[program->n++] =
		(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, skipped);
}

static void put_if(struct program *program, uint32_t k, uint8_t skipped)
{
	program->code[program->n++] =
		(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, skipped, 0);
}

/* A: the words times their keys, mixed. X is where the network header is, and stays so. */
static void put_end(struct program *program, uint32_t at, uint32_t n_words)
{
	for (uint32_t i = 0; i < n_words; i++) {
		put(program, BPF_LD | BPF_W | BPF_IND, program->base + at + 4 * i);
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
 * While the program runs, what is received begins at its network header, and what is sent at its link
 * header. Where a frame that is sent has its tag in it, only its own bytes tell what is behind.
 */
static void put_find_ethernet(struct program *program)
{
	put(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE));
	put_if(program, PACKET_OUTGOING, 3);
	put(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL));
	put(program, BPF_LDX | BPF_W | BPF_IMM, 0);
	put(program, BPF_JMP | BPF_JA, 2);
	put(program, BPF_LD | BPF_H | BPF_ABS, ETHERNET_BYTES - 2);
	put(program, BPF_LDX | BPF_W | BPF_IMM, ETHERNET_BYTES);
	for (int i = 0; i < VLANS_MOST; i++) {
		put_if(program, ETH_P_8021Q, 2);
		put_if(program, ETH_P_8021AD, 1);
		put_unless(program, ETH_P_9100, 6);
		put(program, BPF_LD | BPF_H | BPF_IND, 2);
		put(program, BPF_ST, SUM);
		put(program, BPF_MISC | BPF_TXA, 0);
		put(program, BPF_ALU | BPF_ADD | BPF_K, VLAN_BYTES);
		put(program, BPF_MISC | BPF_TAX, 0);
		put(program, BPF_LD | BPF_MEM, SUM);
	}
}

/* A: the version, as the EtherType that says it. */
static void put_find_version(struct program *program)
{
	put(program, BPF_LDX | BPF_W | BPF_IMM, 0);
	put(program, BPF_LD | BPF_B | BPF_ABS, program->base);
	put(program, BPF_ALU | BPF_RSH | BPF_K, 4);
	put_unless(program, 4, 1);
	put(program, BPF_LD | BPF_IMM, ETH_P_IP);
	put_unless(program, 6, 1);
	put(program, BPF_LD | BPF_IMM, ETH_P_IPV6);
}

uint16_t fanout_program(struct sock_filter *code, enum fanout_link link,
			const uint32_t keys[FANOUT_KEYS])
{
	struct program program = {.code = code, .keys = keys};
	uint16_t jump;

	if (link == FANOUT_ETHERNET) {
		put_find_ethernet(&program);
	} else {
		program.base = (uint32_t)SKF_NET_OFF;
		put_find_version(&program);
	}
	jump = program.n;
	put_unless(&program, ETH_P_IP, 0);
	put_pair(&program, 12, 1);
	code[jump].jf = (uint8_t)(program.n - jump - 1);
	put_if(&program, ETH_P_IPV6, 1);
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
