/* The ports that this machine serves, as /proc/net tells: they have series from the start. */
#ifndef IPTALLY_NETIF_LISTENING_H
#define IPTALLY_NETIF_LISTENING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct listening_port {
	uint16_t port; /* host order */
	bool is_udp;
};

/*
 * Fills the ports that TCP sockets listen on and UDP sockets wait on for anybody, TCP first, lowest
 * first, each once; what does not fit is left out. Left out too: sockets of the loopback addresses,
 * which no other machine reaches, and UDP ports from which clients get theirs (the system's
 * ip_local_port_range). Proc: where procfs is, "/proc". Returns their number: 0 where it cannot be
 * read.
 */
size_t listening_read(const char *proc, struct listening_port *ports, size_t capacity);

#endif
