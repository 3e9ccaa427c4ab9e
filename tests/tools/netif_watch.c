/*
 * Drives src/netif for tests/system/test_netif.py. Usage:
 *   netif_watch --list | --default-route | --find NAME     one answer, and ends (status 2: error)
 *   netif_watch [--unprivileged] NAME...                   watches; reads commands, a line each
 * Commands: "status" (refresh, then one line an interface and {"end": "status"}), "watch NAME",
 * "pause MS" (the sink sleeps at the next event), "quit". Everything is printed as JSON lines;
 * events come as they happen.
 */
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"
#include "netif/lookup.h"
#include "netif/registry.h"

#define CAPACITY 8
#define NOBODY   65534

static const char *const state_names[] = {"absent", "down", "up"};
static const char *const event_names[] = {"lost", "returned", "went_up", "went_down", "renamed"};

static void print_link(const struct link *link)
{
	char address[LINK_ADDRESS_TEXT];

	printf("\"ifindex\": %u, \"name\": \"%s\", \"up\": %s, \"running\": %s, \"loopback\": %s, "
	       "\"mtu\": %u, \"link_type\": \"%s\", \"address\": \"%s\", \"alias\": \"%s\"",
	       link->ifindex, link->name, link->up ? "true" : "false",
	       link->running ? "true" : "false", link->loopback ? "true" : "false", link->mtu,
	       link_hardware_name(link->hardware_type), link_address_format(address, link),
	       link->alias);
}

static void print_status(const struct netif_status *status)
{
	const struct link_counters *counters = &status->counters;

	printf("{\"status\": {");
	print_link(&status->link);
	printf(", \"state\": \"%s\", \"generation\": %u, \"speed_bytes\": %" PRIu64,
	       state_names[status->state], status->generation, status->speed_bytes);
	printf(", \"rx\": {\"packets\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"errors\": %" PRIu64
	       ", \"dropped\": %" PRIu64 ", \"multicast\": %" PRIu64 "}, \"missed\": %" PRIu64,
	       counters->receive_packets, counters->receive_bytes, counters->receive_errors,
	       counters->receive_dropped, counters->receive_multicast_packets,
	       counters->receive_missed);
	printf(", \"tx\": {\"packets\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"errors\": %" PRIu64
	       ", \"dropped\": %" PRIu64 "}}}\n",
	       counters->transmit_packets, counters->transmit_bytes, counters->transmit_errors,
	       counters->transmit_dropped);
}

static void print_event(void *context, const struct netif_event *event)
{
	atomic_int *pause_ms = context;
	int pause = atomic_exchange(pause_ms, 0);

	printf("{\"event\": \"%s\", \"ifindex\": %u, \"previous_ifindex\": %u, \"generation\": %u, "
	       "\"name\": \"%s\", \"previous_name\": \"%s\"}\n",
	       event_names[event->kind], event->ifindex, event->previous_ifindex, event->generation,
	       event->name, event->previous_name);
	if (pause)
		usleep((useconds_t)pause * 1000);
}

static int answer_link(int result, const struct link *link, const struct error *error)
{
	if (result < 0) {
		fprintf(stderr, "%s\n", error->text);
		return 2;
	}
	printf("{");
	print_link(link);
	printf("}\n");
	return 0;
}

static int answer_list(void)
{
	struct error error;
	struct link *links;
	int n = netif_list(&links, &error);

	if (n < 0)
		return answer_link(n, NULL, &error);
	for (int i = 0; i < n; i++)
		answer_link(0, &links[i], &error);
	free(links);
	return 0;
}

static void answer_status(struct netif_registry *registry)
{
	struct netif_status statuses[CAPACITY];
	struct monotonic_time before = monotonic_now();
	int result = netif_refresh(registry, 5 * NS_PER_SECOND);
	int64_t took_ns = monotonic_now().ns - before.ns;
	size_t n = netif_read_all(registry, statuses, CAPACITY);

	for (size_t i = 0; i < n; i++)
		print_status(&statuses[i]);
	printf("{\"end\": \"status\", \"refreshed\": %s, \"took_us\": %" PRId64 "}\n",
	       result == 0 ? "true" : "false", took_ns / 1000);
}

static int watch(struct netif_registry *registry, const char *name)
{
	struct error error = {0};
	uint32_t ifindex;
	int result = netif_watch_name(registry, name, &ifindex, &error);

	printf("{\"watch\": \"%s\", \"result\": %d, \"ifindex\": %u, \"error\": \"%s\"}\n", name,
	       result, ifindex, error.text);
	return result;
}

static int drop_privileges(void)
{
	return setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	       setresuid(NOBODY, NOBODY, NOBODY) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int main(int argc, char **argv)
{
	atomic_int pause_ms = 0;
	struct netif_registry *registry;
	struct monotonic_time before;
	struct error error;
	struct link link;
	char line[256];
	int first = 1;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 2 && strcmp(argv[1], "--list") == 0)
		return answer_list();
	if (argc == 2 && strcmp(argv[1], "--default-route") == 0)
		return answer_link(netif_default_route(&link, &error), &link, &error);
	if (argc == 3 && strcmp(argv[1], "--find") == 0)
		return answer_link(netif_find(argv[2], &link, &error), &link, &error);

	log_configure(LOG_LEVEL_DEBUG, LOG_FORMAT_LOGFMT);
	registry = netif_registry_start(CAPACITY, print_event, &pause_ms, &error);
	if (!registry)
		return answer_link(-EIO, NULL, &error);
	if (argc > first && strcmp(argv[first], "--unprivileged") == 0) {
		first++;
		if (drop_privileges() != 0)
			return 3;
	}
	for (int i = first; i < argc; i++)
		watch(registry, argv[i]);
	printf("{\"end\": \"start\"}\n");

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "status") == 0)
			answer_status(registry);
		else if (strncmp(line, "watch ", 6) == 0)
			watch(registry, line + 6);
		else if (strncmp(line, "pause ", 6) == 0) {
			atomic_store(&pause_ms, atoi(line + 6));
			printf("{\"end\": \"pause\"}\n");
		} else if (strcmp(line, "quit") == 0)
			break;
	}
	before = monotonic_now();
	netif_registry_stop(registry);
	printf("{\"end\": \"stop\", \"took_us\": %" PRId64 "}\n",
	       (monotonic_now().ns - before.ns) / 1000);
	return 0;
}
