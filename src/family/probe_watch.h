/*
 * The search for probes: a source that within a time tries more ports, or more hosts, than a number,
 * and gets no connection there. Sources are watched in a bounded list; each with the ports and hosts
 * that it tried last.
 */
#ifndef IPTALLY_FAMILY_PROBE_WATCH_H
#define IPTALLY_FAMILY_PROBE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "family/alert.h"
#include "family/attempt.h"
#include "family/per_interface.h"
#include "family/probe_notes.h"
#include "family/probe_set.h"
#include "family/watch_list.h"

/* Probes that are told of: the latest. */
#define PROBES_MAX 256

struct probe_key {
	uint16_t interface;
	struct family_address source;
	uint8_t zero[5];
};

struct probe_source {
	struct table_head head;
	struct probe_key key;
	struct watch_links links;
	bool tries_too_much;
	int64_t over_ns;         /* since when it tries too much */
	int64_t first_ns;        /* the first of the tries that were too many */
	uint32_t id;             /* of its probe; 0: it does not probe */
	uint16_t n[PROBE_WHATS]; /* items in its sets */
	uint8_t notes;           /* or PROBE_NO_NOTES */
};

/* A probe, for a day after its end. */
struct probe {
	uint32_t id; /* 1, 2, ...; 0: none */
	uint16_t interface;
	bool active;
	struct family_address source; /* whole */
	uint64_t tried[PROBE_WHATS];
	int64_t first_ns, last_ns; /* its tries, on the ageing clock */
	struct monotonic_time created;
};

struct probe_totals {
	uint64_t active, begun;
};

struct probe_watch {
	struct alerts alerts;
	struct watch_list list; /* of struct probe_source */
	uint64_t seed;
	int64_t now_ns, window_ns;
	uint32_t limits[PROBE_WHATS];
	uint16_t room; /* of a set */
	struct probe_touch *sets;
	struct probe_notes *notes;
	struct probe *probes;         /* the one with this id at id % PROBES_MAX */
	struct per_interface *totals; /* of struct probe_totals */
	uint32_t last_id;
};

int probe_watch_create(struct probe_watch *watch, const struct family_context *context,
		       struct error *error);
void probe_watch_destroy(struct probe_watch *watch);

/* An attempt came in; a connection came about; a second has passed. */
void probe_watch_try(struct probe_watch *watch, const struct attempt *attempt);
void probe_watch_answer(struct probe_watch *watch, const struct attempt *attempt);
void probe_watch_tick(struct probe_watch *watch, int64_t now_ns);

/* No more answers will come: what tries too much probes. */
void probe_watch_finish(struct probe_watch *watch, int64_t now_ns);

void probe_watch_forget(struct probe_watch *watch, uint16_t interface);

#endif
