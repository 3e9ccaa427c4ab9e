/* The readers' side of the hand-over lock. */
#include "base/handover_lock.h"

void handover_lock_init(struct handover_lock *lock)
{
	pthread_mutex_init(&lock->mutex, NULL);
	pthread_mutex_init(&lock->gate, NULL);
	atomic_init(&lock->readers_waiting, 0);
}

void handover_reader_lock(struct handover_lock *lock)
{
	atomic_fetch_add_explicit(&lock->readers_waiting, 1, memory_order_relaxed);
	pthread_mutex_lock(&lock->gate);
	pthread_mutex_lock(&lock->mutex);
	atomic_fetch_sub_explicit(&lock->readers_waiting, 1, memory_order_relaxed);
	pthread_mutex_unlock(&lock->gate);
}

void handover_reader_unlock(struct handover_lock *lock)
{
	pthread_mutex_unlock(&lock->mutex);
}
