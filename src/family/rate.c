/*
 * How fast each interface is (README, "What is counted"): now, on average and at most, by whole
 * seconds of the ageing clock, which is packet time in a capture file. Keyed by interface. Not for
 * Prometheus, which makes rates of its own from counters.
 */
#include "family/rate.h"

#include <stdlib.h>

#include "family/per_interface.h"
#include "family/per_second.h"
#include "family/traffic.h"
#include "tally/verdict.h"

/* What is now are the last whole seconds; beside them, the second that is being counted. */
#define SECONDS_NOW  5
#define SECONDS_KEPT (SECONDS_NOW + 1)

/* Both directions together have a peak of their own. */
#define BOTH  DIRECTIONS
#define PEAKS (DIRECTIONS + 1)

struct rate_sum {
	uint64_t packets, bytes;
};

struct interface_rate {
	int64_t began_ns; /* the average is since then */
	int64_t ends_ns;  /* of the second that is being counted; 0: nothing is yet */
	uint32_t at;      /* that second's place among these */
	uint32_t n_whole; /* how many of the others there were since it began */
	struct traffic seconds[SECONDS_KEPT];
	struct rate_sum broadcasts[SECONDS_KEPT]; /* link-layer broadcasts of both directions */
	struct traffic before;                    /* all that were before it */
	struct rate_sum peaks[PEAKS];             /* of the busiest second */
};

struct rate_row {
	uint32_t interface;
	struct per_second now[DIRECTIONS], average[DIRECTIONS], peak[PEAKS], broadcast;
};

static const struct family_key rate_keys[] = {
	{.label = "interface",
	 .kind = KEY_INTERFACE,
	 .offset = offsetof(struct rate_row, interface)},
};

#define FIELDS_RATE(prefix, text, member, first_column)                                            \
	FIELDS_PER_SECOND(prefix, text, struct rate_row, member, first_column)
#define FIELDS_BOTH_WAYS(prefix, text, member, first_column)                                       \
	FIELDS_RATE("receive_" prefix, " received" text, member[DIRECTION_RECEIVE], first_column), \
		FIELDS_RATE("transmit_" prefix, " transmitted" text, member[DIRECTION_TRANSMIT],   \
			    (first_column) + 2)

static const struct family_field rate_fields[] = {
	FIELDS_BOTH_WAYS("", " in the last 5 whole seconds.", now, 40),
	FIELDS_BOTH_WAYS("average_", " since the interface was opened.", average, 44),
	FIELDS_BOTH_WAYS("peak_", " in the busiest whole second.", peak, 48),
	FIELDS_RATE("peak_", " in both directions together, in the busiest whole second.",
		    peak[BOTH], 52),
	FIELDS_RATE("broadcast_", " of broadcasts in both directions, in the last 5 whole seconds.",
		    broadcast, 58),
};

static void *rate_create(const struct family_context *context, struct error *error)
{
	return per_interface_create(context, "interface rates", sizeof(struct interface_rate),
				    error);
}

static void peak_take(struct rate_sum *peak, uint64_t packets, uint64_t bytes)
{
	if (packets > peak->packets)
		peak->packets = packets;
	if (bytes > peak->bytes)
		peak->bytes = bytes;
}

static void peaks_take(struct rate_sum peaks[PEAKS], const struct traffic *second)
{
	const uint64_t *packets = second->packets, *bytes = second->bytes;

	for (int way = 0; way < DIRECTIONS; way++)
		peak_take(&peaks[way], packets[way], bytes[way]);
	peak_take(&peaks[BOTH], packets[DIRECTION_RECEIVE] + packets[DIRECTION_TRANSMIT],
		  bytes[DIRECTION_RECEIVE] + bytes[DIRECTION_TRANSMIT]);
}

/* The second of now_ns begins: those that passed since the last one were silent. */
static void begin_second(struct interface_rate *rate, int64_t now_ns)
{
	uint64_t passed = (uint64_t)(now_ns - rate->ends_ns) / NS_PER_SECOND + 1;

	traffic_sum(&rate->before, &rate->seconds[rate->at]);
	peaks_take(rate->peaks, &rate->seconds[rate->at]);
	for (uint64_t i = 0; i < passed && i < SECONDS_KEPT; i++) {
		rate->at = (rate->at + 1) % SECONDS_KEPT;
		rate->seconds[rate->at] = (struct traffic){0};
		rate->broadcasts[rate->at] = (struct rate_sum){0};
		if (rate->n_whole < SECONDS_NOW)
			rate->n_whole++;
	}
	rate->ends_ns += (int64_t)passed * NS_PER_SECOND;
}

