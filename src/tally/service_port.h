/* The service port of a TCP or UDP packet: README, "What is counted". */
#ifndef IPTALLY_TALLY_SERVICE_PORT_H
#define IPTALLY_TALLY_SERVICE_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One bit a port. */
struct service_ports {
	uint64_t bits[65536 / 64];
};

static inline void service_port_add(struct service_ports *list, uint16_t port)
{
	list->bits[port / 64] |= 1ULL << (port % 64);
}

static inline bool service_port_is_listed(const struct service_ports *list, uint16_t port)
{
	return list->bits[port / 64] >> (port % 64) & 1;
}

/* The list of all ports below 1024 and what the user adds. */
static inline void service_ports_init(struct service_ports *list, const uint16_t *added, size_t n)
{
	*list = (struct service_ports){0};
	for (int i = 0; i < 1024 / 64; i++)
		list->bits[i] = UINT64_MAX;
	for (size_t i = 0; i < n; i++)
		service_port_add(list, added[i]);
}

/* The port on the list if exactly one is; else the lower. */
static inline uint16_t service_port(const struct service_ports *list, uint16_t a, uint16_t b)
{
	bool a_listed = service_port_is_listed(list, a);

	if (a_listed != service_port_is_listed(list, b))
		return a_listed ? a : b;
	return a < b ? a : b;
}

#endif
