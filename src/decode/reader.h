/*
 * The only way to the bytes of a frame. A reader stands at a byte and knows how many follow in
 * our hands and how many followed on the wire: running out of the first alone is the snap length's
 * doing, running out of the second is the frame's own fault.
 */
#ifndef IPTALLY_DECODE_READER_H
#define IPTALLY_DECODE_READER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct reader {
	const uint8_t *at;
	uint32_t captured; /* bytes that may be read from `at` on; never above length */
	uint32_t length;   /* bytes left of the frame, or of the packet within it */
	uint16_t headers;  /* nested headers passed before the network header */
	uint16_t tags;     /* of them: VLAN tags */
};

/* The next n bytes, or NULL where fewer are in our hands. One call a header: it is the check. */
static inline const uint8_t *reader_bytes(const struct reader *reader, uint32_t n)
{
	return n <= reader->captured ? reader->at : NULL;
}

/* Moves on by n bytes, which need not have been captured. n must not be above length. */
static inline void reader_skip(struct reader *reader, uint32_t n)
{
	uint32_t captured = n <= reader->captured ? n : reader->captured;

	reader->at += captured;
	reader->captured -= captured;
	reader->length -= n;
}

/* Nothing after the next n bytes belongs to what is read: padding, a check sequence. */
static inline void reader_limit(struct reader *reader, uint32_t n)
{
	if (n < reader->length)
		reader->length = n;
	if (n < reader->captured)
		reader->captured = n;
}

/* Numbers of network byte order, at an offset that reader_bytes() has checked. */
static inline uint16_t read_be16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static inline uint32_t read_be32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static inline uint16_t read_le16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[1] << 8 | bytes[0]);
}

static inline uint32_t read_le32(const uint8_t *bytes)
{
	return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 |
	       bytes[0];
}

/* Numbers in the byte order of this machine, into which libpcap turns those of some headers. */
static inline uint16_t read_host16(const uint8_t *bytes)
{
	uint16_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

#endif
