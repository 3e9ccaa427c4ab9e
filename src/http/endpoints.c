/* The paths of the server and their answers. */
#include "http/endpoints.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "http/api.h"
#include "http/exposition.h"
#include "http/gzip.h"

#define TEXT_TYPE "text/plain; charset=utf-8"
#define HTML_TYPE "text/html; charset=utf-8"
#define JSON_TYPE "application/json"

/* The last answer: scrapes of the same snapshot share it. The library counts who still sends it. */
struct rendered {
	struct MHD_Response *response; /* NULL: there is none yet */
	uint64_t number;               /* of its snapshot */
};

struct endpoints {
	const struct http_options *options;
	struct exposition *exposition;
	struct gzip *gzip;
	struct buffer page;

	struct rendered scrapes[2]; /* plain, and in gzip */
};

/* Path NULL: the telemetry path. Rest: what follows the path of an endpoint that is a prefix. */
struct endpoint {
	const char *path;
	enum MHD_Result (*answer)(struct endpoints *endpoints, struct MHD_Connection *connection,
				  const char *rest);
	bool is_prefix;
};

static enum MHD_Result answer_scrape(struct endpoints *, struct MHD_Connection *, const char *);
static enum MHD_Result answer_page(struct endpoints *, struct MHD_Connection *, const char *);
static enum MHD_Result answer_healthy(struct endpoints *, struct MHD_Connection *, const char *);
static enum MHD_Result answer_ready(struct endpoints *, struct MHD_Connection *, const char *);
static enum MHD_Result answer_api(struct endpoints *, struct MHD_Connection *, const char *);

static const struct endpoint endpoint_table[] = {
	{.path = NULL, .answer = answer_scrape},
	{.path = "/", .answer = answer_page},
	{.path = "/-/healthy", .answer = answer_healthy},
	{.path = "/-/ready", .answer = answer_ready},
	{.path = API_PREFIX, .answer = answer_api, .is_prefix = true},
};

/* Adds what every answer has; frees the response where that fails. */
static struct MHD_Response *finish(struct MHD_Response *response, const char *type)
{
	if (response && MHD_add_response_header(response, "Content-Type", type) == MHD_YES &&
	    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff") == MHD_YES)
		return response;
	if (response)
		MHD_destroy_response(response);
	return NULL;
}

/* The text must last until it is sent. Header: one more, or NULL. */
static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned status,
				   const char *text, const char *header, const char *value)
{
	struct MHD_Response *response =
		finish(MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
						       MHD_RESPMEM_PERSISTENT),
		       TEXT_TYPE);
	enum MHD_Result result = MHD_NO;

	if (!response)
		return MHD_NO;
	if (!header || MHD_add_response_header(response, header, value) == MHD_YES)
		result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer_no_memory(struct MHD_Connection *connection)
{
	return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "No memory for a snapshot.\n",
			   "Retry-After", "1");
}

/* Takes the body over. NULL where it is not whole, or memory is short. */
static struct MHD_Response *respond_with(struct buffer *body, const char *type)
{
	struct MHD_Response *response = NULL;

	if (!body->failed)
		response = MHD_create_response_from_buffer(body->length, body->data,
							   MHD_RESPMEM_MUST_FREE);
	if (!response)
		buffer_free(body);
	return finish(response, type);
}

static bool is_compressed(struct MHD_Response *response)
{
	return MHD_add_response_header(response, "Content-Encoding", "gzip") == MHD_YES;
}

/* NULL where memory is short. */
static struct MHD_Response *render(const struct endpoints *endpoints,
				   const struct snapshot *snapshot, bool in_gzip)
{
	struct MHD_Response *response;
	struct buffer body = {0};

	exposition_render(endpoints->exposition, snapshot, &body);
	if (in_gzip)
		gzip_compress(endpoints->gzip, &body);
	response = respond_with(&body, EXPOSITION_CONTENT_TYPE);
	if (response && MHD_add_response_header(response, "Vary", "Accept-Encoding") == MHD_YES &&
	    (!in_gzip || is_compressed(response)))
		return response;
	if (response)
		MHD_destroy_response(response);
	return NULL;
}

