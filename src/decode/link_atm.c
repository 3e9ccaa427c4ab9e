/*
 * Packets of ATM adaptation layer 5, put together again (RFC 2684): LINKTYPE 100 with LLC, 106
 * ("classical IP") with LLC and SNAP or with nothing in front of IP, and 123 (SunATM) behind
 *
 *   0         1     2     4
 *   +---------+-----+-----+---------
 *   | traffic | VPI | VCI | packet ...
 *   +---------+-----+-----+---------
 *
 * whose low four bits of traffic are 1 for LAN emulation (two bytes, then Ethernet) and 2 for LLC.
 * A bridged frame has two bytes of padding in front here.
 */
#include "decode/link.h"

#include "decode/failure.h"
#include "decode/network.h"

#define LLC_BYTES    3
#define LLC_SNAP     0xaaaa03
#define BRIDGED_PAD  2
#define TRAFFIC_KIND 0x0f
#define TRAFFIC_LANE 1
#define TRAFFIC_LLC  2
#define LANE_BYTES   2

static bool is_snap(const struct reader *reader)
{
	const uint8_t *header = reader_bytes(reader, LLC_BYTES);

	return header && ((uint32_t)read_be16(header) << 8 | header[2]) == LLC_SNAP;
}

void link_decode_atm_rfc1483(struct reader *reader, struct packet *packet)
{
	if (!is_snap(reader)) {
		llc_decode(reader, packet);
		return;
	}
	reader_skip(reader, LLC_BYTES);
	snap_decode(reader, BRIDGED_PAD, packet);
}

void link_decode_atm_clip(struct reader *reader, struct packet *packet)
{
	if (!reader_bytes(reader, LLC_BYTES))
		packet_short(packet, reader, LLC_BYTES, DECODE_TRUNCATED_LINK);
	else if (is_snap(reader))
		link_decode_atm_rfc1483(reader, packet);
	else
		ip_decode(reader, packet);
}

void link_decode_sunatm(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, SUNATM_BYTES);

	if (!header) {
		packet_short(packet, reader, SUNATM_BYTES, DECODE_TRUNCATED_LINK);
		return;
	}
	reader_skip(reader, SUNATM_BYTES);
	switch (header[0] & TRAFFIC_KIND) {
	case TRAFFIC_LLC:
		link_decode_atm_rfc1483(reader, packet);
		return;
	case TRAFFIC_LANE:
		if (link_skip(reader, LANE_BYTES, packet))
			link_decode_ethernet(reader, packet);
		return;
	default:
		network_other(reader, packet);
	}
}
