/*
 * Taking, sharing and sorting snapshots. Memory is got before the lock and rows are sorted after
 * it: under it nothing happens but copying.
 */
#include "snapshot/snapshot.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot/merge.h"
#include "snapshot/store.h"

/*
 * However many readers there are, the workers stand still at most this often, for all that is counted;
 * scrapes, which stop them for much less, may come between.
 */
#define INTERVAL_NS (100 * 1000 * 1000LL)

#define PAGE_BYTES 4096 /* or more */

struct snapshot_store {
	pthread_mutex_t mutex; /* one taker at a time; the others get what it took */
	struct workers *workers;
	const struct snapshot *latest;
	uint64_t taken;
	size_t rows_before
		[FAMILIES_MAX]; /* of the latest whole snapshot, before they were merged */
};

struct owned_snapshot {
	struct snapshot snapshot;
	atomic_uint references;
	bool is_whole; /* else what Prometheus shows alone */
	struct snapshot_interface interfaces[INTERFACES_MAX];
	struct snapshot_rows rows[FAMILIES_MAX];
};

struct snapshot_store *snapshot_store_create(struct workers *workers, struct error *error)
{
	struct snapshot_store *store = calloc(1, sizeof(*store));

	if (!store) {
		error_set(error, ENOMEM, "snapshots: no memory");
		return NULL;
	}
	pthread_mutex_init(&store->mutex, NULL);
	store->workers = workers;
	return store;
}

void snapshot_store_destroy(struct snapshot_store *store)
{
	if (!store)
		return;
	if (store->latest)
		snapshot_release(store->latest);
	pthread_mutex_destroy(&store->mutex);
	free(store);
}

static struct owned_snapshot *owner(const struct snapshot *snapshot)
{
	return (struct owned_snapshot *)snapshot;
}

static bool is_scraped(const struct family *family, const void *state)
{
	unsigned faces = 0;

	for (size_t i = 0; i < family->n_fields; i++)
		faces |= family->fields[i].faces;
	return (faces & FACE_PROMETHEUS) && (!family->has_exported || family->has_exported(state));
}

static bool is_in(const struct owned_snapshot *owned, const struct family_set *families, size_t i)
{
	const void *state = families->states[i];

	return state && !family_set_borrows(families, i) &&
	       (owned->is_whole || is_scraped(family_table[i], state));
}

/* Room for all that the workers have, before what has the same key is merged. */
static size_t max_rows(const struct owned_snapshot *owned, const struct workers *workers, size_t i)
{
	size_t most = 0;

	for (uint32_t worker = 0; worker < workers_number(workers); worker++) {
		const struct family_set *families = workers_families(workers, worker);

		if (is_in(owned, families, i))
			most += family_table[i]->max_rows(families->states[i]);
	}
	return most;
}

static struct owned_snapshot *allocate(const struct workers *workers, bool is_whole)
{
	struct owned_snapshot *owned = calloc(1, sizeof(*owned));

	if (!owned)
		return NULL;
	atomic_init(&owned->references, 1);
	owned->is_whole = is_whole;
	owned->snapshot.interfaces = owned->interfaces;
	owned->snapshot.families = owned->rows;
	owned->snapshot.n_families = family_table_size;
	for (size_t i = 0; i < family_table_size; i++) {
		const struct family *family = family_table[i];
		/* One more, so that a family that has no rows is no special case of calloc's. */
		void *rows = calloc(max_rows(owned, workers, i) + 1, family->row_size);

		owned->rows[i] = (struct snapshot_rows){family, rows, 0};
		if (!rows) {
			snapshot_release(&owned->snapshot);
			return NULL;
		}
	}
	return owned;
}

/*
 * Has the system give the pages that the copy will write, as far as the latest one tells: under the lock
 * that would be half of its time.
 */
static void touch(const struct owned_snapshot *owned, const size_t *rows_before)
{
	for (size_t i = 0; i < family_table_size; i++) {
		volatile uint8_t *rows = (uint8_t *)owned->rows[i].rows;
		size_t bytes = rows_before[i] * family_table[i]->row_size;

		for (size_t at = 0; at < bytes; at += PAGE_BYTES)
			rows[at] = 0;
	}
}

static void copy_families(struct owned_snapshot *owned, const struct family_set *families,
			  bool external)
{
	for (size_t i = 0; i < family_table_size; i++) {
		struct snapshot_rows *rows = &owned->rows[i];
		uint8_t *end = (uint8_t *)rows->rows + rows->n * family_table[i]->row_size;

		if (is_in(owned, families, i) &&
		    (family_table[i]->kind == FAMILY_EXTERNAL) == external)
			rows->n += family_table[i]->copy(families->states[i], end);
	}
}

