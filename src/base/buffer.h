/*
 * A growing output buffer of bytes. An allocation that fails or a size above the limit sets
 * `failed`, and everything appended later is ignored: check it once, at the end.
 */
#ifndef IPTALLY_BASE_BUFFER_H
#define IPTALLY_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
	char *data; /* not NUL-terminated */
	size_t length;
	size_t capacity;
	bool failed;
};

/* Frees the memory; the buffer is empty and usable again. */
void buffer_free(struct buffer *buffer);

void buffer_append(struct buffer *buffer, const void *data, size_t length);
void buffer_append_text(struct buffer *buffer, const char *text);
void buffer_append_u64(struct buffer *buffer, uint64_t value);
void buffer_printf(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