static void begin(struct interface_rate *rate, const struct tally *tally, uint32_t slot,
		  int64_t now_ns)
{
	rate->began_ns = tally->packet_clock ? now_ns : tally->interfaces[slot].opened.ns;
	rate->ends_ns = (now_ns / NS_PER_SECOND + 1) * NS_PER_SECOND;
}

/* Whose second is over. */
static void go_on(const struct per_interface *state, uint32_t slot, int64_t now_ns)
{
	struct interface_rate *rate = per_interface_at(state, slot);

	if (rate->ends_ns)
		begin_second(rate, now_ns);
	else
		begin(rate, state->tally, slot, now_ns);
}

static void rate_count(void *opaque, const struct packet *packets, const struct verdict *verdicts,
		       size_t n)
{
	const struct per_interface *state = opaque;

	for (size_t i = 0; i < n; i++) {
		struct interface_rate *rate = per_interface_at(state, packets[i].interface);

		if (verdicts[i].now_ns >= rate->ends_ns)
			go_on(state, packets[i].interface, verdicts[i].now_ns);
		traffic_add(&rate->seconds[rate->at], &packets[i]);
		if (packets[i].cast == CAST_BROADCAST) {
			rate->broadcasts[rate->at].packets++;
			rate->broadcasts[rate->at].bytes += packets[i].frame_bytes;
		}
	}
}

static void rate_tick(void *opaque, int64_t now_ns)
{
	const struct per_interface *state = opaque;

	PER_INTERFACE_EACH (state, slot) {
		const struct interface_rate *rate = per_interface_at(state, slot);

		if (now_ns >= rate->ends_ns)
			go_on(state, slot, now_ns);
	}
}

static size_t rate_max_rows(const void *state)
{
	return ((const struct per_interface *)state)->tally->max_interfaces;
}

static void copy_now(struct rate_row *row, const struct interface_rate *rate)
{
	struct rate_sum broadcast = {0};
	struct traffic sum = {0};

	if (rate->n_whole == 0)
		return;
	for (uint32_t i = 1; i < SECONDS_KEPT; i++) {
		uint32_t second = (rate->at + i) % SECONDS_KEPT;

		traffic_sum(&sum, &rate->seconds[second]);
		broadcast.packets += rate->broadcasts[second].packets;
		broadcast.bytes += rate->broadcasts[second].bytes;
	}
	row->broadcast = per_second(broadcast.packets, broadcast.bytes, rate->n_whole);
	for (int way = 0; way < DIRECTIONS; way++)
		row->now[way] = per_second(sum.packets[way], sum.bytes[way], rate->n_whole);
}

/* Over a second at least: of less, nobody knows what the rest would have been. */
static void copy_average(struct rate_row *row, const struct interface_rate *rate, int64_t now_ns)
{
	int64_t since_ns = now_ns - rate->began_ns;
	double seconds = since_ns > NS_PER_SECOND ? (double)since_ns / NS_PER_SECOND : 1;
	struct traffic sum = rate->before;

	traffic_sum(&sum, &rate->seconds[rate->at]);
	for (int way = 0; way < DIRECTIONS; way++)
		row->average[way] = per_second(sum.packets[way], sum.bytes[way], seconds);
}

/* The second that is being counted may be the busiest one already. */
static void copy_peaks(struct rate_row *row, const struct interface_rate *rate)
{
	struct rate_sum peaks[PEAKS];

	memcpy(peaks, rate->peaks, sizeof(peaks));
	peaks_take(peaks, &rate->seconds[rate->at]);
	for (int i = 0; i < PEAKS; i++)
		row->peak[i] = per_second(peaks[i].packets, peaks[i].bytes, 1);
}

static size_t rate_copy(const void *opaque, void *rows)
{
	const struct per_interface *state = opaque;
	struct rate_row *row = rows;

	PER_INTERFACE_EACH (state, slot) {
		const struct interface_rate *rate = per_interface_at(state, slot);

		row->interface = slot;
		if (rate->ends_ns) {
			copy_now(row, rate);
			copy_average(row, rate, state->tally->now_ns);
			copy_peaks(row, rate);
		}
		row++;
	}
	return (size_t)(row - (struct rate_row *)rows);
}

const struct family rate_family = {
	.name = "rate",
	.kind = FAMILY_FIXED,
	.help = "How fast each interface is.",
	.subtree = 2, /* iptallyIfTable */
	.keys = rate_keys,
	.n_keys = COUNT(rate_keys),
	.fields = rate_fields,
	.n_fields = COUNT(rate_fields),
	.row_size = sizeof(struct rate_row),
	.is_shared = true,
	.create = rate_create,
	.destroy = free,
	.count = rate_count,
	.tick = rate_tick,
	.forget_interface = per_interface_forget,
	.max_rows = rate_max_rows,
	.copy = rate_copy,
};
