/*
 * The SNMP face: all families as tables of IPTALLY-MIB, as a subagent of a running snmpd (AgentX) or
 * as an agent of its own. net-snmp keeps its state in globals, so there is at most one a process.
 */
#ifndef IPTALLY_SNMP_SNMP_H
#define IPTALLY_SNMP_SNMP_H

#include "base/error.h"
#include "snmp/root.h"

struct snapshot_store;

enum snmp_mode { SNMP_OFF, SNMP_AGENTX, SNMP_STANDALONE };

/* The texts must outlive the agent. */
struct snmp_options {
	enum snmp_mode mode;
	struct snapshot_store *store;
	const char *agentx_socket; /* path, or "tcp:HOST:PORT"; NULL: net-snmp's own */
	const char *address; /* standalone: "HOST:PORT", "[V6]:PORT", ":PORT"; a list with commas */
	const char *community;   /* standalone: may read all; not used with a config_file */
	const char *config_file; /* standalone: who may read, as in snmpd.conf; NULL: community */
};

struct snmp;

/*
 * Sets the library up and, standalone, binds its sockets: call it before privileges are dropped and
 * before any thread is started (it sets environment variables). *snmp gets the agent, or NULL
 * where the mode is SNMP_OFF. Returns 0, or a negative errno with *error filled: bad address,
 * port in use, bad configuration file.
 */
int snmp_prepare(struct snmp **snmp, const struct snmp_options *options, struct error *error);

/*
 * Starts the thread that answers. In SNMP_AGENTX it connects and connects again by itself for as long
 * as it runs, so that no state of the master agent is an error. NULL: does nothing.
 */
int snmp_start(struct snmp *snmp, struct error *error);

/*
 * Ends the thread and frees all. Waits at most wait_ms: a master agent that hangs can hold the
 * library for seconds. Returns -ETIMEDOUT in that case: the thread still reads the snapshot store, so the
 * caller must leave that alone and end the process. NULL: does nothing.
 */
int snmp_stop(struct snmp *snmp, int wait_ms);

#endif
