/* The network protocols that need no more than a look: ARP, IP of unknown version, and all others. */
#include "decode/network.h"

#include "decode/failure.h"

/* RFC 826: hardware and protocol type, their address lengths, operation. */
#define ARP_BYTES 8

void network_other(struct reader *reader, struct packet *packet)
{
	packet_link_ends(packet, reader);
}

/* The type field in front of it has already told that it is ARP. */
void arp_decode(struct reader *reader, struct packet *packet)
{
	packet_link_ends(packet, reader);
	packet->network = NETWORK_ARP;
	if (!reader_bytes(reader, ARP_BYTES))
		packet_short(packet, reader, ARP_BYTES, DECODE_TRUNCATED_NETWORK);
}

void ip_decode(struct reader *reader, struct packet *packet)
{
	const uint8_t *first = reader_bytes(reader, 1);

	if (!first) {
		packet_link_ends(packet, reader);
		packet_short(packet, reader, 1, DECODE_TRUNCATED_NETWORK);
	} else if (*first >> 4 == 4) {
		ipv4_decode(reader, packet);
	} else if (*first >> 4 == 6) {
		ipv6_decode(reader, packet);
	} else {
		packet_link_ends(packet, reader);
		packet_fail(packet, DECODE_BAD_VERSION);
	}
}
