/*
 * The path of a packet from its bytes to the counters, alone, for tests/bench/instructions: decodes
 * and counts the frames of a capture file, which are in memory by then, as a worker does.
 *
 *   count_path all|core FILE     prints the number of frames
 *   count_path compiler          prints what it was built by
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "base/hash.h"
#include "decode/decode.h"
#include "family/family_table.h"
#include "tally/tally.h"

#define ROWS_MOST    4096 /* of each table: a flood overruns it, other workloads fit */
#define AGED_A_BATCH 64

struct path {
	struct ledger ledger;
	struct tally tally;
	struct family_set families;
	const struct link_type *link;
	struct frame *frames;
	size_t n_frames;
	int64_t next_tick_ns;
};

/* In place of the library's: with the same seed in every run, keys collide alike in every run. */
uint64_t hash_seed(void)
{
	return 0x9e3779b97f4a7c15ULL;
}

static int create_tables(struct path *path, bool only_core, struct error *error)
{
	struct tally_options options = {
		.flows = {.capacity = ROWS_MOST, .export_max = 1000},
		.max_fragments = ROWS_MOST,
		.max_interfaces = 1,
		.packet_clock = true,
	};
	const struct family_options families = {
		.only_core = only_core,
		.max_ports = ROWS_MOST,
		.max_hosts = ROWS_MOST,
		.max_stations = ROWS_MOST,
		.max_conversations = ROWS_MOST,
		.max_knocks = ROWS_MOST,
		.export_ports = 20,
		.export_hosts = 20,
		.export_conversations = 10,
		.flood_rate = 100,
		.probe_ports = 15,
		.probe_hosts = 15,
		.probe_window_s = 300,
	};
	const struct family_context context = {
		.options = &families,
		.ledger = &path->ledger,
		.tally = &path->tally,
		.max_interfaces = 1,
	};
	uint16_t slot;

	/* Captures of a fraction of a second: no flow ends. */
	for (int state = 0; state < FLOW_STATES; state++)
		options.flows.timeout_ns[state] = 60 * NS_PER_SECOND;
	if (tally_create(&path->tally, &path->ledger, &options, error) < 0 ||
	    family_set_create(&path->families, &context, error) < 0)
		return -1;
	return tally_add_interface(&path->tally, &slot) ? 0 : -1;
}

static int read_frames(struct path *path, const char *name, char *message)
{
	pcap_t *pcap =
		pcap_open_offline_with_tstamp_precision(name, PCAP_TSTAMP_PRECISION_NANO, message);
	struct pcap_pkthdr *header;
	const u_char *bytes;

	if (!pcap)
		return -1;
	path->link = link_type_find(pcap_datalink(pcap));
	while (pcap_next_ex(pcap, &header, &bytes) == 1) {
		uint8_t *copy = malloc(header->caplen);
		struct frame *frames =
			reallocarray(path->frames, path->n_frames + 1, sizeof(*frames));

		if (!copy || !frames)
			abort();
		path->frames = frames;
		memcpy(copy, bytes, header->caplen);
		frames[path->n_frames++] = (struct frame){
			.data = copy,
			.captured = header->caplen,
			.length = header->len,
			.time = {header->ts.tv_sec * NS_PER_SECOND + header->ts.tv_usec},
			.direction = DIRECTION_RECEIVE,
		};
	}
	pcap_close(pcap);
	return 0;
}

static void count_batch(struct path *path, struct packet *packets, size_t n)
{
	const struct monotonic_time unused = {0};
	struct verdict verdicts[TALLY_BATCH];

	tally_classify(&path->tally, packets, verdicts, n, unused);
	family_set_count(&path->families, packets, verdicts, n);
	tally_age(&path->tally, unused, AGED_A_BATCH);
	if (path->tally.now_ns < path->next_tick_ns)
		return;
	path->next_tick_ns = path->tally.now_ns + NS_PER_SECOND;
	tally_tick(&path->tally);
	family_set_tick(&path->families, path->tally.now_ns);
}

/* What is measured: it is named to the tool that counts instructions. */
void count_frames(struct path *path);
__attribute__((noinline)) void count_frames(struct path *path)
{
	struct packet packets[TALLY_BATCH];
	size_t n = 0;

	for (size_t i = 0; i < path->n_frames; i++) {
		decode_frame(path->link, &path->frames[i], &packets[n]);
		packets[n++].interface = 0;
		if (n == TALLY_BATCH || i + 1 == path->n_frames) {
			count_batch(path, packets, n);
			n = 0;
		}
	}
}

static void print_compiler(void)
{
#if defined(__SANITIZE_ADDRESS__) || !defined(__OPTIMIZE__)
	const char *how = "unoptimised or instrumented";
#else
	const char *how = "optimised";
#endif
#ifdef __x86_64__
	const char *machine = "x86-64";
#else
	const char *machine = "another machine";
#endif
#ifdef __clang__
	const char *name = "";
#else
	const char *name = "gcc ";
#endif

	printf("%s%s, %s, %s\n", name, __VERSION__, machine, how);
}

int main(int argc, char **argv)
{
	char message[PCAP_ERRBUF_SIZE];
	struct path path = {.frames = NULL};
	struct error error = {.text = ""};

	if (argc == 2 && strcmp(argv[1], "compiler") == 0) {
		print_compiler();
		return 0;
	}
	if (argc != 3) {
		fputs("usage: count_path all|core FILE | count_path compiler\n", stderr);
		return 2;
	}
	if (read_frames(&path, argv[2], message) < 0) {
		fprintf(stderr, "count_path: %s\n", message);
		return 1;
	}
	if (create_tables(&path, strcmp(argv[1], "core") == 0, &error) < 0) {
		fprintf(stderr, "count_path: %s\n", error.text);
		return 1;
	}
	count_frames(&path);
	printf("%zu\n", path.n_frames);
	family_set_destroy(&path.families);
	ledger_release(&path.ledger);
	for (size_t i = 0; i < path.n_frames; i++)
		free((void *)path.frames[i].data);
	free(path.frames);
	return 0;
}
