/*
 * Bytes as a capture file, through the reader, decoding, the tally and the families, as a worker
 * takes them, but in one thread. As many frames must be counted as a plain loop over libpcap reads,
 * and sums must close.
 *
 * An input is the file. What its size is to four says how it is read: odd sizes through a pipe,
 * and those that leave two or three with a filter.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "capture/source.h"
#include "conservation.h"
#include "decode/decode.h"

#define FILTER "ip or vlan"

/* What a pipe takes without a reader; there is none before all is written. */
#define PIPE_BYTES 65536

/* Frames taken at once: not a divisor of a batch, nor a multiple. */
#define FRAMES_A_TURN 7

struct run {
	struct ledger ledger;
	struct tally tally;
	struct family_set families;
	const struct link_type *link;
	struct packet packets[TALLY_BATCH];
	struct verdict verdicts[TALLY_BATCH];
	size_t n;
	uint64_t frames;
};

/* The bytes as a file: a descriptor, which is the caller's to close. */
static int make_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);

	EXPECT(fd >= 0);
	EXPECT(write(fd, data, size) == (ssize_t)size);
	return fd;
}

/* The same as a pipe that has ended. */
static int make_pipe(const uint8_t *data, size_t size)
{
	int fds[2];

	EXPECT(pipe2(fds, O_CLOEXEC) == 0);
	EXPECT(write(fds[1], data, size) == (ssize_t)size);
	close(fds[1]);
	return fds[0];
}

/* How many frames libpcap finds; -1 where it finds that this is no capture. */
static int64_t frames_by_libpcap(const uint8_t *data, size_t size)
{
	FILE *stream = fmemopen((void *)data, size, "r");
	char message[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *bytes;
	pcap_t *pcap;
	int64_t n = 0;

	EXPECT(stream);
	pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO,
							message);
	if (!pcap) {
		fclose(stream);
		return -1;
	}
	while (pcap_next_ex(pcap, &header, &bytes) == 1)
		n++;
	pcap_close(pcap);
	return n;
}

static void open_run(struct run *run)
{
	const struct tally_options options = {
		.flows = {.capacity = 5, .export_max = 2},
		.max_fragments = 2,
		.max_interfaces = 1,
		.packet_clock = true,
	};
	const struct family_options small = {
		.max_ports = 3,
		.max_hosts = 3,
		.max_stations = 3,
		.max_conversations = 3,
		.max_knocks = 3,
		.export_ports = 1,
		.export_hosts = 1,
		.export_stations = 1,
		.export_conversations = 1,
		.export_largest = true,
		.flood_rate = 2,
		.probe_ports = 2,
		.probe_hosts = 2,
		.probe_window_s = 10,
	};
	const struct family_context context = {
		.options = &small,
		.ledger = &run->ledger,
		.tally = &run->tally,
		.max_interfaces = 1,
	};
	struct error error;
	uint16_t slot;

	EXPECT(tally_create(&run->tally, &run->ledger, &options, &error) == 0);
	EXPECT(family_set_create(&run->families, &context, &error) == 0);
	EXPECT(tally_add_interface(&run->tally, &slot));
}

static void close_run(struct run *run)
{
	family_set_destroy(&run->families);
	ledger_release(&run->ledger);
}

static void count(void *context)
{
	const struct monotonic_time unused = {0};
	struct run *run = context;

	if (run->n == 0)
		return;
	tally_classify(&run->tally, run->packets, run->verdicts, run->n, unused);
	family_set_count(&run->families, run->packets, run->verdicts, run->n);
	tally_age(&run->tally, unused, TALLY_BATCH);
	run->n = 0;
}

static void take_frame(void *context, const struct frame *frame)
{
	struct run *run = context;

	EXPECT(frame->captured <= frame->length);
	EXPECT(frame->direction < DIRECTIONS);
	decode_frame(run->link, frame, &run->packets[run->n]);
	run->packets[run->n++].interface = 0;
	run->frames++;
	if (run->n == TALLY_BATCH)
		count(run);
}

/* What a person is told: one line. */
static void check_error(const struct error *error)
{
	EXPECT(error->text[0] != '\0');
	EXPECT(memchr(error->text, '\0', sizeof(error->text)));
	EXPECT(!strchr(error->text, '\n'));
}

static void read_all(struct run *run, struct source *source)
{
	enum source_state state = SOURCE_OK;
	struct error error = {.text = ""};

	run->link = link_type_find(source_link_type(source));
	EXPECT(source_start(source, &error) == 0);
	while (state == SOURCE_OK) {
		uint64_t before = run->frames;
		size_t handled;

		state = source_read(source, FRAMES_A_TURN, take_frame, run, &handled, &error);
		EXPECT(handled <= FRAMES_A_TURN);
		EXPECT(run->frames - before == handled);
	}
	if (state == SOURCE_FAILED)
		check_error(&error);
	count(run);
	tally_finish(&run->tally);
	family_set_finish(&run->families, run->tally.now_ns);
}

static void run_file(const char *path, const char *filter, int64_t wanted)
{
	struct run run = {.n = 0};
	struct conserved sums[1];
	struct error error = {.text = ""};
	struct source *source = source_open_file(path, filter, count, &run, &error);

	if (!source) {
		check_error(&error);
		EXPECT(*filter || wanted < 0);
		return;
	}
	EXPECT(wanted >= 0);
	open_run(&run);
	read_all(&run, source);
	source_close(source);
	conservation_check(&run.families, &run.tally, sums);
	expect_equal("frames", 0, sums[0].traffic.packets[0] + sums[0].traffic.packets[1],
		     run.frames);
	EXPECT(run.frames <= (uint64_t)wanted);
	EXPECT(*filter || run.frames == (uint64_t)wanted);
	close_run(&run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	int fd;

	if (size == 0)
		return 0;
	fd = size & 1 && size < PIPE_BYTES ? make_pipe(data, size) : make_file(data, size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	run_file(path, size & 2 ? FILTER : "", frames_by_libpcap(data, size));
	close(fd);
	return 0;
}
