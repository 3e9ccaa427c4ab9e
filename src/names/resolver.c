/*
 * The thread that looks names up. It takes requests as fast as the rate allows, hands them to c-ares,
 * waits for whatever comes first, and hands answers back. Nothing waits for it.
 */
#include "names/resolver.h"

#include "config.h"

#ifdef HAVE_CARES

#include <arpa/nameser.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CARES_NO_DEPRECATED
#include <ares.h>

#include "base/log.h"
#include "names/name_server.h"
#include "names/ptr_answer.h"
#include "names/requests.h"

/* Kind to the small name server of a home: at most this many at once, and a second. */
#define LOOKUPS_MAX     32
#define LOOKUP_COSTS_NS (NS_PER_SECOND / 50)
#define TIMEOUT_MS      2000 /* of the first try with each server; later ones wait longer */
#define TRIES           2
#define NONE_TTL_NS     (300 * NS_PER_SECOND)     /* where the answer does not say */
#define SOCKETS_MAX     (ARES_GETSOCK_MAXNUM - 1) /* c-ares's macros overflow at the last one */
#define RESOLV_CONF     "/etc/resolv.conf"
#define NS_PER_MS       (NS_PER_SECOND / 1000)

struct lookup {
	struct resolver *resolver;
	struct name_key key;
	bool in_use;
};

struct resolver {
	pthread_t thread;
	bool running;
	atomic_bool stopping;
	struct names *names;
	struct name_server servers[NAME_SERVERS_MAX]; /* none: those of RESOLV_CONF */
	size_t n_servers;

	ares_channel channel;
	struct timespec resolv_conf_changed;
	bool is_outdated; /* the channel: RESOLV_CONF has changed */
	struct lookup lookups[LOOKUPS_MAX];
	size_t n_lookups;
	int64_t paid_until_ns; /* what the rate has been used up to */
};

/* --- the channel --- */

static struct timespec resolv_conf_changed(void)
{
	struct stat status;

	return stat(RESOLV_CONF, &status) < 0 ? (struct timespec){0} : status.st_mtim;
}

static int set_servers(const struct resolver *resolver, ares_channel channel)
{
	struct ares_addr_port_node nodes[NAME_SERVERS_MAX] = {0};

	if (resolver->n_servers == 0)
		return ARES_SUCCESS;
	for (size_t i = 0; i < resolver->n_servers; i++) {
		const struct name_server *server = &resolver->servers[i];
		bool is_4 = server->version == 4;

		nodes[i].next = i + 1 < resolver->n_servers ? &nodes[i + 1] : NULL;
		nodes[i].family = is_4 ? AF_INET : AF_INET6;
		memcpy(&nodes[i].addr, server->bytes, is_4 ? 4 : IP_ADDRESS_BYTES);
		nodes[i].udp_port = nodes[i].tcp_port = server->port;
	}
	return ares_set_servers_ports(channel, nodes);
}

/* Also reads which name servers the system has. */
static int open_channel(const struct resolver *resolver, ares_channel *channel)
{
	static char dns_alone[] = "b";
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
		.timeout = TIMEOUT_MS,
		.tries = TRIES,
		.lookups = dns_alone,
	};
	int status = ares_init_options(channel, &options,
				       ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
					       ARES_OPT_LOOKUPS | ARES_OPT_DOMAINS);

	if (status != ARES_SUCCESS)
		return status;
	status = set_servers(resolver, *channel);
	if (status != ARES_SUCCESS)
		ares_destroy(*channel);
	return status;
}

/* What can't be read now is read when it changes again; until then the servers are those before. */
static void reopen_channel(struct resolver *resolver)
{
	ares_channel channel;
	int status = open_channel(resolver, &channel);

	resolver->is_outdated = false;
	if (status != ARES_SUCCESS) {
		log_warn("names", RESOLV_CONF ": %s; the name servers stay what they were",
			 ares_strerror(status));
		return;
	}
	ares_destroy(resolver->channel);
	resolver->channel = channel;
}

/*
 * A machine that moves to another network gets other name servers. They are read again once all
 * look-ups have ended; false: until then none is to be started.
 */
