/* Rows as SNMP indexes (RFC 2578 7.7), and binary search by index in a sorted family. */
#include "snmp/index.h"

#include <string.h>

static uint32_t read_u32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint16_t read_u16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static size_t write_octets(oid *index, const uint8_t *octets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		index[i] = octets[i];
	return n;
}

/* RFC 4001 4.1: the type, then a string of variable length, so with its length in front. */
static size_t write_address(oid *index, const uint8_t *at)
{
	struct family_address address;
	size_t n;

	memcpy(&address, at, sizeof(address));
	n = address.version == 4 ? 4 : 16;
	index[0] = address.version == 4 ? 1 : 2;
	index[1] = n;
	return 2 + write_octets(index + 2, address.bytes, n);
}

static size_t write_key(const struct snapshot *snapshot, enum key_kind kind, const uint8_t *at,
			oid *index)
{
	switch (kind) {
	case KEY_INTERFACE:
		index[0] = snapshot->interfaces[read_u32(at)].ifindex;
		return 1;
	case KEY_NETWORK:
	case KEY_PROTOCOL:
		index[0] = (oid)*at + 1;
		return 1;
	case KEY_PORT:
		index[0] = read_u16(at);
		return 1;
	case KEY_BUCKET:
	case KEY_ID:
	case KEY_RANK:
		index[0] = read_u32(at);
		return 1;
	case KEY_SERIAL:
		break; /* no sub-identifier is that long, and no table has it */
	case KEY_ADDRESS:
		return write_address(index, at);
	case KEY_MAC:
		return write_octets(index, at, 6);
	}
	return 0;
}

size_t snmp_index_write(const struct snapshot *snapshot, const struct family *family,
			const void *row, oid index[MAX_OID_LEN])
{
	size_t length = 0;

	if (family->n_keys == 0) {
		index[0] = 0;
		return 1;
	}
	for (size_t i = 0; i < family->n_keys; i++)
		length += write_key(snapshot, family->keys[i].kind,
				    (const uint8_t *)row + family->keys[i].offset, index + length);
	return length;
}

size_t snmp_index_find(const struct snapshot *snapshot, const struct snapshot_rows *rows,
		       const oid *index, size_t length, bool *equal)
{
	size_t low = 0;
	size_t high = rows->n;

	*equal = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		oid candidate[MAX_OID_LEN];
		size_t n = snmp_index_write(snapshot, rows->family, snapshot_row(rows, middle),
					    candidate);
		int order = snmp_oid_compare(candidate, n, index, length);

		if (order < 0) {
			low = middle + 1;
		} else {
			high = middle;
			*equal = order == 0;
			if (*equal)
				return middle;
		}
	}
	return low;
}
