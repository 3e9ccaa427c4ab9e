/* For the tests of families: a bench with all families in it, and their rows as a snapshot gets them. */
#ifndef IPTALLY_TEST_HOUSE_H
#define IPTALLY_TEST_HOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../fuzz/conservation.h"
#include "base/histogram.h"
#include "events/event_ring.h"
#include "family/family_table.h"
#include "support.h"

struct house {
	struct bench *bench;
	struct family_set families;
	struct lock_statistics lock;
	struct event_ring *events;
	uint8_t *rows; /* of the last house_rows() */
};

/* All rows of a family, and their number; the memory is the house's until the next call. */
static inline const uint8_t *house_rows(struct house *house, const struct family *family, size_t *n)
{
	const void *state = family_set_state(&house->families, family);
	size_t room = family->max_rows(state);

	free(house->rows);
	house->rows = calloc(room + 1, family->row_size);
	*n = family->copy(state, house->rows);
	assert_true(*n <= room);
	return house->rows;
}

/* Sums a field over the rows of an interface (-1: all rows) that a face shows. */
static inline uint64_t house_sum(struct house *house, const struct family *family, int interface,
				 const char *field, bool exported_only)
{
	uint64_t sum = 0;
	size_t n;
	const uint8_t *row = house_rows(house, family, &n);

	for (; n > 0; n--, row += family->row_size) {
		if (interface >= 0 && row_key(family, row, 0) != (uint64_t)interface)
			continue;
		if (!exported_only || !family->is_exported || family->is_exported(row))
			sum += row_value(family, row, field);
	}
	return sum;
}

/* The row with these keys behind the interface; NULL: none. */
static inline const void *house_row(struct house *house, const struct family *family,
				    uint64_t interface, uint64_t second, uint64_t third)
{
	const uint64_t wanted[] = {interface, second, third};
	size_t n;
	const uint8_t *row = house_rows(house, family, &n);

	for (; n > 0; n--, row += family->row_size) {
		bool same = true;

		for (size_t key = 0; key < family->n_keys; key++)
			same = same && row_key(family, row, key) == wanted[key];
		if (same)
			return row;
	}
	return NULL;
}

static inline void house_count_many(struct house *house, struct packet *packets, size_t n)
{
	struct verdict verdicts[TALLY_BATCH];

	tally_classify(&house->bench->tally, packets, verdicts, n,
		       (struct monotonic_time){house->bench->now_ns});
	family_set_count(&house->families, packets, verdicts, n);
}

static inline void house_count(struct house *house, struct packet packet)
{
	house_count_many(house, &packet, 1);
}

/* Names: of what is seen; they outlast the house. */
static inline void house_open_named(struct house *house, uint32_t flows,
				    const struct family_options *families, struct names *names)
{
	const struct tally_options options = bench_options(flows);
	struct family_context context = {
		.options = families,
		.max_interfaces = options.max_interfaces,
		.lock = &house->lock,
		.names = names,
		.started = monotonic_now(),
	};
	struct error error;

	*house = (struct house){.bench = bench_open(&options)};
	house->events = event_ring_create(&house->bench->ledger, 4096, &error);
	assert_non_null(house->events);
	context.ledger = &house->bench->ledger;
	context.events = house->events;
	context.tally = &house->bench->tally;
	assert_int_equal(family_set_create(&house->families, &context, &error), 0);
}

static inline void house_open_with(struct house *house, uint32_t flows,
				   const struct family_options *families)
{
	house_open_named(house, flows, families, NULL);
}

static inline void house_open(struct house *house, uint32_t flows, uint32_t ports,
			      uint32_t export_ports, bool export_largest)
{
	const struct family_options families = {
		.max_ports = ports,
		.max_hosts = 64,
		.max_stations = 64,
		.max_conversations = 64,
		.max_knocks = 64,
		.export_ports = export_ports,
		.export_hosts = export_ports,
		.export_stations = export_ports,
		.export_conversations = export_ports,
		.export_largest = export_largest,
		.flood_rate = 100,
		.probe_ports = 15,
		.probe_hosts = 15,
		.probe_window_s = 300,
	};

	house_open_with(house, flows, &families);
}

/* Turns the clock on by so many seconds, and ticks once. */
static inline void house_tick(struct house *house, int64_t seconds)
{
	house->bench->now_ns += seconds * SECOND;
	house->bench->tally.now_ns = house->bench->now_ns;
	tally_tick(&house->bench->tally);
	family_set_tick(&house->families, house->bench->now_ns);
}

/* As the worker does where another interface takes a slot over. */
static inline void house_forget(struct house *house, uint16_t interface)
{
	tally_forget_interface(&house->bench->tally, interface);
	family_set_forget_interface(&house->families, interface);
	house->bench->tally.interfaces[interface].in_use = true;
}

/* Sums close in whatever a test did. */
static inline void house_close(struct house *house)
{
	struct conserved sums[INTERFACES_MAX];

	conservation_check(&house->families, &house->bench->tally, sums);
	family_set_destroy(&house->families);
	free(house->rows);
	bench_close(house->bench);
}

#endif
