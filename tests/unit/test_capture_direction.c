/* The program that carries the direction in the captured length, and the sum that reads it back. */
#include "capture/direction.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/filter.h>
#include <pcap/pcap.h>

#define S   96u
#define TAG 4u

/* A made-up snap length, so that an accepting return is told from every other number. */
#define COMPILED_SNAP 0x1234

static struct bpf_program compile(const char *filter)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, COMPILED_SNAP);
	struct bpf_program program;

	assert_non_null(pcap);
	assert_int_equal(pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN), 0);
	pcap_close(pcap);
	return program;
}

static struct sock_fprog rewrite(const struct bpf_program *filter, enum direction_link link)
{
	struct sock_fprog program;
	struct error error;

	assert_int_equal(
		direction_program(&program, filter->bf_insns, filter->bf_len, S, link, &error), 0);
	return program;
}

static const char *const filters[] = {
	"",
	"ip",
	"tcp port 80 or udp port 53",
	"not (host 10.0.0.1 or host 10.0.0.2) and greater 100",
	"vlan 5 and tcp[13] & 2 != 0",
	"ether host 00:11:22:33:44:55 or (ip6 and portrange 1000-2000)",
};

/* A table worked out by hand for S = 96: (true length, what each direction gives up). */
static void lengths_around_the_snap_length_tell_the_direction(void **state)
{
	static const struct {
		uint32_t length;
		uint32_t received; /* min(length - 1, 88) */
		uint32_t sent;     /* min(length, 96) */
	} rows[] = {
		{60, 59, 60},   {64, 63, 64},    {86, 85, 86},  {87, 86, 87},  {88, 87, 88},
		{89, 88, 89},   {90, 88, 90},    {91, 88, 91},  {92, 88, 92},  {93, 88, 93},
		{94, 88, 94},   {95, 88, 95},    {96, 88, 96},  {97, 88, 96},  {98, 88, 96},
		{99, 88, 96},   {100, 88, 96},   {101, 88, 96}, {104, 88, 96}, {105, 88, 96},
		{1514, 88, 96}, {65549, 88, 96}, {2, 1, 2},     {14, 13, 14},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t length = rows[i].length;

		assert_int_equal(direction_of(rows[i].received, length, S), DIRECTION_RECEIVE);
		assert_int_equal(direction_of(rows[i].sent, length, S), DIRECTION_TRANSMIT);
		/* The tag that libpcap puts back adds to both lengths. */
		assert_int_equal(direction_of(rows[i].received + TAG, length + TAG, S),
				 DIRECTION_RECEIVE);
		assert_int_equal(direction_of(rows[i].sent + TAG, length + TAG, S),
				 DIRECTION_TRANSMIT);
	}
}

static void no_return_of_the_filter_accepts_any_more(void **state)
{
	(void)state;
	for (size_t f = 0; f < sizeof(filters) / sizeof(filters[0]); f++) {
		struct bpf_program filter = compile(filters[f]);
		struct sock_fprog program = rewrite(&filter, DIRECTION_ETHERNET);
		size_t accepting = 0;

		for (size_t i = 0; i < filter.bf_len; i++) {
			const struct sock_filter *now = &program.filter[i];

			if (filter.bf_insns[i].code == (BPF_RET | BPF_K) &&
			    filter.bf_insns[i].k == COMPILED_SNAP) {
				accepting++;
				assert_int_equal(now->code, BPF_JMP | BPF_JA);
				/* The next instruction plus k is the first one behind the filter. */
				assert_int_equal(i + 1 + now->k, filter.bf_len);
			} else {
				assert_int_equal(now->code, filter.bf_insns[i].code);
				assert_int_equal(now->jt, filter.bf_insns[i].jt);
				assert_int_equal(now->jf, filter.bf_insns[i].jf);
				assert_int_equal(now->k, filter.bf_insns[i].k);
			}
			assert_int_not_equal(now->k, COMPILED_SNAP);
		}
		assert_true(accepting > 0);
		free(program.filter);
		pcap_freecode(&filter);
	}
}

