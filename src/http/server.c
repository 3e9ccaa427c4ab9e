/*
 * The HTTP server's thread: the library's daemons, one a listener, are driven from one external
 * epoll loop.
 */
#include "http/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "http/connections.h"
#include "http/endpoints.h"
#include "http/listener.h"

#define TOPIC "http"

#define DEADLINE_NS (30 * NS_PER_SECOND)

/*
 * Beyond these a client is cut as it connects. They are above the numbers that are answered 503
 * (connections.c), and below the library's own limit, beyond which a client would hang unanswered.
 */
#define CONNECTIONS_MAX        128
#define CONNECTIONS_MAX_CLIENT 48

/* A request's header must fit into this, the answer's beside it. */
#define CONNECTION_MEMORY (16 * 1024)

struct http {
	struct http_options options;
	struct endpoints *endpoints;
	struct connections connections;
	struct listeners listeners;
	struct MHD_Daemon **daemons; /* as many as listeners */
	size_t n_daemons;
	int epoll_fd;
	int stop_fd;
	pthread_t thread;
	bool has_thread;
};

static void log_library(void *context, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

static void log_library(void *context, const char *format, va_list arguments)
{
	char text[256];

	(void)context;
	if (!log_enabled(LOG_LEVEL_DEBUG))
		return;
	vsnprintf(text, sizeof(text), format, arguments);
	text[strcspn(text, "\n")] = '\0';
	log_debug(TOPIC, "libmicrohttpd: %s", text);
}

static enum MHD_Result accept_client(void *context, const struct sockaddr *address,
				     socklen_t length)
{
	const struct http *http = context;

	(void)address;
	(void)length;
	return http->connections.n < CONNECTIONS_MAX ? MHD_YES : MHD_NO;
}

static void notify_connection(void *context, struct MHD_Connection *connection,
			      void **socket_context, enum MHD_ConnectionNotificationCode code)
{
	struct http *http = context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
				 ->connect_fd;
		const struct sockaddr *client =
			MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
				->client_addr;

		*socket_context = connections_add(&http->connections, fd, client);
		if (!*socket_context)
			shutdown(fd, SHUT_RDWR);
	} else if (*socket_context) {
		connections_remove(&http->connections, *socket_context);
		*socket_context = NULL;
	}
}

static struct connection *connection_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
		->socket_context;
}

static void notify_completed(void *context, struct MHD_Connection *connection,
			     void **request_context, enum MHD_RequestTerminationCode code)
{
	struct http *http = context;
	struct connection *own = connection_of(connection);

	(void)request_context;
	if (own && code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		connections_restart(&http->connections, own);
}

/* An escaped NUL would end a path early and make /metrics of /metrics%00x. */
static size_t unescape(void *context, struct MHD_Connection *connection, char *text)
{
	size_t length = MHD_http_unescape(text);

	(void)context;
	(void)connection;
	for (size_t i = 0; i < length; i++)
		if (text[i] == '\0')
			text[i] = '\x01';
	return length;
}

/*
 * Called when the header is read, for each piece of a body, and at the end of the request. An
 * answer at the first call makes the library close, so that a body is never waited for; without a
 * body, the answer at the end lets the connection live on.
 */
static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path,
			      const char *method, const char *version, const char *body,
			      size_t *body_length, void **request_context)
{
	struct http *http = context;
	const struct connection *own = connection_of(connection);
	bool is_first = !*request_context;
	bool has_body = endpoints_has_body(connection);

	(void)version;
	(void)body;
	if (!own || *body_length != 0)
		return MHD_NO;
	*request_context = http;
	if (is_first && !has_body)
		return MHD_YES;
	return endpoints_answer(http->endpoints, connection, path, method,
				connections_is_crowded(&http->connections, own));
}

/* How long the loop may sleep: what the library and the deadlines ask for. */
static int loop_timeout_ms(const struct http *http)
{
	int timeout = connections_timeout_ms(&http->connections, monotonic_now());

	for (size_t i = 0; i < http->n_daemons; i++) {
		MHD_UNSIGNED_LONG_LONG ms;

		if (MHD_get_timeout(http->daemons[i], &ms) == MHD_YES &&
		    (timeout < 0 || ms < (unsigned)timeout))
			timeout = (int)ms;
	}
	return timeout;
}

