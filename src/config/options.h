/*
 * The options of iptallyd, from ONE table: parsing, ranges, defaults and --help come from it.
 */
#ifndef IPTALLY_CONFIG_OPTIONS_H
#define IPTALLY_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

#define OPTION_LIST_MAX 64

/* --export.FAMILY values beside a number of rows */
#define OPTION_EXPORT_ALL     UINT32_MAX
#define OPTION_EXPORT_DEFAULT (UINT32_MAX - 1)

struct option_list {
	const char *values[OPTION_LIST_MAX];
	size_t n;
};

struct option_ports {
	uint16_t values[1024];
	size_t n;
};

enum option_action {
	ACTION_RUN,
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_PRINT_OID_ROOT,
	ACTION_MEMORY,
};

enum option_families { OPTION_FAMILIES_ALL, OPTION_FAMILIES_CORE };
enum option_resolve { OPTION_RESOLVE_PRIVATE, OPTION_RESOLVE_ALL, OPTION_RESOLVE_NONE };
enum option_event_log_format { OPTION_EVENT_LOG_TEXT, OPTION_EVENT_LOG_JSON };

enum option_snmp { OPTION_SNMP_AGENTX, OPTION_SNMP_STANDALONE, OPTION_SNMP_OFF };

enum option_memory { OPTION_MEMORY_DEFAULT, OPTION_MEMORY_SMALL, OPTION_MEMORY_LARGE };

struct options {
	uint8_t action; /* enum option_action */
	uint8_t memory; /* enum option_memory */
	const char *help_topic;

	struct option_list interfaces;
	const char *read_file;
	uint32_t snap_length;
	uint32_t ring_kib;
	uint32_t capture_memory_kib; /* of all rings */
	uint32_t workers;
	bool promiscuous;
	uint32_t duration_seconds; /* 0: no end */
	bool once;
	char filter[4096]; /* the trailing words */

	uint8_t families; /* enum option_families */
	struct option_ports service_ports;
	uint32_t flows_max;
	uint32_t ports_max;
	uint32_t hosts_max;
	uint32_t stations_max;
	uint32_t conversations_max;
	uint32_t knocks_max;
	uint32_t fragments_max;
	uint32_t interfaces_max;
	uint32_t timeout_half_open; /* seconds, here and below */
	uint32_t timeout_one_way;
	uint32_t timeout_two_way;
	uint32_t timeout_established;
	uint32_t timeout_closed;

	uint8_t privacy; /* enum privacy */
	uint32_t flood_rate;
	uint32_t probe_ports;
	uint32_t probe_hosts;
	uint32_t probe_window; /* seconds */
	uint8_t resolve;       /* enum option_resolve */
	struct option_list resolve_servers;
	uint32_t names_max;
	const char *ethers; /* NULL: /etc/ethers, if there is one */

	const char *event_log;
	uint8_t event_log_format;    /* enum option_event_log_format */
	uint32_t event_log_interval; /* seconds between summaries; 0: none */
	uint32_t event_log_max_size; /* MiB; 0: no bound */

	uint32_t export_ports;
	uint32_t export_hosts;
	uint32_t export_stations;
	uint32_t export_conversations;
	uint32_t export_warmup; /* seconds */
	struct option_ports export_ports_pin;
	uint32_t export_flows;
	struct option_list listen_addresses;
	const char *telemetry_path;

	uint8_t snmp; /* enum option_snmp */
	const char *snmp_address;
	const char *snmp_agentx_socket;
	const char *snmp_community;
	const char *snmp_config;

	uint8_t log_level;  /* enum log_level */
	uint8_t log_format; /* enum log_format */
	const char *user;
};

/*
 * Fills *options from the defaults and the arguments, whose strings must last. Returns 0, or
 * -EINVAL with *error naming the option and the mend.
 */
int options_parse(struct options *options, int argc, char **argv, struct error *error);

/* Prints the options of one topic, or of all (NULL). Returns -EINVAL where there is no such topic. */
int options_help(FILE *out, const char *topic, struct error *error);

#endif