static void rejecting_returns_stay(void **state)
{
	struct bpf_program filter = compile("ip");
	struct sock_fprog program = rewrite(&filter, DIRECTION_ETHERNET);
	size_t rejecting = 0;

	(void)state;
	for (size_t i = 0; i < filter.bf_len; i++)
		rejecting +=
			program.filter[i].code == (BPF_RET | BPF_K) && program.filter[i].k == 0;
	assert_int_equal(rejecting, 1);
	free(program.filter);
	pcap_freecode(&filter);
}

/* Runs a program in the kernel: how much of a datagram over a socketpair it lets through. */
static ssize_t captured_by_kernel(const struct sock_fprog *program, const void *data, size_t length)
{
	char received[512];
	ssize_t got;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair), 0);
	assert_int_equal(
		setsockopt(pair[0], SOL_SOCKET, SO_ATTACH_FILTER, program, sizeof(*program)), 0);
	(void)!send(pair[1], data, length, 0);
	got = recv(pair[0], received, sizeof(received), MSG_TRUNC);
	close(pair[0]);
	close(pair[1]);
	return got;
}

static void the_kernel_takes_every_program(void **state)
{
	uint8_t nothing[60] = {0};

	(void)state;
	for (size_t f = 0; f < sizeof(filters) / sizeof(filters[0]); f++)
		for (int link = DIRECTION_LOOPBACK; link <= DIRECTION_OTHER_LINK; link++) {
			struct bpf_program filter = compile(filters[f]);
			struct sock_fprog program = rewrite(&filter, link);

			captured_by_kernel(&program, nothing, sizeof(nothing));
			free(program.filter);
			pcap_freecode(&filter);
		}
}

/* A datagram on a socketpair is of packet type PACKET_HOST, 0: received. */
static void the_kernel_cuts_what_is_received_one_byte_short(void **state)
{
	static const struct {
		size_t length;
		ssize_t captured;
	} rows[] = {{1, 1},   {2, 1},   {60, 59}, {87, 86}, {88, 87},  {89, 88},
		    {90, 88}, {95, 88}, {96, 88}, {97, 88}, {104, 88}, {300, 88}};
	struct bpf_program filter = compile("");
	struct sock_fprog program = rewrite(&filter, DIRECTION_ETHERNET);
	uint8_t data[300] = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(captured_by_kernel(&program, data, rows[i].length),
				 rows[i].captured);
	free(program.filter);
	pcap_freecode(&filter);
}

/* A SYN of Linux: MSS, SACK, time stamps, NOP, window scale. Without the link header. */
static size_t syn(uint8_t *packet, int version, uint8_t shift)
{
	static const uint8_t tcp[40] = {0x9c, 0x40, 0x00, 0x50, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00,
					0x00, 0x00, 0xa0, 0x02, 0xfa, 0xf0, 0x00, 0x00, 0x00, 0x00,
					0x02, 0x04, 0x05, 0xb4, 0x04, 0x02, 0x08, 0x0a, 0x00, 0x00,
					0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x03, 0x03, 0x07};
	size_t header = version == 4 ? 20 : 40;

	memset(packet, 0, header);
	packet[0] = version == 4 ? 0x45 : 0x60;
	packet[version == 4 ? 9 : 6] = 6;
	memcpy(packet + header, tcp, sizeof(tcp));
	packet[header + sizeof(tcp) - 1] = shift;
	return header + sizeof(tcp);
}

static ssize_t captured_on(enum direction_link link, const uint8_t *packet, size_t length)
{
	struct bpf_program filter = compile("");
	struct sock_fprog program = rewrite(&filter, link);
	size_t header = link == DIRECTION_ETHERNET ? 14 : 0;
	uint8_t frame[200] = {[12] = 0x08};
	ssize_t captured;

	if (packet[0] >> 4 == 6) {
		frame[12] = 0x86;
		frame[13] = 0xdd;
	}
	memcpy(frame + header, packet, length);
	captured = captured_by_kernel(&program, frame, header + length);
	free(program.filter);
	pcap_freecode(&filter);
	return captured < 0 ? captured : captured - (ssize_t)header;
}

