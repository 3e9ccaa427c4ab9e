/* How a decoder says that it can't go further, and where the link header of a frame ended. */
#ifndef IPTALLY_DECODE_FAILURE_H
#define IPTALLY_DECODE_FAILURE_H

#include "decode/packet.h"
#include "decode/reader.h"

/* The first error of a frame is the one that counts. */
static inline void packet_fail(struct packet *packet, enum decode_error error)
{
	if (packet->error == DECODE_OK)
		packet->error = (uint8_t)error;
}

/*
 * A header of n bytes could not be read: the frame (or the packet in it) is shorter, which is the
 * error given, or it was longer and our snap length cut it.
 */
static inline void packet_short(struct packet *packet, const struct reader *reader, uint32_t n,
				enum decode_error truncated)
{
	if (reader->length < n)
		packet_fail(packet, truncated);
	else
		packet->flags |= PACKET_SNAPPED;
}

/* The reader stands behind the last link header: what came before it are the link's bytes. */
static inline void packet_link_ends(struct packet *packet, const struct reader *reader)
{
	packet->link_bytes = packet->frame_bytes - reader->length;
}

#endif
