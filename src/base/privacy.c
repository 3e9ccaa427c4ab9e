/* What of an address is left to see. */
#include "base/privacy.h"

#include <string.h>

#define IPV4_PREFIX_BYTES 3
#define IPV6_PREFIX_BYTES 6
#define MAC_PREFIX_BYTES  3
#define MAC_PREFIX_TEXT   (sizeof("aa:bb:cc") - 1)

static void keep(enum privacy privacy, uint8_t *bytes, size_t n, size_t prefix)
{
	size_t kept = privacy == PRIVACY_FULL ? n : privacy == PRIVACY_PREFIX ? prefix : 0;

	memset(bytes + kept, 0, n - kept);
}

void privacy_mask_address(enum privacy privacy, int version, uint8_t bytes[IP_ADDRESS_BYTES])
{
	keep(privacy, bytes, IP_ADDRESS_BYTES,
	     version == 4 ? IPV4_PREFIX_BYTES : IPV6_PREFIX_BYTES);
}

void privacy_mask_octets(enum privacy privacy, char *text)
{
	if (privacy == PRIVACY_NONE)
		*text = '\0';
	if (privacy != PRIVACY_PREFIX || strlen(text) <= MAC_PREFIX_TEXT)
		return;
	for (char *at = text + MAC_PREFIX_TEXT; *at; at++)
		if (*at != ':')
			*at = '0';
}

void privacy_mask_mac(enum privacy privacy, uint8_t mac[MAC_BYTES])
{
	keep(privacy, mac, MAC_BYTES, MAC_PREFIX_BYTES);
}
