/*
 * SCTP's common header, RFC 9260 3.1; only the ports are read:
 *
 *   0             2                  4                  8          12
 *   +-------------+------------------+------------------+----------+-----------
 *   | source port | destination port | verification tag | checksum | chunks ...
 *   +-------------+------------------+------------------+----------+-----------
 */
#include "decode/transport.h"

#include "decode/failure.h"

#define SCTP_BYTES        12
#define SCTP_WANTED_BYTES 4

void sctp_decode(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, SCTP_WANTED_BYTES);

	if (!header || reader->length < SCTP_BYTES) {
		transport_short(reader, SCTP_BYTES, packet);
		return;
	}
	packet->source_port = read_be16(header);
	packet->destination_port = read_be16(header + 2);
	packet->flags |= PACKET_PORTS;
}
