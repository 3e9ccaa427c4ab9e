/*
 * The promises of slots, held against millions of random packets through the real family of ports,
 * with ticks and scrapes at random times: no series falls while it is shown; what is shown always
 * adds up to all packets; and between two scrapes a series gains either all that its port counted,
 * or, while it warms up or is frozen, nothing. With several workers, each packet is any one's.
 *
 * The truth is counted here, packet by packet, and knows nothing of slots.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "family/port.h"
#include "snapshot/merge.h"
#include "support.h"
#include "tally/verdict.h"

#define INTERFACES 2
#define PROTOCOLS  2
#define PORTS      2048
#define KEYS       (INTERFACES * PROTOCOLS * PORTS)
#define HEAVY      12 /* ports that most packets are of, for a while */
#define PACKETS    600000
#define BATCH      32
#define LINGER_NS  (300 * SECOND)
#define WORKERS    3

static const char *const fields[] = {"receive_packets",     "transmit_packets",
				     "receive_bytes",       "transmit_bytes",
				     "receive_connections", "transmit_connections"};

#define COUNTERS COUNT(fields)

struct counters {
	uint64_t n[COUNTERS];
};

/* What is known of a series from the outside. */
struct series {
	bool is_shown;
	bool is_pinned;
	bool gained;            /* since it was first shown, or resumed */
	bool is_frozen;         /* its port had packets, and it gained nothing */
	int64_t shown_ns;       /* since when */
	int64_t gained_ns;      /* last */
	struct counters last;   /* at the last scrape */
	struct counters exact;  /* of its port, at the last scrape */
	struct counters before; /* what it had gained as a whole */
};

struct setting {
	uint32_t capacity; /* of the table */
	uint32_t slots;
	uint32_t warmup_s;
	bool evicts_slots; /* the table is so small that rows with slots must go */
	uint32_t workers;
};

/* What happened, so that it is known that it did. */
struct seen {
	unsigned credited, frozen, resumed, vanished;
};

static struct ledger ledger;
static struct tally tally;
static struct tally_interface interfaces[INTERFACES];
static void *ports[WORKERS];
static uint32_t n_workers;
static struct random random_state;
static struct counters exact[KEYS];
static struct counters totals[INTERFACES][PROTOCOLS];
static struct counters gone[INTERFACES][PROTOCOLS]; /* with series that are not shown any more */
static struct series all_series[KEYS];
static struct seen seen;
static uint16_t heavy[HEAVY];

static uint32_t draw(uint32_t limit)
{
	return random_below(&random_state, limit);
}

static size_t key_of(uint64_t interface, bool udp, uint64_t port)
{
	return (interface * PROTOCOLS + udp) * PORTS + port;
}

static void open_family(const struct setting *setting)
{
	static const uint16_t pinned[] = {7, 53};
	const struct family_options options = {
		.max_ports = setting->capacity,
		.export_ports = setting->slots,
		.export_warmup_s = setting->warmup_s,
		.pinned_ports = pinned,
		.n_pinned_ports = COUNT(pinned),
	};
	struct family_context context = {
		.options = &options,
		.ledger = &ledger,
		.tally = &tally,
		.max_interfaces = INTERFACES,
	};
	struct error error;

	memset(exact, 0, sizeof(exact));
	memset(totals, 0, sizeof(totals));
	memset(gone, 0, sizeof(gone));
	memset(all_series, 0, sizeof(all_series));
	seen = (struct seen){0};
	tally = (struct tally){
		.interfaces = interfaces,
		.n_interfaces = INTERFACES,
		.max_interfaces = INTERFACES,
		.now_ns = BENCH_BEGINS,
	};
	for (int i = 0; i < INTERFACES; i++) {
		interfaces[i].in_use = true;
		for (size_t j = 0; j < COUNT(pinned); j++)
			all_series[key_of((uint64_t)i, false, pinned[j])] =
				(struct series){.is_shown = true, .is_pinned = true};
	}
	n_workers = setting->workers;
	for (uint32_t i = 0; i < n_workers; i++) {
		context.first = i > 0 ? ports[0] : NULL;
		ports[i] = port_family.create(&context, &error);
		assert_non_null(ports[i]);
	}
}

