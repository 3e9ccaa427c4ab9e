/* An agent without snmpd. What it must not do: listen for SMUX, read or write the system's files. */
#include "snmp/standalone.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <net-snmp/agent/mib_modules.h>

#include "base/address.h"
#include "base/buffer.h"

#define COMMUNITY_MAX 64

/*
 * Appends an address as net-snmp writes it. Binds and closes it first, so that a port in use has a
 * name and a mend. `shown` is what the user wrote.
 */
static int add_address(struct buffer *list, const char *host, const char *port, const char *shown,
		       struct error *error)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *found;
	int result = getaddrinfo(host, port, &hints, &found);
	bool is_ipv6;
	int fd;

	if (result != 0)
		return error_set(error, EINVAL, "--snmp.address=%s: %s", shown,
				 gai_strerror(result));
	fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	result = fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	is_ipv6 = found->ai_family == AF_INET6;
	freeaddrinfo(found);
	if (result == EADDRINUSE)
		return error_set(error, result,
				 "--snmp.address=%s: another program has this UDP port; choose "
				 "another one, or --snmp=off",
				 shown);
	if (result != 0)
		return error_set(error, result, "--snmp.address=%s: cannot listen: %s", shown,
				 strerror(result));
	buffer_printf(list, "%s%s%s%s:%s", list->length > 0 ? "," : "",
		      is_ipv6 ? "udp6:[" : "udp:", host, is_ipv6 ? "]" : "", port);
	return 0;
}

static int add_addresses(struct buffer *list, const char *shown, struct error *error)
{
	char host[256];
	char port[8];
	uint16_t number;
	int result;

	if (listen_address_split(shown, host, sizeof(host), &number) < 0)
		return error_set(error, EINVAL,
				 "--snmp.address=%s: not an address; write HOST:PORT, [V6]:PORT or "
				 ":PORT",
				 shown);
	snprintf(port, sizeof(port), "%u", number);
	if (host[0])
		return add_address(list, host, port, shown, error);
	result = add_address(list, "0.0.0.0", port, shown, error);
	if (result == 0)
		add_address(list, "::", port, shown, NULL); /* where the machine has IPv6 */
	return result;
}

static int set_addresses(const char *addresses, struct error *error)
{
	struct buffer list = {0};
	char *copy = strdup(addresses);
	char *rest = NULL;
	int result = copy ? 0 : error_set(error, ENOMEM, "--snmp.address: out of memory");

	for (char *at = copy ? strtok_r(copy, ",", &rest) : NULL; at && result == 0;
	     at = strtok_r(NULL, ",", &rest))
		result = add_addresses(&list, at, error);
	buffer_append(&list, "", 1);
	if (result == 0 && (list.failed || list.length == 1))
		result = error_set(error, EINVAL, "--snmp.address: no address given");
	if (result == 0)
		netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_PORTS, list.data);
	buffer_free(&list);
	free(copy);
	return result;
}

/* It becomes a word of a configuration line, so it must be one. */
static int check_community(const char *community, struct error *error)
{
	size_t length = strlen(community);
	bool is_word = length > 0 && length <= COMMUNITY_MAX;

	for (const char *c = community; *c; c++)
		is_word = is_word && isgraph((unsigned char)*c) && !strchr("\"'\\#", *c);
	if (!is_word)
		return error_set(
			error, EINVAL,
			"--snmp.community: 1 to %d printable characters without blanks and "
			"quotes are allowed",
			COMMUNITY_MAX);
	return 0;
}

int snmp_standalone_configure(const struct snmp_options *options, struct error *error)
{
	/*
	 * Modules of the library by name. Without vacm_conf everybody may read everything; smux is
	 * left out, as it would listen on 0.0.0.0:199.
	 */
	char modules[] = "vacm_conf,usmConf,system_mib,sysORTable,snmp_mib,snmpEngine,"
			 "snmpMPDStats,usmStats";
	int result = set_addresses(options->address, error);

	if (result < 0)
		return result;
	if (options->config_file && access(options->config_file, R_OK) < 0)
		return error_set(error, errno, "--snmp.config=%s: cannot read it: %s",
				 options->config_file, strerror(errno));
	if (!options->config_file) {
		result = check_community(options->community, error);
		if (result < 0)
			return result;
	}
	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, 0);
	add_to_init_list(modules);
	return 0;
}

void snmp_standalone_add(const struct snmp_options *options)
{
	char line[COMMUNITY_MAX + 32];

	init_mib_modules();
	snprintf(line, sizeof(line), "dontLogTCPWrappersConnects yes");
	netsnmp_config(line);
	if (options->config_file) {
		netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_OPTIONALCONFIG,
				      options->config_file);
		return;
	}
	snprintf(line, sizeof(line), "rocommunity %s", options->community);
	netsnmp_config(line);
	snprintf(line, sizeof(line), "rocommunity6 %s", options->community);
	netsnmp_config(line);
}

int snmp_standalone_listen(const struct snmp_options *options, struct error *error)
{
	if (init_master_agent() != 0)
		return error_set(error, EADDRNOTAVAIL, "--snmp.address=%s: cannot listen",
				 options->address);
	/* Its engine is a new one at each start (RFC 3414 2.3), so there is nothing to write. */
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	return 0;
}
