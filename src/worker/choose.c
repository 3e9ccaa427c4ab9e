/* Which interfaces are meant by -i: names, "all", or nothing at all. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netif/lookup.h"
#include "worker/workers.h"

static int add_named(struct workers *workers, const char *name, const struct live_options *options,
		     struct error *error)
{
	struct live_options named = *options;

	named.interface = name;
	return workers_add_live(workers, &named, error);
}

static int add_all(struct workers *workers, const struct live_options *options, struct error *error)
{
	struct link *links;
	int n = netif_list(&links, error), rc = 0, added = 0;

	if (n < 0)
		return n;
	for (int i = 0; i < n && rc == 0; i++) {
		if (!links[i].up)
			continue;
		rc = add_named(workers, links[i].name, options, error);
		if (rc == -EEXIST) /* by its own name, or by an alternative one */
			rc = 0;
		added++;
	}
	free(links);
	if (rc == 0 && added == 0)
		rc = error_set(error, ENODEV, "-i all: no interface is up; name one with -i");
	return rc;
}

int workers_add_interfaces(struct workers *workers, const char *const *names, size_t n,
			   const struct live_options *options, struct error *error)
{
	bool all = false;
	struct link link;
	int rc = 0;

	if (n == 0) {
		rc = netif_default_route(&link, error);
		return rc < 0 ? rc : add_named(workers, link.name, options, error);
	}
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (strcmp(names[i], "all") == 0)
			all = true;
		else
			rc = add_named(workers, names[i], options, error);
	}
	return all && rc == 0 ? add_all(workers, options, error) : rc;
}