static void close_family(void)
{
	for (uint32_t i = 0; i < n_workers; i++)
		port_family.destroy(ports[i]);
	ledger_release(&ledger);
	ledger = (struct ledger){.n = 0};
}

static uint16_t draw_port(void)
{
	return draw(10) < 8 ? heavy[draw(HEAVY)] : (uint16_t)draw(PORTS);
}

static void draw_packet(struct packet *packet, struct verdict *verdict)
{
	uint16_t interface = (uint16_t)draw(INTERFACES), port = draw_port();
	uint32_t direction = draw(DIRECTIONS), bytes = 60 + draw(1455);
	bool udp = draw(3) == 0;

	*packet = (struct packet){
		.interface = interface,
		.protocol = udp ? PROTOCOL_UDP : PROTOCOL_TCP,
		.direction = (uint8_t)direction,
		.frame_bytes = bytes,
	};
	*verdict = (struct verdict){
		.port_state = draw(40) == 0 ? PORT_UNATTRIBUTED : PORT_KNOWN,
		.service_port = port,
		.opening_port = draw(20) == 0 ? draw_port() : port,
		.opening_direction = (uint8_t)draw(DIRECTIONS),
	};
	totals[interface][udp].n[direction]++;
	totals[interface][udp].n[2 + direction] += bytes;
	if (verdict->port_state == PORT_UNATTRIBUTED)
		return;
	exact[key_of(interface, udp, port)].n[direction]++;
	exact[key_of(interface, udp, port)].n[2 + direction] += bytes;
	verdict->opened = draw(8) == 0;
	if (verdict->opened) {
		direction = verdict->opening_direction;
		totals[interface][udp].n[4 + direction]++;
		exact[key_of(interface, udp, verdict->opening_port)].n[4 + direction]++;
	}
}

static void count_packets(void)
{
	struct packet packets[BATCH];
	struct verdict verdicts[BATCH];

	for (int i = 0; i < BATCH; i++)
		draw_packet(&packets[i], &verdicts[i]);
	port_family.count(ports[draw(n_workers)], packets, verdicts, BATCH);
}

/* Interfaces have their slots for indexes. */
static const struct snapshot_interface snapshot_interfaces[INTERFACES] = {{"", 0}, {"", 1}};
static const struct snapshot snapshot = {.interfaces = snapshot_interfaces};

static int compare(const void *a, const void *b, void *family)
{
	return snapshot_compare(&snapshot, family, a, b);
}

/* As a snapshot has them. */
static void *copy(const struct family *family, size_t *n)
{
	size_t most = family->max_rows(ports[0]);
	uint8_t *rows = calloc(n_workers * most + 1, family->row_size);
	struct snapshot_rows merged = {family, rows, 0};

	assert_non_null(rows);
	for (uint32_t i = 0; i < n_workers; i++) {
		*n = family->copy(ports[i], rows + merged.n * family->row_size);
		assert_true(*n <= most);
		merged.n += *n;
	}
	qsort_r(rows, merged.n, family->row_size, compare, (void *)family);
	snapshot_merge(&snapshot, &merged);
	*n = merged.n;
	assert_true(*n <= most);
	return rows;
}

static struct counters row_counters(const struct family *family, const void *row,
				    const char *prefix)
{
	struct counters counters = {{0}};
	char name[80];

	for (size_t i = 0; i < COUNTERS; i++) {
		snprintf(name, sizeof(name), "%s%s", prefix, fields[i]);
		counters.n[i] = row_value(family, row, name);
	}
	return counters;
}

