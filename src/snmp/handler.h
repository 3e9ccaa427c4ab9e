/* The one handler of all our tables and scalars, between net-snmp's requests and our tables. */
#ifndef IPTALLY_SNMP_HANDLER_H
#define IPTALLY_SNMP_HANDLER_H

#include <stdbool.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>

#include "base/error.h"
#include "snmp/hold.h"
#include "snmp/table.h"

/* A table and what answers for it; it must stay where it is while it is registered. */
struct snmp_served {
	const struct snmp_table *table;
	struct snmp_hold *hold;
	struct monotonic_time *uptime_began; /* all tables share it, as they do snapshots */
	bool refused;                        /* the master agent has it from somebody else */
	bool said_that_capped;               /* that a walk does not show all rows */
};

/*
 * Registers the table with the library, before or after it is connected. The library undoes it at
 * its shutdown. Returns 0 or a negative errno.
 */
int snmp_serve(struct snmp_served *served, struct error *error);

#endif
