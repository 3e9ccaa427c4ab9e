/* Bodies in gzip, for those who accept it: scrapers do, and text is a tenth of its size then. */
#ifndef IPTALLY_HTTP_GZIP_H
#define IPTALLY_HTTP_GZIP_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"

/* zlib's state, which is 256 KiB: made once, since to make it takes longer than to compress a scrape. */
struct gzip;

/* NULL and *error where memory is short. */
struct gzip *gzip_create(struct error *error);
void gzip_destroy(struct gzip *gzip);

/* What an Accept-Encoding header says of gzip (RFC 9110 12.5.3); NULL: there was none. */
bool gzip_is_accepted(const char *accept_encoding);

/* Replaces the buffer's bytes by their gzip form (RFC 1952), made fast rather than small. Where memory
 * is short the buffer has failed. */
void gzip_compress(struct gzip *gzip, struct buffer *buffer);

#endif