static void copy_all(struct owned_snapshot *owned, const struct workers *workers, bool external)
{
	for (uint32_t worker = 0; worker < workers_number(workers); worker++)
		copy_families(owned, workers_families(workers, worker), external);
}

static void copy_interfaces(struct owned_snapshot *owned, const struct tally *tally)
{
	owned->snapshot.clock.ns = tally->now_ns + tally->flows.wall_offset_ns;
	owned->snapshot.n_interfaces = tally->n_interfaces;
	for (uint32_t slot = 0; slot < tally->n_interfaces; slot++) {
		memcpy(owned->interfaces[slot].name, tally->interfaces[slot].name,
		       sizeof(owned->interfaces[slot].name));
		owned->interfaces[slot].ifindex = tally->interfaces[slot].ifindex;
	}
}

struct sort_context {
	const struct snapshot *snapshot;
	const struct family *family;
};

static int compare_rows(const void *a, const void *b, void *opaque)
{
	const struct sort_context *context = opaque;

	return snapshot_compare(context->snapshot, context->family, a, b);
}

static struct owned_snapshot *take(struct snapshot_store *store, bool is_whole)
{
	struct lock_statistics *statistics = workers_lock_statistics(store->workers);
	struct owned_snapshot *owned = allocate(store->workers, is_whole);
	struct monotonic_time asked, got, given;

	if (!owned)
		return NULL;
	if (is_whole)
		touch(owned, store->rows_before);
	workers_prepare_read(store->workers);
	asked = monotonic_now();
	workers_lock(store->workers);
	got = monotonic_now();
	copy_all(owned, store->workers, false);
	copy_interfaces(owned, workers_tally(store->workers, 0));
	owned->snapshot.taken = monotonic_now();
	owned->snapshot.taken_wall = wall_now();
	workers_unlock(store->workers);
	given = monotonic_now();

	histogram_add(&statistics->waited, got.ns - asked.ns);
	histogram_add(&statistics->held, given.ns - got.ns);
	copy_all(owned, store->workers, true);
	owned->snapshot.names = workers_names(store->workers);
	owned->snapshot.number = ++store->taken;
	for (size_t i = 0; i < family_table_size; i++) {
		struct sort_context context = {&owned->snapshot, family_table[i]};

		qsort_r((void *)owned->rows[i].rows, owned->rows[i].n, family_table[i]->row_size,
			compare_rows, &context);
		if (is_whole)
			store->rows_before[i] = owned->rows[i].n;
		if (workers_number(store->workers) > 1)
			snapshot_merge(&owned->snapshot, &owned->rows[i]);
	}
	return owned;
}

static bool serves(const struct snapshot *latest, int64_t max_age_ns, bool whole)
{
	return latest && monotonic_now().ns - latest->taken.ns <= max_age_ns &&
	       (owner(latest)->is_whole || !whole);
}

static const struct snapshot *get(struct snapshot_store *store, int64_t max_age_ns, bool whole)
{
	const struct snapshot *snapshot = NULL;
	struct owned_snapshot *taken;

	if (max_age_ns < INTERVAL_NS)
		max_age_ns = INTERVAL_NS;
	pthread_mutex_lock(&store->mutex);
	if (!serves(store->latest, max_age_ns, whole)) {
		taken = take(store, whole);
		if (taken) {
			if (store->latest)
				snapshot_release(store->latest);
			store->latest = &taken->snapshot;
		}
	}
	if (store->latest && (owner(store->latest)->is_whole || !whole))
		snapshot = snapshot_ref(store->latest);
	pthread_mutex_unlock(&store->mutex);
	return snapshot;
}

const struct snapshot *snapshot_get(struct snapshot_store *store, int64_t max_age_ns)
{
	return get(store, max_age_ns, true);
}

const struct snapshot *snapshot_get_for_scrape(struct snapshot_store *store)
{
	return get(store, 0, false);
}

const struct snapshot *snapshot_ref(const struct snapshot *snapshot)
{
	atomic_fetch_add_explicit(&owner(snapshot)->references, 1, memory_order_relaxed);
	return snapshot;
}

void snapshot_release(const struct snapshot *snapshot)
{
	struct owned_snapshot *owned = owner(snapshot);

	if (atomic_fetch_sub_explicit(&owned->references, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < family_table_size; i++)
		free((void *)owned->rows[i].rows);
	free(owned);
}
