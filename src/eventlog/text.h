/* Events as a person reads them: one line each, without its end. */
#ifndef IPTALLY_EVENTLOG_TEXT_H
#define IPTALLY_EVENTLOG_TEXT_H

#include "base/buffer.h"
#include "events/event.h"

struct names;

/* What happened, and where: all of the line but its time. Names: NULL: there are none. */
void text_append_event(struct buffer *out, struct names *names, const struct event *event);

/* " (laptop.lan https)": the names of an address and of a port, of what they are known by now. */
void text_append_names(struct buffer *out, const char *address, const char *service);

/* RFC 3339, in local time with its offset: what a clock on the wall here shows. */
void text_append_time(struct buffer *out, struct wall_time time);

/* "23.105 ms", "9.177 s", "3 min 2 s", "2 h 3 min", "4 d 2 h" */
void text_append_duration(struct buffer *out, int64_t ns);

/* "12 packets 1480 bytes" */
void text_append_traffic(struct buffer *out, uint64_t packets, uint64_t bytes);

/* ", 14.6 kbit/s"; nothing where the time is too short to tell. */
void text_append_rate(struct buffer *out, uint64_t bytes, int64_t ns);

#endif
