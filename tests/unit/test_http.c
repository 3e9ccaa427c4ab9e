/*
 * The HTTP server as clients meet it: raw sockets on loopback against a snapshot of the test's
 * own. What must be answered is RFC 9110 and DESIGN's list of endpoints, written out by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "family/family_table.h"
#include "http/server.h"
#include "snapshot/snapshot.h"

#define DEADLINE_MS 400
#define PATIENCE_MS 10000

static const struct family_field fields[] = {
	{.name = "packets",
	 .metric = "test_packets",
	 .help = "Packets.",
	 .kind = FIELD_COUNTER,
	 .faces = FACE_ALL},
};

static const struct family family = {
	.name = "test",
	.fields = fields,
	.n_fields = COUNT(fields),
	.row_size = sizeof(uint64_t),
};

const struct family *const family_table[] = {&family};
const size_t family_table_size = COUNT(family_table);

/* Stands for snapshot/: the counter is the number of the snapshot. */
struct snapshot_store {
	atomic_ullong number; /* 0: no memory */
	atomic_int held;
};

static uint64_t value;
static const struct snapshot_rows rows[] = {{&family, (const uint8_t *)&value, 1}};
static struct snapshot snapshot = {.families = rows, .n_families = 1};
static struct snapshot_store store;

const struct snapshot *snapshot_get(struct snapshot_store *from, int64_t max_age_ns)
{
	(void)max_age_ns;
	if (from->number == 0)
		return NULL;
	from->held++;
	snapshot.number = from->number;
	value = from->number;
	return &snapshot;
}

const struct snapshot *snapshot_get_for_scrape(struct snapshot_store *from)
{
	return snapshot_get(from, 0);
}

void snapshot_release(const struct snapshot *released)
{
	assert_ptr_equal(released, &snapshot);
	store.held--;
}

static bool is_ready(void *context)
{
	return *(atomic_bool *)context;
}

static atomic_bool ready;

static void no_log(enum log_level level, const char *line, void *context)
{
	(void)level;
	(void)line;
	(void)context;
}

static int64_t now_ms(void)
{
	return monotonic_now().ns / 1000000;
}

/* A port of 127.0.0.1 and ::1 that nobody uses. */
static uint16_t free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	close(fd);
	return ntohs(address.sin_port);
}

struct server {
	struct http *http;
	uint16_t port;
};

static void server_start(struct server *server, int64_t deadline_ms)
{
	char address[32];
	const char *addresses[] = {address};
	struct http_options options = {.addresses = addresses,
				       .n_addresses = 1,
				       .telemetry_path = "/metrics",
				       .store = &store,
				       .is_ready = is_ready,
				       .ready_context = &ready,
				       .version = "1.2.3",
				       .request_deadline_ns = deadline_ms * 1000000};
	struct error error = {{0}};

	ready = true;
	store.number = 1;
	server->port = free_port();
	snprintf(address, sizeof(address), "127.0.0.1:%u", server->port);
	server->http = http_prepare(&options, &error);
	assert_string_equal(error.text, "");
	assert_int_equal(http_start(server->http, &error), 0);
	assert_string_equal(error.text, "");
	assert_non_null(server->http);
}

static void server_stop(struct server *server)
{
	http_stop(server->http);
	assert_int_equal(store.held, 0);
}

/* From: a loopback address to come from, or NULL. */
static int client_connect(uint16_t port, const char *from)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	if (from) {
		address.sin_addr.s_addr = inet_addr(from);
		assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	}
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(port);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void client_send(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Reads until the server closes. */
static const char *client_read_all(int fd)
{
	static char text[65536];
	size_t length = 0;
	int64_t end = now_ms() + PATIENCE_MS;

	text[0] = '\0';
	for (;;) {
		struct pollfd poller = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (poll(&poller, 1, (int)(end - now_ms())) <= 0)
			fail_msg("the server neither answers nor closes after: %s", text);
		n = recv(fd, text + length, sizeof(text) - 1 - length, 0);
		if (n <= 0)
			break;
		length += (size_t)n;
	}
	text[length] = '\0';
	close(fd);
	return text;
}

static const char *ask(uint16_t port, const char *from, const char *request)
{
	int fd = client_connect(port, from);

	client_send(fd, request);
	return client_read_all(fd);
}

#define END " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

static void assert_begins(const char *text, const char *start)
{
	if (strncmp(text, start, strlen(start)) != 0)
		fail_msg("should begin with \"%s\": %s", start, text);
}

/* Inlined under sanitizers, gcc 12 warns that a literal may be null. */
__attribute__((noinline)) static void assert_holds(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("should hold \"%s\": %s", part, text);
}

static const char *body_of(const char *text)
{
	const char *body = strstr(text, "\r\n\r\n");

	assert_non_null(body);
	return body + 4;
}

static size_t occurrences(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part))) {
		n++;
		text += strlen(part);
	}
	return n;
}

