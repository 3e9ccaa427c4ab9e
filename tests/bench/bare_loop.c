/*
 * The yardstick of the benchmark: libpcap with an empty callback, over a capture file or live.
 *
 *   bare_loop FILE
 *   bare_loop -i INTERFACE RING_KIB SNAP TIMEOUT_MS
 *
 * Live it has a ring of that size and that time-out of its blocks, says "listening" once it is open, and
 * runs until TERM. Prints `packets=N dropped=N cpu_us=N wakeups=N` in the end.
 */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <pcap/pcap.h>

static uint64_t packets;
static volatile sig_atomic_t stopping;

static void count(u_char *user, const struct pcap_pkthdr *header, const u_char *data)
{
	(void)user;
	(void)header;
	(void)data;
	packets++;
}

static void stop(int number)
{
	(void)number;
	stopping = 1;
}

static pcap_t *open_live(char **argv, char *message)
{
	pcap_t *pcap = pcap_create(argv[2], message);

	if (!pcap)
		return NULL;
	pcap_set_buffer_size(pcap, atoi(argv[3]) * 1024);
	pcap_set_snaplen(pcap, atoi(argv[4]));
	pcap_set_timeout(pcap, atoi(argv[5]));
	if (pcap_activate(pcap) != 0) {
		snprintf(message, PCAP_ERRBUF_SIZE, "%s", pcap_geterr(pcap));
		return NULL;
	}
	return pcap_setnonblock(pcap, 1, message) == 0 ? pcap : NULL;
}

static void run_live(pcap_t *pcap)
{
	struct pollfd fd = {.fd = pcap_get_selectable_fd(pcap), .events = POLLIN};

	signal(SIGTERM, stop);
	puts("listening");
	fflush(stdout);
	while (!stopping)
		if (pcap_dispatch(pcap, -1, count, NULL) == 0)
			poll(&fd, 1, 100);
	while (pcap_dispatch(pcap, -1, count, NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	bool is_live = argc == 6 && strcmp(argv[1], "-i") == 0;
	char message[PCAP_ERRBUF_SIZE] = "";
	struct pcap_stat counts = {0};
	struct rusage usage;
	pcap_t *pcap;

	if (argc != 2 && !is_live) {
		fputs("usage: bare_loop FILE | bare_loop -i INTERFACE RING_KIB SNAP TIMEOUT_MS\n",
		      stderr);
		return 2;
	}
	pcap = is_live ? open_live(argv, message) : pcap_open_offline(argv[1], message);
	if (!pcap) {
		fprintf(stderr, "bare_loop: %s: %s\n", argv[argc == 2 ? 1 : 2], message);
		return 1;
	}
	if (is_live)
		run_live(pcap);
	else
		pcap_loop(pcap, -1, count, NULL);
	pcap_stats(pcap, &counts);
	getrusage(RUSAGE_SELF, &usage);
	printf("packets=%" PRIu64 " dropped=%u cpu_us=%ld wakeups=%ld\n", packets, counts.ps_drop,
	       (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
		       usage.ru_stime.tv_usec,
	       usage.ru_nvcsw);
	pcap_close(pcap);
	return 0;
}
