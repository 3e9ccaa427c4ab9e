/*
 * One frame to one packet: clears it, takes the frame's own facts over, and starts the chain of
 * decoders (link, network, transport), each of which hands on to the next.
 */
#include "decode/decode.h"

#include <stddef.h>
#include <string.h>

#include "decode/link.h"

void decode_frame(const struct link_type *link, const struct frame *frame, struct packet *packet)
{
	const size_t cleared = offsetof(struct packet, direction);
	struct reader reader = {
		.at = frame->data,
		.captured = frame->captured < frame->length ? frame->captured : frame->length,
		.length = frame->length,
	};

	memset((uint8_t *)packet + cleared, 0, sizeof(*packet) - cleared);
	packet->time = frame->time;
	packet->frame_bytes =
		frame->length > link->pseudo_bytes ? frame->length - link->pseudo_bytes : 0;
	packet->link_bytes = 0;
	packet->payload_bytes = 0;
	packet->fragment_id = 0;
	packet->direction = (uint8_t)frame->direction;
	packet->network = NETWORK_OTHER;
	packet->protocol = PROTOCOL_NONE;
	link->decode(&reader, packet);
	if (frame->syn_scale && packet->tcp_flags & TCP_SYN &&
	    packet->tcp_window_scale == TCP_NO_SCALE)
		packet->tcp_window_scale = frame->syn_scale - 1;
}
