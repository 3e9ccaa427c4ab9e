/*
 * The event log's file: takes lines, and has them written. What can't be written waits, within
 * bounds, and is tried again once a second; that a disk is full, or that the file can't be opened
 * again, is said once, and so is its end. For one thread.
 */
#ifndef IPTALLY_EVENTLOG_LOG_FILE_H
#define IPTALLY_EVENTLOG_LOG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "events/event_board.h"

struct log_file;

struct log_file_options {
	const char *path;   /* "-": standard output. Must last */
	uint64_t max_bytes; /* of a regular file, which then becomes PATH.1; 0: no bound */
	const char *user;   /* started as root: whom the agent will become; NULL: the default */
};

/* Before privileges are dropped. NULL with *error filled. */
struct log_file *log_file_open(const struct log_file_options *options, struct error *error);

/* Tries once more to write what waits; the rest is lost. Returns the final count. */
struct event_lines log_file_close(struct log_file *file);

/* Takes whole lines over. Where too much waits already they are lost, and counted. */
void log_file_add(struct log_file *file, const struct buffer *lines);

/* Writes what waits, as far as that is possible now without waiting for a reader. */
void log_file_write(struct log_file *file, struct monotonic_time now);

/* Opens the path again, and until that works goes on with the old file. */
void log_file_reopen(struct log_file *file, struct monotonic_time now);

/* The descriptor of a stream whose reader has to make room for what waits; -1: there is none. */
int log_file_wait_fd(const struct log_file *file);

/* Whether the last attempt to write failed. A reader that is slow is no failure. */
bool log_file_fails(const struct log_file *file);

/* Whether so much waits that lines will soon be lost. */
bool log_file_is_behind(const struct log_file *file);

struct event_lines log_file_lines(const struct log_file *file);

#endif
