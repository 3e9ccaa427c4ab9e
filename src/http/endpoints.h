/* What the server answers: one table of paths, each with a function. For the HTTP thread alone. */
#ifndef IPTALLY_HTTP_ENDPOINTS_H
#define IPTALLY_HTTP_ENDPOINTS_H

#include <microhttpd.h>
#include <stdbool.h>

#include "base/error.h"
#include "http/server.h"

struct endpoints;

/* The options must outlive it. Returns NULL with *error filled. */
struct endpoints *endpoints_create(const struct http_options *options, struct error *error);
void endpoints_destroy(struct endpoints *endpoints);

/* Whether a request announces a body, which no endpoint wants. */
bool endpoints_has_body(struct MHD_Connection *connection);

/* Queues the answer to a request whose header is read; is_crowded: nothing but 503. */
enum MHD_Result endpoints_answer(struct endpoints *endpoints, struct MHD_Connection *connection,
				 const char *path, const char *method, bool is_crowded);

#endif
