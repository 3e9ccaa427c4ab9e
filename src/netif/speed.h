/* The speed of a link, which rtnetlink does not tell: the kernel's ethtool interface does. */
#ifndef IPTALLY_NETIF_SPEED_H
#define IPTALLY_NETIF_SPEED_H

#include <stdint.h>

/*
 * Bytes a second, or 0 where the driver knows none (no carrier, Wi-Fi, tunnels). Socket: any
 * datagram socket; its network namespace is asked, where /sys shows the one it was mounted in.
 * Needs no capability.
 */
uint64_t speed_read(int socket, const char *name);

#endif
