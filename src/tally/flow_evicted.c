/* The memory of evicted flows: one fingerprint for each bucket of their hashes. */
#include "tally/flow_evicted.h"

#include <errno.h>

#include "base/clock.h"

int flow_evicted_create(struct flow_evicted *evicted, struct ledger *ledger, uint32_t capacity,
			struct error *error)
{
	uint32_t n = 1;

	while (n <= capacity / 2)
		n *= 2;
	evicted->mask = n - 1;
	evicted->keys = ledger_map(ledger, "evicted flows", n * sizeof(*evicted->keys), error);
	return evicted->keys ? 0 : -ENOMEM;
}

static uint32_t fingerprint_of(uint32_t hash, uint32_t sequence)
{
	uint32_t fingerprint = hash ^ (sequence * 0x9e3779b1U);

	return fingerprint ? fingerprint : 1;
}

void flow_evicted_remember(struct flow_evicted *evicted, uint32_t hash, uint32_t sequence,
			   int64_t until_ns)
{
	int64_t until = (until_ns + NS_PER_SECOND - 1) / NS_PER_SECOND;

	evicted->keys[hash & evicted->mask] = (struct evicted_key){
		.fingerprint = fingerprint_of(hash, sequence),
		.until = until < UINT32_MAX ? (uint32_t)until : UINT32_MAX,
	};
}

bool flow_evicted_take(struct flow_evicted *evicted, uint32_t hash, uint32_t sequence,
		       int64_t now_ns)
{
	struct evicted_key *key = &evicted->keys[hash & evicted->mask];

	if (key->fingerprint != fingerprint_of(hash, sequence))
		return false;
	key->fingerprint = 0;
	return now_ns <= key->until * NS_PER_SECOND;
}
