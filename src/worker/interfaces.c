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

static struct tally_interface *interface_of(struct worker *worker,
					    const struct worker_source *source)
{
	return &worker->tally.interfaces[source->slot];
}

int worker_attach_interface(struct worker *worker, struct worker_source *source,
			    struct error *error)
{
	struct tally_interface *interface = tally_add_interface(&worker->tally, &source->slot);
	bool is_live = source_is_live(source->source);
	int dlt = source_link_type(source->source);

	if (!interface)
		return error_set(error, ENOSPC, "%s: all %u interface slots are in use",
				 source_name(source->source), worker->tally.max_interfaces);
	source->has_slot = true;
	source->lost = monotonic_now(); /* should it not start after all */
	source->link =
		source_is_loopback(source->source) ? link_type_loopback() : link_type_find(dlt);
	if (!link_type_is_known(source->link))
		log_warn("capture",
			 "%s: link type %d is not known: packets, bytes and sizes are counted, "
			 "nothing above",
			 source_name(source->source), dlt);
	source->ifindex = is_live ? if_nametoindex(source_name(source->source)) : 1;
	interface->ifindex = source->ifindex;
	snprintf(interface->name, sizeof(interface->name), "%s", source_name(source->source));
	link_clean_text(interface->name);
	snprintf(interface->link_type, sizeof(interface->link_type), "%s",
		 link_type_name(source->link));
	interface->up = true;
	return 0;
}

void worker_read_interfaces(struct worker *worker)
{
	for (size_t i = 0; i < worker->n_sources; i++) {
		const struct worker_source *source = &worker->sources[i];
		struct tally_interface *interface = interface_of(worker, source);
		struct netif_status status;

		if (worker->from_file || !source->has_slot || !worker->registry ||
		    !netif_read(worker->registry, source->ifindex, &status))
			continue;
		snprintf(interface->name, sizeof(interface->name), "%s", status.link.name);
		link_clean_text(interface->name);
		snprintf(interface->alias, sizeof(interface->alias), "%.*s",
			 INTERFACE_ALIAS_SIZE - 1, status.link.alias);
		link_address_format(interface->address, &status.link);
		interface->up = status.state == NETIF_UP && status.link.running;
		interface->mtu = status.link.mtu;
		interface->speed_bytes = status.speed_bytes;
		interface->missed = status.counters.receive_missed;
		interface->kernel[DIRECTION_RECEIVE] = (struct kernel_counters){
			.packets = status.counters.receive_packets,
			.bytes = status.counters.receive_bytes,
			.dropped = status.counters.receive_dropped,
			.errors = status.counters.receive_errors,
		};
		interface->kernel[DIRECTION_TRANSMIT] = (struct kernel_counters){
			.packets = status.counters.transmit_packets,
			.bytes = status.counters.transmit_bytes,
			.dropped = status.counters.transmit_dropped,
			.errors = status.counters.transmit_errors,
		};
	}
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
	interface_of(worker, source)->up = false;
	source->dropped_before += statistics.dropped;
	interface_of(worker, source)->dropped = source->dropped_before;
	handover_worker_unlock(&worker->lock);
}

/* Under the lock. */
static void forget_interface(struct worker *worker, struct worker_source *source)
{
	tally_forget_interface(&worker->tally, source->slot);
	family_set_forget_interface(&worker->families, source->slot);
	source->has_slot = false;
	source->dropped_before = 0;
}

/* The same ifindex goes on counting; another one is a new interface, from zero. */
static void try_to_reopen(struct worker *worker, struct worker_source *source)
{
	uint32_t ifindex = if_nametoindex(source->options.interface);
	struct error error;
	int rc = 0;

	if (!ifindex)
		return;
	source->source = source_open_live(&source->options, &error);
	if (!source->source) {
		log_debug("capture", "%s", error.text);
		return;
	}
	handover_worker_lock(&worker->lock);
	if (source->has_slot && ifindex != source->ifindex)
		forget_interface(worker, source);
	if (!source->has_slot)
		rc = worker_attach_interface(worker, source, &error);
	handover_worker_unlock(&worker->lock);
	if (rc == 0 && worker->registry)
		rc = netif_watch(worker->registry, source->ifindex, &error);
	if (rc == 0)
		rc = source_start(source->source, &error);
	if (rc < 0) {
		log_warn("capture", "%s", error.text);
		source_close(source->source);
		source->source = NULL;
		return;
	}
	log_info("capture", "%s is back", source->options.interface);
}

static void count_drops(struct worker *worker, struct worker_source *source)
{
	struct source_statistics statistics;

	source_statistics(source->source, &statistics);
	handover_worker_lock(&worker->lock);
	interface_of(worker, source)->dropped = source->dropped_before + statistics.dropped;
	handover_worker_unlock(&worker->lock);
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

void worker_care_for_interfaces(struct worker *worker, struct monotonic_time now)
{
	if (now.ns < worker->next_care.ns)
		return;
	worker->next_care.ns = now.ns < INT64_MAX ? now.ns + NS_PER_SECOND : now.ns;
	for (size_t i = 0; i < worker->n_sources; i++) {
		if (worker->sources[i].source)
			count_drops(worker, &worker->sources[i]);
		else if (now.ns < INT64_MAX)
			wait_for_interface(worker, &worker->sources[i], now);
	}
	handover_worker_lock(&worker->lock);
	worker_read_interfaces(worker);
	handover_worker_unlock(&worker->lock);
}
