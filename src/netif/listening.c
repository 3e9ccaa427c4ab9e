/* The socket tables of procfs (proc(5), /proc/net/tcp and its like). */
#include "netif/listening.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATE_LISTEN      0x0A /* TCP_LISTEN */
#define STATE_UNCONNECTED 0x07 /* TCP_CLOSE: a UDP socket that is bound but not connected */
#define PORTS             65536

/* Addresses stand in words of the machine's own byte order. */
static bool is_loopback(const char *hex)
{
	union {
		uint32_t words[4];
		uint8_t bytes[16];
	} address = {{0}};
	struct in6_addr in6;
	size_t n = strlen(hex) / 8;
	char word[9] = "";

	for (size_t i = 0; i < n && i < 4; i++) {
		memcpy(word, hex + 8 * i, 8);
		address.words[i] = (uint32_t)strtoul(word, NULL, 16);
	}
	if (n == 1)
		return address.bytes[0] == 127;
	memcpy(&in6, address.bytes, sizeof(in6));
	return IN6_IS_ADDR_LOOPBACK(&in6) ||
	       (IN6_IS_ADDR_V4MAPPED(&in6) && address.bytes[12] == 127);
}

static void read_table(const char *proc, const char *name, unsigned wanted_state, bool *open)
{
	char path[256], line[512], local[33];
	unsigned port, state;
	FILE *file;

	snprintf(path, sizeof(path), "%s/net/%s", proc, name);
	file = fopen(path, "re");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " %*u: %32[0-9A-Fa-f]:%4x %*[0-9A-Fa-f]:%*4x %2x", local, &port,
			   &state) == 3 &&
		    state == wanted_state && !is_loopback(local))
			open[port] = true;
	fclose(file);
}

/* What the kernel gives to sockets that ask for no port. */
static void leave_out_clients(const char *proc, bool *open)
{
	char path[256];
	unsigned low = 32768, high = 60999;
	FILE *file;

	snprintf(path, sizeof(path), "%s/sys/net/ipv4/ip_local_port_range", proc);
	file = fopen(path, "re");
	if (file) {
		if (fscanf(file, "%u %u", &low, &high) != 2)
			low = PORTS;
		fclose(file);
	}
	for (unsigned port = low; port <= high && port < PORTS; port++)
		open[port] = false;
}

static size_t add_ports(const bool *open, bool is_udp, struct listening_port *ports, size_t n,
			size_t capacity)
{
	for (unsigned port = 1; port < PORTS && n < capacity; port++)
		if (open[port])
			ports[n++] = (struct listening_port){(uint16_t)port, is_udp};
	return n;
}

size_t listening_read(const char *proc, struct listening_port *ports, size_t capacity)
{
	bool *open = calloc(2 * PORTS, sizeof(*open)), *open_udp = open + PORTS;
	size_t n = 0;

	if (!open)
		return 0;
	read_table(proc, "tcp", STATE_LISTEN, open);
	read_table(proc, "tcp6", STATE_LISTEN, open);
	read_table(proc, "udp", STATE_UNCONNECTED, open_udp);
	read_table(proc, "udp6", STATE_UNCONNECTED, open_udp);
	leave_out_clients(proc, open_udp);
	n = add_ports(open, false, ports, n, capacity);
	n = add_ports(open_udp, true, ports, n, capacity);
	free(open);
	return n;
}