static void a_received_syn_that_ends_with_its_window_scale_tells_it(void **state)
{
	uint8_t packet[100];

	(void)state;
	for (uint8_t shift = 0; shift <= 14; shift++) {
		assert_int_equal(syn(packet, 4, shift), 60);
		assert_int_equal(captured_on(DIRECTION_ETHERNET, packet, 60), 60 - 2 - shift);
		assert_int_equal(captured_on(DIRECTION_RAW_IP, packet, 60), 60 - 2 - shift);
		assert_int_equal(captured_on(DIRECTION_OTHER_LINK, packet, 60), 59);
		assert_int_equal(direction_syn_scale(74U - 2 - shift, 74, S), 1 + shift);
		/* With the tag that libpcap puts back. */
		assert_int_equal(direction_syn_scale(78U - 2 - shift, 78, S), 1 + shift);
		assert_int_equal(direction_of(74U - 2 - shift, 74, S), DIRECTION_RECEIVE);
		assert_int_equal(syn(packet, 6, shift), 80);
		assert_int_equal(captured_on(DIRECTION_RAW_IP, packet, 80), 80 - 2 - shift);
	}
	/* 94 bytes of frame are too near to S = 96: they are cut there. */
	assert_int_equal(captured_on(DIRECTION_ETHERNET, packet, 80), 74);
}

static void nothing_but_such_a_syn_loses_more_than_a_byte(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} changes[] = {
		{33, 0x10},           /* no SYN */
		{32, 0x70},           /* few options */
		{9, 17},              /* UDP */
		{7, 1},               /* a later fragment */
		{0, 0x46},            /* IPv4 options */
		{57, 1},              /* no window scale at the end */
		{58, 4},    {59, 15}, /* no such shift */
	};
	uint8_t packet[100];

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		syn(packet, 4, 7);
		packet[changes[i].at] = changes[i].value;
		assert_int_equal(captured_on(DIRECTION_ETHERNET, packet, 60), 59);
		assert_int_equal(captured_on(DIRECTION_RAW_IP, packet, 60), 59);
	}
	/* Cut anywhere: what is not there is never read. */
	for (size_t length = 2; length < 60; length++) {
		syn(packet, 4, 7);
		packet[length - 1] = 7;
		if (length >= 3)
			packet[length - 2] = packet[length - 3] = 3;
		packet[0] = 0x45;
		assert_true(captured_on(DIRECTION_RAW_IP, packet, length) >= 1);
	}
}

static void other_lengths_tell_no_window_scale(void **state)
{
	(void)state;
	assert_int_equal(direction_syn_scale(73, 74, S), 0);
	assert_int_equal(direction_syn_scale(74, 74, S), 0);
	assert_int_equal(direction_syn_scale(88, 90, S), 0);
	assert_int_equal(direction_syn_scale(92, 94, S), 0);
	assert_int_equal(direction_syn_scale(96, 104, S), 0);
	assert_int_equal(direction_syn_scale(57, 74, S), 0);
}

static void the_filter_still_rejects(void **state)
{
	struct bpf_program filter = compile("ip");
	struct sock_fprog program = rewrite(&filter, DIRECTION_ETHERNET);
	uint8_t frame[60] = {[12] = 0x08, [13] = 0x00};

	(void)state;
	assert_int_equal(captured_by_kernel(&program, frame, sizeof(frame)), 59);
	frame[13] = 0x06; /* ARP */
	assert_int_equal(captured_by_kernel(&program, frame, sizeof(frame)), -1);
	free(program.filter);
	pcap_freecode(&filter);
}

static void the_loopback_device_is_captured_up_to_the_snap_length(void **state)
{
	struct bpf_program filter = compile("");
	struct sock_fprog program = rewrite(&filter, DIRECTION_LOOPBACK);
	uint8_t data[300] = {0};

	(void)state;
	assert_int_equal(captured_by_kernel(&program, data, 60), 60);
	assert_int_equal(captured_by_kernel(&program, data, 300), S);
	free(program.filter);
	pcap_freecode(&filter);
}

