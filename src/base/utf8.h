/* UTF-8, as the formats that programs read want it (RFC 3629). */
#ifndef IPTALLY_BASE_UTF8_H
#define IPTALLY_BASE_UTF8_H

#include <stddef.h>

/* What stands for bytes that are no UTF-8: U+FFFD. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

/* The length of the sequence at NUL-terminated text (RFC 3629, section 4), or 0: there is none. */
size_t utf8_length(const char *text);

#endif
