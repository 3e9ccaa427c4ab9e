/* Rows to be told of, in the order of their tries. */
#include "family/knock_lines.h"

/* An answer that is not there by then is none for now. */
#define SETTLED_NS (2 * NS_PER_SECOND)
/* In a flood there are more strangers than anyone wants to read of. */
#define LINES_A_TICK 100

/* The next of 1, 2, 3, 4, 6, 8, 12, ... */
static uint64_t line_after(uint64_t tries)
{
	uint64_t power = 1;

	while (power * 2 <= tries)
		power *= 2;
	if (tries < power)
		return power;
	return power > 1 && tries < power + power / 2 ? power + power / 2 : power * 2;
}

void knock_lines_add(struct knock_lines *lines, const struct watch_list *list,
		     struct knock_entry *knock)
{
	/* Strangers leave half of the room to those who insist. */
	uint32_t room = knock->tries > 1 ? KNOCK_LINES_MAX : KNOCK_LINES_MAX / 2;

	if (!lines->alerts.events || knock->line_waits || knock->tries < knock->next_line ||
	    lines->n >= room)
		return;
	lines->waiting[(lines->first + lines->n++) % KNOCK_LINES_MAX] = (struct knock_line){
		.row = table_row_number(&list->table, knock),
		.first_ns = knock->first_ns,
		.due_ns = knock->last_ns + SETTLED_NS,
	};
	knock->line_waits = true;
}

static void tell(const struct knock_lines *lines, const struct knock_entry *knock, int64_t now_ns)
{
	struct event event = alert_event(&lines->alerts, knock->key.interface, EVENT_KNOCK, now_ns);

	event.protocol = knock->key.protocol;
	event.ports[0] = knock->last_from_port;
	event.ports[1] = knock->key.port;
	alert_set_address(&lines->alerts, &event, 0, &knock->key.source);
	alert_set_address(&lines->alerts, &event, 1, &knock->last_target);
	event.count = knock->tries;
	event.outcome = knock->outcome;
	event.duration_ns = knock->last_ns - knock->first_ns;
	alert_tell(&lines->alerts, &event);
}

void knock_lines_tell(struct knock_lines *lines, const struct watch_list *list, int64_t now_ns,
		      bool is_end)
{
	for (uint32_t told = 0; lines->n > 0 && (is_end || told < LINES_A_TICK);) {
		const struct knock_line *line = &lines->waiting[lines->first];
		struct knock_entry *knock = watch_list_row(list, line->row);

		if (!is_end && line->due_ns > now_ns)
			return;
		lines->first = (lines->first + 1) % KNOCK_LINES_MAX;
		lines->n--;
		if (!table_row_in_use(&list->table, line->row) ||
		    knock->first_ns != line->first_ns || !knock->line_waits)
			continue;
		tell(lines, knock, now_ns);
		knock->line_waits = false;
		knock->next_line = line_after(knock->tries);
		told++;
	}
}