static void metrics_are_served_as_text_0_0_4(void **state)
{
	struct server server;
	const char *text;

	(void)state;
	server_start(&server, 0);
	store.number = 41;
	text = ask(server.port, NULL, "GET /metrics" END);
	assert_begins(text, "HTTP/1.1 200 ");
	assert_holds(text, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
	assert_holds(text, "\r\nX-Content-Type-Options: nosniff\r\n");
	assert_begins(body_of(text), "# HELP test_packets_total Packets.\n"
				     "# TYPE test_packets_total counter\n"
				     "test_packets_total 41\n");
	store.number = 42;
	text = ask(server.port, NULL, "GET /metrics?a=b" END);
	assert_holds(text, "\ntest_packets_total 42\n");
	server_stop(&server);
}

static void clients_of_a_prepared_server_wait_for_its_start(void **state)
{
	char address[32];
	const char *addresses[] = {address};
	struct http_options options = {.addresses = addresses,
				       .n_addresses = 1,
				       .telemetry_path = "/metrics",
				       .store = &store,
				       .version = "1"};
	struct error error = {{0}};
	uint16_t port = free_port();
	struct http *http;
	int fd;

	(void)state;
	snprintf(address, sizeof(address), "127.0.0.1:%u", port);
	http = http_prepare(&options, &error);
	assert_non_null(http);
	fd = client_connect(port, NULL);
	client_send(fd, "GET /-/healthy" END);
	assert_int_equal(http_start(http, &error), 0);
	assert_begins(client_read_all(fd), "HTTP/1.1 200 ");
	http_stop(http);
	http_stop(NULL);
}

static void one_snapshot_is_rendered_once(void **state)
{
	struct server server;
	char *first;

	(void)state;
	server_start(&server, 0);
	first = strdup(body_of(ask(server.port, NULL, "GET /metrics" END)));
	/* its render time is in the text, so that a second rendering would differ */
	assert_string_equal(body_of(ask(server.port, NULL, "GET /metrics" END)), first);
	free(first);
	server_stop(&server);
}

static void no_snapshot_is_503(void **state)
{
	struct server server;

	(void)state;
	server_start(&server, 0);
	store.number = 0;
	assert_begins(ask(server.port, NULL, "GET /metrics" END), "HTTP/1.1 503 ");
	store.number = 2;
	assert_begins(ask(server.port, NULL, "GET /metrics" END), "HTTP/1.1 200 ");
	server_stop(&server);
}

static void page_health_and_readiness_are_served(void **state)
{
	struct server server;
	const char *text;

	(void)state;
	server_start(&server, 0);
	text = ask(server.port, NULL, "GET /" END);
	assert_begins(text, "HTTP/1.1 200 ");
	assert_holds(text, "\r\nContent-Type: text/html; charset=utf-8\r\n");
	assert_holds(text, "1.2.3");
	assert_holds(text, "href=\"/metrics\"");
	assert_holds(text, "href=\"/-/healthy\"");
	assert_holds(text, "href=\"/-/ready\"");
	assert_begins(ask(server.port, NULL, "GET /-/healthy" END), "HTTP/1.1 200 ");
	assert_begins(ask(server.port, NULL, "GET /-/ready" END), "HTTP/1.1 200 ");
	ready = false;
	assert_begins(ask(server.port, NULL, "GET /-/ready" END), "HTTP/1.1 503 ");
	assert_begins(ask(server.port, NULL, "GET /-/healthy" END), "HTTP/1.1 200 ");
	server_stop(&server);
}

static void unknown_paths_are_404(void **state)
{
	static const char *const requests[] = {
		"GET /nothing" END,    "GET /metrics/" END,    "GET //" END,
		"GET /METRICS" END,    "GET /../metrics" END,  "POST /nothing" END,
		"GET /%2d/ready2" END, "GET /metrics%00x" END,
	};
	struct server server;

	(void)state;
	server_start(&server, 0);
	for (size_t i = 0; i < COUNT(requests); i++) {
		const char *text = ask(server.port, NULL, requests[i]);

		assert_begins(text, "HTTP/1.1 404 ");
		assert_holds(text, "\r\nX-Content-Type-Options: nosniff\r\n");
	}
	server_stop(&server);
}

static void other_methods_are_405_with_allow(void **state)
{
	static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"};
	static const char *const paths[] = {"/", "/metrics", "/-/healthy", "/-/ready"};
	struct server server;

	(void)state;
	server_start(&server, 0);
	for (size_t i = 0; i < COUNT(methods); i++)
		for (size_t j = 0; j < COUNT(paths); j++) {
			char request[128];
			const char *text;

			snprintf(request, sizeof(request), "%s %s" END, methods[i], paths[j]);
			text = ask(server.port, NULL, request);
			assert_begins(text, "HTTP/1.1 405 ");
			assert_holds(text, "\r\nAllow: GET, HEAD\r\n");
		}
	server_stop(&server);
}

static void head_has_the_header_and_no_body(void **state)
{
	struct server server;
	char length[64];
	const char *text;

	(void)state;
	server_start(&server, 0);
	text = ask(server.port, NULL, "GET /metrics" END);
	snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n", strlen(body_of(text)));
	assert_true(strlen(body_of(text)) > 0);
	text = ask(server.port, NULL, "HEAD /metrics" END);
	assert_begins(text, "HTTP/1.1 200 ");
	assert_holds(text, length);
	assert_holds(text, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
	assert_string_equal(body_of(text), "");
	server_stop(&server);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
	struct server server;
	const char *text;

	(void)state;
	server_start(&server, 0);
	text = ask(server.port, NULL,
		   "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"
		   "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
		   "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
		   "GET /-/ready" END);
	assert_begins(text, "HTTP/1.1 200 ");
	text = strstr(text, "healthy.\nHTTP/1.1 404 ");
	assert_non_null(text);
	text = strstr(text, "found.\nHTTP/1.1 200 ");
	assert_non_null(text);
	text = strstr(text, "\r\n\r\nHTTP/1.1 200 ");
	assert_non_null(text);
	assert_string_equal(body_of(text + 4), "iptally is ready.\n");
	server_stop(&server);
}

static void request_bodies_are_refused(void **state)
{
	static const char *const requests[] = {
		"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc",
		"GET /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
		"chunked\r\n\r\n3\r\nabc\r\n",
	};
	struct server server;

	(void)state;
	server_start(&server, 0);
	for (size_t i = 0; i < COUNT(requests); i++) {
		/* answered although the body never ends, and then closed */
		assert_begins(ask(server.port, NULL, requests[i]), "HTTP/1.1 413 ");
	}
	assert_begins(ask(server.port, NULL,
			  "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc"),
		      "HTTP/1.1 405 ");
	server_stop(&server);
}

static void endless_headers_are_refused(void **state)
{
	struct server server;
	char line[1024];
	int fd;
	const char *text;
	int lines = 0;

	(void)state;
	server_start(&server, 0);
	fd = client_connect(server.port, NULL);
	client_send(fd, "GET /metrics HTTP/1.1\r\nHost: x\r\n");
	memset(line, 'a', sizeof(line));
	memcpy(line, "X: ", 3);
	memcpy(line + sizeof(line) - 2, "\r\n", 2);
	/* 64 KiB are four times what a connection may hold; the server may cut in between */
	while (lines < 64 && send(fd, line, sizeof(line), MSG_NOSIGNAL) > 0)
		lines++;
	text = client_read_all(fd);
	if (*text)
		assert_begins(text, "HTTP/1.1 4");
	assert_begins(ask(server.port, NULL, "GET /metrics" END), "HTTP/1.1 200 ");
	server_stop(&server);
}

/* One byte at a time, faster than any idle time-out: only a deadline ends it. */
static void a_slow_client_is_cut_at_the_deadline(void **state)
{
	static const char request[] = "GET /metrics HTTP/1.1\r\nHost: x\r\nX: aaaaaaaaaaaaaaaaaaaa"
				      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	struct server server;
	int64_t started;
	int64_t took;
	int fd;

	(void)state;
	server_start(&server, DEADLINE_MS);
	fd = client_connect(server.port, NULL);
	started = now_ms();
	for (size_t i = 0; i < sizeof(request) - 1; i++) {
		struct pollfd poller = {.fd = fd, .events = POLLIN};

		send(fd, request + i, 1, MSG_NOSIGNAL);
		if (poll(&poller, 1, 20) > 0)
			break; /* the end, since nothing was asked whole */
	}
	took = now_ms() - started;
	assert_string_equal(client_read_all(fd), "");
	assert_in_range(took, DEADLINE_MS - 50, DEADLINE_MS + 1000);
	server_stop(&server);
}

static void a_silent_client_is_cut_at_the_deadline(void **state)
{
	struct server server;
	int64_t started;
	int fd;

	(void)state;
	server_start(&server, DEADLINE_MS);
	fd = client_connect(server.port, NULL);
	started = now_ms();
	assert_string_equal(client_read_all(fd), "");
	assert_in_range(now_ms() - started, DEADLINE_MS - 50, DEADLINE_MS + 1000);
	server_stop(&server);
}

static void a_client_that_asks_in_time_is_kept(void **state)
{
	struct server server;
	int64_t end;
	int fd;

	(void)state;
	server_start(&server, DEADLINE_MS);
	fd = client_connect(server.port, NULL);
	end = now_ms() + 2 * DEADLINE_MS;
	while (now_ms() < end) {
		char text[1024];
		ssize_t n;

		client_send(fd, "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n");
		n = recv(fd, text, sizeof(text) - 1, 0);
		assert_true(n > 0);
		text[n] = '\0';
		assert_begins(text, "HTTP/1.1 200 ");
		assert_string_equal(body_of(text), "iptally is healthy.\n");
		poll(NULL, 0, DEADLINE_MS / 4);
	}
	close(fd);
	server_stop(&server);
}

static void one_client_with_many_connections_gets_503_and_others_are_served(void **state)
{
	struct server server;
	int fds[40];

	(void)state;
	server_start(&server, 0);
	for (size_t i = 0; i < COUNT(fds); i++)
		fds[i] = client_connect(server.port, NULL);
	assert_begins(ask(server.port, NULL, "GET /metrics" END), "HTTP/1.1 503 ");
	assert_begins(ask(server.port, "127.0.0.2", "GET /metrics" END), "HTTP/1.1 200 ");
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
	for (int64_t end = now_ms() + PATIENCE_MS;;) {
		const char *text = ask(server.port, NULL, "GET /metrics" END);

		if (strncmp(text, "HTTP/1.1 200 ", 13) == 0)
			break;
		assert_true(now_ms() < end);
	}
	server_stop(&server);
}

/* Far more than the server takes at all: nothing hangs, and it recovers. */
static void a_flood_of_connections_is_survived(void **state)
{
	struct server server;
	int fds[400];

	(void)state;
	server_start(&server, 0);
	for (size_t i = 0; i < COUNT(fds); i++) {
		char from[32];

		snprintf(from, sizeof(from), "127.0.1.%zu", 1 + i % 50);
		fds[i] = client_connect(server.port, from);
	}
	ask(server.port, "127.0.0.2", "GET /metrics" END); /* 503 or cut, but at once */
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
	for (int64_t end = now_ms() + PATIENCE_MS;;) {
		const char *text = ask(server.port, "127.0.0.2", "GET /metrics" END);

		if (strncmp(text, "HTTP/1.1 200 ", 13) == 0)
			break;
		assert_true(now_ms() < end);
	}
	server_stop(&server);
}

static void stopping_waits_for_no_client(void **state)
{
	struct server server;
	int64_t started;
	int silent;
	int slow;

	(void)state;
	server_start(&server, 0);
	silent = client_connect(server.port, NULL);
	slow = client_connect(server.port, NULL);
	client_send(slow, "GET /met");
	ask(server.port, NULL, "GET /metrics" END); /* both are accepted by then */
	started = now_ms();
	server_stop(&server);
	assert_true(now_ms() - started < 250);
	assert_string_equal(client_read_all(silent), "");
	assert_string_equal(client_read_all(slow), "");
}

static void a_stopped_port_can_be_taken_again_at_once(void **state)
{
	struct server server;
	char address[32];
	const char *addresses[] = {address};
	struct http_options options = {.addresses = addresses,
				       .n_addresses = 1,
				       .telemetry_path = "/metrics",
				       .store = &store,
				       .version = "1"};
	struct error error = {{0}};
	struct http *again;
	int fd;

	(void)state;
	server_start(&server, 0);
	/* the server closes first, so TIME-WAIT stays on its side */
	fd = client_connect(server.port, NULL);
	ask(server.port, NULL, "GET /metrics" END);
	server_stop(&server);
	close(fd);
	snprintf(address, sizeof(address), "127.0.0.1:%u", server.port);
	again = http_prepare(&options, &error);
	assert_string_equal(error.text, "");
	http_stop(again);
}

/* Starts with these addresses and path, and must fail; returns the sentence. */
static const char *start_error(const char *const *addresses, size_t n, const char *path)
{
	static struct error error;
	struct http_options options = {.addresses = addresses,
				       .n_addresses = n,
				       .telemetry_path = path,
				       .store = &store,
				       .version = "1"};

	error.text[0] = '\0';
	assert_null(http_prepare(&options, &error));
	assert_null(strchr(error.text, '\n'));
	return error.text;
}

static void a_port_in_use_is_named_with_the_mend(void **state)
{
	struct server server;
	char taken[32];
	char fine[32];
	const char *addresses[] = {fine, taken};
	const char *text;
	int fd;

	(void)state;
	server_start(&server, 0);
	snprintf(taken, sizeof(taken), "127.0.0.1:%u", server.port);
	snprintf(fine, sizeof(fine), "127.0.0.1:%u", free_port());
	text = start_error(addresses, 2, "/metrics");
	assert_begins(text, taken);
	assert_holds(text, "in use");
	assert_holds(text, "--web.listen-address");
	server_stop(&server);

	/* and the one that could be had was given back */
	fd = socket(AF_INET, SOCK_STREAM, 0);
	close(fd);
	assert_holds(start_error(addresses, 1, "/"), "--web.telemetry-path");
}

/* 64 letters; RFC 1035 2.3.4 allows 63. */
#define LONG_LABEL "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"

static void bad_addresses_and_paths_are_named_with_the_mend(void **state)
{
	static const char *const bad[] = {"localhost", "1.2.3.4", "127.0.0.1:0", "127.0.0.1:65536",
					  "::1:80",    "",        "127.0.0.1:x"};
	static const char *const foreign[] = {"192.0.2.1:10177"}; /* TEST-NET-1, RFC 5737 */
	static const char *const unknown[] = {
		LONG_LABEL ":10177"}; /* longer than a name's part may be: no server is asked */
	static const char *const paths[] = {"metrics",  "",     "/",    "/-/healthy",
					    "/-/ready", "/a b", "/m?x", "/\"><script>"};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		const char *text = start_error(&bad[i], 1, "/metrics");

		assert_holds(text, bad[i]);
		assert_holds(text, "HOST:PORT");
	}
	assert_begins(start_error(foreign, 1, "/metrics"),
		      "192.0.2.1:10177: no interface of this machine has that address");
	assert_holds(start_error(unknown, 1, "/metrics"), "cannot resolve \"" LONG_LABEL "\"");
	for (size_t i = 0; i < COUNT(paths); i++) {
		const char *text = start_error(foreign, 1, paths[i]);

		assert_holds(text, "--web.telemetry-path");
		assert_holds(text, paths[i]);
	}
}

/* Returns a connected socket, or -1 where this machine has no IPv6. */
static int connect_v6(uint16_t port)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6,
				       .sin6_addr = IN6ADDR_LOOPBACK_INIT,
				       .sin6_port = htons(port)};
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool has_ipv6(void)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	bool has = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

	if (fd >= 0)
		close(fd);
	return has;
}

