/* Which snapshot answers a request, and how long it is kept. */
#include "snmp/hold.h"

#define FRESH_NS        (1 * NS_PER_SECOND)
#define WALK_AGE_NS     (10 * NS_PER_SECOND)
#define WALK_IDLE_NS    (2 * NS_PER_SECOND)
#define WALK_LONGEST_NS (60 * NS_PER_SECOND)

static void give_back(const struct snapshot **snapshot)
{
	if (*snapshot)
		snapshot_release(*snapshot);
	*snapshot = NULL;
}

static bool walk_is_over(const struct snmp_hold *hold, struct monotonic_time now)
{
	int64_t age = now.ns - hold->walked->taken.ns;
	int64_t idle = now.ns - hold->walked_used.ns;

	return age >= WALK_LONGEST_NS || (age >= WALK_AGE_NS && idle >= WALK_IDLE_NS);
}

const struct snapshot *snmp_hold_fresh(struct snmp_hold *hold, struct monotonic_time now)
{
	if (hold->fresh && now.ns - hold->fresh->taken.ns > FRESH_NS)
		give_back(&hold->fresh);
	if (!hold->fresh)
		hold->fresh = snapshot_get(hold->store, FRESH_NS);
	return hold->fresh;
}

const struct snapshot *snmp_hold_walk(struct snmp_hold *hold, struct monotonic_time now)
{
	if (hold->walked && walk_is_over(hold, now))
		give_back(&hold->walked);
	if (!hold->walked) {
		const struct snapshot *fresh = snmp_hold_fresh(hold, now);

		hold->walked = fresh ? snapshot_ref(fresh) : NULL;
	}
	hold->walked_used = now;
	return hold->walked;
}

bool snmp_hold_expire(struct snmp_hold *hold, struct monotonic_time now)
{
	if (hold->fresh && now.ns - hold->fresh->taken.ns > FRESH_NS)
		give_back(&hold->fresh);
	if (hold->walked && walk_is_over(hold, now))
		give_back(&hold->walked);
	return hold->fresh || hold->walked;
}

void snmp_hold_release(struct snmp_hold *hold)
{
	give_back(&hold->fresh);
	give_back(&hold->walked);
}
