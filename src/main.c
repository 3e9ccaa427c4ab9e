/*
 * iptallyd: parses options, wires the parts in the direction of the data, drops privileges, runs,
 * and stops in the reverse order. The only file that prints errors and decides the exit status.
 */
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory_limit.h"
#include "base/privileges.h"
#include "base/sandbox.h"
#include "base/standard_files.h"
#include "base/version.h"
#include "config/options.h"
#include "eventlog/eventlog.h"
#include "events/event_board.h"
#include "events/event_ring.h"
#include "http/exposition.h"
#include "http/server.h"
#include "names/names.h"
#include "netif/listening.h"
#include "snapshot/store.h"
#include "snmp/root.h"
#include "snmp/snmp.h"
#include "worker/workers.h"

enum exit_status {
	EXIT_OK = 0,
	EXIT_DEFECT = 1,  /* it ran, and something was wrong: a damaged file, a broken output */
	EXIT_REFUSED = 2, /* it did not start */
};

/* How long main waits for the SNMP thread, which a master agent that hangs can hold. */
#define SNMP_STOP_MS 500
/* How long a slow reader of the event log is waited for when a signal ends the agent. */
#define EVENTLOG_STOP_NS (NS_PER_SECOND / 2)
/* Events that wait to be told of, at most. */
#define EVENTS_QUEUED 4096
/* Ports that this machine listens on, more than have series by default. */
#define LISTENING_MAX 64

struct agent {
	struct options options;
	struct monotonic_time started;
	struct ledger ledger;
	struct snmp *snmp;
	struct netif_registry *registry;
	struct event_ring *events; /* NULL where nobody would see them, and so are the next two */
	struct event_board *board;
	struct eventlog *eventlog;
	struct names *names;
	struct workers *workers;
	struct snapshot_store *store;
	struct http *http;
	struct listening_port listening[LISTENING_MAX];
	size_t n_listening;
	atomic_bool ready;
	bool file_has_ended; /* the capture file, by itself */
	int signal_fd;
	int timer_fd;
};

static void say(const struct error *error)
{
	fprintf(stderr, "iptallyd: %s\n", error->text);
}

static bool is_ready(void *context)
{
	return atomic_load(&((struct agent *)context)->ready);
}

/* Rows that Prometheus shows of a family: what the user says, else whole tables of a file. */
static uint32_t export_of(const struct agent *agent, uint32_t asked, uint32_t live)
{
	if (asked != OPTION_EXPORT_DEFAULT)
		return asked;
	return agent->options.read_file || agent->options.once ? EXPORT_ALL : live;
}

/* A file is read in one order, by one. */
static uint32_t number_of_workers(const struct options *options)
{
	if (!options->read_file)
		return options->workers;
	if (options->workers > 1)
		log_warn("capture", "--capture.workers: a file is read by one worker");
	return 1;
}

/* What is mapped must be there when it is touched: a flood is no time to learn that it is not. */
static int check_memory(const struct ledger *ledger, struct error *error)
{
	uint64_t wanted = ledger_total(ledger), limit = memory_limit("");

	if (wanted <= limit)
		return 0;
	return error_set(error, ENOMEM,
			 "the tables take %" PRIu64 " MiB, and there are %" PRIu64
			 " MiB for them; choose --memory=small, or fewer rows of what "
			 "'iptallyd --memory' lists",
			 (wanted + (1 << 20) - 1) >> 20, limit >> 20);
}

