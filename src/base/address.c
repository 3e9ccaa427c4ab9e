/* IP and MAC addresses as text. */
#include "base/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *ip_address_format(char text[IP_ADDRESS_TEXT], int version,
			      const uint8_t bytes[IP_ADDRESS_BYTES])
{
	return inet_ntop(version == 4 ? AF_INET : AF_INET6, bytes, text, IP_ADDRESS_TEXT);
}

const char *mac_format(char text[MAC_TEXT], const uint8_t bytes[MAC_BYTES])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < MAC_BYTES; i++) {
		text[3 * i] = digits[bytes[i] >> 4];
		text[3 * i + 1] = digits[bytes[i] & 0xf];
		text[3 * i + 2] = ':';
	}
	text[MAC_TEXT - 1] = '\0';
	return text;
}

int listen_address_split(const char *text, char *host, size_t host_size, uint16_t *port)
{
	const char *colon = strrchr(text, ':');
	const char *start = text;
	const char *end = colon;
	char *rest;
	long number;

	if (!colon)
		return -EINVAL;
	if (*text == '[') {
		start++;
		end--;
		if (end <= start || *end != ']')
			return -EINVAL;
	} else if (memchr(text, ':', (size_t)(colon - text))) {
		return -EINVAL; /* an IPv6 address without brackets */
	}
	if (colon[1] < '0' || colon[1] > '9')
		return -EINVAL;
	number = strtol(colon + 1, &rest, 10);
	if (*rest || number < 1 || number > 65535 || (size_t)(end - start) >= host_size)
		return -EINVAL;
	memcpy(host, start, (size_t)(end - start));
	host[end - start] = '\0';
	*port = (uint16_t)number;
	return 0;
}
