/*
 * What Solaris shows of the IP layer, LINKTYPE 226; none of the header was on a wire:
 *
 *   0         1        2            4        8           12    16     20            24
 *   +---------+--------+------------+--------+-----------+-----+------+-------------+------
 *   | version | family | hook type  | length | interface | group      zones...     | IP ...
 *   +---------+--------+------------+--------+-----------+-----+------+-------------+------
 */
#include "decode/link.h"

#include "decode/failure.h"
#include "decode/network.h"

#define FAMILY_IPV4 2
#define FAMILY_IPV6 26

void link_decode_ipnet(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, IPNET_BYTES);

	if (!header) {
		packet_short(packet, reader, IPNET_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	reader_skip(reader, IPNET_BYTES);
	switch (header[1]) {
	case FAMILY_IPV4:
		ipv4_decode(reader, packet);
		return;
	case FAMILY_IPV6:
		ipv6_decode(reader, packet);
		return;
	default:
		network_other(reader, packet);
	}
}
