/*
 * The JSON API: GET /api/v1/ lists what there is, /api/v1/FAMILY has a family's rows. It tells who
 * talks to whom, so only programs on this machine may ask, and no page of another site.
 */
#ifndef IPTALLY_HTTP_API_H
#define IPTALLY_HTTP_API_H

#include <microhttpd.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "snapshot/snapshot.h"

#define API_PREFIX "/api/v1/"

static const char api_forbidden[] =
	"The API answers programs on this machine only: ask it at http://127.0.0.1 or localhost.\n";

/*
 * Whether a request comes from this machine and was meant for it: by the peer's address, and by the
 * Host that it names, which a page of another site cannot make a local one (DNS rebinding).
 */
bool api_is_allowed(struct MHD_Connection *connection);

/*
 * Renders what stands behind the prefix: "" is the index, else a family's name, in plural where one
 * likes. False: there is nothing of that name. Check body->failed.
 */
bool api_render(const struct snapshot *snapshot, const char *name, struct buffer *body);

#endif
