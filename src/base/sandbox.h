/* The system calls that are left once the agent runs. */
#ifndef IPTALLY_BASE_SANDBOX_H
#define IPTALLY_BASE_SANDBOX_H

#include "base/error.h"

/*
 * Puts all threads, present and future, under a list of allowed system calls (seccomp); any other
 * one fails with EPERM. Call it when everything is started; needs no_new_privs (privileges_drop).
 * Built without libseccomp it does nothing. Returns 0, or a negative errno with *error filled.
 */
int sandbox_enter(struct error *error);

#endif
