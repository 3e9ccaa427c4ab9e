/* The cache of names: a row for each address that was asked for, with what is known of it. */
#include "names/name_cache.h"

#include <string.h>

#include "base/hash.h"

/* How many rows are compared when a full table must give up one. */
#define EVICTION_CHOICES 16

struct name_entry {
	struct table_head head;
	struct name_key key;
	int64_t asked_ns;   /* when a reader asked last */
	int64_t due_ns;     /* when what is known is over */
	int64_t expires_ns; /* when the name is not shown any more */
	bool expected;
	char name[NAMES_ADDRESS_TEXT];
};

int name_cache_create(struct name_cache *cache, struct ledger *ledger, uint32_t capacity,
		      struct error *error)
{
	*cache = (struct name_cache){.seed = hash_seed()};
	return table_create(&cache->table, ledger, "name cache", sizeof(struct name_entry),
			    capacity, error);
}

static struct name_entry *entry_at(const struct name_cache *cache, uint32_t row)
{
	return table_row(&cache->table, row);
}

static struct name_entry *find(const struct name_cache *cache, const struct name_key *key,
			       uint32_t *hash)
{
	uint32_t row;

	*hash = hash_key(key, sizeof(*key), cache->seed);
	row = table_find(&cache->table, *hash, key, sizeof(*key));
	return row == TABLE_NONE ? NULL : entry_at(cache, row);
}

bool name_cache_find(struct name_cache *cache, const struct name_key *key,
		     struct monotonic_time now, char name[NAMES_ADDRESS_TEXT], bool *is_due)
{
	uint32_t hash;
	struct name_entry *entry = find(cache, key, &hash);

	*is_due = !entry || (!entry->expected && now.ns >= entry->due_ns);
	if (!entry)
		return false;
	entry->asked_ns = now.ns;
	if (!entry->name[0] || now.ns >= entry->expires_ns)
		return false;
	memcpy(name, entry->name, NAMES_ADDRESS_TEXT);
	return true;
}

/* Of the next few rows gives up the one that was asked for longest ago, if that is long ago. */
static bool make_room(struct name_cache *cache, struct monotonic_time now)
{
	uint32_t oldest = TABLE_NONE;

	for (int i = 0; i < EVICTION_CHOICES; i++) {
		const struct name_entry *entry = entry_at(cache, cache->hand);

		if (!entry->expected && now.ns - entry->asked_ns >= NAME_KEPT_NS &&
		    (oldest == TABLE_NONE || entry->asked_ns < entry_at(cache, oldest)->asked_ns))
			oldest = cache->hand;
		cache->hand = (cache->hand + 1) % cache->table.capacity;
	}
	if (oldest == TABLE_NONE)
		return false;
	table_remove(&cache->table, oldest);
	cache->evictions++;
	return true;
}

bool name_cache_expect(struct name_cache *cache, const struct name_key *key,
		       struct monotonic_time now)
{
	uint32_t hash;
	struct name_entry *entry = find(cache, key, &hash);

	if (!entry) {
		if (cache->table.used == cache->table.capacity && !make_room(cache, now))
			return false;
		entry = entry_at(cache, table_add(&cache->table, hash, key, sizeof(*key)));
		entry->asked_ns = now.ns;
	}
	entry->expected = true;
	return true;
}

static int64_t within(int64_t ns, int64_t least, int64_t most)
{
	return ns < least ? least : ns > most ? most : ns;
}

void name_cache_answer(struct name_cache *cache, const struct name_key *key,
		       enum name_outcome outcome, const char *name, int64_t ttl_ns,
		       struct monotonic_time now)
{
	uint32_t hash;
	struct name_entry *entry = find(cache, key, &hash);

	if (!entry || !entry->expected)
		return;
	entry->expected = false;
	switch (outcome) {
	case NAME_FOUND:
		entry->due_ns = now.ns + within(ttl_ns, NAME_TTL_MIN_NS, NAME_TTL_MAX_NS);
		entry->expires_ns = entry->due_ns + NAME_STALE_NS;
		strncpy(entry->name, name, sizeof(entry->name) - 1);
		break;
	case NAME_NONE:
		entry->due_ns = now.ns + within(ttl_ns, NAME_NONE_TTL_MIN_NS, NAME_NONE_TTL_MAX_NS);
		entry->name[0] = '\0';
		break;
	case NAME_FAILED:
		entry->due_ns = now.ns + NAME_FAILED_TTL_NS;
		break;
	}
}