static enum MHD_Result answer_scrape(struct endpoints *endpoints, struct MHD_Connection *connection,
				     const char *rest)
{
	const struct snapshot *snapshot = snapshot_get_for_scrape(endpoints->options->store);
	bool in_gzip = gzip_is_accepted(MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_ENCODING));
	struct rendered *scrape = &endpoints->scrapes[in_gzip];

	(void)rest;
	if (!snapshot)
		return answer_no_memory(connection);
	if (!scrape->response || scrape->number != snapshot->number) {
		if (scrape->response)
			MHD_destroy_response(scrape->response);
		scrape->response = render(endpoints, snapshot, in_gzip);
		scrape->number = snapshot->number;
	}
	snapshot_release(snapshot);
	if (!scrape->response)
		return answer_no_memory(connection);
	return MHD_queue_response(connection, MHD_HTTP_OK, scrape->response);
}

static enum MHD_Result answer_api(struct endpoints *endpoints, struct MHD_Connection *connection,
				  const char *rest)
{
	const struct snapshot *snapshot;
	struct MHD_Response *response;
	struct buffer body = {0};
	enum MHD_Result result;
	bool found;

	if (!api_is_allowed(connection))
		return answer_text(connection, MHD_HTTP_FORBIDDEN, api_forbidden, NULL, NULL);
	snapshot = snapshot_get(endpoints->options->store, 0);
	if (!snapshot)
		return answer_no_memory(connection);
	found = api_render(snapshot, rest, &body);
	snapshot_release(snapshot);
	if (!found)
		return answer_text(connection, MHD_HTTP_NOT_FOUND, "Not found.\n", NULL, NULL);
	response = respond_with(&body, JSON_TYPE);
	if (!response)
		return answer_no_memory(connection);
	result = MHD_NO;
	if (MHD_add_response_header(response, "Cache-Control", "no-store") == MHD_YES)
		result = MHD_queue_response(connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer_page(struct endpoints *endpoints, struct MHD_Connection *connection,
				   const char *rest)
{
	struct MHD_Response *response =
		finish(MHD_create_response_from_buffer(endpoints->page.length, endpoints->page.data,
						       MHD_RESPMEM_PERSISTENT),
		       HTML_TYPE);
	enum MHD_Result result;

	(void)rest;
	if (!response)
		return MHD_NO;
	result = MHD_queue_response(connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer_healthy(struct endpoints *endpoints,
				      struct MHD_Connection *connection, const char *rest)
{
	(void)endpoints;
	(void)rest;
	return answer_text(connection, MHD_HTTP_OK, "iptally is healthy.\n", NULL, NULL);
}

static enum MHD_Result answer_ready(struct endpoints *endpoints, struct MHD_Connection *connection,
				    const char *rest)
{
	const struct http_options *options = endpoints->options;

	(void)rest;
	if (options->is_ready && !options->is_ready(options->ready_context))
		return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
				   "iptally is not ready.\n", "Retry-After", "1");
	return answer_text(connection, MHD_HTTP_OK, "iptally is ready.\n", NULL, NULL);
}

bool endpoints_has_body(struct MHD_Connection *connection)
{
	const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
							 MHD_HTTP_HEADER_CONTENT_LENGTH);

	return (length && strcmp(length, "0") != 0) ||
	       MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
					   MHD_HTTP_HEADER_TRANSFER_ENCODING);
}

/* What follows an endpoint's path, which is "" unless that is a prefix; NULL: it is another's. */
static const char *match(const struct endpoint *endpoint, const char *telemetry_path,
			 const char *path)
{
	const char *own = endpoint->path ? endpoint->path : telemetry_path;
	size_t length = strlen(own);

	if (strncmp(own, path, length) != 0 || (path[length] && !endpoint->is_prefix))
		return NULL;
	return path + length;
}

static const struct endpoint *endpoint_find(const struct endpoints *endpoints, const char *path,
					    const char **rest)
{
	for (size_t i = 0; i < COUNT(endpoint_table); i++) {
		*rest = match(&endpoint_table[i], endpoints->options->telemetry_path, path);
		if (*rest)
			return &endpoint_table[i];
	}
	return NULL;
}

enum MHD_Result endpoints_answer(struct endpoints *endpoints, struct MHD_Connection *connection,
				 const char *path, const char *method, bool is_crowded)
{
	const char *rest;
	const struct endpoint *endpoint = endpoint_find(endpoints, path, &rest);

	if (is_crowded)
		return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
				   "Too many connections.\n", "Connection", "close");
	if (!endpoint)
		return answer_text(connection, MHD_HTTP_NOT_FOUND, "Not found.\n", NULL, NULL);
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
				   "Only GET and HEAD are allowed.\n", "Allow", "GET, HEAD");
	if (endpoints_has_body(connection))
		return answer_text(connection, MHD_HTTP_CONTENT_TOO_LARGE,
				   "No request body is wanted here.\n", "Connection", "close");
	return endpoint->answer(endpoints, connection, rest);
}

