/*
 * The interface registry: one thread that alone listens to rtnetlink, follows the watched
 * interfaces through down, up, lost and returned, and reads the kernel's counters once a second.
 * Identity is the ifindex while it exists: a rename changes nothing; a lost name that returns with
 * a new ifindex is a new interface, with a status and counters of its own, and is watched by itself.
 *
 * Nothing here needs a capability, so it all works after privileges were dropped. The thread lives
 * on poll, recvmsg, sendto, read, ioctl (SIOCETHTOOL), futex and clocks; watching opens a socket.
 */
#ifndef IPTALLY_NETIF_REGISTRY_H
#define IPTALLY_NETIF_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "netif/track.h"

struct netif_registry;

/*
 * Called in the registry's thread, one event at a time, in order. It must return soon, and may call
 * netif_read() but nothing else of the registry: all of that would wait for the thread itself.
 */
typedef void netif_event_sink(void *context, const struct netif_event *event);

/*
 * Opens the sockets and starts the thread. Capacity: statuses, of interfaces watched now and of lost
 * ones, whose last values stay readable until their places are needed. Sink may be NULL. Returns
 * NULL and fills *error.
 */
struct netif_registry *netif_registry_start(size_t capacity, netif_event_sink *sink, void *context,
					    struct error *error);

/*
 * Ends the thread and frees everything; no sink is called afterwards. Waits at most 100 ms: a
 * thread that the kernel holds for longer (in a question, while another one changes hundreds of
 * interfaces) is left to the end of the process, with its memory.
 */
void netif_registry_stop(struct netif_registry *registry);

/*
 * Watches an interface that is there: its counters begin at 0 with this call (make it just before
 * source_start()). A second call does nothing. Returns 0; -ENODEV; -ENOSPC where living and awaited
 * interfaces take all places.
 */
int netif_watch(struct netif_registry *registry, uint32_t ifindex, struct error *error);

/*
 * Watches an interface by name, which may be absent yet: it then comes as the event
 * NETIF_RETURNED with previous_ifindex 0. *ifindex gets its ifindex, 0 where it is absent.
 */
int netif_watch_name(struct netif_registry *registry, const char *name, uint32_t *ifindex,
		     struct error *error);

/* A consistent copy. False where this ifindex is not watched. Any thread, cheap. */
bool netif_read(struct netif_registry *registry, uint32_t ifindex, struct netif_status *status);

/* How many statuses there can be. */
size_t netif_capacity(const struct netif_registry *registry);

/* Copies up to n statuses, lost and awaited ones (ifindex 0) included. Returns their number. */
size_t netif_read_all(struct netif_registry *registry, struct netif_status *statuses, size_t n);

/*
 * Has the kernel asked now, so that a following netif_read() gives counters of a moment after this
 * call began. Callers at the same time share one round. Returns 0, or -ETIMEDOUT after the wait:
 * what is read then is a second old at most, unless the kernel holds the thread. Any thread but
 * the registry's.
 */
int netif_refresh(struct netif_registry *registry, int64_t wait_ns);

#endif