static void several_listeners_of_both_families_are_served_by_one_thread(void **state)
{
	uint16_t ports[] = {free_port(), free_port(), free_port()};
	char address[3][32];
	const char *addresses[] = {address[0], address[1], address[2]};
	struct http_options options = {.addresses = addresses,
				       .n_addresses = 3,
				       .telemetry_path = "/other/path",
				       .store = &store,
				       .version = "1"};
	struct error error = {{0}};
	struct http *http;

	(void)state;
	if (!has_ipv6())
		skip();
	store.number = 1;
	snprintf(address[0], sizeof(address[0]), "127.0.0.1:%u", ports[0]);
	snprintf(address[1], sizeof(address[1]), "[::1]:%u", ports[1]);
	snprintf(address[2], sizeof(address[2]), ":%u", ports[2]);
	http = http_prepare(&options, &error);
	assert_string_equal(error.text, "");
	assert_int_equal(http_start(http, &error), 0);
	assert_non_null(http);
	for (size_t i = 0; i < COUNT(ports); i++) {
		int fd;

		if (i != 1)
			assert_begins(ask(ports[i], NULL, "GET /other/path" END), "HTTP/1.1 200 ");
		fd = connect_v6(ports[i]);
		assert_true(i == 0 ? fd < 0 : fd >= 0);
		if (fd < 0)
			continue;
		client_send(fd, "GET /other/path" END);
		assert_begins(client_read_all(fd), "HTTP/1.1 200 ");
	}
	http_stop(http);
}

