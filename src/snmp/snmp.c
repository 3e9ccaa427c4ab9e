/* The SNMP agent: sets the library up, and runs it alone in one thread. */
#include "snmp/snmp.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <net-snmp/agent/agent_sysORTable.h>

#include "base/log.h"
#include "family/family_table.h"
#include "snmp/agentx.h"
#include "snmp/handler.h"
#include "snmp/hold.h"
#include "snmp/standalone.h"
#include "snmp/table.h"

/* Name of the application in the library: of its configuration and of what it logs. */
#define APPLICATION "iptally"

/* With AgentX a row costs a round trip for each column. */
#define AGENTX_ROWS_MAX 10000

struct snmp {
	struct snmp_options options;
	struct snmp_tables tables;
	struct snmp_served *served; /* one for each table */
	struct snmp_hold hold;
	struct monotonic_time uptime_began; /* when sysUpTime was 0 */
	struct snmp_agentx agentx;
	/*
	 * While the library reads its configuration: the first that it warns of. It would go on, but
	 * what it did not understand may be what was to keep somebody out.
	 */
	struct error *complaint;
	pthread_t thread;
	bool started;
	bool initialised;
	int stop_fd;
	atomic_bool stopping;
	bool expiring; /* an alarm is set that gives snapshots back */

	/* The thread's: who sends rubbish to an agent of its own must not fill the log. */
	bool answers_anybody;
	struct monotonic_time logged;
	unsigned unlogged;
};

/* Keeps the first complaint, in the form of the others; the library names its file or does not. */
static void complain(struct snmp *snmp, const char *message, int length)
{
	const char *file = snmp->options.config_file;
	size_t named = file ? strlen(file) : 0;

	if (snmp->complaint->text[0])
		return;
	if (!file) {
		error_set(snmp->complaint, EINVAL, "--snmp.community: %.*s", length, message);
		return;
	}
	if (strncmp(message, file, named) == 0 && message[named] == ':') {
		message += named + 1 + strspn(message + named + 1, " ");
		length -= (int)named + 2;
	}
	error_set(snmp->complaint, EINVAL, "--snmp.config=%s: %.*s", file, length, message);
}

/* Of what the library says of requests, one message a second is logged, and how many were not. */
static bool is_too_much(struct snmp *snmp)
{
	struct monotonic_time now = monotonic_now();

	if (!snmp->answers_anybody)
		return false;
	if (now.ns - snmp->logged.ns < NS_PER_SECOND) {
		snmp->unlogged++;
		return true;
	}
	if (snmp->unlogged)
		log_warn("snmp", "%u more messages like the last one", snmp->unlogged);
	snmp->logged = now;
	snmp->unlogged = 0;
	return false;
}

static int on_log(int major, int minor, void *message_of_library, void *context)
{
	const struct snmp_log_message *message = message_of_library;
	struct snmp *snmp = context;
	size_t length = strcspn(message->msg, "\n");
	int shown = length < 512 ? (int)length : 512;

	(void)major;
	(void)minor;
	if (length == 0)
		return SNMPERR_SUCCESS;
	if (snmp->options.mode == SNMP_AGENTX && snmp_agentx_hear(&snmp->agentx, message->msg))
		return SNMPERR_SUCCESS;
	if (snmp->complaint && message->priority <= LOG_WARNING) {
		complain(snmp, message->msg, shown);
		return SNMPERR_SUCCESS;
	}
	if (is_too_much(snmp))
		return SNMPERR_SUCCESS;
	if (message->priority <= LOG_ERR)
		log_error("snmp", "%.*s", shown, message->msg);
	else if (message->priority <= LOG_WARNING)
		log_warn("snmp", "%.*s", shown, message->msg);
	else
		log_debug("snmp", "%.*s", shown, message->msg);
	return SNMPERR_SUCCESS;
}

/* Neither MIB files nor configuration of the system are ours; nothing is below /dev/null. */
static void set_environment(void)
{
	static const char nowhere[] = "/dev/null";

	setenv("MIBS", "", 1);
	setenv("MIBDIRS", nowhere, 1);
	setenv("SNMPCONFPATH", nowhere, 1);
	netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_CONFIGURATION_DIR, nowhere);
	netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_PERSISTENT_DIR, nowhere);
}

/* The row of sysORTable (RFC 3418) by which managers learn that the module is here. */
static int announce_module(struct error *error)
{
	size_t n;
	const uint32_t *root = snmp_root(&n);
	oid module[MAX_OID_LEN];

	for (size_t i = 0; i < n; i++)
		module[i] = root[i];
	if (register_sysORTable(module, n, "The MIB module of iptally, a traffic monitor.") != 0)
		return error_set(error, ENOMEM, "SNMP: net-snmp refused an entry of sysORTable");
	return 0;
}

static int serve_tables(struct snmp *snmp, struct error *error)
{
	snmp->served = calloc(snmp->tables.n, sizeof(*snmp->served));
	if (!snmp->served)
		return error_set(error, ENOMEM, "SNMP tables: out of memory");
	for (size_t i = 0; i < snmp->tables.n; i++) {
		int result;

		snmp->served[i] = (struct snmp_served){.table = &snmp->tables.tables[i],
						       .hold = &snmp->hold,
						       .uptime_began = &snmp->uptime_began};
		result = snmp_serve(&snmp->served[i], error);
		if (result < 0)
			return result;
	}
	return announce_module(error);
}

