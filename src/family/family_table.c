/* All families. To add one: its file, its row here, its block of the MIB, its test. */
#include "family/family_table.h"

#include <errno.h>

#include "family/capture.h"
#include "family/conversation.h"
#include "family/event.h"
#include "family/flood.h"
#include "family/flow.h"
#include "family/host.h"
#include "family/interface.h"
#include "family/knock.h"
#include "family/lock.h"
#include "family/name.h"
#include "family/packet_ring.h"
#include "family/port.h"
#include "family/probe.h"
#include "family/protocol.h"
#include "family/rate.h"
#include "family/self.h"
#include "family/size.h"
#include "family/station.h"
#include "family/tcp.h"
#include "family/top.h"
#include "tally/tally.h"
#include "tally/verdict.h"

const struct family *const family_table[] = {
	&interface_family,
	&size_family,
	&protocol_family,
	&port_family,
	&port_slots_family,
	&port_remainder_family,
	&port_table_family,
	&flow_family,
	&flow_remainder_family,
	&flow_table_family,
	&top_family,
	&tcp_family,
	&handshake_family,
	&flood_family,
	&host_family,
	&host_slots_family,
	&host_rest_family,
	&host_table_family,
	&station_family,
	&station_slots_family,
	&station_rest_family,
	&station_slot_totals_family,
	&station_table_family,
	&conversation_family,
	&conversation_slots_family,
	&conversation_rest_family,
	&conversation_table_family,
	&knock_family,
	&knock_table_family,
	&probe_family,
	&probing_family,
	&probe_table_family,
	&packet_family,
	&capture_family,
	&rate_family,
	&self_family,
	&lock_family,
	&name_family,
	&event_family,
	&event_queue_family,
};

const size_t family_table_size = COUNT(family_table);

_Static_assert(COUNT(family_table) <= FAMILIES_MAX, "FAMILIES_MAX is too small");

static bool is_shared(const struct family *family)
{
	return (family->shows ? family->shows : family)->is_shared;
}

static bool is_counted(const struct family *family, const struct family_options *options)
{
	const struct family *owner = family->shows ? family->shows : family;

	return owner->is_core || !options->only_core;
}

bool family_set_borrows(const struct family_set *set, size_t i)
{
	return set->first && is_shared(family_table[i]);
}

static void *create_state(const struct family_set *set, size_t i,
			  const struct family_context *context, struct error *error)
{
	const struct family *family = family_table[i];
	struct family_context own = *context;

	/* A family may show another's state: that one stands before it in the table. */
	if (family->shows)
		return family_set_state(set, family->shows);
	if (family_set_borrows(set, i))
		return set->first->states[i];
	if (set->first)
		own.first = set->first->states[i];
	if (set->sharing && is_shared(family))
		own.tally = set->sharing->tally;
	return family->create(&own, error);
}

int family_set_join(struct family_set *set, const struct family_set *first,
		    struct family_sharing *sharing, const struct family_context *context,
		    struct error *error)
{
	*set = (struct family_set){.sharing = sharing, .first = first};
	for (size_t i = 0; i < family_table_size; i++) {
		if (!is_counted(family_table[i], context->options))
			continue;
		set->states[i] = create_state(set, i, context, error);
		if (!set->states[i]) {
			family_set_destroy(set);
			return -ENOMEM;
		}
	}
	return 0;
}

int family_set_create(struct family_set *set, const struct family_context *context,
		      struct error *error)
{
	return family_set_join(set, NULL, NULL, context, error);
}

/* Whether a state is this set's own, and of this family. */
static bool is_owner(const struct family_set *set, size_t i)
{
	return set->states[i] && !family_table[i]->shows && !family_set_borrows(set, i);
}

void family_set_destroy(struct family_set *set)
{
	for (size_t i = 0; i < family_table_size; i++) {
		if (is_owner(set, i))
			family_table[i]->destroy(set->states[i]);
		set->states[i] = NULL;
	}
}

void *family_set_state(const struct family_set *set, const struct family *family)
{
	for (size_t i = 0; i < family_table_size; i++)
		if (family_table[i] == family)
			return set->states[i];
	return NULL;
}

/* Another worker's batch may have been of a later time: the clock does not go back. */
static void count_shared(const struct family_set *set, const struct packet *packets,
			 const struct verdict *verdicts, size_t n)
{
	struct tally *tally = set->sharing->tally;

	pthread_mutex_lock(&set->sharing->lock);
	if (tally->now_ns < verdicts[n - 1].now_ns)
		tally->now_ns = verdicts[n - 1].now_ns;
	for (size_t i = 0; i < family_table_size; i++)
		if (set->states[i] && family_table[i]->count && is_shared(family_table[i]))
			family_table[i]->count(set->states[i], packets, verdicts, n);
	pthread_mutex_unlock(&set->sharing->lock);
}

void family_set_count(struct family_set *set, const struct packet *packets,
		      const struct verdict *verdicts, size_t n)
{
	for (size_t i = 0; i < family_table_size; i++)
		if (set->states[i] && family_table[i]->count &&
		    !(set->sharing && is_shared(family_table[i])))
			family_table[i]->count(set->states[i], packets, verdicts, n);
	if (set->sharing)
		count_shared(set, packets, verdicts, n);
}

void family_set_tick(struct family_set *set, int64_t now_ns)
{
	for (size_t i = 0; i < family_table_size; i++)
		if (set->states[i] && family_table[i]->tick)
			family_table[i]->tick(set->states[i], now_ns);
}

void family_set_finish(struct family_set *set, int64_t now_ns)
{
	for (size_t i = 0; i < family_table_size; i++)
		if (set->states[i] && family_table[i]->finish)
			family_table[i]->finish(set->states[i], now_ns);
}

void family_set_forget_interface(struct family_set *set, uint16_t interface)
{
	for (size_t i = 0; i < family_table_size; i++)
		if (set->states[i] && family_table[i]->forget_interface &&
		    !family_set_borrows(set, i))
			family_table[i]->forget_interface(set->states[i], interface);
}
