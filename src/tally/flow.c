/* A flow's record as a person reads it. */
#include "tally/flow.h"

#include <string.h>

const char *const flow_state_names[FLOW_STATES + 1] = {
	[FLOW_ONE_WAY] = "one_way",     [FLOW_TWO_WAY] = "two_way",
	[FLOW_HALF_OPEN] = "half_open", [FLOW_ESTABLISHED] = "established",
	[FLOW_MIDSTREAM] = "midstream", [FLOW_CLOSING] = "closing",
	[FLOW_CLOSED] = "closed",       [FLOW_RESET] = "reset",
};

struct flag_letter {
	uint8_t flag;
	char letter;
};

static void format_letters(char *text, uint8_t flags, const struct flag_letter *letters, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*text++ = flags & letters[i].flag ? letters[i].letter : '-';
	*text = '\0';
}

void flow_flags_format(char text[8], uint8_t flags, uint8_t marks)
{
	static const struct flag_letter letters[] = {
		{TCP_SYN, 'S'}, {TCP_PSH, 'P'}, {TCP_ACK, 'A'}, {TCP_URG, 'U'}};

	if (marks & SIDE_RST)
		strcpy(text, "RESET");
	else if (marks & SIDE_FIN_ACKED)
		strcpy(text, "CLOSED");
	else if (marks & SIDE_FIN)
		strcpy(text, "DONE");
	else
		format_letters(text, flags, letters, 4);
}

void flow_all_flags_format(char text[8], uint8_t flags)
{
	static const struct flag_letter letters[] = {{TCP_FIN, 'F'}, {TCP_SYN, 'S'},
						     {TCP_RST, 'R'}, {TCP_PSH, 'P'},
						     {TCP_ACK, 'A'}, {TCP_URG, 'U'}};

	format_letters(text, flags, letters, 6);
}

uint64_t flow_window(const struct flow *flow, int side)
{
	const struct flow_side *sender = &flow->sides[side], *peer = &flow->sides[!side];
	bool scaled = sender->marks & peer->marks & SIDE_SYN &&
		      sender->window_scale != TCP_NO_SCALE && peer->window_scale != TCP_NO_SCALE &&
		      !(sender->flags & TCP_SYN); /* a SYN's own window never is */

	return (uint64_t)sender->window << (scaled ? sender->window_scale : 0);
}
