/* What may stand as a name in a log, a label, a column: cleaned once, where it comes from. */
#ifndef IPTALLY_NAMES_HOSTNAME_H
#define IPTALLY_NAMES_HOSTNAME_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Copies a host's name (RFC 1123, 2.1, and '_') without the dot at its end. False, where it has
 * anything else in it, is too long, or looks like an IPv4 address; then `clean` is not to be used.
 */
bool hostname_clean(const char *name, char *clean, size_t size);

#endif
