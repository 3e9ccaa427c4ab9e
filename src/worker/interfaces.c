/*
 * A worker's care of its interfaces: what they are, what the kernel says of them, and what happens
 * when one vanishes and returns.
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

static struct tally_interface *interface_of(struct worker *worker,
					    const struct worker_source *source)
{
	return &worker->tally.interfaces[source->slot];
}

void worker_tell(struct worker *worker, const struct worker_source *source, enum event_kind kind,
		 uint64_t count, int64_t duration_ns)
{
	struct event event = {
		.time = wall_now(),
		.kind = (uint8_t)kind,
		.count = count,
		.duration_ns = duration_ns,
	};

	if (!worker->tally.flows.events)
		return;
	event_set_interface(&event, interface_of(worker, source)->name);
	event_ring_put(worker->tally.flows.events, &event);
}

/* Under the lock. */
static void forget_interface(struct worker *worker, struct worker_source *source)
{
	tally_forget_interface(&worker->tally, source->slot);
	family_set_forget_interface(&worker->families, source->slot);
	source->has_slot = false;
	source->is_lost = false;
	source->dropped_before = 0;
	source->dropping.is_on = false;
	source->dropping.seen = 0;
}

/* Another source than this one with a slot of this ifindex or name; NULL if there is none. */
static struct worker_source *find_other(struct worker *worker, const struct worker_source *source,
					bool is_lost, uint32_t ifindex, const char *name)
{
	for (size_t i = 0; i < worker->n_sources; i++) {
		struct worker_source *other = &worker->sources[i];

		if (other != source && other->has_slot && other->is_lost == is_lost &&
		    (other->ifindex == ifindex ||
		     strcmp(interface_of(worker, other)->name, name) == 0))
			return other;
	}
	return NULL;
}

int worker_attach_interface(struct worker *worker, struct worker_source *source,
			    struct error *error)
{
	bool is_live = source_is_live(source->source);
	uint32_t ifindex = is_live ? source_ifindex(source->source) : 1;
	int dlt = source_link_type(source->source);
	struct tally_interface *interface;
	char name[INTERFACE_NAME_SIZE];
	struct worker_source *other;

	snprintf(name, sizeof(name), "%s", source_name(source->source));
	link_clean_text(name);
	other = is_live ? find_other(worker, source, false, ifindex, name) : NULL;
	if (other)
		return error_set(error, EEXIST,
				 "interface '%s' is '%s', which is named already; name it once",
				 name, interface_of(worker, other)->name);
	if (source->has_slot)
		forget_interface(worker, source);
	while ((other = find_other(worker, source, true, ifindex, name)))
		forget_interface(worker, other);

