/*
 * A capture that a test writes while a worker reads it: a pipe, a pcap header (little-endian,
 * Ethernet), and UDP or ARP frames written by hand.
 */
#ifndef IPTALLY_TEST_PIPE_H
#define IPTALLY_TEST_PIPE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "support.h"
#include "worker/workers.h"

struct pipe_capture {
	int fds[2];
	char path[32]; /* of the reading end */
	uint32_t seconds;
};

/* Little-endian fields of the file, as most machines write them. */
static inline void pipe_put_u32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static inline void pipe_write(const struct pipe_capture *capture, const void *data, size_t n)
{
	const uint8_t *bytes = data;

	while (n > 0) {
		ssize_t written = write(capture->fds[1], bytes, n);

		if (written <= 0)
			return; /* the reader is gone, which its test will see */
		bytes += written;
		n -= (size_t)written;
	}
}

/* With its header written, so that opening it does not wait. */
static inline void pipe_open(struct pipe_capture *capture)
{
	uint8_t header[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [16] = 0xff, 0xff, 0, 0, 1};

	assert_int_equal(pipe(capture->fds), 0);
	snprintf(capture->path, sizeof(capture->path), "/dev/fd/%d", capture->fds[0]);
	capture->seconds = 1700000000;
	pipe_write(capture, header, sizeof(header));
}

/* Nothing more comes. */
static inline void pipe_end(struct pipe_capture *capture)
{
	if (capture->fds[1] >= 0)
		close(capture->fds[1]);
	capture->fds[1] = -1;
}

static inline void pipe_close(struct pipe_capture *capture)
{
	pipe_end(capture);
	close(capture->fds[0]);
}

#define PIPE_RECORD_BYTES (16 + 60)

/* A record of 60 bytes of a frame that was longer: 10.0.0.1 -> 10.0.0.2, or ARP where both are 0. */
static inline void pipe_record(struct pipe_capture *capture, uint8_t record[PIPE_RECORD_BYTES],
			       uint16_t from, uint16_t to, uint32_t frame_bytes)
{
	uint8_t *frame = record + 16, *ip = frame + 14, *udp = ip + 20;
	bool arp = from == 0 && to == 0;
	static const uint8_t addresses[] = {10, 0, 0, 1, 10, 0, 0, 2};

	memset(record, 0, PIPE_RECORD_BYTES);
	pipe_put_u32(record, capture->seconds);
	pipe_put_u32(record + 8, 60);
	pipe_put_u32(record + 12, frame_bytes);
	frame[12] = 8;
	frame[13] = arp ? 6 : 0;
	if (arp)
		return;
	ip[0] = 0x45;
	ip[2] = (uint8_t)((frame_bytes - 14) >> 8);
	ip[3] = (uint8_t)(frame_bytes - 14);
	ip[8] = 64;
	ip[9] = 17;
	memcpy(ip + 12, addresses, sizeof(addresses));
	udp[0] = (uint8_t)(from >> 8);
	udp[1] = (uint8_t)from;
	udp[2] = (uint8_t)(to >> 8);
	udp[3] = (uint8_t)to;
	udp[4] = (uint8_t)((frame_bytes - 34) >> 8);
	udp[5] = (uint8_t)(frame_bytes - 34);
}

static inline void pipe_udp(struct pipe_capture *capture, uint16_t from, uint16_t to,
			    uint32_t frame_bytes)
{
	uint8_t record[PIPE_RECORD_BYTES];

	pipe_record(capture, record, from, to, frame_bytes);
	pipe_write(capture, record, sizeof(record));
}

static const struct family_options family_options_small = {
	.max_ports = 8,
	.max_hosts = 8,
	.max_stations = 8,
	.max_conversations = 8,
	.max_knocks = 8,
	.export_ports = 4,
};

/* A worker of small tables that reads the pipe; not started. */
static inline struct workers *pipe_workers(const struct pipe_capture *capture,
					   struct ledger *ledger)
{
	struct workers_options options = {
		.tally = bench_options(16),
		.families = family_options_small,
		.started = monotonic_now(),
	};
	struct error error = {""};
	struct workers *workers;

	options.tally.packet_clock = true;
	workers = workers_create(&options, ledger, &error);
	assert_non_null(workers);
	if (workers_add_file(workers, capture->path, "", &error) < 0)
		fail_msg("%s", error.text);
	return workers;
}

#endif