static bool is_up_to_date(struct resolver *resolver)
{
	struct timespec changed;

	if (resolver->n_servers > 0)
		return true;
	changed = resolv_conf_changed();
	resolver->is_outdated |= changed.tv_sec != resolver->resolv_conf_changed.tv_sec ||
				 changed.tv_nsec != resolver->resolv_conf_changed.tv_nsec;
	resolver->resolv_conf_changed = changed;
	if (resolver->is_outdated && resolver->n_lookups == 0)
		reopen_channel(resolver);
	return !resolver->is_outdated;
}

/* --- look-ups --- */

static void take_answer(void *context, int status, int timeouts, unsigned char *answer, int n)
{
	struct lookup *lookup = context;
	struct resolver *resolver = lookup->resolver;
	enum name_outcome outcome = NAME_FAILED;
	char name[NAMES_ADDRESS_TEXT] = "";
	int64_t ttl_ns = -1;

	(void)timeouts;
	lookup->in_use = false;
	resolver->n_lookups--;
	if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED)
		return;
	if (answer && n > 0 &&
	    (status == ARES_SUCCESS || status == ARES_ENODATA || status == ARES_ENOTFOUND))
		outcome = ptr_answer_read(&lookup->key, answer, (size_t)n, name, &ttl_ns);
	if (status != ARES_SUCCESS && outcome == NAME_FOUND)
		outcome = NAME_NONE;
	if (outcome == NAME_NONE && ttl_ns < 0)
		ttl_ns = NONE_TTL_NS;
	requests_answer(resolver->names, &lookup->key, outcome, name, ttl_ns);
}

static struct lookup *free_lookup(struct resolver *resolver)
{
	for (size_t i = 0; i < LOOKUPS_MAX; i++)
		if (!resolver->lookups[i].in_use)
			return &resolver->lookups[i];
	return NULL;
}

static void look_up(struct resolver *resolver, const struct name_key *key)
{
	struct lookup *lookup = free_lookup(resolver);
	char question[PTR_QUESTION_TEXT];

	*lookup = (struct lookup){.resolver = resolver, .key = *key, .in_use = true};
	resolver->n_lookups++;
	ptr_question(key, question);
	ares_query(resolver->channel, question, ns_c_in, ns_t_ptr, take_answer, lookup);
}

/* What was not used of the rate of the last second may be used at once. */
static bool may_start(struct resolver *resolver, struct monotonic_time now)
{
	if (resolver->paid_until_ns < now.ns - NS_PER_SECOND)
		resolver->paid_until_ns = now.ns - NS_PER_SECOND;
	return resolver->n_lookups < LOOKUPS_MAX && resolver->paid_until_ns <= now.ns;
}

static void start_lookups(struct resolver *resolver)
{
	struct monotonic_time now = monotonic_now();
	struct name_key key;

	while (may_start(resolver, now) && requests_are_waiting(resolver->names) &&
	       is_up_to_date(resolver) && requests_take(resolver->names, &key)) {
		resolver->paid_until_ns += LOOKUP_COSTS_NS;
		look_up(resolver, &key);
	}
}

/* --- the thread --- */

/* Until the next time-out of a look-up, or until the next one may be started; -1: for ever. */
static int wait_ms(const struct resolver *resolver)
{
	struct timeval left;
	int64_t ms = -1, until_paid;

	if (ares_timeout(resolver->channel, NULL, &left))
		ms = (int64_t)left.tv_sec * 1000 + left.tv_usec / 1000 + 1;
	if (resolver->is_outdated || resolver->n_lookups == LOOKUPS_MAX ||
	    !requests_are_waiting(resolver->names))
		return (int)ms;
	until_paid = (resolver->paid_until_ns - monotonic_now().ns) / NS_PER_MS + 1;
	return (int)(ms < 0 || until_paid < ms ? until_paid : ms);
}

/* The sockets that c-ares waits for. */
static nfds_t add_sockets(const struct resolver *resolver, struct pollfd *fds)
{
	ares_socket_t sockets[SOCKETS_MAX];
	unsigned wanted = (unsigned)ares_getsock(resolver->channel, sockets, SOCKETS_MAX);
	nfds_t n = 0;

	for (int i = 0; i < SOCKETS_MAX; i++) {
		int events = (ARES_GETSOCK_READABLE(wanted, i) ? POLLIN : 0) |
			     (ARES_GETSOCK_WRITABLE(wanted, i) ? POLLOUT : 0);

		if (events)
			fds[n++] = (struct pollfd){.fd = sockets[i], .events = (short)events};
	}
	return n;
}