/* Also keeps the path free of what HTML or a query would give a meaning. */
static int check_telemetry_path(const char *path, struct error *error)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789/-._~";

	if (*path != '/' || path[strspn(path, allowed)])
		return error_set(error, EINVAL,
				 "--web.telemetry-path=%s: it must begin with / and hold nothing "
				 "but letters, digits and / - . _ ~",
				 path);
	for (size_t i = 0; i < COUNT(endpoint_table); i++)
		if (endpoint_table[i].path && match(&endpoint_table[i], NULL, path))
			return error_set(
				error, EINVAL,
				"--web.telemetry-path=%s: that path has a meaning already: "
				"choose another",
				path);
	return 0;
}

static void write_page(struct buffer *page, const struct http_options *options)
{
	buffer_printf(page,
		      "<!DOCTYPE html>\n"
		      "<html lang=\"en\">\n"
		      "<head><meta charset=\"utf-8\"><title>iptally</title></head>\n"
		      "<body>\n"
		      "<h1>iptally</h1>\n"
		      "<p>Version %s</p>\n"
		      "<ul>\n"
		      "<li><a href=\"%s\">Metrics</a></li>\n"
		      "<li><a href=\"" API_PREFIX "\">JSON</a>, for this machine only</li>\n"
		      "<li><a href=\"/-/healthy\">Healthy?</a></li>\n"
		      "<li><a href=\"/-/ready\">Ready?</a></li>\n"
		      "</ul>\n"
		      "</body>\n"
		      "</html>\n",
		      options->version, options->telemetry_path);
}

struct endpoints *endpoints_create(const struct http_options *options, struct error *error)
{
	struct endpoints *endpoints;

	if (check_telemetry_path(options->telemetry_path, error) < 0)
		return NULL;
	endpoints = calloc(1, sizeof(*endpoints));
	if (!endpoints) {
		error_set(error, ENOMEM, "HTTP server: out of memory");
		return NULL;
	}
	endpoints->options = options;
	endpoints->exposition = exposition_create(error);
	endpoints->gzip = gzip_create(error);
	if (!endpoints->exposition || !endpoints->gzip)
		goto failed;
	write_page(&endpoints->page, options);
	if (endpoints->page.failed) {
		error_set(error, ENOMEM, "HTTP server: out of memory");
		goto failed;
	}
	return endpoints;
failed:
	endpoints_destroy(endpoints);
	return NULL;
}

void endpoints_destroy(struct endpoints *endpoints)
{
	if (!endpoints)
		return;
	for (size_t i = 0; i < COUNT(endpoints->scrapes); i++)
		if (endpoints->scrapes[i].response)
			MHD_destroy_response(endpoints->scrapes[i].response);
	exposition_destroy(endpoints->exposition);
	gzip_destroy(endpoints->gzip);
	buffer_free(&endpoints->page);
	free(endpoints);
}
