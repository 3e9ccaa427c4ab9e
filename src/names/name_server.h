/* A name server as the user writes it. */
#ifndef IPTALLY_NAMES_NAME_SERVER_H
#define IPTALLY_NAMES_NAME_SERVER_H

#include <stdint.h>

#include "base/address.h"
#include "base/error.h"

#define NAME_SERVERS_MAX 4

struct name_server {
	uint8_t version; /* 4 or 6 */
	uint16_t port;
	uint8_t bytes[IP_ADDRESS_BYTES];
};

/*
 * "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53": an address, since there is nobody
 * yet to ask for a name. Returns 0, or -EINVAL with *error naming the option.
 */
int name_server_parse(struct name_server *server, const char *text, struct error *error);

#endif
