/*
 * The handles of an interface, one of each worker: opened, started and closed together by the first
 * worker, each read and ended by its own.
 */
#include "worker/worker_state.h"

#include <errno.h>

int workers_open_handles(struct workers *all, struct worker_source *source, struct error *error)
{
	for (uint32_t i = 0; i < all->n; i++) {
		struct worker_handle *handle = &source->handles[i];

		handle->source = source_open_live(&source->options, error);
		if (!handle->source) {
			workers_close_handles(all, source);
			return -EINVAL;
		}
		handle->is_stopped = false;
		handle->has_failed = false;
		atomic_store_explicit(&handle->dropped, 0, memory_order_relaxed);
	}
	source->is_open = true;
	return 0;
}

void workers_close_handles(struct workers *all, struct worker_source *source)
{
	for (uint32_t i = 0; i < all->n; i++) {
		if (source->handles[i].source)
			source_close(source->handles[i].source);
		source->handles[i].source = NULL;
	}
	source->is_open = false;
}

int workers_start_handles(struct workers *all, struct worker_source *source, struct error *error)
{
	struct source *sources[WORKERS_MAX];
	int rc;

	for (uint32_t i = 0; i < all->n; i++)
		sources[i] = source->handles[i].source;
	rc = source_start_shared(sources, all->n, error);
	if (rc < 0)
		return rc;
	atomic_store_explicit(&source->is_ending, false, memory_order_relaxed);
	for (uint32_t i = 0; i < all->n; i++)
		atomic_store_explicit(&source->handles[i].is_read, true, memory_order_release);
	return 0;
}

void worker_look_at_drops(struct worker_handle *handle)
{
	struct source_statistics statistics;

	source_statistics(handle->source, &statistics);
	atomic_store_explicit(&handle->dropped, statistics.dropped, memory_order_relaxed);
}

uint64_t workers_dropped(const struct workers *all, const struct worker_source *source)
{
	uint64_t dropped = source->dropped_before;

	for (uint32_t i = 0; i < all->n; i++)
		dropped += atomic_load_explicit(&source->handles[i].dropped, memory_order_relaxed);
	return dropped;
}

const struct error *workers_why_ended(const struct workers *all, const struct worker_source *source)
{
	const struct error *why = NULL;

	for (uint32_t i = 0; i < all->n; i++) {
		const struct worker_handle *handle = &source->handles[i];

		if (atomic_load_explicit(&handle->is_read, memory_order_acquire))
			return NULL;
		if (handle->has_failed)
			why = &handle->why;
	}
	return why;
}
