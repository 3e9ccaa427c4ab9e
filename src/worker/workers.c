/*
 * What is done with all capture workers: they are made with their tables, given their sources, started,
 * stopped, and held still for a reader.
 */
#include "worker/workers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "worker/worker_state.h"

/* How long a snapshot waits for the kernel's counters, and how long the one at the end does. */
#define REFRESH_NS      (5 * 1000 * 1000LL)
#define LAST_REFRESH_NS (200 * 1000 * 1000LL)

static int create_view(struct netif_view *view, const struct netif_registry *registry,
		       struct error *error)
{
	if (!registry)
		return 0;
	view->capacity = netif_capacity(registry);
	view->statuses = calloc(view->capacity, sizeof(*view->statuses));
	return view->statuses ? 0 : error_set(error, ENOMEM, "capture worker: no memory");
}

/* The first one's tally has what the others and the view refer to. */
static int create_tally(struct workers *all, uint32_t number, const struct workers_options *options,
			struct ledger *ledger, struct error *error)
{
	struct tally_options own = options->tally;

	if (all->n > 1) {
		own.worker = number;
		own.n_workers = all->n;
		own.first = number > 0 ? &workers_first(all)->tally : NULL;
		all->tallies[number] = &all->each[number].tally;
	}
	return tally_create(&all->each[number].tally, ledger, &own, error);
}

static int create_families(struct workers *all, uint32_t number,
			   const struct workers_options *options, struct ledger *ledger,
			   struct error *error)
{
	bool is_alone = all->n == 1;
	const struct family_context context = {
		.options = &options->families,
		.ledger = ledger,
		.tally = &all->each[number].tally,
		.tallies = is_alone ? NULL : all->tallies,
		.n_tallies = all->n,
		.lock = &all->lock_statistics,
		.events = options->tally.events,
		.names = options->names,
		.board = options->board,
		.started = options->started,
		.max_interfaces = options->tally.max_interfaces,
	};

	return family_set_join(&all->each[number].families,
			       number > 0 ? &workers_first(all)->families : NULL,
			       is_alone ? NULL : &all->sharing, &context, error);
}

static int create_each(struct workers *all, const struct workers_options *options,
		       struct ledger *ledger, struct error *error)
{
	int rc = 0;

	for (uint32_t i = 0; i < all->n && rc == 0; i++) {
		all->each[i].all = all;
		all->each[i].number = i;
		handover_lock_init(&all->each[i].lock);
		rc = create_tally(all, i, options, ledger, error);
	}
	if (rc == 0 && all->n > 1)
		tally_create_view(&all->view, &workers_first(all)->tally);
	for (uint32_t i = 0; i < all->n && rc == 0; i++)
		rc = create_families(all, i, options, ledger, error);
	return rc;
}

/* It is held for less time than a thread takes to sleep and wake up. */
static void create_shared_lock(pthread_mutex_t *lock)
{
	pthread_mutexattr_t spinning;

	pthread_mutexattr_init(&spinning);
	pthread_mutexattr_settype(&spinning, PTHREAD_MUTEX_ADAPTIVE_NP);
	pthread_mutex_init(lock, &spinning);
	pthread_mutexattr_destroy(&spinning);
}

struct workers *workers_create(const struct workers_options *options, struct ledger *ledger,
			       struct error *error)
{
	struct workers *all = calloc(1, sizeof(*all));

	if (!all) {
		error_set(error, ENOMEM, "capture workers: no memory");
		return NULL;
	}
	all->n = options->n_workers ? options->n_workers : 1;
	all->registry = options->registry;
	all->names = options->names;
	all->tell_open = options->tell_open;
	all->sharing.tally = &all->view;
	create_shared_lock(&all->sharing.lock);
	all->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	all->finished_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (all->wake_fd < 0 || all->finished_fd < 0) {
		error_set(error, errno, "capture workers: eventfd: %s", strerror(errno));
		goto failed;
	}
	all->each = calloc(all->n, sizeof(*all->each));
	all->tallies = calloc(all->n, sizeof(*all->tallies));
	if (!all->each || !all->tallies) {
		error_set(error, ENOMEM, "capture workers: no memory");
		goto failed;
	}
	if (create_view(&all->own_view, options->registry, error) < 0 ||
	    create_view(&all->reader_view, options->registry, error) < 0 ||
	    create_each(all, options, ledger, error) < 0)
		goto failed;
	return all;
failed:
	workers_destroy(all);
	return NULL;
}

static struct worker_source *next_source(struct workers *all, struct error *error)
{
	struct worker_source *source = &all->sources[all->n_sources];

	if (all->n_sources == workers_first(all)->tally.max_interfaces) {
		error_set(error, ENOSPC,
			  "more than %zu interfaces; raise --interfaces.max or name fewer with -i",
			  all->n_sources);
		return NULL;
	}
	*source = (struct worker_source){.handles = calloc(all->n, sizeof(*source->handles))};
	if (!source->handles) {
		error_set(error, ENOMEM, "capture workers: no memory");
		return NULL;
	}
	for (uint32_t i = 0; i < all->n; i++)
		source->handles[i].worker = &all->each[i];
	return source;
}

static int add_source(struct workers *all, struct worker_source *source, struct error *error)
{
	int rc = workers_attach_interface(all, source, error);

	if (rc < 0)
		workers_close_handles(all, source);
	else
		all->n_sources++;
	return rc;
}