/* The descriptor only has to end the wait; what it says is in snmp->stopping. */
static void on_stop(int fd, void *context)
{
	(void)fd;
	(void)context;
}

static int prepare_agentx(struct snmp *snmp, struct error *error)
{
	int result;

	snmp_agentx_configure(&snmp->agentx, snmp->options.agentx_socket);
	init_agent(APPLICATION);
	snmp->initialised = true;
	result = serve_tables(snmp, error);
	if (result == 0)
		snmp_agentx_watch(&snmp->agentx, snmp->served, snmp->tables.n);
	return result;
}

static int prepare_standalone(struct snmp *snmp, struct error *error)
{
	struct error complaint = {0};
	int result = snmp_standalone_configure(&snmp->options, error);

	if (result < 0)
		return result;
	init_agent(APPLICATION);
	snmp->initialised = true;
	snmp_standalone_add(&snmp->options);
	result = serve_tables(snmp, error);
	if (result < 0)
		return result;
	snmp->complaint = &complaint;
	init_snmp(APPLICATION);
	snmp->complaint = NULL;
	if (complaint.text[0]) {
		*error = complaint;
		return -EINVAL;
	}
	return snmp_standalone_listen(&snmp->options, error);
}

int snmp_prepare(struct snmp **snmp_out, const struct snmp_options *options, struct error *error)
{
	struct snmp *snmp;
	int result;

	*snmp_out = NULL;
	if (options->mode == SNMP_OFF)
		return 0;
	snmp = calloc(1, sizeof(*snmp));
	if (!snmp)
		return error_set(error, ENOMEM, "SNMP: out of memory");
	snmp->options = *options;
	snmp->hold.store = options->store;
	snmp->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (snmp->stop_fd < 0) {
		result = error_set(error, errno, "SNMP: no file descriptor left: %s",
				   strerror(errno));
		goto failed;
	}
	set_environment();
	snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log, snmp);
	snmp_enable_calllog();
	result = snmp_tables_create(&snmp->tables, family_table, family_table_size,
				    options->mode == SNMP_AGENTX ? AGENTX_ROWS_MAX : SIZE_MAX,
				    error);
	if (result == 0)
		result = options->mode == SNMP_AGENTX ? prepare_agentx(snmp, error)
						      : prepare_standalone(snmp, error);
	if (result < 0)
		goto failed;
	register_readfd(snmp->stop_fd, on_stop, snmp);
	*snmp_out = snmp;
	return 0;
failed:
	snmp_stop(snmp, 0);
	return result;
}

static void release(struct snmp *snmp)
{
	if (snmp->initialised) {
		unregister_readfd(snmp->stop_fd);
		snmp_agentx_unwatch(&snmp->agentx);
		snmp_unregister_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log, snmp,
					 1);
		snmp_shutdown(APPLICATION);
		shutdown_agent();
	}
	snmp_hold_release(&snmp->hold);
}

static void expire(unsigned alarm, void *context)
{
	struct snmp *snmp = context;

	(void)alarm;
	snmp->expiring = false;
	snmp_hold_expire(&snmp->hold, monotonic_now());
}

static void *run(void *context)
{
	struct snmp *snmp = context;
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	snmp->answers_anybody = snmp->options.mode == SNMP_STANDALONE;
	if (snmp->options.mode == SNMP_AGENTX)
		init_snmp(APPLICATION); /* connects, and may be held by a master agent that hangs */
	while (!atomic_load(&snmp->stopping)) {
		if (snmp->options.mode == SNMP_AGENTX)
			snmp_agentx_tend(&snmp->agentx);
		agent_check_and_process(1);
		if (!snmp->expiring && (snmp->hold.fresh || snmp->hold.walked)) {
			snmp->expiring = true;
			snmp_alarm_register(2, 0, expire, snmp);
		}
	}
	release(snmp);
	return NULL;
}

int snmp_start(struct snmp *snmp, struct error *error)
{
	int result;

	if (!snmp)
		return 0;
	result = pthread_create(&snmp->thread, NULL, run, snmp);
	if (result != 0)
		return error_set(error, result, "SNMP: cannot start a thread: %s",
				 strerror(result));
	pthread_setname_np(snmp->thread, "snmp");
	snmp->started = true;
	if (snmp->options.mode == SNMP_STANDALONE)
		log_info("snmp", "listening on %s", snmp->options.address);
	return 0;
}

static int join(struct snmp *snmp, int wait_ms)
{
	const uint64_t one = 1;
	struct timespec until;

	atomic_store(&snmp->stopping, true);
	if (write(snmp->stop_fd, &one, sizeof(one)) < 0)
		log_warn("snmp", "cannot wake the thread: %s", strerror(errno));
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += wait_ms % 1000 * 1000000L;
	if (until.tv_nsec >= NS_PER_SECOND) {
		until.tv_sec++;
		until.tv_nsec -= NS_PER_SECOND;
	}
	return -pthread_clockjoin_np(snmp->thread, NULL, CLOCK_MONOTONIC, &until);
}

int snmp_stop(struct snmp *snmp, int wait_ms)
{
	if (!snmp)
		return 0;
	if (snmp->started) {
		int result = join(snmp, wait_ms);

		if (result < 0)
			return result;
	} else {
		release(snmp);
	}
	if (snmp->stop_fd >= 0)
		close(snmp->stop_fd);
	snmp_tables_destroy(&snmp->tables);
	free(snmp->served);
	free(snmp);
	return 0;
}