static void names_are_resolved(void **state)
{
	char address[32];
	const char *addresses[] = {address};
	struct http_options options = {.addresses = addresses,
				       .n_addresses = 1,
				       .telemetry_path = "/metrics",
				       .store = &store,
				       .version = "1"};
	struct error error = {{0}};
	uint16_t port = free_port();
	struct addrinfo *known;
	struct http *http;

	(void)state;
	if (getaddrinfo("localhost", NULL, NULL, &known) != 0)
		skip(); /* a machine without /etc/hosts, as some are that only build */
	freeaddrinfo(known);
	snprintf(address, sizeof(address), "localhost:%u", port);
	http = http_prepare(&options, &error);
	assert_string_equal(error.text, "");
	assert_int_equal(http_start(http, &error), 0);
	assert_begins(ask(port, NULL, "GET /-/healthy" END), "HTTP/1.1 200 ");
	/* without a function that says otherwise, it is ready */
	assert_begins(ask(port, NULL, "GET /-/ready" END), "HTTP/1.1 200 ");
	http_stop(http);
}

static void garbage_is_answered_without_details(void **state)
{
	struct server server;
	const char *text;

	(void)state;
	server_start(&server, 0);
	text = ask(server.port, NULL, "\x16\x03\x01\x02\x01\r\n\r\n");
	assert_int_equal(occurrences(text, "1.2.3"), 0);
	assert_begins(ask(server.port, NULL, "GET /metrics" END), "HTTP/1.1 200 ");
	server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metrics_are_served_as_text_0_0_4),
		cmocka_unit_test(clients_of_a_prepared_server_wait_for_its_start),
		cmocka_unit_test(one_snapshot_is_rendered_once),
		cmocka_unit_test(no_snapshot_is_503),
		cmocka_unit_test(page_health_and_readiness_are_served),
		cmocka_unit_test(unknown_paths_are_404),
		cmocka_unit_test(other_methods_are_405_with_allow),
		cmocka_unit_test(head_has_the_header_and_no_body),
		cmocka_unit_test(pipelined_requests_are_answered_in_order),
		cmocka_unit_test(request_bodies_are_refused),
		cmocka_unit_test(endless_headers_are_refused),
		cmocka_unit_test(a_slow_client_is_cut_at_the_deadline),
		cmocka_unit_test(a_silent_client_is_cut_at_the_deadline),
		cmocka_unit_test(a_client_that_asks_in_time_is_kept),
		cmocka_unit_test(one_client_with_many_connections_gets_503_and_others_are_served),
		cmocka_unit_test(a_flood_of_connections_is_survived),
		cmocka_unit_test(stopping_waits_for_no_client),
		cmocka_unit_test(a_stopped_port_can_be_taken_again_at_once),
		cmocka_unit_test(a_port_in_use_is_named_with_the_mend),
		cmocka_unit_test(bad_addresses_and_paths_are_named_with_the_mend),
		cmocka_unit_test(several_listeners_of_both_families_are_served_by_one_thread),
		cmocka_unit_test(names_are_resolved),
		cmocka_unit_test(garbage_is_answered_without_details),
	};

	log_set_sink(no_log, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
