/* Names as readers see them, and the queue of what has to be looked up. */
#include "names/names.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "names/name_file.h"
#include "names/requests.h"
#include "names/resolver.h"
#include "names/services.h"

/* Requests that may wait; what does not fit is asked for again by who needs it. */
#define QUEUE_SIZE 1024

struct name_queue {
	struct name_key keys[QUEUE_SIZE];
	size_t first, n;
};

struct names {
	enum names_scope scope;
	struct name_table hosts_file, stations, services; /* never change once they are read */
	struct resolver *resolver;
	int wake_fd;

	pthread_mutex_t mutex; /* guards what follows */
	struct name_cache cache;
	struct name_queue queue;
	struct names_statistics counts;
};

/* --- start and end --- */

static int read_ethers(struct names *names, const struct names_options *options,
		       struct ledger *ledger, struct error *error)
{
	struct error why;
	int rc;

	if (!options->ethers_file)
		return 0;
	rc = ethers_read(&names->stations, options->ethers_file, ledger, &why);
	if (rc < 0 && (options->needs_ethers || rc == -ENOMEM))
		return error_set(error, -rc, "station names: %s", why.text);
	if (rc < 0 && rc != -ENOENT)
		log_warn("names", "%s: what it names has no names", why.text);
	return 0;
}

static int create_lookups(struct names *names, const struct names_options *options,
			  struct ledger *ledger, struct error *error)
{
	struct error why;
	int rc = resolver_create(&names->resolver, names, options, error);

	if (rc < 0 || options->scope == NAMES_NONE)
		return rc;
	if (names->resolver)
		rc = name_cache_create(&names->cache, ledger, options->capacity, error);
	if (rc < 0)
		return rc;
	rc = hosts_read(&names->hosts_file, options->hosts_file, ledger, &why);
	if (rc == -ENOMEM)
		return error_set(error, -rc, "names of addresses: %s", why.text);
	if (rc < 0)
		log_debug("names", "%s: it names no address", why.text);
	return 0;
}

struct names *names_create(const struct names_options *options, struct ledger *ledger,
			   struct error *error)
{
	struct names *names = calloc(1, sizeof(*names));

	if (!names) {
		error_set(error, ENOMEM, "names: no memory");
		return NULL;
	}
	names->scope = options->scope;
	pthread_mutex_init(&names->mutex, NULL);
	names->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (names->wake_fd < 0) {
		error_set(error, errno, "names: eventfd: %s", strerror(errno));
		goto failed;
	}
	if (services_read(&names->services, ledger, error) < 0 ||
	    read_ethers(names, options, ledger, error) < 0 ||
	    create_lookups(names, options, ledger, error) < 0)
		goto failed;
	return names;
failed:
	names_destroy(names);
	return NULL;
}

int names_start(struct names *names, struct error *error)
{
	return names->resolver ? resolver_start(names->resolver, error) : 0;
}

void names_destroy(struct names *names)
{
	if (!names)
		return;
	resolver_destroy(names->resolver);
	pthread_mutex_destroy(&names->mutex);
	if (names->wake_fd >= 0)
		close(names->wake_fd);
	free(names);
}

/* --- readers --- */

static bool may_be_asked(const struct names *names, const struct name_key *key)
{
	return names->resolver && address_is_unicast(key) &&
	       (names->scope == NAMES_ALL || address_is_private(key));
}

/* Under the mutex. */
static void request(struct names *names, const struct name_key *key, struct monotonic_time now)
{
	struct name_queue *queue = &names->queue;

	if (queue->n == QUEUE_SIZE || !name_cache_expect(&names->cache, key, now)) {
		names->counts.shed++;
		return;
	}
	queue->keys[(queue->first + queue->n) % QUEUE_SIZE] = *key;
	if (queue->n++ == 0)
		requests_wake(names);
}

bool names_of_address(struct names *names, uint8_t version, const uint8_t bytes[IP_ADDRESS_BYTES],
		      char name[NAMES_ADDRESS_TEXT])
{
	struct name_key key = name_key(version, bytes);
	struct monotonic_time now;
	bool is_known, is_due;

	*name = '\0';
	if (!names || names->scope == NAMES_NONE)
		return false;
	if (name_table_find(&names->hosts_file, &key, name))
		return true;
	if (!may_be_asked(names, &key))
		return false;
	now = monotonic_now();
	pthread_mutex_lock(&names->mutex);
	is_known = name_cache_find(&names->cache, &key, now, name, &is_due);
	if (is_due)
		request(names, &key, now);
	pthread_mutex_unlock(&names->mutex);
	return is_known;
}

bool names_of_station(const struct names *names, const uint8_t mac[MAC_BYTES],
		      char name[NAMES_STATION_TEXT])
{
	*name = '\0';
	return names && name_table_find(&names->stations, mac, name);
}

bool names_of_service(const struct names *names, bool is_udp, uint16_t port,
		      char name[NAMES_SERVICE_TEXT])
{
	const struct service_key key = {.port = port, .is_udp = is_udp};

	*name = '\0';
	return names && name_table_find(&names->services, &key, name);
}

struct names_statistics names_statistics(struct names *names)
{
	struct names_statistics statistics;

	if (!names)
		return (struct names_statistics){0};
	pthread_mutex_lock(&names->mutex);
	statistics = names->counts;
	statistics.entries = names->cache.table.used;
	statistics.capacity = names->cache.table.capacity;
	statistics.evictions = names->cache.evictions;
	pthread_mutex_unlock(&names->mutex);
	return statistics;
}

/* --- the resolver's side --- */

int requests_fd(const struct names *names)
{
	return names->wake_fd;
}

void requests_wake(struct names *names)
{
	uint64_t one = 1;

	/* Can fail only where the counter is full, and then the thread is awake. */
	if (write(names->wake_fd, &one, sizeof(one)) < 0)
		return;
}

bool requests_are_waiting(struct names *names)
{
	bool are_waiting;

	pthread_mutex_lock(&names->mutex);
	are_waiting = names->queue.n > 0;
	pthread_mutex_unlock(&names->mutex);
	return are_waiting;
}

bool requests_take(struct names *names, struct name_key *key)
{
	struct name_queue *queue = &names->queue;
	bool is_there;

	pthread_mutex_lock(&names->mutex);
	is_there = queue->n > 0;
	if (is_there) {
		*key = queue->keys[queue->first];
		queue->first = (queue->first + 1) % QUEUE_SIZE;
		queue->n--;
	}
	pthread_mutex_unlock(&names->mutex);
	return is_there;
}

void requests_answer(struct names *names, const struct name_key *key, enum name_outcome outcome,
		     const char *name, int64_t ttl_ns)
{
	uint64_t *counters[] = {
		[NAME_FOUND] = &names->counts.found,
		[NAME_NONE] = &names->counts.none,
		[NAME_FAILED] = &names->counts.failed,
	};

	pthread_mutex_lock(&names->mutex);
	++*counters[outcome];
	name_cache_answer(&names->cache, key, outcome, name, ttl_ns, monotonic_now());
	pthread_mutex_unlock(&names->mutex);
}