int workers_add_live(struct workers *all, const struct live_options *options, struct error *error)
{
	struct worker_source *source;
	int rc;

	for (size_t i = 0; i < all->n_sources; i++)
		if (strcmp(all->sources[i].options.interface, options->interface) == 0)
			return error_set(error, EEXIST,
					 "interface '%s' is named twice; name it once",
					 options->interface);
	source = next_source(all, error);
	if (!source)
		return -ENOSPC;
	source->options = *options;
	rc = snprintf(source->name, sizeof(source->name), "%s", options->interface);
	/* One that is too long is no interface's, and the message tells of all of it. */
	if (rc < (int)sizeof(source->name))
		source->options.interface = source->name;
	rc = workers_open_handles(all, source, error);
	if (rc == 0)
		rc = add_source(all, source, error);
	if (rc < 0)
		free(source->handles);
	return rc;
}

int workers_add_file(struct workers *all, const char *path, const char *filter, struct error *error)
{
	struct worker_source *source = next_source(all, error);
	int rc = source ? 0 : -ENOSPC;

	if (rc < 0)
		return rc;
	all->from_file = true;
	source->handles->source =
		source_open_file(path, filter, worker_count_batch, workers_first(all), error);
	source->handles->is_file = true;
	source->is_open = true;
	rc = source->handles->source ? add_source(all, source, error) : -EINVAL;
	if (rc < 0)
		free(source->handles);
	return rc;
}

static int start_source(struct workers *all, struct worker_source *source, struct error *error)
{
	int rc = 0;

	if (source->ifindex && all->registry && !all->from_file)
		rc = netif_watch(all->registry, source->ifindex, error);
	if (rc == 0)
		rc = workers_start_handles(all, source, error);
	if (rc == 0 && !all->from_file) {
		log_info("capture", "listening on %s", source->options.interface);
		workers_tell(all, source, EVENT_INTERFACE_OPENED, 0, 0);
	}
	return rc;
}

static int start_thread(struct worker *worker, struct error *error)
{
	int rc = pthread_create(&worker->thread, NULL, worker_run, worker);

	if (rc != 0)
		return error_set(error, rc, "capture worker: cannot start a thread: %s",
				 strerror(rc));
	worker->running = true;
	return 0;
}

int workers_start(struct workers *all, struct error *error)
{
	int rc = 0;

	for (size_t i = 0; i < all->n_sources && rc == 0; i++)
		rc = start_source(all, &all->sources[i], error);
	if (rc < 0)
		return rc;
	/* What is known of the interfaces is there for the first packet. */
	workers_look_at_interfaces(all, &all->own_view);
	workers_read_interfaces(all, &all->own_view);
	return start_thread(workers_first(all), error);
}

int workers_start_others(struct workers *all, struct error *error)
{
	int rc = 0;

	for (uint32_t i = 1; i < all->n && rc == 0; i++)
		rc = start_thread(&all->each[i], error);
	return rc;
}

/* The first one ends last, and waits for the others. */
void workers_stop(struct workers *all)
{
	uint64_t one = 1;

	if (!workers_first(all)->running)
		return;
	atomic_store_explicit(&all->stopping, true, memory_order_release);
	if (write(all->wake_fd, &one, sizeof(one)) < 0)
		log_error("capture", "cannot wake the workers: %s", strerror(errno));
	for (size_t i = 0; i < all->n_sources && all->from_file; i++)
		source_wake(all->sources[i].handles->source);
	pthread_join(workers_first(all)->thread, NULL);
	workers_first(all)->running = false;
}

void workers_destroy(struct workers *all)
{
	if (!all)
		return;
	if (all->each)
		workers_stop(all);
	for (size_t i = 0; i < all->n_sources; i++) {
		workers_close_handles(all, &all->sources[i]);
		free(all->sources[i].handles);
	}
	for (uint32_t i = all->each ? all->n : 0; i > 0; i--)
		family_set_destroy(&all->each[i - 1].families);
	free(all->own_view.statuses);
	free(all->reader_view.statuses);
	if (all->wake_fd >= 0)
		close(all->wake_fd);
	if (all->finished_fd >= 0)
		close(all->finished_fd);
	free(all->tallies);
	free(all->each);
	free(all);
}

int workers_finished_fd(const struct workers *all)
{
	return all->finished_fd;
}

int workers_result(const struct workers *all, struct error *error)
{
	int result = atomic_load_explicit(&all->result, memory_order_acquire);

	if (result < 0)
		*error = all->error;
	return result;
}

void workers_lock_all(struct workers *all)
{
	for (uint32_t i = 0; i < all->n; i++)
		handover_reader_lock(&all->each[i].lock);
}

void workers_unlock_all(struct workers *all)
{
	for (uint32_t i = 0; i < all->n; i++)
		handover_reader_unlock(&all->each[i].lock);
}

void workers_prepare_read(struct workers *all)
{
	/* Captured and kernel counters should be of nearly the same instant; late ones are no harm, but
	 * for the last ones. */
	if (all->registry && !all->from_file)
		netif_refresh(all->registry,
			      atomic_load_explicit(&all->stopping, memory_order_relaxed)
				      ? LAST_REFRESH_NS
				      : REFRESH_NS);
	workers_look_at_interfaces(all, &all->reader_view);
}

void workers_lock(struct workers *all)
{
	workers_lock_all(all);
	workers_read_interfaces(all, &all->reader_view);
}

void workers_unlock(struct workers *all)
{
	workers_unlock_all(all);
}

uint32_t workers_number(const struct workers *all)
{
	return all->n;
}

const struct family_set *workers_families(const struct workers *all, uint32_t worker)
{
	return &all->each[worker].families;
}

const struct tally *workers_tally(const struct workers *all, uint32_t worker)
{
	return &all->each[worker].tally;
}

struct lock_statistics *workers_lock_statistics(struct workers *all)
{
	return &all->lock_statistics;
}

struct names *workers_names(const struct workers *all)
{
	return all->names;
}
