/* The interface registry as callers see it: start, stop, watch, read. */
#include "netif/registry.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "netif/lookup.h"
#include "netif/registry_thread.h"
#include "netif/rtnetlink.h"
#include "netif/speed.h"

#define STOP_WAIT_NS (NS_PER_SECOND / 10)

static bool registry_open(struct netif_registry *registry, struct error *error)
{
	registry->news = rtnetlink_open(RTMGRP_LINK, error);
	if (!registry->news)
		return false;
	registry->questions = rtnetlink_open(0, error);
	if (!registry->questions)
		return false;
	registry->ethtool = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (registry->ethtool < 0) /* a kernel without IPv4 */
		registry->ethtool = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	registry->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (registry->ethtool < 0 || registry->wake < 0) {
		error_set(error, errno, "netif: cannot open a socket: %s", strerror(errno));
		return false;
	}
	return true;
}

static void registry_free(struct netif_registry *registry)
{
	rtnetlink_close(registry->news);
	rtnetlink_close(registry->questions);
	if (registry->ethtool >= 0)
		close(registry->ethtool);
	if (registry->wake >= 0)
		close(registry->wake);
	pthread_mutex_destroy(&registry->mutex);
	pthread_cond_destroy(&registry->round_done);
	free(registry);
}

/* Signals are main's: the thread is born with all of them blocked. */
static int start_thread(struct netif_registry *registry)
{
	sigset_t all;
	sigset_t before;
	int result;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&registry->thread, NULL, registry_thread_run, registry);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (result == 0)
		pthread_setname_np(registry->thread, "netlink");
	return result;
}

struct netif_registry *netif_registry_start(size_t capacity, netif_event_sink *sink, void *context,
					    struct error *error)
{
	struct netif_registry *registry =
		calloc(1, sizeof(*registry) + capacity * sizeof(registry->entries[0]));
	pthread_condattr_t monotonic;
	int result;

	if (!registry) {
		error_set(error, ENOMEM, "netif: no memory for %zu interfaces", capacity);
		return NULL;
	}
	registry->capacity = capacity;
	registry->sink = sink;
	registry->context = context;
	registry->ethtool = -1;
	registry->wake = -1;
	pthread_mutex_init(&registry->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&registry->round_done, &monotonic);
	pthread_condattr_destroy(&monotonic);

	if (!registry_open(registry, error)) {
		registry_free(registry);
		return NULL;
	}
	result = start_thread(registry);
	if (result != 0) {
		error_set(error, result, "netif: cannot start a thread: %s", strerror(result));
		registry_free(registry);
		return NULL;
	}
	return registry;
}

static void wake(struct netif_registry *registry)
{
	uint64_t one = 1;

	/* Can fail only where the counter is full, and then the thread is awake. */
	if (write(registry->wake, &one, sizeof(one)) < 0)
		return;
}

/* Waits on the condition until the deadline. Returns 0 or a positive errno. */
static int wait_until(struct netif_registry *registry, struct monotonic_time deadline)
{
	struct timespec until = {deadline.ns / NS_PER_SECOND, deadline.ns % NS_PER_SECOND};

	return pthread_cond_timedwait(&registry->round_done, &registry->mutex, &until);
}

void netif_registry_stop(struct netif_registry *registry)
{
	struct monotonic_time deadline = {monotonic_now().ns + STOP_WAIT_NS};
	bool ended;

	if (!registry)
		return;
	pthread_mutex_lock(&registry->mutex);
	registry->stopping = true;
	wake(registry);
	while (!registry->ended && wait_until(registry, deadline) == 0)
		;
	ended = registry->ended;
	pthread_mutex_unlock(&registry->mutex);
	if (!ended) {
		log_warn("netif", "the netlink thread does not end: the kernel holds it");
		pthread_detach(registry->thread);
		return;
	}
	pthread_join(registry->thread, NULL);
	registry_free(registry);
}

