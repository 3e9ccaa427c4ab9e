/*
 * TCP, RFC 9293 3.1:
 *
 *   0           2           4           8           12     13      14       16         18       20
 *   +-----------+-----------+-----------+-----------+------+-------+--------+----------+--------+
 *   | source    | destinat. | sequence  | acknowl.  |offset| flags | window | checksum | urgent |
 *   | port      | port      | number    | number    |      |       |        |          | pointer|
 *   +-----------+-----------+-----------+-----------+------+-------+--------+----------+--------+
 *
 * The offset, in the upper half of its byte, counts words of 4 bytes. Options follow, of which a
 * SYN's window scale is read: kind 3, length 3, shift count (RFC 7323 2.2).
 */
#include "decode/transport.h"

#include "decode/failure.h"

#define TCP_BYTES        20
#define TCP_WANTED_BYTES 16 /* neither checksum nor urgent pointer are read */

enum { OPTION_END = 0, OPTION_PADDING = 1, OPTION_WINDOW_SCALE = 3 };

/* A greater shift is used as this (RFC 7323 2.3). */
#define SCALE_MOST 14

/* Options that our own snap length or the frame's end cut are as good as not there. */
static uint8_t window_scale(const uint8_t *options, size_t length)
{
	size_t at = 0;

	while (at < length && options[at] != OPTION_END) {
		size_t rest = length - at;

		if (options[at] == OPTION_PADDING) {
			at++;
			continue;
		}
		if (rest < 2 || options[at + 1] < 2)
			break;
		if (options[at] == OPTION_WINDOW_SCALE && options[at + 1] == 3 && rest >= 3)
			return options[at + 2] < SCALE_MOST ? options[at + 2] : SCALE_MOST;
		at += options[at + 1];
	}
	return TCP_NO_SCALE;
}

static uint8_t options_scale(const struct reader *reader, uint32_t header_bytes)
{
	uint32_t end = header_bytes < reader->captured ? header_bytes : reader->captured;

	return end > TCP_BYTES ? window_scale(reader->at + TCP_BYTES, end - TCP_BYTES)
			       : TCP_NO_SCALE;
}

void tcp_decode(struct reader *reader, uint32_t ip_payload, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, TCP_WANTED_BYTES);
	uint32_t header_bytes;

	if (!header || reader->length < TCP_BYTES) {
		transport_short(reader, TCP_BYTES, packet);
		return;
	}
	packet->source_port = read_be16(header);
	packet->destination_port = read_be16(header + 2);
	packet->tcp_sequence = read_be32(header + 4);
	packet->tcp_acknowledgement = read_be32(header + 8);
	packet->tcp_flags = header[13];
	packet->tcp_window = read_be16(header + 14);
	packet->tcp_window_scale = TCP_NO_SCALE;
	packet->flags |= PACKET_PORTS | PACKET_TCP;

	header_bytes = (header[12] >> 4) * 4u;
	if (packet->tcp_flags & TCP_SYN && header_bytes > TCP_BYTES)
		packet->tcp_window_scale = options_scale(reader, header_bytes);
	if (header_bytes >= TCP_BYTES && header_bytes <= ip_payload)
		packet->payload_bytes = ip_payload - header_bytes;
	else if (header_bytes < TCP_BYTES || !(packet->flags & PACKET_FRAGMENT))
		packet_fail(packet, DECODE_BAD_HEADER_LENGTH);
}