	interface = tally_add_interface(&worker->tally, &source->slot);
	if (!interface)
		return error_set(error, ENOSPC, "%s: all %u interface slots are in use", name,
				 worker->tally.max_interfaces);
	source->has_slot = true;
	source->lost = monotonic_now(); /* should it not start after all */
	source->link =
		source_is_loopback(source->source) ? link_type_loopback() : link_type_find(dlt);
	if (!link_type_is_known(source->link))
		log_warn("capture",
			 "%s: link type %d is not known: packets, bytes and sizes are counted, "
			 "nothing above",
			 name, dlt);
	source->ifindex = ifindex;
	interface->ifindex = ifindex;
	memcpy(interface->name, name, sizeof(name));
	snprintf(interface->link_type, sizeof(interface->link_type), "%s",
		 link_type_name(source->link));
	interface->up = true;
	interface->loopback = source_is_loopback(source->source);
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
static void take_names(struct worker *worker, char (*names)[INTERFACE_NAME_SIZE])
{
	for (size_t i = 0; i < worker->n_sources; i++)
		for (size_t j = 0; j < i && worker->sources[i].has_slot; j++)
			if (worker->sources[j].has_slot && strcmp(names[i], names[j]) == 0)
				return;
	for (size_t i = 0; i < worker->n_sources; i++)
		if (worker->sources[i].has_slot)
			memcpy(interface_of(worker, &worker->sources[i])->name, names[i],
			       INTERFACE_NAME_SIZE);
}

/* What is lost gives its name to one that lives. */
static void free_names(struct worker *worker, char (*names)[INTERFACE_NAME_SIZE])
{
	for (size_t i = 0; i < worker->n_sources; i++) {
		struct worker_source *source = &worker->sources[i], *lost;

		if (!source->has_slot || source->is_lost)
			continue;
		while ((lost = find_other(worker, source, true, source->ifindex, names[i])))
			forget_interface(worker, lost);
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

void worker_look_at_interfaces(const struct worker *worker, struct netif_view *view)
{
	if (view->statuses)
		view->n = netif_read_all(worker->registry, view->statuses, view->capacity);
}

/* Only the worker's own thread may forget. */
static void read_interfaces(struct worker *worker, const struct netif_view *view, bool may_forget)
{
	char names[INTERFACES_MAX][INTERFACE_NAME_SIZE];
	bool renamed = false;
	size_t from = 0;

	for (size_t i = 0; i < worker->n_sources; i++) {
		const struct worker_source *source = &worker->sources[i];
		struct tally_interface *interface = interface_of(worker, source);
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
		free_names(worker, names);
	if (renamed)
		take_names(worker, names);
}

void worker_read_interfaces(struct worker *worker, const struct netif_view *view)
{
	read_interfaces(worker, view, false);
}

void worker_lose_interface(struct worker *worker, struct worker_source *source,
			   const struct error *why)
{
	struct source_statistics statistics;

	log_warn("capture", "%s; waiting for it to come back", why->text);
	source_statistics(source->source, &statistics);
	source_close(source->source);
	source->source = NULL;
	source->lost = monotonic_now();
	handover_worker_lock(&worker->lock);
	source->is_lost = true;
	interface_of(worker, source)->up = false;
	source->dropped_before += statistics.dropped;
	interface_of(worker, source)->dropped = source->dropped_before;
	handover_worker_unlock(&worker->lock);
	worker_tell(worker, source, EVENT_INTERFACE_LOST, 0, 0);
}

/* The same ifindex goes on counting; another one is a new interface, from zero. */
static int resume(struct worker *worker, struct worker_source *source, struct error *error)
{
	int rc = 0;

	handover_worker_lock(&worker->lock);
	if (!source->has_slot || source->ifindex != source_ifindex(source->source))
		rc = worker_attach_interface(worker, source, error);
	if (rc == 0)
		source->is_lost = false;
	handover_worker_unlock(&worker->lock);
	if (rc == 0 && worker->registry)
		rc = netif_watch(worker->registry, source->ifindex, error);
	if (rc == 0)
		rc = source_start(source->source, error);
	return rc;
}

/* Another interface may have been given the name that is waited for. */
static bool is_watched(const struct worker *worker, uint32_t ifindex)
{
	for (size_t i = 0; i < worker->n_sources; i++)
		if (worker->sources[i].source && worker->sources[i].ifindex == ifindex)
			return true;
	return false;
}

static void try_to_reopen(struct worker *worker, struct worker_source *source)
{
	uint32_t ifindex = if_nametoindex(source->options.interface);
	struct monotonic_time lost = source->lost;
	struct error error;

	if (!ifindex || is_watched(worker, ifindex))
		return;
	source->source = source_open_live(&source->options, &error);
	if (!source->source) {
		log_debug("capture", "%s", error.text);
		return;
	}
	if (resume(worker, source, &error) < 0) {
		log_debug("capture", "%s", error.text);
		source_close(source->source);
		source->source = NULL;
		handover_worker_lock(&worker->lock);
		source->is_lost = source->has_slot;
		handover_worker_unlock(&worker->lock);
		return;
	}
	log_info("capture", "%s is back", source->options.interface);
	worker_tell(worker, source, EVENT_INTERFACE_BACK, 0, monotonic_now().ns - lost.ns);
}

/* Dropping begins with the first frame that is lost, and ends when for a while none was. */
static void watch_drops(struct worker *worker, struct worker_source *source, uint64_t dropped,
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
		worker_tell(worker, source, EVENT_CAPTURE_DROPPING, new_drops, 0);
	} else if (source->dropping.is_on && now.ns < INT64_MAX &&
		   now.ns - source->dropping.last.ns >= DROPPING_QUIET_NS) {
		source->dropping.is_on = false;
		worker_tell(worker, source, EVENT_CAPTURE_RECOVERED,
			    dropped - source->dropping.before,
			    source->dropping.last.ns - source->dropping.begun.ns);
	}
}

static void count_drops(struct worker *worker, struct worker_source *source,
			struct monotonic_time now)
{
	struct source_statistics statistics;
	uint64_t dropped;

	source_statistics(source->source, &statistics);
	dropped = source->dropped_before + statistics.dropped;
	handover_worker_lock(&worker->lock);
	interface_of(worker, source)->dropped = dropped;
	handover_worker_unlock(&worker->lock);
	watch_drops(worker, source, dropped, now);
}

/* One that stays away makes room in the end. */
static void wait_for_interface(struct worker *worker, struct worker_source *source,
			       struct monotonic_time now)
{
	try_to_reopen(worker, source);
	if (source->source || !source->has_slot || now.ns - source->lost.ns <= LOST_SHOWN_NS)
		return;
	handover_worker_lock(&worker->lock);
	forget_interface(worker, source);
	handover_worker_unlock(&worker->lock);
}

/* Now: the end of time when the worker stops, to look a last time. */
void worker_care_for_interfaces(struct worker *worker, struct monotonic_time now)
{
	if (now.ns < worker->next_care.ns)
		return;
	worker->next_care.ns = now.ns < INT64_MAX ? now.ns + NS_PER_SECOND : now.ns;
	for (size_t i = 0; i < worker->n_sources; i++) {
		if (worker->sources[i].source)
			count_drops(worker, &worker->sources[i], now);
		else if (now.ns < INT64_MAX)
			wait_for_interface(worker, &worker->sources[i], now);
	}
	worker_look_at_interfaces(worker, &worker->own_view);
	handover_worker_lock(&worker->lock);
	read_interfaces(worker, &worker->own_view, true);
	handover_worker_unlock(&worker->lock);
}
