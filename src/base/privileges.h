/* Giving up what the agent no longer needs once everything is open. */
#ifndef IPTALLY_BASE_PRIVILEGES_H
#define IPTALLY_BASE_PRIVILEGES_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Started as root, becomes `user` (NULL: iptally where there is one, else nobody); in any case keeps
 * no capability but, where asked, CAP_NET_RAW (an interface that returns must be opened again), in
 * the calling thread and those that it starts later, and can gain none (no_new_privs). Other threads
 * lose all. Can be called again to keep less. Returns 0, or a negative errno with *error filled.
 */
int privileges_drop(const char *user, bool keep_net_raw, struct error *error);

#endif
