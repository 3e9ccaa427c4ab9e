/* Ports that are listened on, read from small trees in the form of proc(5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "netif/listening.h"

#define HEAD "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n"
#define TAIL " 00000000:00000000 00:00000000 00000000     0        0 1534 1 0 100 0 0 10 0\n"
#define ANY4 "00000000"
#define ANY6 "00000000000000000000000000000000"

/* In the byte order of the machine that reads it, as the kernel prints: 127.0.0.1, ::1. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOOPBACK4 "0100007F"
#define LOOPBACK6 "00000000000000000000000001000000"
#define MAPPED6   "0000000000000000FFFF00000100007F"
#else
#define LOOPBACK4 "7F000001"
#define LOOPBACK6 "00000000000000000000000000000001"
#define MAPPED6   "00000000000000000000FFFF7F000001"
#endif

static char proc[] = "/tmp/iptally-listening-XXXXXX";
static const char *const folders[] = {"/net", "/sys", "/sys/net", "/sys/net/ipv4"};
static const char *const files[] = {"/net/tcp", "/net/tcp6", "/net/udp", "/net/udp6",
				    "/sys/net/ipv4/ip_local_port_range"};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static int set_up(void **state)
{
	char path[256];

	(void)state;
	snprintf(proc, sizeof(proc), "/tmp/iptally-listening-XXXXXX");
	assert_non_null(mkdtemp(proc));
	for (size_t i = 0; i < LENGTH(folders); i++) {
		snprintf(path, sizeof(path), "%s%s", proc, folders[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	return 0;
}

static int tear_down(void **state)
{
	char path[256];

	(void)state;
	for (size_t i = 0; i < LENGTH(files); i++) {
		snprintf(path, sizeof(path), "%s%s", proc, files[i]);
		unlink(path);
	}
	for (size_t i = LENGTH(folders); i-- > 0;) {
		snprintf(path, sizeof(path), "%s%s", proc, folders[i]);
		rmdir(path);
	}
	rmdir(proc);
	return 0;
}

static void write_file(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", proc, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void listening_tcp_sockets_are_found_once_lowest_first(void **state)
{
	struct listening_port ports[8];

	(void)state;
	write_file("/net/tcp", HEAD "   0: " ANY4 ":01BB " ANY4 ":0000 0A" TAIL
				    "   1: 0A00000A:0016 0B00000A:C000 01" TAIL
				    "  12: 0A00000A:0050 " ANY4 ":0000 0A" TAIL);
	write_file("/net/tcp6", HEAD "   0: " ANY6 ":01BB " ANY6 ":0000 0A" TAIL "   1: " ANY6
				     ":1F90 " ANY6 ":0000 0A" TAIL);
	assert_int_equal(listening_read(proc, ports, 8), 3);
	assert_int_equal(ports[0].port, 80);
	assert_int_equal(ports[1].port, 443);
	assert_int_equal(ports[2].port, 8080);
	assert_false(ports[0].is_udp || ports[1].is_udp || ports[2].is_udp);
}

static void loopback_sockets_are_left_out(void **state)
{
	struct listening_port ports[8];

	(void)state;
	write_file("/net/tcp", HEAD "   0: " LOOPBACK4 ":27C1 " ANY4 ":0000 0A" TAIL);
	write_file("/net/tcp6", HEAD "   0: " LOOPBACK6 ":0277 " ANY6 ":0000 0A" TAIL
				     "   1: " MAPPED6 ":0278 " ANY6 ":0000 0A" TAIL);
	assert_int_equal(listening_read(proc, ports, 8), 0);
}

static void udp_sockets_that_wait_for_anybody_are_found_but_for_clients(void **state)
{
	struct listening_port ports[8];

	(void)state;
	write_file("/net/udp", HEAD "   0: " ANY4 ":0035 " ANY4 ":0000 07" TAIL
				    "   1: 0A00000A:0044 0B00000A:0043 01" TAIL "   2: " ANY4
				    ":C350 " ANY4 ":0000 07" TAIL);
	write_file("/net/udp6", HEAD "   0: " ANY6 ":14E9 " ANY6 ":0000 07" TAIL);
	assert_int_equal(listening_read(proc, ports, 8), 2);
	assert_int_equal(ports[0].port, 53);
	assert_int_equal(ports[1].port, 5353);
	assert_true(ports[0].is_udp && ports[1].is_udp);
	write_file("/sys/net/ipv4/ip_local_port_range", "5000\t6000\n");
	assert_int_equal(listening_read(proc, ports, 8), 2);
	assert_int_equal(ports[1].port, 50000);
}

static void what_does_not_fit_is_left_out(void **state)
{
	struct listening_port ports[1];

	(void)state;
	write_file("/net/tcp", HEAD "   0: " ANY4 ":01BB " ANY4 ":0000 0A" TAIL "   1: " ANY4
				    ":0050 " ANY4 ":0000 0A" TAIL);
	assert_int_equal(listening_read(proc, ports, 1), 1);
	assert_int_equal(ports[0].port, 80);
}

static void without_tables_or_with_garbage_nothing_is_found(void **state)
{
	struct listening_port ports[8];

	(void)state;
	assert_int_equal(listening_read(proc, ports, 8), 0);
	write_file("/net/tcp", "\n: :\n  0: zz:01BB 0:0 0A\n  0: 00000000:01BB\n 1: 00:50 00:0 0");
	write_file("/sys/net/ipv4/ip_local_port_range", "many");
	assert_int_equal(listening_read(proc, ports, 8), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(listening_tcp_sockets_are_found_once_lowest_first),
		TEST(loopback_sockets_are_left_out),
		TEST(udp_sockets_that_wait_for_anybody_are_found_but_for_clients),
		TEST(what_does_not_fit_is_left_out),
		TEST(without_tables_or_with_garbage_nothing_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
