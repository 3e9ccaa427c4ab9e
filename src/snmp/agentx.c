/* The connection to a master agent (RFC 2741). The library connects again by itself at its ping. */
#include "snmp/agentx.h"

#include <string.h>

#include <net-snmp/agent/agent_callbacks.h>

#include "base/log.h"

#define PING_SECONDS  5 /* also the pause between attempts to connect */
#define RETRY_SECONDS 10

void snmp_agentx_configure(struct snmp_agentx *agentx, const char *socket)
{
	agentx->socket = socket ? socket : NETSNMP_AGENTX_SOCKET;
	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, 1);
	netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, agentx->socket);
	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_NO_CONNECTION_WARNINGS,
			       1);
	/* A subagent has nothing to configure and nothing to keep: no file is looked for. */
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
}

/* A master agent that hangs holds this thread once a second, and gets nothing twice. */
static int on_session(int major, int minor, void *session_of_library, void *context)
{
	netsnmp_session *session = session_of_library;

	(void)major;
	(void)minor;
	(void)context;
	session->timeout = 1000000;
	session->retries = 0;
	return SNMPERR_SUCCESS;
}

static int on_connected(int major, int minor, void *session, void *context)
{
	struct snmp_agentx *agentx = context;

	(void)major;
	(void)minor;
	(void)session;
	agentx->connected = true;
	agentx->said_that_away = false;
	for (size_t i = 0; i < agentx->n_served; i++)
		agentx->served[i].refused = false;
	log_info("snmp", "connected to the master agent at %s", agentx->socket);
	return SNMPERR_SUCCESS;
}

static int on_disconnected(int major, int minor, void *session, void *context)
{
	struct snmp_agentx *agentx = context;

	(void)major;
	(void)minor;
	(void)session;
	agentx->connected = false;
	return SNMPERR_SUCCESS;
}

/* Comes before the library's own callback, which sends the registration and logs a refusal. */
static int on_registering(int major, int minor, void *parameters_of_library, void *context)
{
	const struct register_parameters *parameters = parameters_of_library;
	struct snmp_agentx *agentx = context;

	(void)major;
	(void)minor;
	agentx->registering = NULL;
	for (size_t i = 0; i < agentx->n_served; i++) {
		const struct snmp_table *table = agentx->served[i].table;

		if (snmp_oid_compare(parameters->name, parameters->namelen, table->prefix,
				     table->base_length) == 0)
			agentx->registering = &agentx->served[i];
	}
	return SNMPERR_SUCCESS;
}

static const struct {
	int major;
	int minor;
	SNMPCallback *call;
} callbacks[] = {
	{SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_SESSION_INIT, on_session},
	{SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START, on_connected},
	{SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_STOP, on_disconnected},
	{SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_REGISTER_OID, on_registering},
};

void snmp_agentx_watch(struct snmp_agentx *agentx, struct snmp_served *served, size_t n)
{
	agentx->served = served;
	agentx->n_served = n;
	/* init_agent() sets it back, so only now. */
	netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL,
			   PING_SECONDS);
	for (size_t i = 0; i < COUNT(callbacks); i++)
		snmp_register_callback(callbacks[i].major, callbacks[i].minor, callbacks[i].call,
				       agentx);
}

void snmp_agentx_unwatch(struct snmp_agentx *agentx)
{
	for (size_t i = 0; i < COUNT(callbacks); i++)
		snmp_unregister_callback(callbacks[i].major, callbacks[i].minor, callbacks[i].call,
					 agentx, 1);
}

static bool begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

bool snmp_agentx_hear(struct snmp_agentx *agentx, const char *line)
{
	if (begins(line, "registering pdu failed")) {
		if (agentx->registering)
			agentx->registering->refused = true;
		return true;
	}
	/* That the master agent has gone, again at each attempt to find it. */
	return begins(line, "AgentX master ");
}

static size_t count_refused(const struct snmp_agentx *agentx)
{
	size_t n = 0;

	for (size_t i = 0; i < agentx->n_served; i++)
		n += agentx->served[i].refused;
	return n;
}

/*
 * Tells the master agent again of what it refused. It is not unregistered before: net-snmp's master
 * agent would take it from whoever has it.
 */
static void retry(unsigned alarm, void *context)
{
	struct snmp_agentx *agentx = context;

	(void)alarm;
	agentx->retry = 0;
	for (size_t i = 0; i < agentx->n_served; i++) {
		struct snmp_served *served = &agentx->served[i];
		oid name[MAX_OID_LEN];
		struct register_parameters parameters = {
			.name = name,
			.namelen = served->table->base_length,
			.priority = DEFAULT_MIB_PRIORITY,
			.contextName = "",
		};

		if (!served->refused || !agentx->connected)
			continue;
		served->refused = false;
		memcpy(name, served->table->prefix, served->table->base_length * sizeof(oid));
		snmp_call_callbacks(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_REGISTER_OID,
				    &parameters);
	}
}

void snmp_agentx_tend(struct snmp_agentx *agentx)
{
	size_t refused;

	if (!agentx->connected) {
		if (!agentx->said_that_away)
			log_warn("snmp",
				 "the master agent at %s does not answer; trying again every %d "
				 "seconds (snmpd with 'master agentx', and may this user open it?)",
				 agentx->socket, PING_SECONDS);
		agentx->said_that_away = true;
		return;
	}
	refused = count_refused(agentx);
	if (refused > 0 && !agentx->said_that_refused)
		log_warn(
			"snmp",
			"the master agent at %s refused %zu of %zu tables, as somebody else serves "
			"them (a second agent?); trying again every %d seconds",
			agentx->socket, refused, agentx->n_served, RETRY_SECONDS);
	if (refused == 0 && agentx->said_that_refused)
		log_info("snmp", "the master agent at %s has all tables now", agentx->socket);
	agentx->said_that_refused = refused > 0;
	if (refused > 0 && agentx->retry == 0)
		agentx->retry = snmp_alarm_register(RETRY_SECONDS, 0, retry, agentx);
}
