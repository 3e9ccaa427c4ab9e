/*
 * What readers of events hear of the knock list: not each try, but the 1st, 2nd, 3rd, 4th, 6th, 8th,
 * 12th and so on of a row, so that who insists is seen and a log stays short. A line waits until what
 * came of the try is known.
 */
#ifndef IPTALLY_FAMILY_KNOCK_LINES_H
#define IPTALLY_FAMILY_KNOCK_LINES_H

#include "family/alert.h"
#include "family/knock_row.h"

#define KNOCK_LINES_MAX 1024

struct knock_lines {
	struct alerts alerts;
	struct knock_line {
		uint32_t row;
		int64_t first_ns; /* tells the row from later ones in its place */
		int64_t due_ns;
	} waiting[KNOCK_LINES_MAX];
	uint32_t first, n;
};

/* Has a row told later, if it was tried often enough. What does not fit is told with the next try. */
void knock_lines_add(struct knock_lines *lines, const struct watch_list *list,
		     struct knock_entry *knock);

/* Tells what is due at this time: all of it, if nothing will come that could be waited for. */
void knock_lines_tell(struct knock_lines *lines, const struct watch_list *list, int64_t now_ns,
		      bool is_end);

#endif
