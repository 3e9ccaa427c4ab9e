/*
 * A mutex between a worker that takes it again and again and readers that want it now and then.
 * A plain mutex starves the readers: the worker has it back before they wake. Here the worker
 * looks at one relaxed flag after each batch and lets a waiting reader in.
 */
#ifndef IPTALLY_BASE_HANDOVER_LOCK_H
#define IPTALLY_BASE_HANDOVER_LOCK_H

#include <pthread.h>
#include <stdatomic.h>

struct handover_lock {
	pthread_mutex_t mutex;
	pthread_mutex_t gate; /* held by a reader from its request until it has the mutex */
	atomic_uint readers_waiting;
};

void handover_lock_init(struct handover_lock *lock);

void handover_reader_lock(struct handover_lock *lock);
void handover_reader_unlock(struct handover_lock *lock);

static inline void handover_worker_lock(struct handover_lock *lock)
{
	pthread_mutex_lock(&lock->mutex);
}

/* Returns once a reader that waited has the lock. */
static inline void handover_worker_unlock(struct handover_lock *lock)
{
	pthread_mutex_unlock(&lock->mutex);
	if (atomic_load_explicit(&lock->readers_waiting, memory_order_relaxed)) {
		pthread_mutex_lock(&lock->gate);
		pthread_mutex_unlock(&lock->gate);
	}
}

#endif