static struct registry_entry *find_awaited(struct netif_registry *registry, const char *name)
{
	for (size_t i = 0; i < registry->capacity; i++) {
		struct registry_entry *entry = &registry->entries[i];

		if (entry->used && entry->awaited && strcmp(entry->status.link.name, name) == 0)
			return entry;
	}
	return NULL;
}

/* Watches a link, or waits for a name where link is NULL. */
static int add_entry(struct netif_registry *registry, const struct link *link, const char *name,
		     struct error *error)
{
	uint64_t speed = link ? speed_read(registry->ethtool, link->name) : 0;
	struct monotonic_time now = monotonic_now();
	struct registry_entry *entry;
	int result = 0;

	pthread_mutex_lock(&registry->mutex);
	entry = link ? registry_find(registry, link->ifindex) : find_awaited(registry, name);
	if (entry && (!link || entry->status.state != NETIF_ABSENT))
		goto out;
	/* An ifindex can be used again: another name that is waited for keeps its place. */
	if (!entry || (entry->awaited && strcmp(entry->status.link.name, name) != 0))
		entry = registry_find_place(registry);
	if (!entry) {
		result = error_set(error, ENOSPC,
				   "cannot watch interface %s: %zu are watched already", name,
				   registry->capacity);
		goto out;
	}
	*entry = (struct registry_entry){.used = true, .awaited = !link, .dirty = true};
	if (link)
		track_start(&entry->status, link, now);
	else
		track_await(&entry->status, name, now);
	entry->status.speed_bytes = speed;
out:
	pthread_mutex_unlock(&registry->mutex);
	wake(registry);
	return result;
}

int netif_watch(struct netif_registry *registry, uint32_t ifindex, struct error *error)
{
	struct rtnetlink *rtnetlink = rtnetlink_open(0, error);
	struct link link;
	int result;

	if (!rtnetlink)
		return -EIO;
	result = rtnetlink_get_link(rtnetlink, ifindex, "", &link);
	rtnetlink_close(rtnetlink);
	if (result < 0)
		return error_set(error, -result, "cannot watch the interface with ifindex %u: %s",
				 ifindex, strerror(-result));
	return add_entry(registry, &link, link.name, error);
}

int netif_watch_name(struct netif_registry *registry, const char *name, uint32_t *ifindex,
		     struct error *error)
{
	struct link link;

	*ifindex = 0;
	if (netif_find(name, &link, NULL) == 0) {
		*ifindex = link.ifindex;
		return add_entry(registry, &link, link.name, error);
	}
	if (*name == '\0' || strlen(name) >= LINK_NAME_TEXT)
		return error_set(error, EINVAL, "no interface can have the name '%s'", name);
	return add_entry(registry, NULL, name, error);
}

bool netif_read(struct netif_registry *registry, uint32_t ifindex, struct netif_status *status)
{
	const struct registry_entry *entry;

	pthread_mutex_lock(&registry->mutex);
	entry = registry_find(registry, ifindex);
	if (entry)
		*status = entry->status;
	pthread_mutex_unlock(&registry->mutex);
	return entry != NULL;
}

size_t netif_capacity(const struct netif_registry *registry)
{
	return registry->capacity;
}

size_t netif_read_all(struct netif_registry *registry, struct netif_status *statuses, size_t n)
{
	size_t used = 0;

	pthread_mutex_lock(&registry->mutex);
	for (size_t i = 0; i < registry->capacity && used < n; i++)
		if (registry->entries[i].used)
			statuses[used++] = registry->entries[i].status;
	pthread_mutex_unlock(&registry->mutex);
	return used;
}

int netif_refresh(struct netif_registry *registry, int64_t wait_ns)
{
	struct monotonic_time deadline = {monotonic_now().ns + wait_ns};
	uint64_t mine;
	int result = 0;

	pthread_mutex_lock(&registry->mutex);
	mine = ++registry->asked;
	wake(registry);
	while (registry->answered < mine && result == 0)
		result = wait_until(registry, deadline);
	if (registry->answered >= mine)
		result = 0;
	pthread_mutex_unlock(&registry->mutex);
	return -result;
}
