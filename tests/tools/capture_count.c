/*
 * Counts what the capture layer hands over, for tests/system/test_capture.py.
 *
 *   capture_count [-l] [-p] [-s SNAP] [-B BYTES] [-f FILTER] [-n BUDGET] INTERFACE...
 *   capture_count [-l] [-f FILTER] -r FILE
 *
 * Says "started" when the doors are open, runs until standard input ends or says something, stops
 * the sources, and prints one line for each when it has all it had. -l prints each frame.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "capture/source.h"

#define SOURCES_MOST 64
#define ETHER_HEADER 14 /* which the kernel's counters of the loopback device leave out */
#define LISTED_BYTES 96

struct count {
	struct source *source;
	enum source_state state;
	struct error error;
	bool list;
	uint64_t packets[DIRECTIONS];
	uint64_t bytes[DIRECTIONS];
	uint64_t captured[DIRECTIONS];
	uint64_t backwards; /* frames with a time stamp before their predecessor's */
	int64_t last_ns;
	uint64_t waits;
	uint64_t reads;
};

static void list_frame(const struct count *count, const struct frame *frame)
{
	uint32_t shown = frame->captured < LISTED_BYTES ? frame->captured : LISTED_BYTES;

	printf("frame %s %d %u %u %" PRId64 " ", source_name(count->source), (int)frame->direction,
	       frame->length, frame->captured, frame->time.ns);
	for (uint32_t i = 0; i < shown; i++)
		printf("%02x", frame->data[i]);
	printf("\n");
}

static void count_frame(void *context, const struct frame *frame)
{
	struct count *count = context;
	uint32_t length = frame->length;

	if (source_is_loopback(count->source))
		length -= ETHER_HEADER;
	count->packets[frame->direction]++;
	count->bytes[frame->direction] += length;
	count->captured[frame->direction] += frame->captured;
	if (frame->time.ns < count->last_ns)
		count->backwards++;
	count->last_ns = frame->time.ns;
	if (count->list)
		list_frame(count, frame);
}

static void about_to_wait(void *context)
{
	struct count *count = context;

	count->waits++;
	printf("waiting %" PRIu64 "\n",
	       count->packets[DIRECTION_RECEIVE] + count->packets[DIRECTION_TRANSMIT]);
	fflush(stdout);
}

static void print_count(struct count *count)
{
	struct source_statistics statistics;
	struct rusage usage;

	source_statistics(count->source, &statistics);
	getrusage(RUSAGE_SELF, &usage);
	printf("count name=%s link=%d rx_packets=%" PRIu64 " rx_bytes=%" PRIu64
	       " tx_packets=%" PRIu64 " tx_bytes=%" PRIu64 " rx_captured=%" PRIu64
	       " tx_captured=%" PRIu64 " dropped=%" PRIu64 " backwards=%" PRIu64 " reads=%" PRIu64
	       " cpu_us=%ld state=%d error=%s\n",
	       source_name(count->source), source_link_type(count->source),
	       count->packets[DIRECTION_RECEIVE], count->bytes[DIRECTION_RECEIVE],
	       count->packets[DIRECTION_TRANSMIT], count->bytes[DIRECTION_TRANSMIT],
	       count->captured[DIRECTION_RECEIVE], count->captured[DIRECTION_TRANSMIT],
	       statistics.dropped, count->backwards, count->reads,
	       (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
		       usage.ru_stime.tv_usec,
	       (int)count->state, count->error.text);
	fflush(stdout);
}

/* Reads each source that has not ended until it has nothing more now. Returns how many run on. */
static size_t read_all(struct count *counts, size_t n, size_t budget)
{
	size_t running = 0;

	for (size_t i = 0; i < n; i++) {
		struct count *count = &counts[i];
		size_t handled = 1;

		while (count->state == SOURCE_OK && handled > 0) {
			count->reads++;
			count->state = source_read(count->source, budget, count_frame, count,
						   &handled, &count->error);
		}
		running += count->state == SOURCE_OK;
	}
	return running;
}

static void run_live(struct count *counts, size_t n, size_t budget)
{
	struct pollfd fds[SOURCES_MOST + 1] = {{.fd = STDIN_FILENO, .events = POLLIN}};
	bool stopping = false;

	for (size_t i = 0; i < n; i++)
		fds[i + 1] =
			(struct pollfd){.fd = source_poll_fd(counts[i].source), .events = POLLIN};
	while (read_all(counts, n, budget) > 0) {
		poll(fds, n + 1, stopping ? 50 : 1000);
		if (fds[0].revents && !stopping) {
			stopping = true;
			fds[0].fd = -1;
			for (size_t i = 0; i < n; i++)
				source_stop(counts[i].source);
		}
	}
}

static void run_file(struct count *count, size_t budget)
{
	size_t handled;

	while (count->state == SOURCE_OK)
		count->state = source_read(count->source, budget, count_frame, count, &handled,
					   &count->error);
}

int main(int argc, char **argv)
{
	static struct count counts[SOURCES_MOST];
	struct live_options options = {
		.snap_length = 256, .ring_bytes = (size_t)8 << 20, .filter = ""};
	const char *file = NULL;
	struct error error;
	size_t n = 0, budget = 256;
	bool list = false;
	int option, status = 0;

	while ((option = getopt(argc, argv, "lps:B:f:n:r:")) != -1)
		switch (option) {
		case 'l':
			list = true;
			break;
		case 'p':
			options.promiscuous = true;
			break;
		case 's':
			options.snap_length = (uint32_t)atoi(optarg);
			break;
		case 'B':
			options.ring_bytes = (size_t)atol(optarg);
			break;
		case 'f':
			options.filter = optarg;
			break;
		case 'n':
			budget = (size_t)atol(optarg);
			break;
		case 'r':
			file = optarg;
			break;
		default:
			return 2;
		}
	while (optind < argc && n < SOURCES_MOST) {
		options.interface = argv[optind++];
		counts[n].source = source_open_live(&options, &error);
		if (!counts[n++].source)
			goto refused;
	}
	if (file) {
		counts[n].source =
			source_open_file(file, options.filter, about_to_wait, &counts[n], &error);
		if (!counts[n++].source)
			goto refused;
	}
	for (size_t i = 0; i < n; i++) {
		counts[i].list = list;
		if (source_start(counts[i].source, &error) < 0)
			goto refused;
	}
	printf("started\n");
	fflush(stdout);
	if (file)
		run_file(&counts[0], budget);
	else
		run_live(counts, n, budget);
	for (size_t i = 0; i < n; i++) {
		print_count(&counts[i]);
		if (counts[i].state == SOURCE_FAILED)
			status = 1;
	}
	goto out;
refused:
	fprintf(stderr, "%s\n", error.text);
	status = 2;
out:
	for (size_t i = 0; i < n; i++)
		source_close(counts[i].source);
	return status;
}
