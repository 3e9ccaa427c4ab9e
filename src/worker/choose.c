/*
 * Which interfaces are meant by -i: names, "all", or nothing at all; and how large their capture rings
 * are, which share one amount of memory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netif/lookup.h"
#include "worker/workers.h"

struct choice {
	size_t n, n_named; /* the first of them were named */
	const char *names[INTERFACES_MAX + 1];
	struct link *links; /* to be freed: what the other names belong to */
};

/* One too many is chosen and refused when it is added. */
static void choose(struct choice *choice, const char *name)
{
	if (choice->n <= INTERFACES_MAX)
		choice->names[choice->n++] = name;
}

static bool is_chosen(const struct choice *choice, const char *name)
{
	for (size_t i = 0; i < choice->n; i++)
		if (strcmp(choice->names[i], name) == 0)
			return true;
	return false;
}

static int choose_all(struct choice *choice, struct error *error)
{
	int n = netif_list(&choice->links, error), n_up = 0;

	for (int i = 0; i < n; i++) {
		const struct link *link = &choice->links[i];

		if (!link->up)
			continue;
		n_up++;
		if (!is_chosen(choice, link->name))
			choose(choice, link->name);
	}
	if (n < 0)
		return n;
	return n_up > 0 ? 0
			: error_set(error, ENODEV, "-i all: no interface is up; name one with -i");
}

static int choose_by_names(struct choice *choice, const char *const *names, size_t n,
			   struct error *error)
{
	bool all = false;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i], "all") == 0)
			all = true;
		else
			choose(choice, names[i]);
	}
	choice->n_named = choice->n;
	return all ? choose_all(choice, error) : 0;
}

/* What each ring may have of the memory for all: what is asked for, or its share. */
static int share_memory(size_t n_rings, size_t memory, struct live_options *options,
			struct error *error)
{
	size_t share = memory / n_rings / SOURCE_RING_STEP * SOURCE_RING_STEP;

	if (share < SOURCE_RING_LEAST)
		return error_set(error, ENOMEM,
				 "%zu capture rings need %zu KiB; raise --capture.memory, or name "
				 "fewer interfaces with -i",
				 n_rings, n_rings * SOURCE_RING_LEAST / 1024);
	if (options->ring_bytes > share)
		options->ring_bytes = share;
	return 0;
}

int workers_add_interfaces(struct workers *workers, const char *const *names, size_t n,
			   const struct live_options *options, size_t memory, struct error *error)
{
	struct choice *choice = calloc(1, sizeof(*choice));
	struct live_options each = *options;
	struct link route;
	int rc;

	if (!choice)
		return error_set(error, ENOMEM, "capture workers: no memory");
	if (n > 0)
		rc = choose_by_names(choice, names, n, error);
	else
		rc = netif_default_route(&route, error);
	if (n == 0 && rc == 0)
		choose(choice, route.name);
	if (rc == 0)
		rc = share_memory(choice->n * workers_number(workers), memory, &each, error);
	for (size_t i = 0; i < choice->n && rc == 0; i++) {
		each.interface = choice->names[i];
		rc = workers_add_live(workers, &each, error);
		if (rc == -EEXIST && i >= choice->n_named) /* is there by an alternative name */
			rc = 0;
	}
	free(choice->links);
	free(choice);
	return rc;
}
