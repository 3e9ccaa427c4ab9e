/* Listening sockets: what an address stands for, and one clear sentence where it can't be had. */
#include "http/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"

#define BACKLOG SOMAXCONN

static int explain(struct error *error, int code, const char *address)
{
	const char *mend = "choose another with --web.listen-address";

	switch (code) {
	case EADDRINUSE:
		return error_set(error, code,
				 "%s: the port is already in use: stop who uses it or %s", address,
				 mend);
	case EADDRNOTAVAIL:
		return error_set(error, code,
				 "%s: no interface of this machine has that address: %s", address,
				 mend);
	case EACCES:
	case EPERM:
		return error_set(error, code,
				 "%s: no permission to listen there (ports below 1024 need "
				 "CAP_NET_BIND_SERVICE): %s",
				 address, mend);
	default:
		return error_set(error, code, "%s: cannot listen: %s: %s", address, strerror(code),
				 mend);
	}
}

/* Returns a socket, or a negative errno. */
static int open_listener(const struct addrinfo *info)
{
	static const int on = 1;
	int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int code;

	if (fd < 0)
		return -errno;
	/* A restart must not wait for the last run's connections (TIME-WAIT). */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		goto failed;
	/* ":PORT" opens a socket for each family, so neither may take the other's port. */
	if (info->ai_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		goto failed;
	if (bind(fd, info->ai_addr, info->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0)
		goto failed;
	return fd;
failed:
	code = errno;
	close(fd);
	return -code;
}

/* A name may resolve to the same address twice (two lines of /etc/hosts). */
static bool is_repeated(const struct addrinfo *first, const struct addrinfo *info)
{
	for (; first != info; first = first->ai_next)
		if (first->ai_addrlen == info->ai_addrlen &&
		    memcmp(first->ai_addr, info->ai_addr, info->ai_addrlen) == 0)
			return true;
	return false;
}

static bool is_missing_family(int code)
{
	return code == EAFNOSUPPORT || code == EADDRNOTAVAIL;
}

static int add_socket(struct listeners *listeners, int fd)
{
	int *fds = reallocarray(listeners->fds, listeners->n + 1, sizeof(*fds));

	if (!fds)
		return -ENOMEM;
	listeners->fds = fds;
	fds[listeners->n++] = fd;
	return 0;
}

int listeners_add(struct listeners *listeners, const char *address, struct error *error)
{
	const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
				       .ai_socktype = SOCK_STREAM};
	struct addrinfo *infos;
	char host[256];
	char service[sizeof("65535")];
	uint16_t port;
	int missing = 0;
	int opened = 0;
	int result;

	if (listen_address_split(address, host, sizeof(host), &port) < 0)
		return error_set(error, EINVAL,
				 "\"%s\" is no listen address: write HOST:PORT, [IPv6]:PORT or "
				 ":PORT with a port of 1 to 65535",
				 address);
	snprintf(service, sizeof(service), "%u", (unsigned)port);
	result = getaddrinfo(*host ? host : NULL, service, &hints, &infos);
	if (result != 0)
		return error_set(error, EINVAL,
				 "%s: cannot resolve \"%s\": %s: choose another with "
				 "--web.listen-address",
				 address, host, gai_strerror(result));

	result = 0;
	for (const struct addrinfo *info = infos; info; info = info->ai_next) {
		int fd;

		if (is_repeated(infos, info))
			continue;
		fd = open_listener(info);
		if (fd < 0 && is_missing_family(-fd)) {
			missing = -fd;
			continue;
		}
		result = fd < 0 ? fd : add_socket(listeners, fd);
		if (result < 0) {
			if (fd >= 0)
				close(fd);
			break;
		}
		opened++;
	}
	freeaddrinfo(infos);
	if (result == 0 && opened == 0)
		result = -missing;
	return result < 0 ? explain(error, -result, address) : 0;
}

void listeners_close(struct listeners *listeners)
{
	for (size_t i = 0; i < listeners->n; i++)
		if (listeners->fds[i] >= 0)
			close(listeners->fds[i]);
	free(listeners->fds);
	*listeners = (struct listeners){0};
}
