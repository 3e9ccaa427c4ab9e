/*
 * The workers' care of their interfaces, which is the first one's: what they are, what the kernel says
 * of them, and what happens when one vanishes and returns.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "worker/worker_state.h"

/* How long the counters of a vanished interface are still shown. */
#define LOST_SHOWN_NS (300 * NS_PER_SECOND)

/* A capture that dropped frames has recovered once it dropped none for this long. */
#define DROPPING_QUIET_NS (10 * NS_PER_SECOND)

static struct tally_interface *interface_of(struct workers *all, const struct worker_source *source)
{
	return &workers_first(all)->tally.interfaces[source->slot];
}

void workers_tell(struct workers *all, const struct worker_source *source, enum event_kind kind,
		  uint64_t count, int64_t duration_ns)
{
	struct event event = {
		.time = wall_now(),
		.kind = (uint8_t)kind,
		.count = count,
		.duration_ns = duration_ns,
	};

	if (!workers_first(all)->tally.flows.events)
		return;
	event_set_interface(&event, interface_of(all, source)->name);
	event_ring_put(workers_first(all)->tally.flows.events, &event);
}

/* Under the lock. */
static void forget_interface(struct workers *all, struct worker_source *source)
{
	for (uint32_t i = 0; i < all->n; i++) {
		tally_forget_interface(&all->each[i].tally, source->slot);
		family_set_forget_interface(&all->each[i].families, source->slot);
	}
	source->has_slot = false;
	source->is_lost = false;
	source->dropped_before = 0;
	source->dropping.is_on = false;
	source->dropping.seen = 0;
}

/* Another source than this one with a slot of this ifindex or name; NULL if there is none. */
static struct worker_source *find_other(struct workers *all, const struct worker_source *source,
					bool is_lost, uint32_t ifindex, const char *name)
{
	for (size_t i = 0; i < all->n_sources; i++) {
		struct worker_source *other = &all->sources[i];

		if (other != source && other->has_slot && other->is_lost == is_lost &&
		    (other->ifindex == ifindex ||
		     strcmp(interface_of(all, other)->name, name) == 0))
			return other;
	}
	return NULL;
}

/* The slots themselves are the same memory for all. */
static void share_interfaces(struct workers *all)
{
	uint32_t n = workers_first(all)->tally.n_interfaces;

	for (uint32_t i = 1; i < all->n; i++)
		all->each[i].tally.n_interfaces = n;
	all->view.n_interfaces = n;
}

int workers_attach_interface(struct workers *all, struct worker_source *source, struct error *error)
{
	const struct source *opened = source->handles->source;
	bool is_live = source_is_live(opened);
	uint32_t ifindex = is_live ? source_ifindex(opened) : 1;
	int dlt = source_link_type(opened);
	const struct link_type *link =
		source_is_loopback(opened) ? link_type_loopback() : link_type_find(dlt);
	struct tally_interface *interface;
	char name[INTERFACE_NAME_SIZE];
	struct worker_source *other;

	snprintf(name, sizeof(name), "%s", source_name(opened));
	link_clean_text(name);
	other = is_live ? find_other(all, source, false, ifindex, name) : NULL;
	if (other)
		return error_set(error, EEXIST,
				 "interface '%s' is '%s', which is named already; name it once",
				 name, interface_of(all, other)->name);
	if (source->has_slot)
		forget_interface(all, source);
	while ((other = find_other(all, source, true, ifindex, name)))
		forget_interface(all, other);

	interface = tally_add_interface(&workers_first(all)->tally, &source->slot);
	if (!interface)
		return error_set(error, ENOSPC, "%s: all %u interface slots are in use", name,
				 workers_first(all)->tally.max_interfaces);
	share_interfaces(all);
	source->has_slot = true;
	source->lost = monotonic_now(); /* should it not start after all */
	for (uint32_t i = 0; i < all->n; i++) {
		source->handles[i].link = link;
		source->handles[i].slot = source->slot;
	}
	if (!link_type_is_known(link))
		log_warn("capture",
			 "%s: link type %d is not known: packets, bytes and sizes are counted, "
			 "nothing above",
			 name, dlt);
	source->ifindex = ifindex;
	interface->ifindex = ifindex;
	memcpy(interface->name, name, sizeof(name));
	snprintf(interface->link_type, sizeof(interface->link_type), "%s", link_type_name(link));
	interface->up = true;
	interface->loopback = source_is_loopback(opened);
	return 0;
}

