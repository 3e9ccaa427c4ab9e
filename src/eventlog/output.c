/* Writing without waiting, and without a trace of what did not fit. */
#include "eventlog/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/privileges.h"

/* A FIFO that nobody reads is refused instead of waited for. */
#define OPEN_FLAGS (O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
#define OPEN_MODE  0640

/* Where a program was killed or a machine lost its power, the last line must not swallow our first. */
static void end_the_last_line(const struct output *output, const char *path, off_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char last = '\n';

	if (fd < 0)
		return;
	if (pread(fd, &last, 1, size - 1) == 1 && last != '\n' && write(output->fd, "\n", 1) < 0)
		log_debug("eventlog", "%s: %s", path, strerror(errno));
	close(fd);
}

static int take(struct output *output, const char *path, int fd)
{
	struct stat status;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		status = (struct stat){0};
	*output = (struct output){fd, S_ISREG(status.st_mode)};
	if (path && output->is_regular && status.st_size > 0)
		end_the_last_line(output, path, status.st_size);
	return 0;
}

int output_open(struct output *output, const char *path)
{
	return take(output, path, open(path, OPEN_FLAGS, OPEN_MODE));
}

int output_open_as(struct output *output, const char *path, const char *user)
{
	return take(output, path, privileges_open(user, path, OPEN_FLAGS, OPEN_MODE));
}

int output_open_stdout(struct output *output)
{
	return take(output, NULL, fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
}

void output_close(struct output *output)
{
	close(output->fd);
}

uint64_t output_size(const struct output *output)
{
	struct stat status;

	return fstat(output->fd, &status) == 0 ? (uint64_t)status.st_size : 0;
}

bool output_is(const struct output *output, const char *path)
{
	struct stat open, named;

	return fstat(output->fd, &open) == 0 && stat(path, &named) == 0 &&
	       open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

size_t output_whole_lines(const char *text, size_t length)
{
	const char *newline = memrchr(text, '\n', length);

	return newline ? (size_t)(newline - text) + 1 : 0;
}

static void cut_off(const struct output *output, size_t length)
{
	struct stat status;

	if (fstat(output->fd, &status) < 0 ||
	    ftruncate(output->fd, status.st_size - (off_t)length) < 0)
		log_debug("eventlog", "a part of a line is left behind: %s", strerror(errno));
}

static ssize_t write_file(const struct output *output, const char *lines, size_t length)
{
	size_t written = 0, whole;
	ssize_t n = 0;
	int code;

	/* A full disk takes a part before it says so. */
	while (written < length && (n = write(output->fd, lines + written, length - written)) > 0)
		written += (size_t)n;
	code = n < 0 ? errno : ENOSPC;
	whole = written == length ? length : output_whole_lines(lines, written);
	if (whole < written)
		cut_off(output, written - whole);
	return whole > 0 ? (ssize_t)whole : -code;
}

/* What a pipe says it has room for does not block, up to PIPE_BUF. */
static ssize_t write_stream(const struct output *output, const char *lines, size_t length)
{
	struct pollfd room = {.fd = output->fd, .events = POLLOUT};
	ssize_t n;

	if (poll(&room, 1, 0) <= 0)
		return 0;
	n = write(output->fd, lines, length < PIPE_BUF ? length : PIPE_BUF);
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

ssize_t output_write(const struct output *output, const char *lines, size_t length)
{
	return output->is_regular ? write_file(output, lines, length)
				  : write_stream(output, lines, length);
}
