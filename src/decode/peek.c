/*
 * What decoding tells of single packets beside what is counted. The first bytes of routing's own
 * protocols:
 *
 *   IGMP, RFC 2236 2:            OSPF, RFC 2328 A.3.1, RFC 5340 A.3.1:
 *   0      1                     0         1      2        4           8         12
 *   +------+---------            +---------+------+--------+-----------+---------+---------
 *   | type | ...                 | version | type | length | router id | area id | ...
 *   +------+---------            +---------+------+--------+-----------+---------+---------
 *
 * And the ports of the packet that an ICMP error quotes, behind 8 bytes of its own (RFC 792; RFC 4443
 * 3.1), as much of it as there is; its addresses are the error's own, the other way round.
 */
#include "decode/transport.h"

#include <netinet/in.h>

#define IGMP_WANTED_BYTES 1
#define OSPF_WANTED_BYTES 12
#define ICMP_ERROR_BYTES  8
#define IPV4_BYTES        20
#define IPV6_BYTES        40
#define PORTS_BYTES       4

void igmp_peek(const struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, IGMP_WANTED_BYTES);

	if (header)
		packet->message = header[0];
}

void ospf_peek(const struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, OSPF_WANTED_BYTES);

	if (!header)
		return;
	packet->message = header[1];
	packet->ospf_router = read_be32(header + 4);
	packet->ospf_area = read_be32(header + 8);
}

/* How long the header of the quoted packet is, in front of its ports; 0: there are none. */
static uint32_t quoted_ipv4(const uint8_t *header)
{
	bool is_later_fragment = read_be16(header + 6) & 0x1fff;
	uint32_t bytes = 4U * (header[0] & 15);

	return header[0] >> 4 == 4 && bytes >= IPV4_BYTES && !is_later_fragment ? bytes : 0;
}

void icmp_peek(const struct reader *reader, struct packet *packet)
{
	bool is_ipv4 = packet->protocol == PROTOCOL_ICMP;
	uint32_t header_bytes = is_ipv4 ? IPV4_BYTES : IPV6_BYTES;
	const uint8_t *header = reader_bytes(reader, ICMP_ERROR_BYTES + header_bytes);
	uint8_t protocol;

	if (!header)
		return;
	header += ICMP_ERROR_BYTES;
	if (is_ipv4)
		header_bytes = quoted_ipv4(header);
	protocol = header[is_ipv4 ? 9 : 6];
	if (header_bytes == 0 || (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) ||
	    !reader_bytes(reader, ICMP_ERROR_BYTES + header_bytes + PORTS_BYTES))
		return;
	packet->message = protocol;
	packet->quoted_source_port = read_be16(header + header_bytes);
	packet->quoted_destination_port = read_be16(header + header_bytes + 2);
}
