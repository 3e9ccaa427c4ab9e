/* The table of options: one row each, in the order of --help. */
#include "config/option_table.h"

#include "config/options.h"

#define AT(member) .offset = offsetof(struct options, member)

static const char *const memory_sizes[] = {"default", "small", "large", NULL};
static const char *const snmp_modes[] = {"agentx", "standalone", "off", NULL};
static const char *const resolve_modes[] = {"private", "all", "none", NULL};
static const char *const family_sets[] = {"all", "core", NULL};
static const char *const privacy_modes[] = {"full", "prefix", "none", NULL};
static const char *const event_log_formats[] = {"text", "json", NULL};
static const char *const log_levels[] = {"debug", "info", "warn", "error", NULL};
static const char *const log_formats[] = {"logfmt", "json", NULL};

const struct option_topic option_topics[] = {
	{"capture", "What to listen to"},
	{"counting", "What to count, and how much of it to keep"},
	{"prometheus", "What Prometheus sees"},
	{"snmp", "What SNMP sees"},
	{"names", "Names of what is seen, and who may see it"},
	{"events", "The event log"},
	{"process", "The process"},
	{NULL, NULL},
};

#define DAY 86400
/* Defaults with --memory=small and --memory=large. */
#define SIZES(of_small, of_large) .small = (of_small), .large = (of_large)

