/* IP and MAC addresses as text. IPv4 addresses stand in the first 4 of 16 bytes, the rest zero. */
#ifndef IPTALLY_BASE_ADDRESS_H
#define IPTALLY_BASE_ADDRESS_H

#include <stddef.h>
#include <stdint.h>

#define IP_ADDRESS_BYTES 16
#define IP_ADDRESS_TEXT  46 /* "ffff:...:255.255.255.255" and its NUL */
#define MAC_BYTES        6
#define MAC_TEXT         18 /* "00:11:22:33:44:55" and its NUL */

/* Version is 4 or 6. Writes at most IP_ADDRESS_TEXT bytes; IPv6 as RFC 5952 asks. Returns text. */
const char *ip_address_format(char text[IP_ADDRESS_TEXT], int version,
			      const uint8_t bytes[IP_ADDRESS_BYTES]);

const char *mac_format(char text[MAC_TEXT], const uint8_t bytes[MAC_BYTES]);

/*
 * Splits "HOST:PORT", "[V6]:PORT" or ":PORT" (all addresses) into its two parts.
 * Host gets the bare text. Returns 0, or -EINVAL where the form or the port (1..65535) is wrong.
 */
int listen_address_split(const char *text, char *host, size_t host_size, uint16_t *port);

#endif
