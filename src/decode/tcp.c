/*
 * TCP, RFC 9293 3.1:
 *
 *   0           2           4           8           12     13      14       16         18       20
 *   +-----------+-----------+-----------+-----------+------+-------+--------+----------+--------+
 *   | source    | destinat. | sequence  | acknowl.  |offset| flags | window | checksum | urgent |
 *   | port      | port      | number    | number    |      |       |        |          | pointer|
 *   +-----------+-----------+-----------+-----------+------+-------+--------+----------+--------+
 *
 * The offset, in the upper half of its byte, counts words of 4 bytes.
 */
#include "decode/transport.h"

#include "decode/failure.h"

#define TCP_BYTES        20
#define TCP_WANTED_BYTES 16 /* neither checksum nor urgent pointer nor options are read */

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
	packet->flags |= PACKET_PORTS | PACKET_TCP;

	header_bytes = (header[12] >> 4) * 4u;
	if (header_bytes >= TCP_BYTES && header_bytes <= ip_payload)
		packet->payload_bytes = ip_payload - header_bytes;
	else if (header_bytes < TCP_BYTES || !(packet->flags & PACKET_FRAGMENT))
		packet_fail(packet, DECODE_BAD_HEADER_LENGTH);
}
