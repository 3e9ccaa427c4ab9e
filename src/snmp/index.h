/* Between rows and SNMP indexes: one place knows how each kind of key stands in an index. */
#ifndef IPTALLY_SNMP_INDEX_H
#define IPTALLY_SNMP_INDEX_H

#include <stdbool.h>
#include <stddef.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "snapshot/snapshot.h"

/*
 * Writes the index of a row: the sub-identifiers of its keys, or the 0 of a scalar. Returns their
 * number. Room for MAX_OID_LEN is always enough.
 */
size_t snmp_index_write(const struct snapshot *snapshot, const struct family *family,
			const void *row, oid index[MAX_OID_LEN]);

/*
 * The position of the first row whose index is not below the given one, or rows->n. An index may
 * be cut anywhere or be longer than any row's. *equal tells whether that row has this very index.
 */
size_t snmp_index_find(const struct snapshot *snapshot, const struct snapshot_rows *rows,
		       const oid *index, size_t length, bool *equal);

#endif
