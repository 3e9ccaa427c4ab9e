/*
 * A frozen copy of all families for readers: of one instant, each family's rows in the order of
 * their SNMP index, reference-counted, never changed after it was made.
 */
#ifndef IPTALLY_SNAPSHOT_SNAPSHOT_H
#define IPTALLY_SNAPSHOT_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "family/family.h"

struct snapshot_interface {
	char name[64];
	uint32_t ifindex;
};

struct snapshot_rows {
	const struct family *family;
	const uint8_t *rows; /* n rows of family->row_size bytes, ascending by snapshot_compare() */
	size_t n;
};

struct snapshot {
	struct monotonic_time taken;
	struct wall_time taken_wall;
	struct wall_time clock; /* by which flows age; of a capture file: its last packet's time */
	uint64_t number;        /* 1, 2, ... */
	struct names *names;    /* of what is in it, as they are known by now; or NULL */
	const struct snapshot_interface *interfaces; /* by slot */
	size_t n_interfaces;
	const struct snapshot_rows *families; /* in the order of family_table */
	size_t n_families;
};

struct snapshot_store;

/*
 * A snapshot at most max_age old, shared with other readers; takes a new one where there is none
 * (at most one in 100 ms). Any thread. NULL only where memory is short. Give it back with release.
 */
const struct snapshot *snapshot_get(struct snapshot_store *store, int64_t max_age_ns);

/*
 * The same for a scrape: has the rows that Prometheus shows, and may lack those of the other faces,
 * which are most.
 */
const struct snapshot *snapshot_get_for_scrape(struct snapshot_store *store);
const struct snapshot *snapshot_ref(const struct snapshot *snapshot);
void snapshot_release(const struct snapshot *snapshot);

static inline const void *snapshot_row(const struct snapshot_rows *rows, size_t i)
{
	return rows->rows + i * rows->family->row_size;
}

/*
 * The order of SNMP: key after key, each as its sub-identifiers compare. Returns < 0, 0, > 0.
 * Interfaces compare by ifIndex.
 */
int snapshot_compare(const struct snapshot *snapshot, const struct family *family, const void *a,
		     const void *b);

/* The same for rows of two snapshots, a and b. */
int snapshot_compare_across(const struct family *family, const struct snapshot *of_a, const void *a,
			    const struct snapshot *of_b, const void *b);

#endif
