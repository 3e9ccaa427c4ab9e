/*
 * A capture file, or a stream of one on standard input, as a source of frames.
 *
 * What may block, libpcap reads through a stream of ours, so that a read that would is announced first
 * and can be ended from outside. A regular file never does: the C library's own stream costs less.
 */
#include "capture/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/direction.h"
#include "capture/source_kind.h"

#define STREAM_BYTES (256 * 1024)

struct file {
	struct source source;
	const char *label; /* for messages */
	int fd;
	char *buffer;       /* of the stream: without one, the C library ignores its size */
	int wake_fd;        /* readable once the end has been called from outside */
	atomic_bool called; /* the same, for what does not block */
	bool may_block;
	bool reading;   /* opened: about_to_wait may be called */
	bool ended;     /* no more frames, whatever libpcap would make of the rest */
	uint64_t bytes; /* that it has; of what may block, that were read */
	uint64_t packets;
	void (*about_to_wait)(void *);
	void *context;
	struct bpf_program filter;
	bool filtered;
};

/* Where the frames of one source_read() go. */
struct reading {
	struct file *file;
	frame_sink *sink;
	void *context;
	size_t handled;
};

/* Returns false where the end was called. */
static bool file_wait(struct file *file)
{
	struct pollfd fds[] = {{.fd = file->fd, .events = POLLIN},
			       {.fd = file->wake_fd, .events = POLLIN}};

	if (poll(fds, 2, 0) == 0) {
		if (file->reading && file->about_to_wait)
			file->about_to_wait(file->context);
		while (poll(fds, 2, -1) < 0 && errno == EINTR)
			;
	}
	return !fds[1].revents;
}

static ssize_t file_fill(void *cookie, char *buffer, size_t size)
{
	struct file *file = cookie;
	ssize_t got;

	do {
		if (!file_wait(file))
			return 0;
		got = read(file->fd, buffer, size);
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	if (got > 0)
		file->bytes += (uint64_t)got;
	return got;
}

static void file_hand_over(u_char *user, const struct pcap_pkthdr *header, const u_char *data)
{
	struct reading *reading = (struct reading *)user;
	struct file *file = reading->file;
	struct frame frame = {
		.data = data,
		.captured = header->caplen < header->len ? header->caplen : header->len,
		.length = header->len,
		.time = packet_time_of(&header->ts),
	};

	file->packets++;
	/* Not pcap_setfilter(): it would go on to the file's end where nothing matches. */
	if (file->filtered && !pcap_offline_filter(&file->filter, header, data))
		return;
	frame.direction = direction_in_header(file->source.link_type, data, frame.captured);
	reading->sink(reading->context, &frame);
	reading->handled++;
}

static enum source_state file_read(struct source *source, size_t budget, frame_sink *sink,
				   void *context, size_t *handled, struct error *error)
{
	struct file *file = (struct file *)source;
	struct reading reading = {file, sink, context, 0};
	int count = budget < INT_MAX ? (int)budget : INT_MAX;
	uint64_t before = file->packets;
	int result;

	*handled = 0;
	if (file->ended || atomic_load_explicit(&file->called, memory_order_relaxed))
		return SOURCE_END;
	result = pcap_dispatch(source->pcap, count, file_hand_over, (u_char *)&reading);
	*handled = reading.handled;
	if (result >= 0 && file->packets - before == (uint64_t)count)
		return SOURCE_OK;

	file->ended = true;
	if (result >= 0 || atomic_load_explicit(&file->called, memory_order_relaxed))
		return SOURCE_END;
	error_set(error, EIO, "%s: damaged after %" PRIu64 " packets: %s", file->label,
		  file->packets, pcap_geterr(source->pcap));
	return SOURCE_FAILED;
}

static void file_stop(struct source *source)
{
	((struct file *)source)->ended = true;
}

/* Of signal handlers too: a store and a write(). */
static void file_wake(struct source *source)
{
	struct file *file = (struct file *)source;
	const uint64_t one = 1;
	ssize_t written;

	atomic_store_explicit(&file->called, true, memory_order_relaxed);
	written = write(file->wake_fd, &one, sizeof(one));
	(void)written; /* fails only where it is readable already */
}

static void file_close(struct source *source)
{
	struct file *file = (struct file *)source;

	if (file->filtered)
		pcap_freecode(&file->filter);
	if (source->pcap)
		pcap_close(source->pcap); /* and the stream */
	free(file->buffer);
	if (file->wake_fd >= 0)
		close(file->wake_fd);
	if (file->fd > STDIN_FILENO)
		close(file->fd);
	free(file);
}

static const struct source_kind file_kind = {
	.read = file_read,
	.stop = file_stop,
	.wake = file_wake,
	.close = file_close,
};

static int file_open_descriptor(struct file *file, const char *path, struct error *error)
{
	struct stat status;

	file->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0)
		return error_set(error, errno, "%s: cannot be opened: %s", file->label,
				 strerror(errno));
	if (fstat(file->fd, &status) < 0)
		return error_set(error, errno, "%s: %s", file->label, strerror(errno));
	if (S_ISDIR(status.st_mode))
		return error_set(error, EISDIR, "%s: a directory, not a capture file", file->label);
	file->may_block = !S_ISREG(status.st_mode);
	file->bytes = file->may_block ? 0 : (uint64_t)status.st_size;
	file->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (file->wake_fd < 0)
		return error_set(error, errno, "%s: eventfd: %s", file->label, strerror(errno));
	return 0;
}

