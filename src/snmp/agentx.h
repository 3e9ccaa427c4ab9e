/* The connection to a master agent: says when it comes and goes, registers again what was refused. */
#ifndef IPTALLY_SNMP_AGENTX_H
#define IPTALLY_SNMP_AGENTX_H

#include <stdbool.h>
#include <stddef.h>

#include "snmp/handler.h"

struct snmp_agentx {
	const char *socket; /* for messages */
	struct snmp_served *served;
	size_t n_served;
	struct snmp_served *registering; /* what the library tells the master agent just now */
	bool connected;
	bool said_that_away;
	bool said_that_refused;
	unsigned retry; /* alarm; 0: none */
};

/* Before init_agent(): makes the library a subagent. The socket may be NULL. */
void snmp_agentx_configure(struct snmp_agentx *agentx, const char *socket);

/* Between init_agent() and init_snmp(). The tables must be registered by then. */
void snmp_agentx_watch(struct snmp_agentx *agentx, struct snmp_served *served, size_t n);

/* Before snmp_shutdown(), which would free what callbacks were given. */
void snmp_agentx_unwatch(struct snmp_agentx *agentx);

/* In the thread, after init_snmp() and after each turn of its loop. */
void snmp_agentx_tend(struct snmp_agentx *agentx);

/* For each line that the library logs; true where it told of something that is said elsewhere. */
bool snmp_agentx_hear(struct snmp_agentx *agentx, const char *line);

#endif
