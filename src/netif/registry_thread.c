/*
 * The netlink thread. The kernel's news say which interfaces to ask about, and that one went down or
 * away; everything else is taken from answers to questions alone, since news may be older than an
 * answer that was read before them, and their counters would seem to fall.
 */
#include "netif/registry_thread.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "netif/speed.h"

#define ROUND_NS NS_PER_SECOND

/* Passes over the entries with news: a loss, then its return, then what that uncovers. */
#define DIRTY_PASSES 4

static void read_news(struct netif_registry *registry, bool *listening);
static void ask(struct netif_registry *registry, struct registry_entry *entry);
static bool ask_dirty(struct netif_registry *registry);

void *registry_thread_run(void *context)
{
	struct netif_registry *registry = context;
	struct monotonic_time next_round = monotonic_now();
	bool listening = true;

	for (;;) {
		int64_t wait_ns = next_round.ns - monotonic_now().ns;
		struct pollfd fds[] = {
			{.fd = registry->wake, .events = POLLIN},
			{.fd = listening ? rtnetlink_fd(registry->news) : -1, .events = POLLIN},
		};
		uint64_t wakes, asked;
		bool stopping;

		poll(fds, 2, wait_ns > 0 ? (int)(wait_ns / 1000000 + 1) : 0);
		if (fds[0].revents && read(registry->wake, &wakes, sizeof(wakes)) < 0)
			wakes = 0;
		pthread_mutex_lock(&registry->mutex);
		stopping = registry->stopping;
		asked = registry->asked;
		pthread_mutex_unlock(&registry->mutex);
		if (stopping)
			break;

		/* News first: what they say is older than any answer. */
		if (fds[1].revents)
			read_news(registry, &listening);
		if (monotonic_now().ns >= next_round.ns || asked != registry->answered) {
			next_round.ns = monotonic_now().ns + ROUND_NS;
			for (size_t i = 0; i < registry->capacity; i++)
				ask(registry, &registry->entries[i]);
		}
		for (int pass = 0; pass < DIRTY_PASSES && ask_dirty(registry); pass++)
			;

		pthread_mutex_lock(&registry->mutex);
		registry->answered = asked;
		pthread_cond_broadcast(&registry->round_done);
		pthread_mutex_unlock(&registry->mutex);
	}
	pthread_mutex_lock(&registry->mutex);
	registry->ended = true;
	pthread_cond_broadcast(&registry->round_done);
	pthread_mutex_unlock(&registry->mutex);
	return NULL;
}

struct registry_entry *registry_find(struct netif_registry *registry, uint32_t ifindex)
{
	struct registry_entry *found = NULL;

	for (size_t i = 0; i < registry->capacity; i++) {
		struct registry_entry *entry = &registry->entries[i];

		if (!entry->used || entry->status.link.ifindex != ifindex)
			continue;
		if (entry->status.state != NETIF_ABSENT)
			return entry;
		if (!found || entry->status.changed.ns > found->status.changed.ns)
			found = entry;
	}
	return found;
}

struct registry_entry *registry_find_place(struct netif_registry *registry)
{
	struct registry_entry *oldest = NULL;

	for (size_t i = 0; i < registry->capacity; i++) {
		struct registry_entry *entry = &registry->entries[i];

		if (!entry->used)
			return entry;
		if (entry->status.state == NETIF_ABSENT && !entry->awaited &&
		    (!oldest || entry->status.changed.ns < oldest->status.changed.ns))
			oldest = entry;
	}
	return oldest;
}

static void emit(struct netif_registry *registry, const struct netif_event *events, size_t n)
{
	bool stopping;

	if (n == 0 || !registry->sink)
		return;
	/* A thread that was left behind by the stop must not call into what is gone. */
	pthread_mutex_lock(&registry->mutex);
	stopping = registry->stopping;
	pthread_mutex_unlock(&registry->mutex);
	for (size_t i = 0; i < n && !stopping; i++)
		registry->sink(registry->context, &events[i]);
}

/* An entry that is lost waits for its name, which may be there again already. */
static size_t lose(struct registry_entry *entry, struct monotonic_time now,
		   struct netif_event *events)
{
	size_t n = track_lost(&entry->status, now, events);

	if (n) {
		entry->awaited = true;
		entry->dirty = true;
	}
	return n;
}

