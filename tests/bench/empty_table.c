/*
 * The yardstick of SNMP walks: an agent by the same library, with a table of the shape of
 * iptallyHostTable (an interface and an IPv4 address as index) behind which there is nothing. What
 * it costs is the library's own work.
 *
 *   empty_table standalone|agentx ADDRESS ROWS FIRST-COLUMN LAST-COLUMN OID
 *
 * ADDRESS is what standalone listens on (udp:127.0.0.1:PORT), or where the master agent is. Runs
 * until TERM.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <net-snmp/agent/mib_modules.h>

#define NAME        "iptally-empty-table"
#define INDEX_HEAD  3 /* interface 1, IPv4 (1), 4 octets: RFC 4001 */
#define INDEX_PARTS (INDEX_HEAD + 4)

static const oid index_head[INDEX_HEAD] = {1, 1, 4};

static struct {
	oid entry[MAX_OID_LEN];
	size_t length;
	oid first, last; /* columns */
	unsigned long rows;
} table;

static volatile sig_atomic_t stopping;

static void stop(int number)
{
	(void)number;
	stopping = 1;
}

/* The row of an instance's name; -1 for a name before the first one. */
static long row_of(const oid *name, size_t length)
{
	const oid *address = name + table.length + 1 + INDEX_HEAD;

	if (length < table.length + 1 + INDEX_PARTS)
		return -1;
	return (long)(address[0] << 24 | address[1] << 16 | address[2] << 8 | address[3]);
}

/* The instance that follows a name: false at the end. */
static int next_instance(const oid *name, size_t length, oid *next)
{
	oid column = length > table.length ? name[table.length] : 0;
	long row = column < table.first ? -1 : row_of(name, length);

	if (column < table.first)
		column = table.first;
	if (++row >= (long)table.rows) {
		row = 0;
		column++;
	}
	if (column > table.last)
		return 0;
	memcpy(next, table.entry, table.length * sizeof(*next));
	next += table.length;
	*next++ = column;
	memcpy(next, index_head, sizeof(index_head));
	for (int i = 0; i < 4; i++)
		next[INDEX_HEAD + i] = (oid)row >> (24 - 8 * i) & 0xff;
	return 1;
}

static int set(netsnmp_variable_list *variable, const oid *name)
{
	static const struct counter64 value = {.high = 1, .low = 1};

	snmp_set_var_objid(variable, name, table.length + 1 + INDEX_PARTS);
	return snmp_set_var_typed_value(variable, ASN_COUNTER64, &value, sizeof(value));
}

/* As src/snmp/handler.c goes through the repetitions of a GETBULK. */
static void walk(netsnmp_request_info *request)
{
	netsnmp_variable_list *variable = request->requestvb;
	oid next[MAX_OID_LEN];

	while (next_instance(variable->name, variable->name_length, next)) {
		set(variable, next);
		if (request->repeat <= 0 || !variable->next_variable)
			return;
		request->repeat--;
		snmp_set_var_objid(variable->next_variable, variable->name, variable->name_length);
		variable = variable->next_variable;
		variable->type = ASN_PRIV_RETRY;
		request->requestvb = variable;
		if (request->inclusive == 2)
			request->inclusive = 0;
	}
}

static int handle(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
		  netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	(void)handler;
	(void)registration;
	if (info->mode != MODE_GETNEXT && info->mode != MODE_GETBULK)
		return SNMP_ERR_NOERROR;
	for (; requests; requests = requests->next)
		if (!requests->processed)
			walk(requests);
	return SNMP_ERR_NOERROR;
}

static int serve(void)
{
	netsnmp_handler_registration *registration =
		netsnmp_create_handler_registration(NAME, handle, table.entry, table.length - 1,
						    HANDLER_CAN_RONLY | HANDLER_CAN_GETBULK);

	return registration && netsnmp_register_handler(registration) == MIB_REGISTERED_OK;
}

static void set_environment(void)
{
	static const char nowhere[] = "/dev/null";

	setenv("MIBS", "", 1);
	setenv("MIBDIRS", nowhere, 1);
	setenv("SNMPCONFPATH", nowhere, 1);
	netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_CONFIGURATION_DIR, nowhere);
	netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_PERSISTENT_DIR, nowhere);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	snmp_enable_stderrlog();
}

static int start_subagent(const char *socket)
{
	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, 1);
	netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, socket);
	init_agent(NAME);
	if (!serve())
		return -1;
	init_snmp(NAME);
	return 0;
}

static int start_standalone(const char *address)
{
	char modules[] = "vacm_conf,usmConf,snmpEngine,snmpMPDStats,usmStats";
	char community[] = "rocommunity public", quiet[] = "dontLogTCPWrappersConnects yes";

	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, 0);
	netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_PORTS, address);
	add_to_init_list(modules);
	init_agent(NAME);
	init_mib_modules();
	netsnmp_config(community);
	netsnmp_config(quiet);
	if (!serve())
		return -1;
	init_snmp(NAME);
	return init_master_agent();
}

/* The library's own parser wants its tree of MIBs first. */
static size_t read_oid(const char *text, oid *numbers)
{
	char *copy = strdup(text), *rest = NULL;
	size_t n = 0;

	for (char *at = copy ? strtok_r(copy, ".", &rest) : NULL; at && n < MAX_OID_LEN / 2;
	     at = strtok_r(NULL, ".", &rest))
		numbers[n++] = strtoul(at, NULL, 10);
	free(copy);
	return n;
}

int main(int argc, char **argv)
{
	int failed;

	if (argc != 7) {
		fputs("usage: empty_table standalone|agentx ADDRESS ROWS FIRST LAST OID\n", stderr);
		return 2;
	}
	table.rows = strtoul(argv[3], NULL, 10);
	table.first = strtoul(argv[4], NULL, 10);
	table.last = strtoul(argv[5], NULL, 10);
	table.length = read_oid(argv[6], table.entry);
	set_environment();
	signal(SIGTERM, stop);
	failed = strcmp(argv[1], "agentx") == 0 ? start_subagent(argv[2])
						: start_standalone(argv[2]);
	if (failed) {
		fprintf(stderr, "empty_table: cannot serve at %s\n", argv[2]);
		return 1;
	}
	while (!stopping)
		agent_check_and_process(1);
	snmp_shutdown(NAME);
	return 0;
}
