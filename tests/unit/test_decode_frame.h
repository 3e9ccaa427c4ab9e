/*
 * Frames for the tests of decoding, written down as hexadecimal text: each test shows its bytes.
 * The bytes lie in a block of exactly their size, so that a sanitizer sees any read beyond them.
 */
#ifndef IPTALLY_TEST_DECODE_FRAME_H
#define IPTALLY_TEST_DECODE_FRAME_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <pcap/dlt.h>

#include "decode/decode.h"

#define FRAME_TEXT_BYTES_MAX 4096

/* Station 02:00:00:00:00:01 sends to 02:00:00:00:00:02. */
#define MACS           "02 00 00 00 00 02  02 00 00 00 00 01 "
#define ETHERNET(type) MACS type " "

/* 10.0.0.1 -> 10.0.0.2, identification 1234; total length, flags and offset, protocol. */
#define IPV4(total, fragment, protocol)                                                            \
	"45 00 " total " 12 34 " fragment " 40 " protocol " 00 00 0a 00 00 01 0a 00 00 02 "

/* 2001:db8::1 -> 2001:db8::2; payload length, next header. */
#define IPV6(payload, next)                                                                        \
	"60 00 00 00 " payload " " next " 40 "                                                     \
	"20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 "                                         \
	"20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02 "

/* 49152 -> 80, sequence 1000, acknowledgement 2000, window 8192, no payload. */
#define TCP_PORTS       "c0 00 00 50 "
#define TCP_FLAGS(bits) TCP_PORTS "00 00 03 e8 00 00 07 d0 50 " bits " 20 00 00 00 00 00 "
#define TCP             TCP_FLAGS("02")

/* 5000 -> 53, 4 bytes of payload. */
#define UDP_PORTS "13 88 00 35 "
#define UDP       UDP_PORTS "00 0c 00 00 de ad be ef "

/* Echo request, identifier 0x0102. */
#define ICMP_ECHO   "08 00 00 00 01 02 00 01 "
#define ICMPV6_ECHO "80 00 00 00 01 02 00 01 "

#define ARP_REQUEST                                                                                \
	"00 01 08 00 06 04 00 01 02 00 00 00 00 01 0a 00 00 01 "                                   \
	"00 00 00 00 00 00 0a 00 00 02 "

/* Writes the bytes of the text and returns their number. */
static inline uint32_t frame_bytes_of(const char *text, uint8_t bytes[FRAME_TEXT_BYTES_MAX])
{
	uint32_t n = 0;

	while (*text) {
		char *end;

		if (*text == ' ') {
			text++;
			continue;
		}
		assert_true(n < FRAME_TEXT_BYTES_MAX);
		bytes[n++] = (uint8_t)strtoul((char[3]){text[0], text[1], 0}, &end, 16);
		assert_int_equal(*end, 0);
		text += 2;
	}
	return n;
}

/* A frame of which `captured` bytes are in our hands; zeros where the text has no more. */
static inline struct packet decode_sized(const struct link_type *link, const char *text,
					 uint32_t captured, uint32_t length)
{
	uint8_t bytes[FRAME_TEXT_BYTES_MAX];
	uint32_t n = frame_bytes_of(text, bytes);
	uint8_t *data = calloc(1, captured > 0 ? captured : 1);
	struct frame frame = {
		.data = data,
		.captured = captured,
		.length = length,
		.time = {42},
		.direction = DIRECTION_RECEIVE,
	};
	struct packet packet;

	assert_non_null(data);
	memset(&packet, 0xa5, sizeof(packet));
	memcpy(data, bytes, n < captured ? n : captured);
	decode_frame(link, &frame, &packet);
	free(data);
	return packet;
}

static inline struct packet decode_text(int dlt, const char *text)
{
	uint8_t bytes[FRAME_TEXT_BYTES_MAX];
	uint32_t n = frame_bytes_of(text, bytes);

	return decode_sized(link_type_find(dlt), text, n, n);
}

/* The same frame, of which only the first bytes were captured. */
static inline struct packet decode_snapped(int dlt, const char *text, uint32_t captured)
{
	uint8_t bytes[FRAME_TEXT_BYTES_MAX];

	return decode_sized(link_type_find(dlt), text, captured, frame_bytes_of(text, bytes));
}

/* A frame that itself ends after its first bytes. */
static inline struct packet decode_ending(int dlt, const char *text, uint32_t length)
{
	return decode_sized(link_type_find(dlt), text, length, length);
}

static inline void assert_kind(const struct packet *packet, enum network network,
			       enum protocol protocol, enum decode_error error)
{
	assert_string_equal(network_name(packet->network), network_name(network));
	assert_string_equal(protocol_name(packet->protocol), protocol_name(protocol));
	assert_string_equal(decode_error_name(packet->error), decode_error_name(error));
	assert_true(packet->link_bytes <= packet->frame_bytes);
}

static inline void assert_ports(const struct packet *packet, unsigned source, unsigned destination)
{
	assert_true(packet->flags & PACKET_PORTS);
	assert_int_equal(packet->source_port, source);
	assert_int_equal(packet->destination_port, destination);
}

#endif
