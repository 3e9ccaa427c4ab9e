/* Which addresses have names that may be asked for. */
#ifndef IPTALLY_NAMES_SCOPE_H
#define IPTALLY_NAMES_SCOPE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/address.h"

/* An address as a key of tables: no padding. Of version 4 only the first 4 bytes are not zero. */
struct name_key {
	uint8_t version;
	uint8_t zero[7];
	uint8_t bytes[IP_ADDRESS_BYTES];
};

static inline struct name_key name_key(uint8_t version, const uint8_t bytes[IP_ADDRESS_BYTES])
{
	struct name_key key = {.version = version};

	memcpy(key.bytes, bytes, version == 4 ? 4 : IP_ADDRESS_BYTES);
	return key;
}

/* An address of one host: not multicast, not broadcast, not the unspecified one. */
bool address_is_unicast(const struct name_key *key);

/*
 * An address that many networks use for themselves, so that its name can only be known here, and
 * asking tells nobody else: RFC 1918, loopback, link-local, shared address space (RFC 6598: the
 * provider's side of a carrier's NAT, RFC 7793), unique local IPv6 addresses (RFC 4193).
 */
bool address_is_private(const struct name_key *key);

#endif