static void take_status(struct tally_interface *interface, const struct netif_status *status)
{
	snprintf(interface->alias, sizeof(interface->alias), "%.*s", INTERFACE_ALIAS_SIZE - 1,
		 status->link.alias);
	link_address_format(interface->address, &status->link);
	interface->up = status->state == NETIF_UP && status->link.running;
	interface->mtu = status->link.mtu;
	interface->speed_bytes = status->speed_bytes;
	interface->missed = status->counters.receive_missed;
	interface->kernel[DIRECTION_RECEIVE] = (struct kernel_counters){
		.packets = status->counters.receive_packets,
		.bytes = status->counters.receive_bytes,
		.dropped = status->counters.receive_dropped,
		.errors = status->counters.receive_errors,
	};
	interface->kernel[DIRECTION_TRANSMIT] = (struct kernel_counters){
		.packets = status->counters.transmit_packets,
		.bytes = status->counters.transmit_bytes,
		.dropped = status->counters.transmit_dropped,
		.errors = status->counters.transmit_errors,
	};
}

/*
 * Names change hands while interfaces live, and the kernel is asked about one after the other. So
 * new names are taken all at once, and only if no two are the same; until then the old ones stand.
 */
static void take_names(struct workers *all, char (*names)[INTERFACE_NAME_SIZE])
{
	for (size_t i = 0; i < all->n_sources; i++)
		for (size_t j = 0; j < i && all->sources[i].has_slot; j++)
			if (all->sources[j].has_slot && strcmp(names[i], names[j]) == 0)
				return;
	for (size_t i = 0; i < all->n_sources; i++)
		if (all->sources[i].has_slot)
			memcpy(interface_of(all, &all->sources[i])->name, names[i],
			       INTERFACE_NAME_SIZE);
}

/* What is lost gives its name to one that lives. */
static void free_names(struct workers *all, char (*names)[INTERFACE_NAME_SIZE])
{
	for (size_t i = 0; i < all->n_sources; i++) {
		struct worker_source *source = &all->sources[i], *lost;

		if (!source->has_slot || source->is_lost)
			continue;
		while ((lost = find_other(all, source, true, source->ifindex, names[i])))
			forget_interface(all, lost);
	}
}

/*
 * The status of an ifindex, of several the living one or else the latest; NULL if there is none.
 * *from is where the search begins: those of living interfaces mostly follow one another.
 */
static const struct netif_status *find_status(const struct netif_view *view, uint32_t ifindex,
					      size_t *from)
{
	const struct netif_status *found = NULL;

	for (size_t i = 0; i < view->n; i++) {
		size_t at = (*from + i) % view->n;
		const struct netif_status *status = &view->statuses[at];

		if (status->link.ifindex != ifindex)
			continue;
		if (status->state != NETIF_ABSENT) {
			*from = at + 1;
			return status;
		}
		if (!found || status->changed.ns > found->changed.ns)
			found = status;
	}
	return found;
}

void workers_look_at_interfaces(const struct workers *all, struct netif_view *view)
{
	if (view->statuses)
		view->n = netif_read_all(all->registry, view->statuses, view->capacity);
}

/* Only the first worker's thread may forget. */
static void read_interfaces(struct workers *all, const struct netif_view *view, bool may_forget)
{
	char names[INTERFACES_MAX][INTERFACE_NAME_SIZE];
	bool renamed = false;
	size_t from = 0;

	for (size_t i = 0; i < all->n_sources; i++) {
		const struct worker_source *source = &all->sources[i];
		struct tally_interface *interface = interface_of(all, source);
		const struct netif_status *status;

		if (!source->has_slot)
			continue;
		memcpy(names[i], interface->name, INTERFACE_NAME_SIZE);
		status = find_status(view, source->ifindex, &from);
		if (!status)
			continue;
		take_status(interface, status);
		if (source->is_lost)
			continue;
		snprintf(names[i], INTERFACE_NAME_SIZE, "%s", status->link.name);
		link_clean_text(names[i]);
		renamed |= strcmp(names[i], interface->name) != 0;
	}
	if (renamed && may_forget)
		free_names(all, names);
	if (renamed)
		take_names(all, names);
}

void workers_read_interfaces(struct workers *all, const struct netif_view *view)
{
	read_interfaces(all, view, false);
}

static void lose_interface(struct workers *all, struct worker_source *source,
			   const struct error *why)
{
	log_warn("capture", "%s; waiting for it to come back", why->text);
	workers_close_handles(all, source);
	source->lost = monotonic_now();
	workers_lock_all(all);
	source->is_lost = true;
	interface_of(all, source)->up = false;
	source->dropped_before = workers_dropped(all, source);
	interface_of(all, source)->dropped = source->dropped_before;
	workers_unlock_all(all);
	workers_tell(all, source, EVENT_INTERFACE_LOST, 0, 0);
}

