/* The JSON API: who may ask, and what stands where. */
#include "http/api.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "http/json.h"

static bool is_loopback(const struct sockaddr *address)
{
	const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)address;
	const struct in6_addr *ipv6;

	if (!address)
		return false;
	if (address->sa_family == AF_INET)
		return (ntohl(ipv4->sin_addr.s_addr) >> IN_CLASSA_NSHIFT) == IN_LOOPBACKNET;
	if (address->sa_family != AF_INET6)
		return false;
	ipv6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
	return IN6_IS_ADDR_LOOPBACK(ipv6) ||
	       (IN6_IS_ADDR_V4MAPPED(ipv6) && ipv6->s6_addr[12] == IN_LOOPBACKNET);
}

/* "localhost", "127.0.0.1" or "[::1]", with a port or without. */
static bool is_local_name(const char *host)
{
	static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};

	for (size_t i = 0; i < COUNT(names); i++) {
		size_t length = strlen(names[i]);

		if (strncasecmp(host, names[i], length) == 0 &&
		    (host[length] == '\0' || host[length] == ':'))
			return true;
	}
	return false;
}

bool api_is_allowed(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *peer =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const char *host =
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);

	return peer && is_loopback(peer->client_addr) && (!host || is_local_name(host));
}

static bool is_named(const struct family *family, const char *name)
{
	size_t length = strlen(family->name);

	return strncmp(family->name, name, length) == 0 &&
	       (!name[length] || strcmp(name + length, "s") == 0);
}

bool api_render(const struct snapshot *snapshot, const char *name, struct buffer *body)
{
	if (!*name) {
		json_render_index(snapshot, API_PREFIX, body);
		return true;
	}
	for (size_t i = 0; i < snapshot->n_families; i++) {
		const struct snapshot_rows *rows = &snapshot->families[i];

		if (is_named(rows->family, name) && json_shows(rows->family)) {
			json_render_family(snapshot, rows, body);
			return true;
		}
	}
	return false;
}
