/* The store of snapshots over the workers: for main. Readers need snapshot.h alone. */
#ifndef IPTALLY_SNAPSHOT_STORE_H
#define IPTALLY_SNAPSHOT_STORE_H

#include "base/error.h"
#include "snapshot/snapshot.h"
#include "worker/workers.h"

/* The workers must outlive it. NULL with *error filled where there is no memory. */
struct snapshot_store *snapshot_store_create(struct workers *workers, struct error *error);

/* Once all readers have stopped; snapshots that they still hold stay valid. */
void snapshot_store_destroy(struct snapshot_store *store);

#endif
