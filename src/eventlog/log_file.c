/* Lines that wait for their file, and what to do when it is full, too large or not there. */
#include "eventlog/log_file.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "eventlog/output.h"

#define TOPIC "eventlog"
/* Bytes of lines that wait, at most. */
#define WAITING_MAX (1024 * 1024)
#define RETRY_NS    NS_PER_SECOND

struct log_file {
	struct log_file_options options;
	struct output output;
	bool is_stdout;
	bool is_mid_line;      /* a stream has the beginning of a line whose rest waits first */
	struct buffer waiting; /* lines */
	struct event_lines lines;
	bool fails; /* writing, which has been said */
	bool must_reopen;
	bool moving_fails;           /* opening again, or moving away, which has been said */
	struct monotonic_time retry; /* when to try again what fails */
};

static const char *name_of(const struct log_file *file)
{
	return file->is_stdout ? "standard output" : file->options.path;
}

static int refuse(const char *name, int code, struct error *error)
{
	const char *mend = "name a file in a folder that can be written to";

	if (code == ENXIO)
		mend = "start the program that reads this FIFO first";
	else if (code == ENOENT)
		mend = "create its folder first";
	else if (code == EISDIR)
		mend = "name a file in this folder";
	else if (code == ELOOP)
		mend = "name the file itself: --user may not follow this symbolic link";
	return error_set(error, code, "--event-log: cannot write to %s: %s; %s", name,
			 strerror(code), mend);
}

struct log_file *log_file_open(const struct log_file_options *options, struct error *error)
{
	struct log_file *file = calloc(1, sizeof(*file));
	int rc;

	if (!file) {
		error_set(error, ENOMEM, "event log: no memory");
		return NULL;
	}
	file->options = *options;
	file->is_stdout = strcmp(options->path, "-") == 0;
	rc = file->is_stdout ? output_open_stdout(&file->output)
			     : output_open_as(&file->output, options->path, options->user);
	if (rc < 0) {
		refuse(name_of(file), -rc, error);
		free(file);
		return NULL;
	}
	return file;
}

static uint64_t count_lines(const struct buffer *text, size_t length)
{
	uint64_t n = 0;

	for (size_t i = 0; i < length; i++)
		n += text->data[i] == '\n';
	return n;
}

struct event_lines log_file_close(struct log_file *file)
{
	struct event_lines lines;

	file->retry.ns = 0;
	log_file_write(file, monotonic_now());
	lines = file->lines;
	lines.lost += count_lines(&file->waiting, file->waiting.length);
	output_close(&file->output);
	buffer_free(&file->waiting);
	free(file);
	return lines;
}

void log_file_add(struct log_file *file, const struct buffer *lines)
{
	size_t before = file->waiting.length;

	if (before + lines->length <= WAITING_MAX)
		buffer_append(&file->waiting, lines->data, lines->length);
	if (file->waiting.length == before)
		file->lines.lost += count_lines(lines, lines->length);
	file->waiting.failed = false; /* no memory: another line may have some */
}

static void forget(struct log_file *file, size_t length)
{
	file->waiting.length -= length;
	if (file->waiting.length > 0)
		memmove(file->waiting.data, file->waiting.data + length, file->waiting.length);
	else if (file->waiting.capacity > WAITING_MAX / 4)
		buffer_free(&file->waiting);
}

/* A stream that is not the one that got the line's beginning. */
static void forget_rest_of_line(struct log_file *file)
{
	const char *newline = memchr(file->waiting.data, '\n', file->waiting.length);

	forget(file, (size_t)(newline - file->waiting.data) + 1);
	file->is_mid_line = false;
	file->lines.lost++;
}

static void say_moving_fails(struct log_file *file, const char *what, int code)
{
	if (!file->moving_fails)
		log_warn(TOPIC,
			 "event log: cannot %s %s: %s; it goes on in the old file until it can",
			 what, name_of(file), strerror(code));
	file->moving_fails = true;
}