static FILE *file_open_stream(struct file *file)
{
	FILE *stream;
	int fd;

	if (file->may_block)
		return fopencookie(file, "r", (cookie_io_functions_t){.read = file_fill});
	fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
	stream = fd < 0 ? NULL : fdopen(fd, "r");
	if (!stream && fd >= 0)
		close(fd);
	return stream;
}

static int file_open_capture(struct file *file, struct error *error)
{
	FILE *stream = file_open_stream(file);
	char message[PCAP_ERRBUF_SIZE];

	file->buffer = malloc(STREAM_BYTES);
	if (!stream || !file->buffer || setvbuf(stream, file->buffer, _IOFBF, STREAM_BYTES) != 0) {
		if (stream)
			fclose(stream);
		return error_set(error, ENOMEM, "%s: no memory to read it", file->label);
	}
	/* One thread reads it, and two locks a packet would be taken. */
	__fsetlocking(stream, FSETLOCKING_BYCALLER);
	file->source.pcap = pcap_fopen_offline_with_tstamp_precision(
		stream, PCAP_TSTAMP_PRECISION_NANO, message);
	if (file->source.pcap)
		return 0;
	fclose(stream);
	if (file->bytes == 0)
		return error_set(error, EINVAL, "%s: empty, not a capture file", file->label);
	return error_set(error, EINVAL, "%s: not a capture file in pcap or pcapng format: %s",
			 file->label, message);
}

static int file_compile(struct file *file, const char *filter, struct error *error)
{
	pcap_t *pcap = file->source.pcap;

	if (!*filter)
		return 0;
	if (pcap_compile(pcap, &file->filter, filter, 1, PCAP_NETMASK_UNKNOWN) < 0)
		return error_set(error, EINVAL, "filter '%s': %s", filter, pcap_geterr(pcap));
	file->filtered = true;
	return 0;
}

struct source *source_open_file(const char *path, const char *filter, void (*about_to_wait)(void *),
				void *context, struct error *error)
{
	struct file *file = calloc(1, sizeof(*file));

	if (!file) {
		error_set(error, ENOMEM, "%s: no memory to read it", path);
		return NULL;
	}
	*file = (struct file){
		.source = {.kind = &file_kind, .name = "file", .poll_fd = -1},
		.label = strcmp(path, "-") == 0 ? "standard input" : path,
		.fd = -1,
		.wake_fd = -1,
		.about_to_wait = about_to_wait,
		.context = context,
	};
	if (file_open_descriptor(file, path, error) < 0 || file_open_capture(file, error) < 0 ||
	    file_compile(file, filter, error) < 0) {
		file_close(&file->source);
		return NULL;
	}
	file->source.link_type = pcap_datalink(file->source.pcap);
	file->reading = true;
	return &file->source;
}
