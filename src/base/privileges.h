/* Giving up what the agent no longer needs once everything is open. */
#ifndef IPTALLY_BASE_PRIVILEGES_H
#define IPTALLY_BASE_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * Started as root, becomes `user` (NULL: iptally where there is one, else nobody); in any case keeps
 * no capability but, where asked, CAP_NET_RAW (an interface that returns must be opened again), in
 * the calling thread and those that it starts later, and can gain none (no_new_privs). Other threads
 * lose all. Can be called again to keep less. Returns 0, or a negative errno with *error filled.
 */
int privileges_drop(const char *user, bool keep_net_raw, struct error *error);

/*
 * open(2), before the above. As root, opens as this user where that user may, so that it may later,
 * too; and else as root, but then no symbolic link is followed that another user can have made.
 */
int privileges_open(const char *user, const char *path, int flags, mode_t mode);

#endif
