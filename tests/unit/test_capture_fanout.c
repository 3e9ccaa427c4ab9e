/*
 * The program that shares frames out, run by the kernel: as the filter of UDP sockets on loopback,
 * which get as much of a datagram as it returns.
 */
#include "capture/fanout.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/filter.h>

#define UDP_BYTES      8
#define DATAGRAM_BYTES 65000

static const uint32_t keys[FANOUT_KEYS] = {0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f,
					   0x165667b1};

/* As fanout.h says it, in C: each end's words times their keys, mixed; the sum; its upper half. */
static uint32_t mix(const uint32_t *words, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += words[i] * keys[i];
	return (sum ^ sum >> 15) * keys[FANOUT_KEYS - 1];
}

static uint32_t result_of(const uint32_t *a, const uint32_t *b, size_t n)
{
	return (mix(a, n) + mix(b, n)) >> 16;
}

static void attach(int fd, enum fanout_link link)
{
	struct sock_filter code[FANOUT_INSTRUCTIONS_MOST];
	struct sock_fprog program = {.filter = code, .len = fanout_program(code, link, keys)};

	assert_in_range(program.len, 1, FANOUT_INSTRUCTIONS_MOST);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)),
			 0);
}

static int open_socket(struct sockaddr_storage *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(address->ss_family, SOCK_DGRAM, 0), room = 1 << 20;
	struct timeval patience = {.tv_sec = 10};

	if (fd < 0 || bind(fd, (struct sockaddr *)address, size) < 0)
		skip();
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(getsockname(fd, (struct sockaddr *)address, &size), 0);
	return fd;
}

static struct sockaddr_storage ipv4(uint32_t host)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(host)}};
	struct sockaddr_storage address = {0};

	memcpy(&address, &in, sizeof(in));
	return address;
}

/* What the program returns for a datagram from one to the other. */
static uint32_t returned(struct sockaddr_storage from, struct sockaddr_storage to)
{
	static uint8_t datagram[DATAGRAM_BYTES];
	int sender = open_socket(&from), receiver = open_socket(&to);
	socklen_t size =
		to.ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	ssize_t got;

	attach(receiver, FANOUT_NETWORK);
	assert_int_equal(
		sendto(sender, datagram, sizeof(datagram), 0, (struct sockaddr *)&to, size),
		sizeof(datagram));
	got = recv(receiver, datagram, sizeof(datagram), 0);
	close(sender);
	close(receiver);
	assert_true(got >= 0);
	return (uint32_t)got + UDP_BYTES;
}

static void the_pair_of_addresses_says_which_and_not_who_sends(void **state)
{
	const uint32_t hosts[] = {0x7f000001, 0x7f000002, 0x7f010203, 0x7ffefefe};

	(void)state;
	for (size_t a = 0; a < 4; a++) {
		for (size_t b = 0; b < 4; b++) {
			uint32_t wanted = result_of(&hosts[a], &hosts[b], 1);

			/* Less than a header's or more than the datagram's length is not seen. */
			assert_in_range(wanted, UDP_BYTES, DATAGRAM_BYTES + UDP_BYTES);
			assert_int_equal(returned(ipv4(hosts[a]), ipv4(hosts[b])), wanted);
			assert_int_equal(returned(ipv4(hosts[b]), ipv4(hosts[a])), wanted);
		}
	}
}

static void all_words_of_ipv6_count(void **state)
{
	const uint32_t loopback[] = {0, 0, 0, 1};
	struct sockaddr_in6 in = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_storage address = {0};

	(void)state;
	memcpy(&address, &in, sizeof(in));
	assert_int_equal(returned(address, address), result_of(loopback, loopback, 4));
}

/* It checks jumps, lengths, and that no scratch memory is read before it is written. */
static void the_kernel_takes_the_program_of_ethernet(void **state)
{
	struct sockaddr_storage address = ipv4(INADDR_LOOPBACK);
	int fd = open_socket(&address);

	(void)state;
	attach(fd, FANOUT_ETHERNET);
	close(fd);
}

/* Of 4 handles each gets about a quarter of 65,536 pairs of neighbours. */
static void neighbours_are_shared_out_evenly(void **state)
{
	uint32_t of_handle[4] = {0};

	(void)state;
	for (uint32_t i = 0; i < 256; i++) {
		for (uint32_t j = 0; j < 256; j++) {
			const uint32_t a = 0xc0a80000 + i, b = 0x0a000000 + j;

			of_handle[result_of(&a, &b, 1) % 4]++;
		}
	}
	for (int i = 0; i < 4; i++)
		assert_in_range(of_handle[i], 16384 - 1600, 16384 + 1600);
}

static void joining_what_is_no_packet_socket_is_refused(void **state)
{
	struct sockaddr_storage address = ipv4(INADDR_LOOPBACK);
	int fd = open_socket(&address);
	struct error error;
	uint16_t group = 0;

	(void)state;
	assert_true(fanout_join(fd, &group, FANOUT_ETHERNET, &error) < 0);
	assert_non_null(strstr(error.text, "Linux"));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_pair_of_addresses_says_which_and_not_who_sends),
		cmocka_unit_test(all_words_of_ipv6_count),
		cmocka_unit_test(the_kernel_takes_the_program_of_ethernet),
		cmocka_unit_test(neighbours_are_shared_out_evenly),
		cmocka_unit_test(joining_what_is_no_packet_socket_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