static void *run(void *context)
{
	struct http *http = context;

	for (;;) {
		struct epoll_event event;
		int n = epoll_wait(http->epoll_fd, &event, 1, loop_timeout_ms(http));

		if (n > 0 && event.data.fd == http->stop_fd)
			return NULL;
		for (size_t i = 0; i < http->n_daemons; i++)
			MHD_run(http->daemons[i]);
		connections_expire(&http->connections, monotonic_now());
	}
}

static int watch(const struct http *http, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(http->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int start_daemon(struct http *http, int *listener, struct error *error)
{
	struct MHD_Daemon *daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, accept_client, http, handle, http,
		MHD_OPTION_EXTERNAL_LOGGER, log_library, http, MHD_OPTION_UNESCAPE_CALLBACK,
		unescape, http, MHD_OPTION_LISTEN_SOCKET, *listener, MHD_OPTION_NOTIFY_CONNECTION,
		notify_connection, http, MHD_OPTION_NOTIFY_COMPLETED, notify_completed, http,
		MHD_OPTION_CONNECTION_LIMIT, 2U * CONNECTIONS_MAX,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX_CLIENT,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_END);

	*listener = -1; /* the library's now, and closed by it */
	if (!daemon ||
	    watch(http, MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd) < 0) {
		if (daemon)
			MHD_stop_daemon(daemon);
		return error_set(error, EIO, "HTTP server: cannot start libmicrohttpd");
	}
	http->daemons[http->n_daemons++] = daemon;
	return 0;
}

static int start_daemons(struct http *http, struct error *error)
{
	for (size_t i = 0; i < http->options.n_addresses; i++) {
		int result = listeners_add(&http->listeners, http->options.addresses[i], error);

		if (result < 0)
			return result;
	}
	http->daemons = calloc(http->listeners.n + 1, sizeof(*http->daemons));
	http->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	http->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!http->daemons || http->epoll_fd < 0 || http->stop_fd < 0 ||
	    watch(http, http->stop_fd) < 0)
		return error_set(error, errno, "HTTP server: cannot start: %s", strerror(errno));
	for (size_t i = 0; i < http->listeners.n; i++) {
		int result = start_daemon(http, &http->listeners.fds[i], error);

		if (result < 0)
			return result;
	}
	return 0;
}

struct http *http_prepare(const struct http_options *options, struct error *error)
{
	struct http *http = calloc(1, sizeof(*http));

	if (!http) {
		error_set(error, ENOMEM, "HTTP server: out of memory");
		return NULL;
	}
	http->options = *options;
	http->epoll_fd = -1;
	http->stop_fd = -1;
	connections_init(&http->connections,
			 options->request_deadline_ns ? options->request_deadline_ns : DEADLINE_NS);
	http->endpoints = endpoints_create(&http->options, error);
	if (!http->endpoints || start_daemons(http, error) < 0) {
		http_stop(http);
		return NULL;
	}
	return http;
}

int http_start(struct http *http, struct error *error)
{
	sigset_t all, before;
	int code;

	if (!http)
		return 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&http->thread, NULL, run, http);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (code != 0)
		return error_set(error, code, "HTTP server: cannot start a thread: %s",
				 strerror(code));
	http->has_thread = true;
	pthread_setname_np(http->thread, "http");
	for (size_t i = 0; i < http->options.n_addresses; i++)
		log_info(TOPIC, "listening on %s, metrics at %s", http->options.addresses[i],
			 http->options.telemetry_path);
	return 0;
}

static void stop_thread(struct http *http)
{
	static const uint64_t one = 1;

	/* A fresh eventfd takes this write at once. */
	while (write(http->stop_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	pthread_join(http->thread, NULL);
}

void http_stop(struct http *http)
{
	if (!http)
		return;
	if (http->has_thread)
		stop_thread(http);
	for (size_t i = 0; i < http->n_daemons; i++)
		MHD_stop_daemon(http->daemons[i]);
	listeners_close(&http->listeners);
	endpoints_destroy(http->endpoints);
	free(http->daemons);
	if (http->epoll_fd >= 0)
		close(http->epoll_fd);
	if (http->stop_fd >= 0)
		close(http->stop_fd);
	free(http);
}