static void try_to_reopen(struct log_file *file, struct monotonic_time now)
{
	struct output output;
	int rc;

	file->must_reopen = false;
	if (output_is(&file->output, file->options.path)) /* nobody has moved it */
		return;
	rc = output_open(&output, file->options.path);
	if (rc < 0) {
		file->must_reopen = true;
		file->retry.ns = now.ns + RETRY_NS;
		say_moving_fails(file, "open", -rc);
		return;
	}
	output_close(&file->output);
	file->output = output;
	if (file->is_mid_line)
		forget_rest_of_line(file);
	if (file->moving_fails)
		log_info(TOPIC, "event log: %s is opened again", name_of(file));
	file->moving_fails = false;
}

void log_file_reopen(struct log_file *file, struct monotonic_time now)
{
	if (file->is_stdout)
		return;
	log_file_write(file, now); /* what came before belongs to the old file */
	try_to_reopen(file, now);
}

/* Makes PATH PATH.1; of a symbolic link, what it leads to. Returns 0 or a negative errno. */
static int move_away(const struct log_file *file)
{
	char path[PATH_MAX], old[PATH_MAX + 2];

	if (!realpath(file->options.path, path))
		return errno == ENOENT ? 0 : -errno;
	if (!output_is(&file->output, path)) /* somebody else was faster */
		return 0;
	snprintf(old, sizeof(old), "%s.1", path);
	return rename(path, old) < 0 ? -errno : 0;
}

/* Returns whether there is a new file. */
static bool rotate(struct log_file *file, struct monotonic_time now)
{
	int rc = move_away(file);

	if (rc < 0) {
		say_moving_fails(file, "move away", -rc);
		return false;
	}
	try_to_reopen(file, now);
	return !file->must_reopen;
}

/* Bytes that are to be written next: lines for which there is room below the bound. */
static size_t next_bytes(struct log_file *file, struct monotonic_time now)
{
	const size_t all = file->waiting.length;
	const uint64_t max = file->options.max_bytes, size = output_size(&file->output);
	size_t fit = 0;

	if (max == 0 || !file->output.is_regular || size + all <= max)
		return all;
	if (size < max)
		fit = output_whole_lines(file->waiting.data, max - size);
	if (fit == 0 && size > 0 && rotate(file, now))
		fit = output_whole_lines(file->waiting.data, all < max ? all : max);
	return fit > 0 ? fit : all;
}

static void say_failure(struct log_file *file, int code, struct monotonic_time now)
{
	file->retry.ns = now.ns + RETRY_NS;
	if (!file->fails)
		log_warn(TOPIC,
			 "event log: cannot write to %s: %s; lines wait until it can, those for "
			 "which there is no room are lost and counted",
			 name_of(file), strerror(code));
	file->fails = true;
}

static void say_success(struct log_file *file)
{
	if (file->fails)
		log_info(TOPIC,
			 "event log: %s can be written to again; %" PRIu64
			 " lines were lost so far",
			 name_of(file), file->lines.lost);
	file->fails = false;
}

void log_file_write(struct log_file *file, struct monotonic_time now)
{
	if (file->must_reopen && now.ns >= file->retry.ns)
		try_to_reopen(file, now);
	if (file->fails && now.ns < file->retry.ns)
		return;
	while (file->waiting.length > 0) {
		size_t length = next_bytes(file, now);
		ssize_t n = output_write(&file->output, file->waiting.data, length);

		if (n < 0) {
			say_failure(file, (int)-n, now);
			return;
		}
		if (n == 0)
			return;
		file->lines.written += count_lines(&file->waiting, (size_t)n);
		file->is_mid_line = file->waiting.data[n - 1] != '\n';
		forget(file, (size_t)n);
	}
	say_success(file);
}

int log_file_wait_fd(const struct log_file *file)
{
	return file->waiting.length > 0 && !file->fails && !file->output.is_regular
		       ? file->output.fd
		       : -1;
}

bool log_file_fails(const struct log_file *file)
{
	return file->fails;
}

bool log_file_is_behind(const struct log_file *file)
{
	return file->waiting.length > WAITING_MAX / 2;
}

struct event_lines log_file_lines(const struct log_file *file)
{
	return file->lines;
}
