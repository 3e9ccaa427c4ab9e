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

/* However many readers there are, the workers stand still at most this often. */
#define INTERVAL_NS (100 * 1000 * 1000LL)

struct snapshot_store {
	pthread_mutex_t mutex; /* one taker at a time; the others get what it took */
	struct workers *workers;
	const struct snapshot *latest;
	uint64_t taken;
};

struct owned_snapshot {
	struct snapshot snapshot;
	atomic_uint references;
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

/* Room for all that the workers have, before what is the same is merged. */
static size_t max_rows(const struct workers *workers, size_t family)
{
	size_t most = 0;

	for (uint32_t worker = 0; worker < workers_number(workers); worker++) {
		const struct family_set *families = workers_families(workers, worker);

		if (families->states[family] && !family_set_borrows(families, family))
			most += family_table[family]->max_rows(families->states[family]);
	}
	return most;
}

static struct owned_snapshot *allocate(const struct workers *workers)
{
	struct owned_snapshot *owned = calloc(1, sizeof(*owned));

	if (!owned)
		return NULL;
	atomic_init(&owned->references, 1);
	owned->snapshot.interfaces = owned->interfaces;
	owned->snapshot.families = owned->rows;
	owned->snapshot.n_families = family_table_size;
	for (size_t i = 0; i < family_table_size; i++) {
		/* One more, so that a family that has no rows is no special case of calloc's. */
		void *rows = calloc(max_rows(workers, i) + 1, family_table[i]->row_size);

		owned->rows[i] = (struct snapshot_rows){family_table[i], rows, 0};
		if (!rows) {
			snapshot_release(&owned->snapshot);
			return NULL;
		}
	}
	return owned;
}

static void copy_families(struct owned_snapshot *owned, const struct family_set *families,
			  bool external)
{
	for (size_t i = 0; i < family_table_size; i++) {
		struct snapshot_rows *rows = &owned->rows[i];
		uint8_t *end = (uint8_t *)rows->rows + rows->n * family_table[i]->row_size;

		if (families->states[i] && !family_set_borrows(families, i) &&
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

static struct owned_snapshot *take(struct snapshot_store *store)
{
	struct lock_statistics *statistics = workers_lock_statistics(store->workers);
	struct owned_snapshot *owned = allocate(store->workers);
	struct monotonic_time asked, got, given;

	if (!owned)
		return NULL;
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
		if (workers_number(store->workers) > 1)
			snapshot_merge(&owned->snapshot, &owned->rows[i]);
	}
	return owned;
}

const struct snapshot *snapshot_get(struct snapshot_store *store, int64_t max_age_ns)
{
	const struct snapshot *snapshot = NULL;
	struct owned_snapshot *taken;

	if (max_age_ns < INTERVAL_NS)
		max_age_ns = INTERVAL_NS;
	pthread_mutex_lock(&store->mutex);
	if (!store->latest || monotonic_now().ns - store->latest->taken.ns > max_age_ns) {
		taken = take(store);
		if (taken) {
			if (store->latest)
				snapshot_release(store->latest);
			store->latest = &taken->snapshot;
		}
	}
	if (store->latest)
		snapshot = snapshot_ref(store->latest);
	pthread_mutex_unlock(&store->mutex);
	return snapshot;
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