static void a_filter_that_the_kernel_would_not_take_is_refused(void **state)
{
	struct bpf_insn *filter = calloc(BPF_MAXINSNS, sizeof(*filter));
	struct sock_fprog program;
	struct error error;
	size_t room;

	(void)state;
	for (size_t i = 0; i < BPF_MAXINSNS; i++)
		filter[i] = (struct bpf_insn){BPF_LD | BPF_W | BPF_LEN, 0, 0, 0};
	filter[0].code = BPF_RET | BPF_K;
	filter[0].k = 1;
	assert_int_equal(direction_program(&program, filter, 1, S, DIRECTION_OTHER_LINK, &error),
			 0);
	room = BPF_MAXINSNS - (program.len - 1U);
	free(program.filter);
	assert_int_equal(
		direction_program(&program, filter, BPF_MAXINSNS, S, DIRECTION_OTHER_LINK, &error),
		-E2BIG);
	assert_int_equal(
		direction_program(&program, filter, room + 1, S, DIRECTION_OTHER_LINK, &error),
		-E2BIG);
	assert_int_equal(direction_program(&program, filter, room, S, DIRECTION_OTHER_LINK, &error),
			 0);
	assert_int_equal(program.len, BPF_MAXINSNS);
	free(program.filter);
	assert_int_equal(direction_program(&program, filter, 0, S, DIRECTION_OTHER_LINK, &error),
			 -EINVAL);
	filter[0].code = BPF_RET | BPF_A;
	assert_int_equal(direction_program(&program, filter, 1, S, DIRECTION_OTHER_LINK, &error),
			 -EINVAL);
	free(filter);
}

static void cooked_headers_say_the_direction(void **state)
{
	uint8_t sll[16] = {0}, sll2[20] = {0};

	(void)state;
	assert_int_equal(direction_in_header(DLT_LINUX_SLL, sll, 16), DIRECTION_RECEIVE);
	assert_int_equal(direction_in_header(DLT_LINUX_SLL2, sll2, 20), DIRECTION_RECEIVE);
	sll[1] = 4;
	sll2[10] = 4;
	assert_int_equal(direction_in_header(DLT_LINUX_SLL, sll, 16), DIRECTION_TRANSMIT);
	assert_int_equal(direction_in_header(DLT_LINUX_SLL2, sll2, 20), DIRECTION_TRANSMIT);
	sll[0] = 1;
	assert_int_equal(direction_in_header(DLT_LINUX_SLL, sll, 16), DIRECTION_RECEIVE);
	assert_int_equal(direction_in_header(DLT_EN10MB, sll2, 20), DIRECTION_RECEIVE);
}

static void a_cooked_header_that_is_cut_is_received(void **state)
{
	static const uint8_t sll[2] = {0, 4};
	uint8_t *exact = malloc(10);

	(void)state;
	assert_int_equal(direction_in_header(DLT_LINUX_SLL, sll, 2), DIRECTION_TRANSMIT);
	assert_int_equal(direction_in_header(DLT_LINUX_SLL, sll, 1), DIRECTION_RECEIVE);
	assert_int_equal(direction_in_header(DLT_LINUX_SLL, sll, 0), DIRECTION_RECEIVE);
	memset(exact, 4, 10);
	assert_int_equal(direction_in_header(DLT_LINUX_SLL2, exact, 10), DIRECTION_RECEIVE);
	free(exact);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_around_the_snap_length_tell_the_direction),
		cmocka_unit_test(no_return_of_the_filter_accepts_any_more),
		cmocka_unit_test(rejecting_returns_stay),
		cmocka_unit_test(the_kernel_takes_every_program),
		cmocka_unit_test(the_kernel_cuts_what_is_received_one_byte_short),
		cmocka_unit_test(a_received_syn_that_ends_with_its_window_scale_tells_it),
		cmocka_unit_test(nothing_but_such_a_syn_loses_more_than_a_byte),
		cmocka_unit_test(other_lengths_tell_no_window_scale),
		cmocka_unit_test(the_filter_still_rejects),
		cmocka_unit_test(the_loopback_device_is_captured_up_to_the_snap_length),
		cmocka_unit_test(a_filter_that_the_kernel_would_not_take_is_refused),
		cmocka_unit_test(cooked_headers_say_the_direction),
		cmocka_unit_test(a_cooked_header_that_is_cut_is_received),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
