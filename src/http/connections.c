/* The list of connections, in the order of their deadlines. */
#include "http/connections.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/*
 * Beyond these, requests are answered 503. A scraper needs one connection and a browser six; one
 * client alone cannot take so many that no other is served.
 */
#define SERVED_CONNECTIONS        64
#define SERVED_CONNECTIONS_CLIENT 32

void connections_init(struct connections *connections, int64_t deadline_ns)
{
	*connections = (struct connections){.deadline_ns = deadline_ns};
	TAILQ_INIT(&connections->list);
}

/* A client is an IPv4 address or an IPv6 /64, which is what one subscriber has. */
static uint64_t client_of(const struct sockaddr *address)
{
	uint64_t client = 0;

	if (address->sa_family == AF_INET)
		client = ((const struct sockaddr_in *)address)->sin_addr.s_addr;
	else if (address->sa_family == AF_INET6)
		memcpy(&client, &((const struct sockaddr_in6 *)address)->sin6_addr, sizeof(client));
	return client;
}

static void enqueue(struct connections *connections, struct connection *connection)
{
	connection->deadline =
		(struct monotonic_time){monotonic_now().ns + connections->deadline_ns};
	TAILQ_INSERT_TAIL(&connections->list, connection, link);
}

struct connection *connections_add(struct connections *connections, int fd,
				   const struct sockaddr *client)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->fd = fd;
	connection->client = client_of(client);
	enqueue(connections, connection);
	connections->n++;
	return connection;
}

void connections_remove(struct connections *connections, struct connection *connection)
{
	TAILQ_REMOVE(&connections->list, connection, link);
	connections->n--;
	free(connection);
}

void connections_restart(struct connections *connections, struct connection *connection)
{
	TAILQ_REMOVE(&connections->list, connection, link);
	enqueue(connections, connection);
}

bool connections_is_crowded(const struct connections *connections,
			    const struct connection *connection)
{
	const struct connection *other;
	unsigned n = 0;

	if (connections->n > SERVED_CONNECTIONS)
		return true;
	TAILQ_FOREACH(other, &connections->list, link)
	n += other->client == connection->client;
	return n > SERVED_CONNECTIONS_CLIENT;
}

void connections_expire(struct connections *connections, struct monotonic_time now)
{
	struct connection *connection;

	while ((connection = TAILQ_FIRST(&connections->list)) &&
	       connection->deadline.ns <= now.ns) {
		shutdown(connection->fd, SHUT_RDWR);
		connections_restart(connections, connection);
	}
}

int connections_timeout_ms(const struct connections *connections, struct monotonic_time now)
{
	const struct connection *first = TAILQ_FIRST(&connections->list);
	int64_t ms;

	if (!first)
		return -1;
	ms = (first->deadline.ns - now.ns) / 1000000 + 1;
	return ms < 0 ? 0 : (int)ms;
}