static int create_workers(struct agent *agent, struct error *error)
{
	const struct options *options = &agent->options;
	bool from_file = options->read_file != NULL;
	const int64_t established_ns = options->timeout_established * NS_PER_SECOND;
	const int64_t closed_ns = options->timeout_closed * NS_PER_SECOND;
	struct workers_options workers = {
		.n_workers = number_of_workers(options),
		.tally =
			{
				.flows =
					{
						.capacity = options->flows_max,
						.export_max = options->export_flows,
						.timeout_ns =
							{
								[FLOW_ONE_WAY] =
									options->timeout_one_way *
									NS_PER_SECOND,
								[FLOW_TWO_WAY] =
									options->timeout_two_way *
									NS_PER_SECOND,
								[FLOW_HALF_OPEN] =
									options->timeout_half_open *
									NS_PER_SECOND,
								[FLOW_ESTABLISHED] = established_ns,
								[FLOW_MIDSTREAM] = established_ns,
								[FLOW_CLOSING] = established_ns,
								[FLOW_CLOSED] = closed_ns,
								[FLOW_RESET] = closed_ns,
							},
					},
				.max_fragments = options->fragments_max,
				.max_interfaces = options->interfaces_max,
				.packet_clock = from_file,
				.events = agent->events,
				.service_ports = options->service_ports.values,
				.n_service_ports = options->service_ports.n,
			},
		.families =
			{
				.only_core = options->families == OPTION_FAMILIES_CORE,
				.max_ports = options->ports_max,
				.max_hosts = options->hosts_max,
				.max_stations = options->stations_max,
				.max_conversations = options->conversations_max,
				.max_knocks = options->knocks_max,
				.export_ports = export_of(agent, options->export_ports, 20),
				.export_hosts = export_of(agent, options->export_hosts, 20),
				.export_stations = export_of(agent, options->export_stations, 0),
				.export_conversations =
					export_of(agent, options->export_conversations, 10),
				.export_warmup_s = options->export_warmup,
				.export_largest = options->once,
				.pinned_ports = options->export_ports_pin.values,
				.n_pinned_ports = options->export_ports_pin.n,
				.listening = agent->listening,
				.n_listening = agent->n_listening,
				.privacy = options->privacy,
				.flood_rate = options->flood_rate,
				.probe_ports = options->probe_ports,
				.probe_hosts = options->probe_hosts,
				.probe_window_s = options->probe_window,
			},
		.names = agent->names,
		.started = agent->started,
		.registry = agent->registry,
		.board = agent->board,
		.tell_open = options->event_log != NULL,
	};

	agent->workers = workers_create(&workers, &agent->ledger, error);
	return agent->workers ? 0 : -ENOMEM;
}

/* A name tells an address: who may not see the one may not see the other. */
static int create_names(struct agent *agent, struct error *error)
{
	static const enum names_scope scopes[] = {
		[OPTION_RESOLVE_PRIVATE] = NAMES_PRIVATE,
		[OPTION_RESOLVE_ALL] = NAMES_ALL,
		[OPTION_RESOLVE_NONE] = NAMES_NONE,
	};
	const struct options *options = &agent->options;
	bool may_name = options->privacy == PRIVACY_FULL;
	const struct names_options names = {
		.scope = may_name && !options->once ? scopes[options->resolve] : NAMES_NONE,
		.capacity = options->names_max,
		.servers = options->resolve_servers.values,
		.n_servers = options->resolve_servers.n,
		.hosts_file = "/etc/hosts",
		.ethers_file = !may_name         ? NULL
			       : options->ethers ? options->ethers
						 : "/etc/ethers",
		.needs_ethers = options->ethers != NULL,
	};

	agent->names = names_create(&names, &agent->ledger, error);
	return agent->names ? 0 : -EINVAL;
}

/* With --once nobody can ask for them. */
static bool has_readers_of_events(const struct options *options)
{
	return !options->once || options->event_log || log_enabled(LOG_LEVEL_DEBUG);
}

static int create_events(struct agent *agent, struct error *error)
{
	if (!has_readers_of_events(&agent->options))
		return 0;
	agent->events = event_ring_create(&agent->ledger, EVENTS_QUEUED, error);
	agent->board = event_board_create(&agent->ledger, error);
	return agent->events && agent->board ? 0 : -ENOMEM;
}

