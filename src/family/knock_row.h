/* What is kept of one source's attempts at one port: how many, when, and what came of them. */
#ifndef IPTALLY_FAMILY_KNOCK_ROW_H
#define IPTALLY_FAMILY_KNOCK_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "events/event.h"
#include "family/attempt.h"
#include "family/watch_list.h"

/*
 * Windows that slide by one of their parts: a quarter of an hour by minutes, a day by hours. Each
 * has one part more than it takes, since the current one is never whole: no try within the time is
 * left out, and none is counted that is older by a part.
 */
#define KNOCK_MINUTES (15 + 1)
#define KNOCK_HOURS   (24 + 1)
#define KNOCK_LIFE_NS (24 * 3600 * NS_PER_SECOND)

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
	struct watch_links links;
	struct monotonic_time created;
	int64_t first_ns, last_ns; /* on the ageing clock, and in minutes and hours below */
	uint64_t tries, answered, refused, established;
	uint64_t next_line;      /* at this many tries the event log gets its next line */
	bool line_waits;         /* it is on its way */
	uint8_t outcome;         /* enum knock_outcome, of the last try */
	uint16_t last_from_port; /* that the last try came from */
	struct family_address last_target;
	uint64_t minute, hour; /* the current ones */
	uint32_t minutes[KNOCK_MINUTES];
	uint32_t hours[KNOCK_HOURS];
};

/* One more try at this time. A new entry is zero but for its head, key and links. */
void knock_try(struct knock_entry *knock, int64_t now_ns);

/* Tries within the last quarter of an hour, and the last day; exact to a minute, and to an hour. */
uint64_t knock_tries_quarter_hour(const struct knock_entry *knock, int64_t now_ns);
uint64_t knock_tries_day(const struct knock_entry *knock, int64_t now_ns);

#endif
