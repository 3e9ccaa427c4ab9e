/*
 * Where lines go: a regular file, or a stream (a FIFO, a terminal, standard output). Neither is ever
 * left with a part of a line at its end: a file has it cut off again, a stream gets the rest.
 */
#ifndef IPTALLY_EVENTLOG_OUTPUT_H
#define IPTALLY_EVENTLOG_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct output {
	int fd;
	bool is_regular;
};

/* Appends to a path, or creates it with mode 0640. Returns 0 or a negative errno. */
int output_open(struct output *output, const char *path);

/* The same before privileges are dropped: as this user where that one may (base/privileges.h). */
int output_open_as(struct output *output, const char *path, const char *user);

int output_open_stdout(struct output *output);
void output_close(struct output *output);

uint64_t output_size(const struct output *output);

/* Whether a path leads to what is open. */
bool output_is(const struct output *output, const char *path);

/*
 * Writes what can be written now of lines, of which none is empty. Returns the number of bytes that
 * were taken, of a regular file whole lines alone; 0: a stream's reader has to make room first; or a
 * negative errno.
 */
ssize_t output_write(const struct output *output, const char *lines, size_t length);

/* Bytes of the whole lines at the beginning of a text. */
size_t output_whole_lines(const char *text, size_t length);

#endif