void workers_lose_ended(struct workers *all)
{
	if (!atomic_load_explicit(&all->some_ended, memory_order_relaxed) ||
	    !atomic_exchange_explicit(&all->some_ended, false, memory_order_acquire))
		return;
	for (size_t i = 0; i < all->n_sources; i++) {
		struct worker_source *source = &all->sources[i];
		const struct error *why = source->is_open ? workers_why_ended(all, source) : NULL;

		if (why)
			lose_interface(all, source, why);
	}
}

/* The same ifindex goes on counting; another one is a new interface, from zero. */
static int resume(struct workers *all, struct worker_source *source, struct error *error)
{
	int rc = 0;

	workers_lock_all(all);
	if (!source->has_slot || source->ifindex != source_ifindex(source->handles->source))
		rc = workers_attach_interface(all, source, error);
	if (rc == 0)
		source->is_lost = false;
	workers_unlock_all(all);
	if (rc == 0 && all->registry)
		rc = netif_watch(all->registry, source->ifindex, error);
	if (rc == 0)
		rc = workers_start_handles(all, source, error);
	return rc;
}

/* Another interface may have been given the name that is waited for. */
static bool is_watched(const struct workers *all, uint32_t ifindex)
{
	for (size_t i = 0; i < all->n_sources; i++)
		if (all->sources[i].is_open && all->sources[i].ifindex == ifindex)
			return true;
	return false;
}

static void try_to_reopen(struct workers *all, struct worker_source *source)
{
	uint32_t ifindex = if_nametoindex(source->options.interface);
	struct monotonic_time lost = source->lost;
	struct error error;

	if (!ifindex || is_watched(all, ifindex))
		return;
	if (workers_open_handles(all, source, &error) < 0) {
		log_debug("capture", "%s", error.text);
		return;
	}
	if (resume(all, source, &error) < 0) {
		log_debug("capture", "%s", error.text);
		workers_close_handles(all, source);
		workers_lock_all(all);
		source->is_lost = source->has_slot;
		workers_unlock_all(all);
		return;
	}
	log_info("capture", "%s is back", source->options.interface);
	workers_tell(all, source, EVENT_INTERFACE_BACK, 0, monotonic_now().ns - lost.ns);
}

/* Dropping begins with the first frame that is lost, and ends when for a while none was. */
static void watch_drops(struct workers *all, struct worker_source *source, uint64_t dropped,
			struct monotonic_time now)
{
	uint64_t new_drops = dropped - source->dropping.seen;

	source->dropping.seen = dropped;
	if (new_drops > 0) {
		source->dropping.last = now;
		if (source->dropping.is_on)
			return;
		source->dropping.is_on = true;
		source->dropping.begun = now;
		source->dropping.before = dropped - new_drops;
		workers_tell(all, source, EVENT_CAPTURE_DROPPING, new_drops, 0);
	} else if (source->dropping.is_on && now.ns < INT64_MAX &&
		   now.ns - source->dropping.last.ns >= DROPPING_QUIET_NS) {
		source->dropping.is_on = false;
		workers_tell(all, source, EVENT_CAPTURE_RECOVERED,
			     dropped - source->dropping.before,
			     source->dropping.last.ns - source->dropping.begun.ns);
	}
}

static void count_drops(struct workers *all, struct worker_source *source,
			struct monotonic_time now)
{
	uint64_t dropped;

	worker_look_at_drops(source->handles);
	dropped = workers_dropped(all, source);
	workers_lock_all(all);
	interface_of(all, source)->dropped = dropped;
	workers_unlock_all(all);
	watch_drops(all, source, dropped, now);
}

/* One that stays away makes room in the end. */
static void wait_for_interface(struct workers *all, struct worker_source *source,
			       struct monotonic_time now)
{
	try_to_reopen(all, source);
	if (source->is_open || !source->has_slot || now.ns - source->lost.ns <= LOST_SHOWN_NS)
		return;
	workers_lock_all(all);
	forget_interface(all, source);
	workers_unlock_all(all);
}

/* Now: the end of time when the workers stop, to look a last time. */
void workers_care_for_interfaces(struct workers *all, struct monotonic_time now)
{
	if (now.ns < all->next_care.ns)
		return;
	all->next_care.ns = now.ns < INT64_MAX ? now.ns + NS_PER_SECOND : now.ns;
	for (size_t i = 0; i < all->n_sources; i++) {
		if (all->sources[i].is_open)
			count_drops(all, &all->sources[i], now);
		else if (now.ns < INT64_MAX)
			wait_for_interface(all, &all->sources[i], now);
	}
	workers_look_at_interfaces(all, &all->own_view);
	workers_lock_all(all);
	read_interfaces(all, &all->own_view, true);
	workers_unlock_all(all);
}
