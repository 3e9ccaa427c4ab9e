/* Which encodings a client accepts, and zlib. */
#include "http/gzip.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <zlib.h>

#define WINDOW_BITS (15 + 16) /* the largest, and gzip's form (zlib.h) */
#define MEMORY      8         /* zlib's default */

static bool is_name(const char *word, size_t length, const char *name)
{
	return length == strlen(name) && strncasecmp(word, name, length) == 0;
}

static size_t skip(const char *text, const char *these)
{
	return strspn(text, these);
}

/* The weight behind a coding, whose parameters begin here: whether it is above 0. */
static bool is_wanted(const char *parameters)
{
	const char *at = parameters + skip(parameters, " \t");

	if (*at != ';')
		return true;
	at += 1 + skip(at + 1, " \t");
	if (strncasecmp(at, "q=", 2) != 0)
		return true;
	at += 2 + skip(at + 2, "0.");
	return *at >= '1' && *at <= '9';
}

bool gzip_is_accepted(const char *accept_encoding)
{
	bool others_are = false;

	for (const char *at = accept_encoding; at && *at; at += strcspn(at, ",")) {
		size_t length;

		at += skip(at, ", \t");
		length = strcspn(at, ",; \t");
		if (is_name(at, length, "gzip") || is_name(at, length, "x-gzip"))
			return is_wanted(at + length);
		if (is_name(at, length, "*"))
			others_are = is_wanted(at + length);
	}
	return others_are;
}

struct gzip {
	z_stream stream;
};

struct gzip *gzip_create(struct error *error)
{
	struct gzip *gzip = calloc(1, sizeof(*gzip));

	if (gzip && deflateInit2(&gzip->stream, Z_BEST_SPEED, Z_DEFLATED, WINDOW_BITS, MEMORY,
				 Z_DEFAULT_STRATEGY) == Z_OK)
		return gzip;
	free(gzip);
	error_set(error, ENOMEM, "HTTP server: no memory for zlib");
	return NULL;
}

void gzip_destroy(struct gzip *gzip)
{
	if (gzip)
		deflateEnd(&gzip->stream);
	free(gzip);
}

static bool compress_into(struct buffer *out, struct gzip *gzip, const struct buffer *in)
{
	z_stream *stream = &gzip->stream;
	int result;

	if (in->length > UINT_MAX || deflateReset(stream) != Z_OK)
		return false;
	stream->next_in = (Bytef *)in->data;
	stream->avail_in = (uInt)in->length;
	do {
		char block[16384];

		stream->next_out = (Bytef *)block;
		stream->avail_out = sizeof(block);
		result = deflate(stream, Z_FINISH);
		buffer_append(out, block, sizeof(block) - stream->avail_out);
	} while (result == Z_OK);
	return result == Z_STREAM_END;
}

void gzip_compress(struct gzip *gzip, struct buffer *buffer)
{
	struct buffer compressed = {0};

	if (buffer->failed)
		return;
	if (!compress_into(&compressed, gzip, buffer))
		compressed.failed = true;
	buffer_free(buffer);
	*buffer = compressed;
}