static int prepare_eventlog(struct agent *agent, struct error *error)
{
	const struct options *options = &agent->options;
	const struct eventlog_options eventlog = {
		.ring = agent->events,
		.board = agent->board,
		.store = agent->store,
		.names = agent->names,
		.privacy = options->privacy,
		.path = options->event_log,
		.user = options->user,
		.is_json = options->event_log_format == OPTION_EVENT_LOG_JSON,
		.from_file = options->read_file != NULL,
		.interval_s = options->event_log_interval,
		.max_bytes = (uint64_t)options->event_log_max_size << 20,
	};

	if (!agent->events)
		return 0;
	agent->eventlog = eventlog_prepare(&eventlog, error);
	return agent->eventlog ? 0 : -EINVAL;
}

static int add_sources(struct agent *agent, struct error *error)
{
	const struct options *options = &agent->options;
	const struct live_options live = {
		.snap_length = options->snap_length,
		.ring_bytes = (size_t)options->ring_kib * 1024,
		.promiscuous = options->promiscuous,
		.filter = options->filter,
	};

	if (options->read_file)
		return workers_add_file(agent->workers, options->read_file, options->filter, error);
	return workers_add_interfaces(agent->workers, options->interfaces.values,
				      options->interfaces.n, &live,
				      (size_t)options->capture_memory_kib * 1024, error);
}

static int prepare_snmp(struct agent *agent, struct error *error)
{
	static const enum snmp_mode modes[] = {
		[OPTION_SNMP_AGENTX] = SNMP_AGENTX,
		[OPTION_SNMP_STANDALONE] = SNMP_STANDALONE,
		[OPTION_SNMP_OFF] = SNMP_OFF,
	};
	const struct snmp_options snmp = {
		.mode = agent->options.once ? SNMP_OFF : modes[agent->options.snmp],
		.store = agent->store,
		.agentx_socket = agent->options.snmp_agentx_socket,
		.address = agent->options.snmp_address,
		.community = agent->options.snmp_community,
		.config_file = agent->options.snmp_config,
	};

	return snmp_prepare(&agent->snmp, &snmp, error);
}

static int prepare_http(struct agent *agent, struct error *error)
{
	const struct http_options http = {
		.addresses = agent->options.listen_addresses.values,
		.n_addresses = agent->options.listen_addresses.n,
		.telemetry_path = agent->options.telemetry_path,
		.store = agent->store,
		.is_ready = is_ready,
		.ready_context = agent,
		.version = iptally_version(),
	};

	if (agent->options.once)
		return 0;
	agent->http = http_prepare(&http, error);
	return agent->http ? 0 : -EADDRINUSE;
}

/*
 * Those that the agent answers. Without a log whose file a HUP could mean, it means what it always
 * does: the terminal is gone.
 */
static sigset_t signals_of(const struct agent *agent)
{
	const char *event_log = agent->options.event_log;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	if (event_log && strcmp(event_log, "-") != 0)
		sigaddset(&set, SIGHUP);
	return set;
}

/* Signals are blocked before there is any thread, so that all threads leave them to main. */
static int take_signals(struct agent *agent, struct error *error)
{
	sigset_t set = signals_of(agent);

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of its writer */
	sigprocmask(SIG_BLOCK, &set, NULL);
	agent->signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
	agent->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (agent->signal_fd < 0 || agent->timer_fd < 0)
		return error_set(error, errno, "signals: %s", strerror(errno));
	return 0;
}

/*
 * Takes a signal off the queue: unblocked with this one pending, the process would end before it has
 * stopped. Returns whether it is one to end.
 */
static bool take_signal(struct agent *agent)
{
	struct signalfd_siginfo signal;

	if (read(agent->signal_fd, &signal, sizeof(signal)) < 0)
		log_debug("main", "signalfd: %s", strerror(errno));
	else if (signal.ssi_signo == SIGUSR1 || signal.ssi_signo == SIGHUP)
		eventlog_reopen(agent->eventlog);
	else
		return true;
	return false;
}

