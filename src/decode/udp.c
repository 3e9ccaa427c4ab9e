/*
 * UDP, RFC 768:
 *
 *   0             2                  4        6          8
 *   +-------------+------------------+--------+----------+---------
 *   | source port | destination port | length | checksum | data ...
 *   +-------------+------------------+--------+----------+---------
 */
#include "decode/transport.h"

#include "decode/failure.h"

#define UDP_BYTES        8
#define UDP_WANTED_BYTES 6 /* the checksum is not read */

/*
 * The length counts the header. It is 0 where a packet is too long for it (RFC 2675 4), and that of
 * the whole datagram in its first fragment.
 */
static bool length_is_right(uint32_t length, uint32_t ip_payload, const struct packet *packet)
{
	if (length < UDP_BYTES)
		return length == 0 && ip_payload > UINT16_MAX;
	return length <= ip_payload || packet->flags & PACKET_FRAGMENT;
}

void udp_decode(struct reader *reader, uint32_t ip_payload, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, UDP_WANTED_BYTES);

	if (!header || reader->length < UDP_BYTES) {
		transport_short(reader, UDP_BYTES, packet);
		return;
	}
	packet->source_port = read_be16(header);
	packet->destination_port = read_be16(header + 2);
	packet->flags |= PACKET_PORTS;
	packet->payload_bytes = ip_payload - UDP_BYTES;
	if (!length_is_right(read_be16(header + 4), ip_payload, packet))
		packet_fail(packet, DECODE_BAD_HEADER_LENGTH);
}
