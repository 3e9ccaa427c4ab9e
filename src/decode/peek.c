/*
 * The first bytes of routing's own protocols, for who looks at single packets:
 *
 *   IGMP, RFC 2236 2:            OSPF, RFC 2328 A.3.1, RFC 5340 A.3.1:
 *   0      1                     0         1      2        4           8         12
 *   +------+---------            +---------+------+--------+-----------+---------+---------
 *   | type | ...                 | version | type | length | router id | area id | ...
 *   +------+---------            +---------+------+--------+-----------+---------+---------
 */
#include "decode/transport.h"

#define IGMP_WANTED_BYTES 1
#define OSPF_WANTED_BYTES 12

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
