/*
 * SLIP (RFC 1055): IP, and in front of it what the capture adds, 16 bytes (LINKTYPE 8: direction,
 * then the compressed header as it was on the line) or 24 (BSD/OS). A compressed header (RFC 1144)
 * has been expanded again in the packet itself.
 */
#include "decode/link.h"

#include "decode/failure.h"
#include "decode/network.h"

static void slip_decode(struct reader *reader, uint32_t pseudo, struct packet *packet)
{
	if (link_skip(reader, pseudo, packet))
		ip_decode(reader, packet);
}

void link_decode_slip(struct reader *reader, struct packet *packet)
{
	slip_decode(reader, SLIP_BYTES, packet);
}

void link_decode_slip_bsdos(struct reader *reader, struct packet *packet)
{
	slip_decode(reader, SLIP_BSDOS_BYTES, packet);
}