static void wait_and_process(struct resolver *resolver)
{
	struct pollfd fds[1 + SOCKETS_MAX] = {
		{.fd = requests_fd(resolver->names), .events = POLLIN},
	};
	nfds_t n = 1 + add_sockets(resolver, fds + 1);
	uint64_t wakes;

	if (poll(fds, n, wait_ms(resolver)) < 0)
		return;
	if (fds[0].revents && read(fds[0].fd, &wakes, sizeof(wakes)) < 0)
		log_debug("names", "eventfd: %s", strerror(errno));
	for (nfds_t i = 1; i < n; i++)
		if (fds[i].revents)
			ares_process_fd(resolver->channel,
					fds[i].revents & ~POLLOUT ? fds[i].fd : ARES_SOCKET_BAD,
					fds[i].revents & POLLOUT ? fds[i].fd : ARES_SOCKET_BAD);
	/* What has waited too long. */
	ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void *resolver_run(void *context)
{
	struct resolver *resolver = context;

	while (!atomic_load(&resolver->stopping)) {
		start_lookups(resolver);
		wait_and_process(resolver);
	}
	return NULL;
}

/* --- start and end --- */

static void resolver_free(struct resolver *resolver)
{
	if (resolver->channel)
		ares_destroy(resolver->channel);
	ares_library_cleanup();
	free(resolver);
}

static int parse_servers(struct resolver *resolver, const struct names_options *options,
			 struct error *error)
{
	int rc = 0;

	if (options->n_servers > NAME_SERVERS_MAX)
		return error_set(error, EINVAL, "--resolve.server: more than %d times",
				 NAME_SERVERS_MAX);
	resolver->n_servers = options->n_servers;
	for (size_t i = 0; i < options->n_servers && rc == 0; i++)
		rc = name_server_parse(&resolver->servers[i], options->servers[i], error);
	return rc;
}

static int open_first_channel(struct resolver *resolver, struct error *error)
{
	int status;

	resolver->resolv_conf_changed = resolv_conf_changed();
	status = open_channel(resolver, &resolver->channel);
	if (status == ARES_SUCCESS)
		return 0;
	resolver->channel = NULL;
	return error_set(error, EIO, "names: " RESOLV_CONF ": %s; -n asks no name server for names",
			 ares_strerror(status));
}

int resolver_create(struct resolver **created, struct names *names,
		    const struct names_options *options, struct error *error)
{
	struct resolver *resolver = calloc(1, sizeof(*resolver));
	bool is_wanted = options->scope != NAMES_NONE;
	int rc;

	if (!resolver || ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
		free(resolver);
		return error_set(error, ENOMEM, "names: no memory");
	}
	resolver->names = names;
	rc = parse_servers(resolver, options, error);
	if (rc == 0 && is_wanted)
		rc = open_first_channel(resolver, error);
	if (rc < 0 || !is_wanted)
		resolver_free(resolver);
	else
		*created = resolver;
	return rc;
}

int resolver_start(struct resolver *resolver, struct error *error)
{
	int rc = pthread_create(&resolver->thread, NULL, resolver_run, resolver);

	if (rc != 0)
		return error_set(error, rc, "names: cannot start a thread: %s", strerror(rc));
	pthread_setname_np(resolver->thread, "names");
	resolver->running = true;
	return 0;
}

void resolver_destroy(struct resolver *resolver)
{
	if (!resolver)
		return;
	if (resolver->running) {
		atomic_store(&resolver->stopping, true);
		requests_wake(resolver->names);
		pthread_join(resolver->thread, NULL);
	}
	resolver_free(resolver);
}

#else

#include <errno.h>

int resolver_create(struct resolver **created, struct names *names,
		    const struct names_options *options, struct error *error)
{
	(void)created;
	(void)names;
	if (options->scope == NAMES_ALL || options->n_servers > 0)
		return error_set(error, ENOTSUP,
				 "--resolve%s: this iptallyd was built without c-ares and asks no "
				 "name server; leave the option out",
				 options->n_servers > 0 ? ".server" : "=all");
	return 0;
}

int resolver_start(struct resolver *resolver, struct error *error)
{
	(void)resolver;
	(void)error;
	return 0;
}

void resolver_destroy(struct resolver *resolver)
{
	(void)resolver;
}

#endif
