/*
 * The tables of one capture worker, and the first half of the packet's order of work: fragment
 * and flow record, then the verdict. Everything here runs under the worker's lock.
 */
#ifndef IPTALLY_TALLY_TALLY_H
#define IPTALLY_TALLY_TALLY_H

#include <stdint.h>

#include "base/clock.h"
#include "decode/packet.h"
#include "events/event_ring.h"
#include "tally/flow_table.h"
#include "tally/fragment.h"
#include "tally/interface.h"
#include "tally/service_port.h"
#include "tally/verdict.h"

/* How many packets are worked on together, so that the memory of one is fetched while another is
 * counted. */
#define TALLY_BATCH 64

struct tally_options {
	struct flow_limits flows;
	uint32_t max_fragments;
	uint32_t max_interfaces;
	bool packet_clock; /* age by packet time (a capture file), not by the monotonic clock */
	struct event_ring *events;
	const uint16_t *service_ports; /* added to those below 1024 */
	size_t n_service_ports;
	uint32_t worker, n_workers; /* of several: 0 and up; 0 of 0 is alone */
	const struct tally *first;  /* of several workers' the first, whose interfaces are all
					      workers'; NULL: this is it */
};

struct tally {
	struct tally_interface *interfaces;
	uint32_t n_interfaces; /* slots that were ever used */
	uint32_t max_interfaces;
	struct service_ports service_ports;
	struct flow_table flows;
	struct fragment_table fragments;
	bool packet_clock;
	int64_t now_ns; /* the ageing clock: of the current packet, where it is packet time */
};

/* The memory belongs to the ledger. Returns 0, or a negative errno with *error filled. */
int tally_create(struct tally *tally, struct ledger *ledger, const struct tally_options *options,
		 struct error *error);

/* Of several workers: interfaces and clocks of the first one's tally, without tables. */
void tally_create_view(struct tally *view, const struct tally *first);

/* A slot for an interface, zeroed but for `opened`; NULL when all are in use. Of several workers: in
 * the first one's tally; the others and the view follow. */
struct tally_interface *tally_add_interface(struct tally *tally, uint16_t *slot);

/*
 * Gives each of at most TALLY_BATCH packets its flow and its verdict. A later fragment gets the
 * ports of its first in its packet. Now: read once for all of them, here and below.
 */
void tally_classify(struct tally *tally, struct packet *packets, struct verdict *verdicts, size_t n,
		    struct monotonic_time now);

/* Ages some rows. Call it after each batch, and now and then without traffic. */
void tally_age(struct tally *tally, struct monotonic_time now, uint32_t budget);

/* Once a second of the ageing clock, before the families' own ticks. */
void tally_tick(struct tally *tally);

/* Ends what the tables hold of an interface slot, which is free for another interface then. */
void tally_forget_interface(struct tally *tally, uint16_t slot);

/*
 * Live, once a second: wall clock less monotonic clock, from which times to show are made. A jump is
 * an event.
 */
void tally_follow_wall_clock(struct tally *tally, int64_t offset_ns);

/* At the end: tells of up to n flows from *from on that they are open. Whether there are more. */
bool tally_tell_open(struct tally *tally, uint32_t *from, uint32_t n);

/* At the end of a capture file: the itemised flows become exactly the largest. */
void tally_finish(struct tally *tally);

/* The monotonic time, of this batch. */
static inline struct monotonic_time tally_monotonic(const struct tally *tally)
{
	return tally->packet_clock ? tally->flows.moment : (struct monotonic_time){tally->now_ns};
}

#endif
