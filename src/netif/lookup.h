/*
 * Questions about interfaces that main asks once, at the start: which one is meant, and which are
 * there. Any thread; no capability; nothing stays open.
 */
#ifndef IPTALLY_NETIF_LOOKUP_H
#define IPTALLY_NETIF_LOOKUP_H

#include <stddef.h>

#include "base/error.h"
#include "netif/link.h"

struct nlmsghdr;

/*
 * All interfaces of this network namespace, ascending by ifindex. *links is the caller's to free.
 * Returns their number, or a negative errno with *error filled.
 */
int netif_list(struct link **links, struct error *error);

/*
 * The interface of this name (or alternative name; link->name has the real one). Returns 0, or
 * -ENODEV with the error "no such interface: eth7; there are: eth0, lo".
 */
int netif_find(const char *name, struct link *link, struct error *error);

/*
 * The interface of the IPv4 default route with the lowest metric in the main table; without one,
 * of the IPv6 default route. Returns 0, or -ENODEV with an error that asks for -i.
 */
int netif_default_route(struct link *link, struct error *error);

/* A default route as RTM_NEWROUTE tells it. */
struct default_route {
	uint32_t ifindex; /* of the first next hop that is alive */
	uint32_t metric;  /* the lower, the better */
	bool link_down;   /* the next hop's interface has no carrier: the last choice */
};

/* Returns 0; -ENOMSG for any other route; -EBADMSG for a malformed message. Pure. */
int default_route_parse(const struct nlmsghdr *message, struct default_route *route);

#endif
