/* The order of rows: that of their SNMP index, key by key. */
#include <string.h>

#include "snapshot/snapshot.h"

static int compare_u32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* An index holds type, length, octets: IPv4 before IPv6, and the octets in order. */
static int compare_addresses(const struct family_address *a, const struct family_address *b)
{
	if (a->version != b->version)
		return a->version < b->version ? -1 : 1;
	return memcmp(a->bytes, b->bytes, a->version == 4 ? 4 : 16);
}

static uint32_t ifindex_of(const struct snapshot *snapshot, const void *slot)
{
	return snapshot->interfaces[*(const uint32_t *)slot].ifindex;
}

static int compare_key(enum key_kind kind, const struct snapshot *of_a, const void *a,
		       const struct snapshot *of_b, const void *b)
{
	switch (kind) {
	case KEY_INTERFACE:
		return compare_u32(ifindex_of(of_a, a), ifindex_of(of_b, b));
	case KEY_NETWORK:
	case KEY_PROTOCOL:
		return *(const uint8_t *)a - *(const uint8_t *)b;
	case KEY_PORT:
		return *(const uint16_t *)a - *(const uint16_t *)b;
	case KEY_BUCKET:
	case KEY_ID:
	case KEY_RANK:
		return compare_u32(*(const uint32_t *)a, *(const uint32_t *)b);
	case KEY_SERIAL:
		return compare_u64(*(const uint64_t *)a, *(const uint64_t *)b);
	case KEY_ADDRESS:
		return compare_addresses(a, b);
	case KEY_MAC:
		return memcmp(a, b, 6);
	}
	return 0;
}

int snapshot_compare_across(const struct family *family, const struct snapshot *of_a, const void *a,
			    const struct snapshot *of_b, const void *b)
{
	int order = 0;

	for (size_t i = 0; i < family->n_keys && order == 0; i++) {
		size_t offset = family->keys[i].offset;

		order = compare_key(family->keys[i].kind, of_a, (const uint8_t *)a + offset, of_b,
				    (const uint8_t *)b + offset);
	}
	return order;
}

int snapshot_compare(const struct snapshot *snapshot, const struct family *family, const void *a,
		     const void *b)
{
	return snapshot_compare_across(family, snapshot, a, snapshot, b);
}
