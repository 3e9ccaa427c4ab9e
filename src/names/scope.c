/* Ranges of addresses, as the registries of special-purpose addresses have them (RFC 6890). */
#include "names/scope.h"

#include <stddef.h>

struct range {
	uint8_t version;
	uint8_t bits;
	uint8_t bytes[IP_ADDRESS_BYTES];
};

static const struct range private_ranges[] = {
	{4, 8, {10}},       {4, 12, {172, 16}},    {4, 16, {192, 168}},
	{4, 10, {100, 64}}, {4, 16, {169, 254}},   {4, 8, {127}},
	{6, 7, {0xfc}},     {6, 10, {0xfe, 0x80}}, {6, 128, {[15] = 1}},
};

/* IPv4: "this network", multicast and what is reserved behind it, with the broadcast address. */
static const struct range no_hosts[] = {
	{4, 8, {0}},
	{4, 3, {224}},
	{6, 8, {0xff}},
	{6, 128, {0}},
};

static bool is_in(const struct range *range, const struct name_key *key)
{
	uint8_t whole = range->bits / 8, rest = range->bits % 8;
	uint8_t mask = (uint8_t)(0xff << (8 - rest));

	return key->version == range->version && memcmp(key->bytes, range->bytes, whole) == 0 &&
	       (rest == 0 || ((key->bytes[whole] ^ range->bytes[whole]) & mask) == 0);
}

static bool is_in_any(const struct range *ranges, size_t n, const struct name_key *key)
{
	for (size_t i = 0; i < n; i++)
		if (is_in(&ranges[i], key))
			return true;
	return false;
}

bool address_is_unicast(const struct name_key *key)
{
	return !is_in_any(no_hosts, sizeof(no_hosts) / sizeof(no_hosts[0]), key);
}

bool address_is_private(const struct name_key *key)
{
	return is_in_any(private_ranges, sizeof(private_ranges) / sizeof(private_ranges[0]), key);
}
