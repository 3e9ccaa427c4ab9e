/* Two rings that forget their oldest. */
#include "events/event_board.h"

#include <pthread.h>

struct half {
	uint64_t added;
	struct numbered_event events[EVENT_BOARD_HALF];
};

struct event_board {
	pthread_mutex_t mutex;
	uint32_t number;
	struct event_lines lines;
	struct half halves[2]; /* of everything else; of flows */
};

struct event_board *event_board_create(struct ledger *ledger, struct error *error)
{
	struct event_board *board = ledger_map(ledger, "latest events", sizeof(*board), error);

	if (board)
		pthread_mutex_init(&board->mutex, NULL);
	return board;
}

uint32_t event_board_add(struct event_board *board, const struct event *event)
{
	struct half *half = &board->halves[event_is_of_flow(event)];
	uint32_t number;

	pthread_mutex_lock(&board->mutex);
	number = ++board->number;
	half->events[half->added++ % EVENT_BOARD_HALF] = (struct numbered_event){number, *event};
	pthread_mutex_unlock(&board->mutex);
	return number;
}

void event_board_visit(struct event_board *board,
		       void (*visit)(void *context, const struct numbered_event *event),
		       void *context)
{
	pthread_mutex_lock(&board->mutex);
	for (int i = 0; i < 2; i++)
		for (uint64_t j = 0; j < board->halves[i].added && j < EVENT_BOARD_HALF; j++)
			visit(context, &board->halves[i].events[j]);
	pthread_mutex_unlock(&board->mutex);
}

void event_board_set_lines(struct event_board *board, struct event_lines lines)
{
	pthread_mutex_lock(&board->mutex);
	board->lines = lines;
	pthread_mutex_unlock(&board->mutex);
}

struct event_lines event_board_lines(struct event_board *board)
{
	struct event_lines lines;

	pthread_mutex_lock(&board->mutex);
	lines = board->lines;
	pthread_mutex_unlock(&board->mutex);
	return lines;
}
