/* What is kept of one source's attempts at one port: how many, when, and what came of them. */
#ifndef IPTALLY_FAMILY_KNOCK_ROW_H
#define IPTALLY_FAMILY_KNOCK_ROW_H

#include <stdint.h>

#include "base/table.h"
#include "family/family.h"

/* Windows that slide by one of their parts: a quarter of an hour by minutes, a day by hours. */
#define KNOCK_MINUTES 15
#define KNOCK_HOURS   24
#define KNOCK_LIFE_NS (KNOCK_HOURS * 3600 * NS_PER_SECOND)

/* In the order of iptallyKnockOutcome, less one. */
enum knock_outcome { KNOCK_NO_ANSWER, KNOCK_REFUSED, KNOCK_ANSWERED };

struct knock_key {
	uint16_t interface;
	uint16_t port;
	uint8_t protocol; /* PROTOCOL_TCP, PROTOCOL_UDP */
	struct family_address source;
	uint8_t zero[2];
};

struct knock_entry {
	struct table_head head;
	struct knock_key key;
	struct monotonic_time created;
	int64_t first_ns, last_ns; /* on the ageing clock, and in minutes and hours below */
	uint64_t tries, answered, refused;
	uint64_t minute, hour; /* the current ones */
	uint32_t minutes[KNOCK_MINUTES];
	uint32_t hours[KNOCK_HOURS];
	uint8_t outcome; /* enum knock_outcome, of the last try */
};

/* Begins a row, which is zeroed, at this time. */
void knock_begin(struct knock_entry *knock, int64_t now_ns);

/* One more try at this time. */
void knock_try(struct knock_entry *knock, int64_t now_ns);

/* Tries within the last quarter of an hour, and the last day; exact to a minute, and to an hour. */
uint64_t knock_tries_quarter_hour(const struct knock_entry *knock, int64_t now_ns);
uint64_t knock_tries_day(const struct knock_entry *knock, int64_t now_ns);

#endif