/* From here on a second signal ends the process at once. */
static void release_signals(void)
{
	sigset_t set;

	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static int start(struct agent *agent, struct error *error)
{
	const struct itimerspec end = {.it_value.tv_sec = agent->options.duration_seconds};
	bool from_file = agent->options.read_file != NULL;
	int rc = from_file ? 0 : take_signals(agent, error);

	if (rc == 0 && !from_file) {
		agent->registry =
			netif_registry_start(2U * agent->options.interfaces_max, NULL, NULL, error);
		rc = agent->registry ? 0 : -ENOMEM;
	}
	if (!from_file)
		agent->n_listening = listening_read("/proc", agent->listening, LISTENING_MAX);
	if (rc == 0)
		rc = create_events(agent, error);
	if (rc == 0)
		rc = create_names(agent, error);
	if (rc == 0)
		rc = create_workers(agent, error);
	if (rc == 0)
		rc = check_memory(&agent->ledger, error);
	if (rc == 0)
		rc = add_sources(agent, error);
	/* A pipe may keep its header back for long: until then a signal ends the process. */
	if (rc == 0 && from_file)
		rc = take_signals(agent, error);
	if (rc == 0) {
		agent->store = snapshot_store_create(agent->workers, error);
		rc = agent->store ? 0 : -ENOMEM;
	}
	if (rc == 0)
		rc = prepare_eventlog(agent, error);
	if (rc == 0)
		rc = prepare_snmp(agent, error);
	if (rc == 0)
		rc = prepare_http(agent, error);
	if (rc == 0)
		rc = privileges_drop(agent->options.user, !from_file, error);
	if (rc == 0)
		rc = workers_start(agent->workers, error);
	/* Only the first worker, which opens interfaces again, keeps the capability that this takes. */
	if (rc == 0)
		rc = privileges_drop(agent->options.user, false, error);
	if (rc == 0)
		rc = workers_start_others(agent->workers, error);
	if (rc == 0)
		rc = names_start(agent->names, error);
	if (rc == 0)
		rc = eventlog_start(agent->eventlog, error);
	if (rc == 0)
		rc = snmp_start(agent->snmp, error);
	if (rc == 0)
		rc = http_start(agent->http, error);
	if (rc == 0)
		rc = sandbox_enter(error);
	if (rc == 0 && timerfd_settime(agent->timer_fd, 0, &end, NULL) < 0)
		rc = error_set(error, errno, "--duration: %s", strerror(errno));
	if (rc == 0)
		atomic_store(&agent->ready, true);
	return rc;
}

/* Until a signal, the end of the time, or with --once the end of the file. */
static void run(struct agent *agent, enum exit_status *status)
{
	struct pollfd fds[] = {
		{.fd = agent->signal_fd, .events = POLLIN},
		{.fd = agent->timer_fd, .events = POLLIN},
		{.fd = workers_finished_fd(agent->workers), .events = POLLIN},
	};
	struct error error;

	for (;;) {
		if (poll(fds, 3, -1) < 0)
			continue;
		if ((fds[0].revents && take_signal(agent)) || fds[1].revents)
			return;
		if (!fds[2].revents)
			continue;
		if (workers_result(agent->workers, &error) < 0) {
			say(&error);
			*status = EXIT_DEFECT;
		} else {
			log_info("capture", "%s is read", agent->options.read_file);
		}
		agent->file_has_ended = true;
		if (agent->options.once)
			return;
		fds[2].fd = -1;
	}
}

static int print_metrics(struct agent *agent, struct error *error)
{
	const struct snapshot *snapshot = snapshot_get(agent->store, 0);
	struct exposition *exposition = exposition_create(error);
	struct buffer text = {0};
	int rc = exposition ? 0 : -ENOMEM;

	if (!exposition)
		goto out;
	if (!snapshot) {
		rc = error_set(error, ENOMEM, "metrics: no memory");
		goto out;
	}
	exposition_render(exposition, snapshot, &text);
	if (text.failed)
		rc = error_set(error, ENOMEM, "metrics: no memory");
	else if (fwrite(text.data, 1, text.length, stdout) != text.length || fflush(stdout))
		rc = error_set(error, EIO, "standard output: %s", strerror(errno));
out:
	buffer_free(&text);
	exposition_destroy(exposition);
	if (snapshot)
		snapshot_release(snapshot);
	return rc;
}

/* Capture first, so that what had come in is counted; then the readers; then what they read. */
static void stop(struct agent *agent, enum exit_status *status)
{
	struct error error;
	uint64_t lost;

	release_signals();
	if (agent->workers)
		workers_stop(agent->workers);
	lost = eventlog_stop(agent->eventlog, agent->file_has_ended ? INT64_MAX : EVENTLOG_STOP_NS);
	if (lost > 0 && agent->options.once)
		*status = EXIT_DEFECT;
	if (agent->options.once && atomic_load(&agent->ready) && print_metrics(agent, &error) < 0) {
		say(&error);
		*status = EXIT_DEFECT;
	}
	http_stop(agent->http);
	if (snmp_stop(agent->snmp, SNMP_STOP_MS) < 0) {
		log_warn("snmp", "snmpd does not answer; leaving without saying good-bye");
		exit(*status);
	}
	snapshot_store_destroy(agent->store);
	workers_destroy(agent->workers);
	names_destroy(agent->names);
	if (agent->registry)
		netif_registry_stop(agent->registry);
	ledger_release(&agent->ledger);
}

static int print_ledger(struct agent *agent, struct error *error)
{
	int rc = create_names(agent, error);

	if (rc == 0)
		rc = create_events(agent, error);
	if (rc == 0)
		rc = create_workers(agent, error);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < agent->ledger.n; i++) {
		size_t bytes = ledger_bytes_of_name(&agent->ledger, i);

		if (bytes)
			printf("%-24s %12zu\n", agent->ledger.entries[i].name, bytes);
	}
	printf("%-24s %12zu an interface\n", "capture ring",
	       (size_t)agent->options.workers * agent->options.ring_kib * 1024);
	printf("%-24s %12zu\n", "all rings, at most",
	       (size_t)agent->options.capture_memory_kib * 1024);
	printf("%-24s %12zu\n", "total but for the rings", ledger_total(&agent->ledger));
	workers_destroy(agent->workers);
	names_destroy(agent->names);
	ledger_release(&agent->ledger);
	return 0;
}

