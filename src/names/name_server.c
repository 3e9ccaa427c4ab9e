/* Parsing --resolve.server. */
#include "names/name_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>

#define DNS_PORT 53

static bool parse_address(struct name_server *server, const char *text)
{
	server->version = inet_pton(AF_INET, text, server->bytes) == 1    ? 4
			  : inet_pton(AF_INET6, text, server->bytes) == 1 ? 6
									  : 0;
	return server->version;
}

int name_server_parse(struct name_server *server, const char *text, struct error *error)
{
	char host[IP_ADDRESS_TEXT];

	*server = (struct name_server){.port = DNS_PORT};
	if (parse_address(server, text) ||
	    (listen_address_split(text, host, sizeof(host), &server->port) == 0 &&
	     parse_address(server, host)))
		return 0;
	return error_set(error, EINVAL,
			 "--resolve.server: \"%s\" is not an address with or without a port, like "
			 "192.0.2.1:53 or [2001:db8::1]:53",
			 text);
}
