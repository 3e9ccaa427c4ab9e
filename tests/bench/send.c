/*
 * Sends the frames of a capture file (tests/bench/workload) over and over, for the benchmark.
 *
 *   send INTERFACE FILE PACKETS RATE
 *
 * RATE is packets a second, 0 as fast as it goes. Past the queueing discipline and in batches, so
 * that one processor sends a million packets a second on a veth pair. Prints `sent=N elapsed_us=N`.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include <linux/if_packet.h>

#define BATCH       64
#define FILE_HEAD   24
#define RECORD_HEAD 16

struct capture {
	const uint8_t *bytes;
	size_t size, at;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int map_file(struct capture *capture, const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || fstat(fd, &status) < 0)
		return -1;
	capture->size = (size_t)status.st_size;
	capture->at = FILE_HEAD;
	capture->bytes = mmap(NULL, capture->size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	close(fd);
	return capture->bytes == MAP_FAILED ? -1 : 0;
}

/* https://www.tcpdump.org/manpages/pcap-savefile.5.html, in the byte order of this machine */
static void next_frame(struct capture *capture, struct iovec *frame)
{
	const uint32_t *record;

	if (capture->at + RECORD_HEAD >= capture->size)
		capture->at = FILE_HEAD;
	record = (const uint32_t *)(capture->bytes + capture->at);
	frame->iov_base = (void *)(uintptr_t)(capture->bytes + capture->at + RECORD_HEAD);
	frame->iov_len = record[2];
	capture->at += RECORD_HEAD + record[2];
}

static int open_interface(const char *name)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET};
	int fd = socket(AF_PACKET, SOCK_RAW, 0), bypass = 1;

	address.sll_ifindex = (int)if_nametoindex(name);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof(bypass)) < 0)
		return -1;
	return fd;
}

/* Until it is time for the packet of this number. */
static void keep_pace(int64_t begun_ns, uint64_t sent, uint64_t rate)
{
	const int64_t due_ns = begun_ns + (int64_t)(sent * 1000000000ULL / rate);

	while (now_ns() < due_ns)
		;
}

/* At a low rate no burst is longer than a millisecond's. */
static unsigned int batch_of(uint64_t rate)
{
	if (rate == 0 || rate / 1000 >= BATCH)
		return BATCH;
	return rate < 1000 ? 1 : (unsigned int)(rate / 1000);
}

static int send_all(int fd, struct capture *capture, uint64_t packets, uint64_t rate)
{
	struct mmsghdr messages[BATCH] = {0};
	struct iovec frames[BATCH];
	const unsigned int batch = batch_of(rate);
	int64_t begun_ns = now_ns();
	uint64_t sent = 0;

	while (sent < packets) {
		unsigned int n = packets - sent < batch ? (unsigned int)(packets - sent) : batch;
		int done;

		for (unsigned int i = 0; i < n; i++) {
			next_frame(capture, &frames[i]);
			messages[i].msg_hdr.msg_iov = &frames[i];
			messages[i].msg_hdr.msg_iovlen = 1;
		}
		for (unsigned int i = 0; i < n; i += (unsigned int)done) {
			done = sendmmsg(fd, messages + i, n - i, 0);
			if (done < 0)
				return -1;
		}
		sent += n;
		if (rate)
			keep_pace(begun_ns, sent, rate);
	}
	printf("sent=%" PRIu64 " elapsed_us=%" PRId64 "\n", sent, (now_ns() - begun_ns) / 1000);
	return 0;
}

int main(int argc, char **argv)
{
	struct capture capture;
	int fd;

	if (argc != 5) {
		fputs("usage: send INTERFACE FILE PACKETS RATE\n", stderr);
		return 2;
	}
	if (map_file(&capture, argv[2]) < 0) {
		perror(argv[2]);
		return 1;
	}
	fd = open_interface(argv[1]);
	if (fd < 0 ||
	    send_all(fd, &capture, strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10)) < 0) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
