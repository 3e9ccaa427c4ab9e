/* The network protocols that need no more than a look: ARP, IP of unknown version, and all others. */
#include "decode/network.h"

#include <string.h>

#include "decode/failure.h"

/*
 * RFC 826; the lengths are those of the addresses:
 *
 *   0          2          4      5      6           8        + h      + p      + h      + p
 *   +----------+----------+------+------+-----------+--------+--------+--------+--------+
 *   | hardware | protocol | h    | p    | operation | sender's        | target's        |
 *   +----------+----------+------+------+-----------+--------+--------+--------+--------+
 */
#define ARP_BYTES          8
#define ARP_IPV4_ADDRESSES 4

void network_other(struct reader *reader, struct packet *packet)
{
	packet_link_ends(packet, reader);
}

/* Who asks for whom. A link that does not pad its frames may end in the last address, which is cut
 * to tell the direction: then the target is not known. */
static void arp_peek(const struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, ARP_BYTES);
	uint32_t sender_at, target_at;

	if (read_be16(header + 2) != ETHERTYPE_IPV4 || header[5] != ARP_IPV4_ADDRESSES ||
	    header[6] != 0)
		return;
	sender_at = ARP_BYTES + header[4];
	target_at = sender_at + ARP_IPV4_ADDRESSES + header[4];
	if (!reader_bytes(reader, sender_at + ARP_IPV4_ADDRESSES))
		return;
	packet->message = header[7];
	memcpy(packet->source, header + sender_at, ARP_IPV4_ADDRESSES);
	if (reader_bytes(reader, target_at + ARP_IPV4_ADDRESSES))
		memcpy(packet->destination, header + target_at, ARP_IPV4_ADDRESSES);
}

/* The type field in front of it has already told that it is ARP. */
void arp_decode(struct reader *reader, struct packet *packet)
{
	packet_link_ends(packet, reader);
	packet->network = NETWORK_ARP;
	if (reader_bytes(reader, ARP_BYTES))
		arp_peek(reader, packet);
	else
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