static bool is_equal(const struct counters *a, const struct counters *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static struct counters difference(const struct counters *a, const struct counters *b)
{
	struct counters result;

	for (size_t i = 0; i < COUNTERS; i++) {
		assert_true(a->n[i] >= b->n[i]);
		result.n[i] = a->n[i] - b->n[i];
	}
	return result;
}

static void add(struct counters *sum, const struct counters *counters)
{
	for (size_t i = 0; i < COUNTERS; i++)
		sum->n[i] += counters->n[i];
}

/* A shown series, as it was at the last scrape and as it is now. */
static void check_series(const struct setting *setting, struct series *series, size_t key,
			 const struct counters *now)
{
	static const struct counters nothing;
	struct counters gained, counted;
	bool warm;

	if (!series->is_shown) {
		assert_true(is_equal(now, &nothing));
		*series = (struct series){
			.is_shown = true,
			.shown_ns = tally.now_ns,
			.gained_ns = tally.now_ns,
			.exact = exact[key],
		};
		return;
	}
	warm = series->is_pinned || tally.now_ns - series->shown_ns >= setting->warmup_s * SECOND;
	gained = difference(now, &series->last); /* asserts that nothing fell */
	counted = difference(&exact[key], &series->exact);
	series->last = *now;
	series->exact = exact[key];
	if (is_equal(&counted, &nothing)) {
		assert_true(is_equal(&gained, &nothing));
	} else if (is_equal(&gained, &nothing)) {
		assert_false(series->is_pinned);
		seen.frozen += warm && !series->is_frozen;
		series->is_frozen = warm;
	} else {
		assert_true(warm);
		if (!setting->evicts_slots)
			assert_true(is_equal(&gained, &counted));
		difference(&counted, &gained); /* asserts that it gained no more than that */
		seen.credited += !series->gained;
		seen.resumed += series->is_frozen;
		series->gained = true;
		series->is_frozen = false;
		series->gained_ns = tally.now_ns;
	}
}

/* A series that is not shown any more was frozen for long enough. */
static void check_vanished(struct series *series, size_t key)
{
	assert_false(series->is_pinned);
	assert_true(tally.now_ns - series->gained_ns >= LINGER_NS);
	seen.vanished++;
	add(&gone[key / PORTS / PROTOCOLS][key / PORTS % PROTOCOLS], &series->last);
	*series = (struct series){0};
}

static void check_sums(uint64_t interface, const void *row, struct counters *shown)
{
	static const char *const others[] = {"tcp_shown_other_", "udp_shown_other_"};
	static const char *const unattributed[] = {"tcp_unattributed_", "udp_unattributed_"};
	uint64_t packets = 0, bytes = 0;
	char name[80];

	for (size_t protocol = 0; protocol < PROTOCOLS; protocol++) {
		struct counters other = row_counters(&port_remainder_family, row, others[protocol]);
		const uint64_t *lost = gone[interface][protocol].n;

		add(&shown[protocol], &other);
		add(&shown[protocol], &gone[interface][protocol]);
		for (size_t i = 0; i < 4; i++) {
			snprintf(name, sizeof(name), "%s%s", unattributed[protocol], fields[i]);
			shown[protocol].n[i] += row_value(&port_remainder_family, row, name);
		}
		assert_memory_equal(&shown[protocol], &totals[interface][protocol],
				    sizeof(struct counters));
		packets += lost[0] + lost[1];
		bytes += lost[2] + lost[3];
	}
	assert_int_equal(row_value(&port_remainder_family, row, "port_retired_packets"), packets);
	assert_int_equal(row_value(&port_remainder_family, row, "port_retired_bytes"), bytes);
}

static void scrape(const struct setting *setting)
{
	static bool is_there[KEYS];
	struct counters shown[INTERFACES][PROTOCOLS] = {{{{0}}}};
	size_t n_slots, n_remainders;
	uint8_t *slots = copy(&port_slots_family, &n_slots);
	uint8_t *remainders = copy(&port_remainder_family, &n_remainders);

	memset(is_there, 0, sizeof(is_there));
	for (size_t i = 0; i < n_slots; i++) {
		const uint8_t *row = slots + i * port_slots_family.row_size;
		uint64_t interface = row_key(&port_slots_family, row, 0);
		bool udp = row_key(&port_slots_family, row, 1) == PROTOCOL_UDP;
		size_t key = key_of(interface, udp, row_key(&port_slots_family, row, 2));
		struct counters now = row_counters(&port_slots_family, row, "");

		assert_false(is_there[key]);
		is_there[key] = true;
		check_series(setting, &all_series[key], key, &now);
		add(&shown[interface][udp], &now);
	}
	for (size_t key = 0; key < KEYS; key++)
		if (all_series[key].is_shown && !is_there[key])
			check_vanished(&all_series[key], key);
	assert_int_equal(n_remainders, INTERFACES);
	for (size_t i = 0; i < n_remainders; i++) {
		const uint8_t *row = remainders + i * port_remainder_family.row_size;
		uint64_t interface = row_key(&port_remainder_family, row, 0);

		check_sums(interface, row, shown[interface]);
	}
	free(slots);
	free(remainders);
}

static void tick(const struct setting *setting)
{
	scrape(setting);
	tally.now_ns += (1 + draw(draw(10) == 0 ? 120 : 10)) * SECOND;
	port_family.tick(ports[0], tally.now_ns);
	scrape(setting);
}

static void change_heavy_ports(void)
{
	for (size_t i = 0; i < HEAVY; i++)
		if (draw(3) == 0)
			heavy[i] = (uint16_t)draw(PORTS);
}

static void drive(const struct setting *setting)
{
	open_family(setting);
	for (size_t i = 0; i < HEAVY; i++)
		heavy[i] = (uint16_t)draw(PORTS);
	for (int i = 0; i < PACKETS / BATCH; i++) {
		count_packets();
		if (draw(6) == 0)
			scrape(setting);
		if (draw(8) == 0)
			tick(setting);
		if (draw(1000) == 0)
			change_heavy_ports();
	}
	scrape(setting);
	close_family();
}

static void promises_hold(const struct setting *setting)
{
	for (uint64_t seed = 1; seed <= 2; seed++) {
		random_state.state = seed;
		drive(setting);
		assert_in_range(seen.credited, setting->slots, 10000);
		assert_in_range(seen.frozen, 5, 100000);
		if (!setting->evicts_slots)
			assert_in_range(seen.resumed, 1, 100000);
		assert_in_range(seen.vanished, 5, 10000);
	}
}

static void promises_hold_with_a_roomy_table(void **state)
{
	(void)state;
	promises_hold(&(const struct setting){8192, 20, 60, false, 1});
}

static void promises_hold_with_few_slots_and_a_table_that_evicts(void **state)
{
	(void)state;
	promises_hold(&(const struct setting){300, 6, 15, false, 1});
}

static void promises_hold_where_rows_with_slots_are_evicted(void **state)
{
	(void)state;
	promises_hold(&(const struct setting){18, 10, 5, true, 1});
}

static void promises_hold_without_a_warm_up(void **state)
{
	(void)state;
	promises_hold(&(const struct setting){2000, 12, 0, false, 1});
}

static void promises_hold_with_several_workers(void **state)
{
	(void)state;
	promises_hold(&(const struct setting){8192, 20, 60, false, 2});
}

static void promises_hold_with_several_workers_whose_tables_evict(void **state)
{
	(void)state;
	promises_hold(&(const struct setting){300, 6, 15, false, WORKERS});
}

/* Another worker's row of the key goes on: the slot is not given up. */
static void promises_hold_where_one_of_several_workers_evicts_rows_with_slots(void **state)
{
	(void)state;
	promises_hold(&(const struct setting){18, 10, 5, true, 2});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(promises_hold_with_a_roomy_table),
		cmocka_unit_test(promises_hold_with_few_slots_and_a_table_that_evicts),
		cmocka_unit_test(promises_hold_where_rows_with_slots_are_evicted),
		cmocka_unit_test(promises_hold_without_a_warm_up),
		cmocka_unit_test(promises_hold_with_several_workers),
		cmocka_unit_test(promises_hold_with_several_workers_whose_tables_evict),
		cmocka_unit_test(promises_hold_where_one_of_several_workers_evicts_rows_with_slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
