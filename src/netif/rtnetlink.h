/*
 * Talking to the kernel over NETLINK_ROUTE: sockets, one question about one link, dumps. Reading
 * needs no capability. A socket belongs to one thread and to the network namespace it was made in.
 */
#ifndef IPTALLY_NETIF_RTNETLINK_H
#define IPTALLY_NETIF_RTNETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "netif/link.h"

struct nlmsghdr;
struct rtnetlink;

/*
 * Groups: RTMGRP_ of what the kernel shall tell by itself, 0 for a socket for questions. Returns
 * NULL and fills *error.
 */
struct rtnetlink *rtnetlink_open(unsigned groups, struct error *error);
void rtnetlink_close(struct rtnetlink *rtnetlink);
int rtnetlink_fd(const struct rtnetlink *rtnetlink); /* to poll for reading */

/*
 * Asks for one link: by ifindex, or by name (an alternative name serves as well) where ifindex is
 * 0. Returns 0, -ENODEV where there is none, or another negative errno.
 */
int rtnetlink_get_link(struct rtnetlink *rtnetlink, uint32_t ifindex, const char *name,
		       struct link *link);

/* Called for each message. The message is valid during the call only. */
typedef void rtnetlink_sink(void *context, const struct nlmsghdr *message);

/*
 * Hands over what the kernel has told by itself and is there now. Returns 0; -ENOBUFS where
 * messages were lost, so that everything known may be wrong; or another negative errno.
 */
int rtnetlink_read_news(struct rtnetlink *rtnetlink, rtnetlink_sink *sink, void *context);

/*
 * Asks for all objects of a type (RTM_GETLINK, RTM_GETROUTE) and an address family, on a socket of
 * its own. A dump into which a change fell is repeated: restart is called before each attempt, to
 * forget what the one before gave. Returns 0, or a negative errno with *error filled.
 */
int rtnetlink_dump(uint16_t type, uint8_t family, void (*restart)(void *context),
		   rtnetlink_sink *sink, void *context, struct error *error);

#endif