/* One message that the kernel sent by itself. */
static void take_news(void *context, const struct nlmsghdr *message)
{
	struct netif_registry *registry = context;
	struct netif_event events[TRACK_EVENTS_MAX];
	struct monotonic_time now = monotonic_now();
	struct registry_entry *entry;
	struct link link;
	size_t n = 0;

	/* Of a message that cannot be read nothing is believed; the next round asks anyway. */
	if (link_parse(message, &link) < 0)
		return;
	pthread_mutex_lock(&registry->mutex);
	entry = registry_find(registry, link.ifindex);
	if (entry) {
		entry->dirty = true;
		if (message->nlmsg_type == RTM_DELLINK) {
			track_last_counters(&entry->status, &link);
			n = lose(entry, now, events);
		} else if (!link.up) {
			n = track_down(&entry->status, now, events);
		}
	}
	for (size_t i = 0; i < registry->capacity; i++) {
		struct registry_entry *other = &registry->entries[i];

		if (other->awaited && strcmp(other->status.link.name, link.name) == 0)
			other->dirty = true;
	}
	pthread_mutex_unlock(&registry->mutex);
	emit(registry, events, n);
}

static void read_news(struct netif_registry *registry, bool *listening)
{
	int result = rtnetlink_read_news(registry->news, take_news, registry);

	if (result == -ENOBUFS) {
		log_debug("netif", "the kernel's news overran the socket: asking about all again");
		pthread_mutex_lock(&registry->mutex);
		for (size_t i = 0; i < registry->capacity; i++)
			registry->entries[i].dirty = true;
		pthread_mutex_unlock(&registry->mutex);
	} else if (result < 0) {
		/* The round once a second finds all the same, only later. */
		log_warn("netif", "cannot hear the kernel's news of interfaces: %s",
			 strerror(-result));
		*listening = false;
	}
}

/* An awaited name is there again. Under the mutex. Returns the number of events. */
static size_t take_return(struct netif_registry *registry, struct registry_entry *waiting,
			  const struct link *link, uint64_t speed_bytes, struct monotonic_time now,
			  struct netif_event *events)
{
	struct registry_entry *place = registry_find(registry, link->ifindex);
	size_t n;

	/* Another watched interface was given the name: it stays what it is. */
	if (place && place->status.state != NETIF_ABSENT)
		return 0;
	waiting->awaited = false;
	if (waiting->status.link.ifindex == link->ifindex) {
		place = waiting;
		n = track_update(&place->status, link, now, events);
	} else {
		/* The lost one's last values stay readable while there is room. */
		place = waiting->status.link.ifindex ? registry_find_place(registry) : waiting;
		n = track_return(&place->status, &waiting->status, link, now, events);
	}
	place->used = true;
	place->awaited = false;
	place->dirty = false;
	place->status.speed_bytes = speed_bytes;
	return n;
}

/* Asks the kernel about one entry and applies the answer. */
static void ask(struct netif_registry *registry, struct registry_entry *entry)
{
	struct netif_event events[TRACK_EVENTS_MAX];
	struct registry_entry before;
	struct monotonic_time now;
	uint64_t speed_bytes = 0;
	struct link link;
	size_t n = 0;
	int result;

	pthread_mutex_lock(&registry->mutex);
	before = *entry;
	entry->dirty = false;
	pthread_mutex_unlock(&registry->mutex);
	if (!before.used || (before.status.state == NETIF_ABSENT && !before.awaited))
		return;

	result = rtnetlink_get_link(registry->questions,
				    before.awaited ? 0 : before.status.link.ifindex,
				    before.status.link.name, &link);
	now = monotonic_now();
	if (result == 0 && (before.dirty || before.awaited))
		speed_bytes = speed_read(registry->ethtool, link.name);

	pthread_mutex_lock(&registry->mutex);
	/* A caller of netif_watch() may have brought it back, or taken the place, meanwhile. */
	if (entry->status.link.ifindex != before.status.link.ifindex ||
	    entry->awaited != before.awaited) {
		entry->dirty = true;
	} else if (entry->awaited) {
		/* The kernel also finds a link by an alternative name, which is no return. */
		if (result == 0 && strcmp(link.name, before.status.link.name) == 0)
			n = take_return(registry, entry, &link, speed_bytes, now, events);
	} else if (result == 0) {
		n = track_update(&entry->status, &link, now, events);
		if (before.dirty)
			entry->status.speed_bytes = speed_bytes;
	} else if (result == -ENODEV) {
		n = lose(entry, now, events);
	}
	pthread_mutex_unlock(&registry->mutex);
	if (result < 0 && result != -ENODEV)
		log_debug("netif", "the kernel does not answer about interface %s: %s",
			  before.status.link.name, strerror(-result));
	emit(registry, events, n);
}

/* Asks about entries of which there are news. Returns whether there were any. */
static bool ask_dirty(struct netif_registry *registry)
{
	bool any = false;

	for (size_t i = 0; i < registry->capacity; i++) {
		struct registry_entry *entry = &registry->entries[i];
		bool dirty;

		pthread_mutex_lock(&registry->mutex);
		dirty = entry->used && entry->dirty;
		pthread_mutex_unlock(&registry->mutex);
		if (dirty) {
			ask(registry, entry);
			any = true;
		}
	}
	return any;
}