static int act(struct agent *agent, struct error *error)
{
	char root[256];
	int rc = 0;

	switch ((enum option_action)agent->options.action) {
	case ACTION_HELP:
		rc = options_help(stdout, agent->options.help_topic, error);
		break;
	case ACTION_VERSION:
		printf("iptallyd %s\n", iptally_version());
		break;
	case ACTION_PRINT_OID_ROOT:
		puts(snmp_root_format(root, sizeof(root)));
		break;
	case ACTION_MEMORY:
		rc = print_ledger(agent, error);
		break;
	case ACTION_RUN:
		break;
	}
	if (rc == 0 && fflush(stdout) != 0)
		rc = error_set(error, errno, "standard output: %s", strerror(errno));
	return rc;
}

int main(int argc, char **argv)
{
	struct agent agent = {.started = monotonic_now(), .signal_fd = -1, .timer_fd = -1};
	enum exit_status status = EXIT_OK;
	struct error error;

	standard_files_keep();
	if (options_parse(&agent.options, argc, argv, &error) < 0) {
		say(&error);
		return EXIT_REFUSED;
	}
	/* Snapshots are large, short-lived and mostly untouched: fresh pages cost less than clearing. */
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	log_configure(agent.options.log_level, agent.options.log_format);
	if (agent.options.action != ACTION_RUN) {
		if (act(&agent, &error) == 0)
			return EXIT_OK;
		say(&error);
		return EXIT_REFUSED;
	}
	if (start(&agent, &error) < 0) {
		say(&error);
		status = EXIT_REFUSED;
	} else {
		run(&agent, &status);
	}
	stop(&agent, &status);
	return status;
}