const struct option_row option_table[] = {
	{"capture", "interface", 'i', OPTION_LIST, "IF", AT(interfaces),
	 .help = "Listen on this interface; repeatable. \"all\": each interface that is up. "
		 "Default: the interface of the default route."},
	{"capture", "read", 'r', OPTION_TEXT, "FILE", AT(read_file),
	 .help = "Read a pcap or pcapng file instead; \"-\" is standard input."},
	{"capture", "snaplen", 's', OPTION_NUMBER, "BYTES", "256", 96, 262144, AT(snap_length),
	 .help = "Capture this much of each frame: its headers are enough."},
	{"capture", "buffer-size", 'B', OPTION_NUMBER, "KIB", "8192", 512, 2097151,
	 SIZES("1024", "32768"), AT(ring_kib),
	 .help = "Size of the capture ring of each interface, and of several workers of each "
		 "there."},
	{"capture", "capture.workers", 0, OPTION_NUMBER, "N", "1", 1, 32, AT(workers),
	 .help = "Share the packets of each interface out to so many threads, by their pair of "
		 "addresses. Each has rings and tables of its own."},
	{"capture", "capture.memory", 0, OPTION_NUMBER, "KIB", "65536", 512, 1U << 30,
	 SIZES("2048", "524288"), AT(capture_memory_kib),
	 .help = "What the rings of all interfaces and workers may take together, be each "
		 "smaller than -B."},
	{"capture", "promiscuous", 0, OPTION_FLAG, AT(promiscuous),
	 .help = "Count frames for other stations too. A gateway counts what passes through it "
		 "without this."},
	{"capture", "duration", 0, OPTION_NUMBER, "SECONDS", "0", 0, 3650 * DAY,
	 AT(duration_seconds), .help = "Stop after this time; 0: run until told to stop."},
	{"capture", "once", 0, OPTION_FLAG, AT(once),
	 .help = "Count a whole file (-r) or for a while (--duration), print the metrics on "
		 "standard "
		 "output, and exit. Opens no port."},

	{"counting", "families", 0, OPTION_CHOICE, "SET", "all", .choices = family_sets,
	 AT(families),
	 .help = "core: interfaces, sizes, protocols, ports, flows and TCP alone. What else there "
		 "is, hosts and conversations above all, takes no memory and no time then, and has "
		 "no rows."},
	{"counting", "memory", 0, OPTION_SIZE, "SIZE", .choices = memory_sizes,
	 .action = ACTION_MEMORY, AT(memory),
	 .help = "The defaults of the sizes below and of -B: small (8 MiB with two interfaces), "
		 "default, or large. Without SIZE: print the ledger of what is mapped at the "
		 "start, "
		 "and exit."},
	{"counting", "service-ports", 0, OPTION_PORTS, "PORT,...", AT(service_ports),
	 .help = "Service ports beside those below 1024; repeatable."},
	{"counting", "flows.max", 0, OPTION_NUMBER, "N", "131072", 64, 1U << 28,
	 SIZES("8192", "1048576"), AT(flows_max),
	 .help = "Flows kept; what a full table gives up is counted as evicted."},
	{"counting", "ports.max", 0, OPTION_NUMBER, "N", "16384", 64, 1U << 22,
	 SIZES("1024", "65536"), AT(ports_max),
	 .help = "Service ports kept, of all interfaces together."},
	{"counting", "hosts.max", 0, OPTION_NUMBER, "N", "16384", 64, 1U << 24,
	 SIZES("1024", "131072"), AT(hosts_max),
	 .help = "Hosts (IP addresses) kept, of all interfaces together."},
	{"counting", "stations.max", 0, OPTION_NUMBER, "N", "4096", 64, 1U << 24,
	 SIZES("512", "16384"), AT(stations_max), .help = "Stations (MAC addresses) kept."},
	{"counting", "conversations.max", 0, OPTION_NUMBER, "N", "16384", 64, 1U << 24,
	 SIZES("1024", "131072"), AT(conversations_max),
	 .help = "Conversations kept: flows folded by both ends, protocol and service port."},
	{"counting", "knocks.max", 0, OPTION_NUMBER, "N", "4096", 64, 1U << 20,
	 SIZES("512", "16384"), AT(knocks_max),
	 .help = "Sources of connection attempts kept, with what they tried, for 24 hours."},
	{"counting", "fragments.max", 0, OPTION_NUMBER, "N", "4096", 64, 1U << 22,
	 SIZES("256", "16384"), AT(fragments_max), .help = "Fragmented datagrams remembered."},
	{"counting", "interfaces.max", 0, OPTION_NUMBER, "N", "32", 1, 256, SIZES("4", "64"),
	 AT(interfaces_max), .help = "Interfaces at the same time."},
	{"counting", "timeout.half-open", 0, OPTION_NUMBER, "SECONDS", "60", 1, DAY,
	 AT(timeout_half_open), .help = "A TCP flow without a finished handshake ends."},
	{"counting", "timeout.one-way", 0, OPTION_NUMBER, "SECONDS", "60", 1, DAY,
	 AT(timeout_one_way), .help = "Another flow that was never answered ends."},
	{"counting", "timeout.two-way", 0, OPTION_NUMBER, "SECONDS", "180", 1, DAY,
	 AT(timeout_two_way), .help = "... that was answered."},
	{"counting", "timeout.established", 0, OPTION_NUMBER, "SECONDS", "900", 1, 30 * DAY,
	 AT(timeout_established), .help = "An established TCP flow that is silent ends."},
	{"counting", "timeout.closed", 0, OPTION_NUMBER, "SECONDS", "15", 1, DAY,
	 AT(timeout_closed), .help = "A closed TCP flow lingers for late segments."},

	{"counting", "flood.rate", 0, OPTION_NUMBER, "N", "100", 1, 1U << 24, AT(flood_rate),
	 .help = "SYNs a second of an interface, in one direction, from which on they may be a "
		 "flood: when there are more than three for each answer."},
	{"counting", "probe.ports", 0, OPTION_NUMBER, "N", "15", 2, 256, AT(probe_ports),
	 .help = "A source probes that tries more ports than this within --probe.window and gets "
		 "no connection there."},
	{"counting", "probe.hosts", 0, OPTION_NUMBER, "N", "15", 2, 256, AT(probe_hosts),
	 .help = "The same for hosts."},
	{"counting", "probe.window", 0, OPTION_NUMBER, "SECONDS", "300", 1, DAY, AT(probe_window),
	 .help = "The time that --probe.ports and --probe.hosts mean."},

	{"prometheus", "export.ports", 0, OPTION_EXPORT, "N|all", AT(export_ports),
	 .help = "Ports of an interface that get series of their own. Default: 20; of a file, and "
		 "with --once: all."},
	{"prometheus", "export.ports.pin", 0, OPTION_PORTS, "PORT,...", "22,53,80,443",
	 AT(export_ports_pin),
	 .help = "Ports that have series from the start, beside those that this machine listens "
		 "on; repeatable."},
	{"prometheus", "export.hosts", 0, OPTION_EXPORT, "N|all", AT(export_hosts),
	 .help = "The same for hosts."},
	{"prometheus", "export.conversations", 0, OPTION_EXPORT, "N|all", AT(export_conversations),
	 .help = "The same for conversations. Default: 10."},
	{"prometheus", "export.stations", 0, OPTION_EXPORT, "N|all", AT(export_stations),
	 .help = "The same for stations. Default: 0."},
	{"prometheus", "export.warmup", 0, OPTION_NUMBER, "SECONDS", "60", 0, 3600,
	 AT(export_warmup),
	 .help = "A new series is shown at 0 for this long before it counts: two scrape intervals "
		 "or more lose nothing."},
	{"prometheus", "web.listen-address", 0, OPTION_LIST, "HOST:PORT", "127.0.0.1:10177",
	 AT(listen_addresses),
	 .help = "Serve HTTP here; repeatable. [::1]:10177 for IPv6, :10177 for all addresses."},
	{"prometheus", "web.telemetry-path", 0, OPTION_TEXT, "PATH", "/metrics", AT(telemetry_path),
	 .help = "Where the metrics are."},

	{"snmp", "snmp", 0, OPTION_CHOICE, "MODE", "agentx", .choices = snmp_modes, AT(snmp),
	 .help = "agentx: a subagent of a running snmpd. standalone: an agent of its own. off."},
	{"snmp", "snmp.agentx-socket", 0, OPTION_TEXT, "SOCKET", AT(snmp_agentx_socket),
	 .help = "Where snmpd is: a path, or tcp:HOST:PORT. Default: net-snmp's, "
		 "/var/agentx/master."},
	{"snmp", "snmp.address", 0, OPTION_TEXT, "HOST:PORT", "127.0.0.1:10177", AT(snmp_address),
	 .help = "standalone: the UDP port."},
	{"snmp", "snmp.community", 0, OPTION_TEXT, "NAME", "public", AT(snmp_community),
	 .help = "standalone: the community that may read."},
	{"snmp", "snmp.config", 0, OPTION_TEXT, "FILE", AT(snmp_config),
	 .help = "standalone: access rules and users in snmpd.conf's form; no community then."},
	{"snmp", "export.flows", 0, OPTION_NUMBER, "N", "1000", 0, 10000, SIZES("250", "4000"),
	 AT(export_flows), .help = "Flows in the flow table: the largest."},
	{"snmp", "print-oid-root", 0, OPTION_ACTION, .action = ACTION_PRINT_OID_ROOT, AT(action),
	 .help = "Print the OID under which IPTALLY-MIB stands, and exit."},

	{"names", "resolve", 0, OPTION_CHOICE, "WHICH", "private", .choices = resolve_modes,
	 AT(resolve),
	 .help = "Look up the names of private addresses, of all, or of none. A look-up tells the "
		 "name server of the other side. None is made with --once."},
	{"names", "no-resolve", 'n', OPTION_ACTION, .action = OPTION_RESOLVE_NONE, AT(resolve),
	 .help = "Look up no names: --resolve=none."},
	{"names", "resolve.server", 0, OPTION_LIST, "ADDRESS[:PORT]", AT(resolve_servers),
	 .help = "Ask this name server and not those of /etc/resolv.conf; repeatable."},
	{"names", "names.max", 0, OPTION_NUMBER, "N", "16384", 64, 1U << 24, SIZES("1024", "65536"),
	 AT(names_max), .help = "Addresses whose names, or the lack of one, are kept."},
	{"names", "ethers", 0, OPTION_TEXT, "FILE", AT(ethers),
	 .help = "Names of stations, a MAC address and a name a line. Default: /etc/ethers, where "
		 "there is one."},
	{"names", "privacy", 0, OPTION_CHOICE, "HOW", "full", .choices = privacy_modes, AT(privacy),
	 .help = "Show whole addresses, their prefix (/24 and /48), or none, on every face."},

	{"events", "event-log", 0, OPTION_TEXT, "FILE", AT(event_log),
	 .help = "Write what happens to this file; \"-\" is standard output. Reopened on USR1 and "
		 "HUP."},
	{"events", "event-log.format", 0, OPTION_CHOICE, "FORMAT", "text",
	 .choices = event_log_formats, AT(event_log_format), .help = "text or json, a line each."},
	{"events", "event-log.interval", 0, OPTION_NUMBER, "SECONDS", "0", 0, DAY,
	 AT(event_log_interval),
	 .help = "Write a summary this often; of a file (-r) one at its end. 0: never."},
	{"events", "event-log.max-size", 0, OPTION_NUMBER, "MIB", "0", 0, 1U << 20,
	 AT(event_log_max_size),
	 .help = "Begin a new file at this size and keep the last one as FILE.1; 0: never."},

	{"process", "log.level", 0, OPTION_CHOICE, "LEVEL", "info", .choices = log_levels,
	 AT(log_level), .help = "debug, info, warn or error."},
	{"process", "log.format", 0, OPTION_CHOICE, "FORMAT", "logfmt", .choices = log_formats,
	 AT(log_format), .help = "logfmt or json."},
	{"process", "user", 0, OPTION_TEXT, "NAME", AT(user),
	 .help = "Started as root: become this user once everything is open. Default: iptally "
		 "where there is one, else nobody. \"root\": stay, without capabilities."},
	{"process", "version", 'V', OPTION_ACTION, .action = ACTION_VERSION, AT(action),
	 .help = "Print the version, and exit."},
	{"process", "help", 'h', OPTION_TOPIC, "TOPIC", .action = ACTION_HELP, AT(help_topic),
	 .help = "Print the options, of one topic or all."},
};

const size_t option_table_size = sizeof(option_table) / sizeof(option_table[0]);
