/*
 * The direction of a frame, carried in its captured length (README, "What is counted").
 *
 * An Ethernet capture does not say who sent a frame; the kernel knows, but only while its filter
 * runs. So the filter captures transmitted frames up to the snap length S, and received ones one
 * byte short of their end, or DIRECTION_MARGIN short of S. The margin leaves room for the VLAN tag
 * of 4 bytes that libpcap puts back, which adds to both lengths: a handle's own snap length must be
 * S + DIRECTION_MARGIN.
 *
 * The byte that this takes is padding or payload, but for one that is wanted: many systems end their
 * SYNs with the window scale (RFC 7323 2.2: 3, 3, shift). So from a received SYN that ends with it
 * the filter takes 2 + shift bytes, all of options, and the captured length tells that, too.
 */
#ifndef IPTALLY_CAPTURE_DIRECTION_H
#define IPTALLY_CAPTURE_DIRECTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/frame.h"

struct bpf_insn;
struct sock_fprog;

#define DIRECTION_MARGIN     8
#define DIRECTION_SCALE_MOST 14 /* RFC 7323 2.3 */

/* Where the program looks for the network header of a SYN. */
enum direction_link {
	DIRECTION_LOOPBACK, /* nowhere: its frames are captured once, and whole */
	DIRECTION_ETHERNET,
	DIRECTION_RAW_IP,
	DIRECTION_OTHER_LINK, /* nowhere */
};

/*
 * Makes of a filter, as pcap_compile() gives it, the program for a socket: every return that
 * accepts becomes a jump to instructions behind it, which choose the captured length. On the
 * loopback device they drop the outgoing copy instead, and cut the other at S.
 * program->filter is allocated; the caller frees it. Returns 0, -E2BIG where the kernel would not
 * take as long a program, -EINVAL where it is not a filter, -ENOMEM.
 */
int direction_program(struct sock_fprog *program, const struct bpf_insn *filter, size_t length,
		      uint32_t snap_length, enum direction_link link, struct error *error);

/* Both lengths as libpcap gives them, tag included. */
static inline enum direction direction_of(uint32_t captured, uint32_t length, uint32_t snap_length)
{
	uint32_t whole = length < snap_length ? length : snap_length;

	return captured >= whole ? DIRECTION_TRANSMIT : DIRECTION_RECEIVE;
}

/* The syn_scale of struct frame, from the same lengths. */
static inline uint8_t direction_syn_scale(uint32_t captured, uint32_t length, uint32_t snap_length)
{
	uint32_t taken = length - captured;

	return captured < snap_length - DIRECTION_MARGIN && taken >= 2 &&
			       taken <= 2 + DIRECTION_SCALE_MOST
		       ? (uint8_t)(taken - 1)
		       : 0;
}

/*
 * Of a frame in a file, or of a cooked handle: what the header of DLT_LINUX_SLL and SLL2 says.
 * Other link types do not say; they are received.
 */
enum direction direction_in_header(int link_type, const uint8_t *data, uint32_t captured);

#endif
