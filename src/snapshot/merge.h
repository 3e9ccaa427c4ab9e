/*
 * Rows that several workers have of one key become one, by what the family's description says of its
 * fields (enum field_merge).
 */
#ifndef IPTALLY_SNAPSHOT_MERGE_H
#define IPTALLY_SNAPSHOT_MERGE_H

#include "snapshot/snapshot.h"

/* Of sorted rows; they move up. */
void snapshot_merge(const struct snapshot *snapshot, struct snapshot_rows *rows);

#endif
