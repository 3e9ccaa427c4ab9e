/* What the families of ports share: port.c, which counts, and port_remainder.c. */
#ifndef IPTALLY_FAMILY_PORT_STATE_H
#define IPTALLY_FAMILY_PORT_STATE_H

#include "family/per_interface.h"
#include "family/rows_traffic.h"

enum { REMAINDER_TCP, REMAINDER_UDP, REMAINDERS };

struct port_key {
	uint16_t interface;
	uint16_t port;
	uint8_t protocol; /* PROTOCOL_TCP, PROTOCOL_UDP */
	uint8_t zero[3];
};

/* Of an interface, by protocol. */
struct port_unattributed {
	struct traffic traffic[REMAINDERS];
};

struct ports {
	struct rows *rows;
	struct per_interface *unattributed;
};

static inline size_t port_remainder_of(uint8_t protocol)
{
	return protocol == PROTOCOL_TCP ? REMAINDER_TCP : REMAINDER_UDP;
}

static inline struct port_unattributed *port_unattributed(const struct ports *ports,
							  uint32_t interface)
{
	return per_interface_at(ports->unattributed, interface);
}

#define PORT_METRIC(name) "iptally_port_" name
#define PORT_WHOSE        ", by service port."
#define FIELDS_PORT_CONNECTIONS(prefix, row, member, first_column, ...)                            \
	FIELD_COUNT(prefix "receive_connections", PORT_METRIC("receive_connections"),              \
		    "Connections begun by received packets, by their destination port.", row,      \
		    member[DIRECTION_RECEIVE], .column = first_column, __VA_ARGS__),               \
		FIELD_COUNT(                                                                       \
			prefix "transmit_connections", PORT_METRIC("transmit_connections"),        \
			"Connections begun by transmitted packets, by their destination port.",    \
			row, member[DIRECTION_TRANSMIT], .column = (first_column) + 1,             \
			__VA_ARGS__)

#endif
