/*
 * The inside of the interface registry, shared by registry.c (what callers see) and
 * registry_thread.c (the thread). Nobody else includes it.
 */
#ifndef IPTALLY_NETIF_REGISTRY_THREAD_H
#define IPTALLY_NETIF_REGISTRY_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netif/registry.h"
#include "netif/rtnetlink.h"
#include "netif/track.h"

struct registry_entry {
	bool used;
	bool awaited; /* absent, and its name has not come back */
	bool dirty;   /* there are news of it */
	struct netif_status status;
};

struct netif_registry {
	pthread_t thread;
	netif_event_sink *sink;
	void *context;
	struct rtnetlink *news;
	struct rtnetlink *questions;
	int ethtool; /* a socket for speed_read() */
	int wake;    /* eventfd: something below has changed */

	pthread_mutex_t mutex; /* guards what follows; never held over a question to the kernel */
	pthread_cond_t round_done;
	bool stopping;
	bool ended;        /* the thread has done its last work */
	uint64_t asked;    /* rounds that readers asked for */
	uint64_t answered; /* the last of them that is done */
	size_t capacity;
	struct registry_entry entries[];
};

/* The thread; its argument is the registry. */
void *registry_thread_run(void *context);

/*
 * The entry of an ifindex, NULL if there is none; of several (an ifindex can be used again) the
 * living one, else the latest. Under the mutex, like the next.
 */
struct registry_entry *registry_find(struct netif_registry *registry, uint32_t ifindex);

/* A place for one more: a free one, else that of whom nobody waits for and is gone for longest. */
struct registry_entry *registry_find_place(struct netif_registry *registry);

#endif
