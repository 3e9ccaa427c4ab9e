/* The direction of a frame: the program that puts it into the captured length, and cooked headers. */
#include "capture/direction.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

int direction_program(struct sock_fprog *program, const struct bpf_insn *filter, size_t length,
		      uint32_t snap_length, bool loopback, struct error *error)
{
	const uint32_t received = snap_length - DIRECTION_MARGIN;
	const struct sock_filter by_length[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, snap_length),
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 1),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, received, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, received),
		/* A frame of one byte (raw IP only): to return 0 would lose it. */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 1),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	const struct sock_filter once[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, snap_length),
	};
	const struct sock_filter *tail = loopback ? once : by_length;
	const size_t tail_length = loopback ? COUNT(once) : COUNT(by_length);
	struct sock_filter *code;

	if (length == 0)
		return error_set(error, EINVAL, "the filter has no instructions");
	if (length + tail_length > BPF_MAXINSNS)
		return error_set(error, E2BIG,
				 "the filter makes %zu instructions, the kernel takes %zu; "
				 "use a shorter one",
				 length, BPF_MAXINSNS - tail_length);
	code = calloc(length + tail_length, sizeof(*code));
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
	memcpy(code + length, tail, tail_length * sizeof(*code));
	*program =
		(struct sock_fprog){.len = (unsigned short)(length + tail_length), .filter = code};
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
