/* Listening sockets for --web.listen-address. */
#ifndef IPTALLY_HTTP_LISTENER_H
#define IPTALLY_HTTP_LISTENER_H

#include <stddef.h>

#include "base/error.h"

/* Sockets that listen, non-blocking. Starts zeroed. */
struct listeners {
	int *fds;
	size_t n;
};

/*
 * Listens on every address that "HOST:PORT", "[V6]:PORT" or ":PORT" (all of both families) stands
 * for, and adds the sockets. An address family that this machine has not is left out as long as
 * one socket remains. Returns 0, or a negative errno with *error filled: it names the address and
 * the mend; sockets that were added stay the caller's to close.
 */
int listeners_add(struct listeners *listeners, const char *address, struct error *error);

/* Frees the list and closes what it still holds (fd >= 0). */
void listeners_close(struct listeners *listeners);

#endif
