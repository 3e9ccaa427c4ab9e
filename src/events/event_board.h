/*
 * What the reader of events leaves for those who ask: the latest events, each with a number, and how
 * the event log fares. Flows can't push out what is rare: interfaces, knocks, probes, floods have
 * their own half. Bounded; behind a mutex.
 */
#ifndef IPTALLY_EVENTS_EVENT_BOARD_H
#define IPTALLY_EVENTS_EVENT_BOARD_H

#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"
#include "events/event.h"

/* Events kept of flows, and as many of everything else. */
#define EVENT_BOARD_HALF 250
#define EVENT_BOARD_MAX  (2 * EVENT_BOARD_HALF)

struct event_board;

struct numbered_event {
	uint32_t number; /* 1, 2, ... */
	struct event event;
};

/* Lines of the event log. */
struct event_lines {
	uint64_t written;
	uint64_t lost; /* could not be written */
};

/* The memory is the ledger's. NULL and *error where it can't be had. */
struct event_board *event_board_create(struct ledger *ledger, struct error *error);

/* Any thread, here and below. Returns the event's number. */
uint32_t event_board_add(struct event_board *board, const struct event *event);

/* Shows each of the latest events, at most EVENT_BOARD_MAX, in any order. */
void event_board_visit(struct event_board *board,
		       void (*visit)(void *context, const struct numbered_event *event),
		       void *context);

void event_board_set_lines(struct event_board *board, struct event_lines lines);
struct event_lines event_board_lines(struct event_board *board);

#endif
