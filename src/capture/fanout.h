/*
 * Several handles on one interface that share its frames (PACKET_FANOUT in packet(7)), each frame going
 * to one of them by a program of our own.
 *
 * It is the pair of its addresses that says which one: so all of a flow, both directions and every
 * fragment, comes to the same handle, which no hash of the kernel's own promises. What is not IP, or
 * has it behind more headers than anyone puts there, comes to the first one.
 */
#ifndef IPTALLY_CAPTURE_FANOUT_H
#define IPTALLY_CAPTURE_FANOUT_H

#include <stdint.h>

#include "base/error.h"

enum fanout_link {
	FANOUT_ETHERNET,
	FANOUT_NETWORK, /* the network header is where the kernel says, and tells its version */
};

/* Who knows none of these cannot aim at one handle with many addresses. */
#define FANOUT_KEYS 5

struct sock_filter;

#define FANOUT_INSTRUCTIONS_MOST 256

/*
 * Fills in the program (FANOUT_INSTRUCTIONS_MOST), whose result modulo the number of handles is the
 * handle. Returns its length.
 */
uint16_t fanout_program(struct sock_filter *code, enum fanout_link link,
			const uint32_t keys[FANOUT_KEYS]);

/*
 * Joins a bound socket to a group. *group: 0 makes a new one, with a program of random keys, and fills
 * it in. Members are numbered in the order in which their sockets were made and joined. 0 or a
 * negative errno with *error filled, which does not name the interface.
 */
int fanout_join(int fd, uint16_t *group, enum fanout_link link, struct error *error);

#endif
