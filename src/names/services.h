/* Names of TCP and UDP ports, as the system knows them: services(5). */
#ifndef IPTALLY_NAMES_SERVICES_H
#define IPTALLY_NAMES_SERVICES_H

#include "names/name_table.h"

struct service_key {
	uint16_t port;
	uint8_t is_udp;
	uint8_t zero;
};

/* Before there are other threads: the C library's list has no reader but one. */
int services_read(struct name_table *names, struct ledger *ledger, struct error *error);

#endif
