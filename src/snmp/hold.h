/*
 * Which snapshot answers a request. SNMP knows no walk, so one is guessed: rows that come and go
 * are walked in one snapshot as long as requests keep coming; all else is answered fresh.
 */
#ifndef IPTALLY_SNMP_HOLD_H
#define IPTALLY_SNMP_HOLD_H

#include <stdbool.h>

#include "base/clock.h"
#include "snapshot/snapshot.h"

struct snmp_hold {
	struct snapshot_store *store;
	const struct snapshot *fresh;  /* at most a second old when it answers */
	const struct snapshot *walked; /* kept for a walk */
	struct monotonic_time walked_used;
};

/* A snapshot at most one second old. NULL where memory is short. Not to be released by the caller. */
const struct snapshot *snmp_hold_fresh(struct snmp_hold *hold, struct monotonic_time now);

/*
 * The snapshot of the walk that is under way: kept until it is 10 s old and nobody asked for 2 s,
 * 60 s at most; then, and for a walk that begins, a fresh one.
 */
const struct snapshot *snmp_hold_walk(struct snmp_hold *hold, struct monotonic_time now);

/* Gives back what no request may use any more. Returns whether anything is still held. */
bool snmp_hold_expire(struct snmp_hold *hold, struct monotonic_time now);

void snmp_hold_release(struct snmp_hold *hold);

#endif
