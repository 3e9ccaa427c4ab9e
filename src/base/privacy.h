/* How much of an address anyone may see: --privacy, over every face alike. */
#ifndef IPTALLY_BASE_PRIVACY_H
#define IPTALLY_BASE_PRIVACY_H

#include <stdint.h>

#include "base/address.h"

enum privacy {
	PRIVACY_FULL,   /* whole addresses */
	PRIVACY_PREFIX, /* IPv4 /24, IPv6 /48; of a MAC the vendor's part */
	PRIVACY_NONE,   /* no addresses at all */
};

/* Clears what may not be seen of an address. Version is 4 or 6. */
void privacy_mask_address(enum privacy privacy, int version, uint8_t bytes[IP_ADDRESS_BYTES]);
void privacy_mask_mac(enum privacy privacy, uint8_t mac[MAC_BYTES]);

/* The same for a hardware address of any length as text: hexadecimal octets with colons. Those that
 * may not be seen are 00; where none may, there is no text. */
void privacy_mask_octets(enum privacy privacy, char *text);

#endif
