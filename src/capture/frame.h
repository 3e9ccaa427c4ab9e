/* A frame as a source hands it to decoding. The bytes are valid during the call only. */
#ifndef IPTALLY_CAPTURE_FRAME_H
#define IPTALLY_CAPTURE_FRAME_H

#include <stdint.h>

#include "base/clock.h"

enum direction {
	DIRECTION_RECEIVE,  /* received by the interface */
	DIRECTION_TRANSMIT, /* transmitted by the interface */
	DIRECTIONS
};

struct frame {
	const uint8_t *data;
	uint32_t captured; /* bytes at data; our own snap length may have cut the rest */
	uint32_t length;   /* bytes on the wire, as the capture says */
	struct packet_time time;
	enum direction direction;
	uint8_t syn_scale; /* 1 + the window scale that a TCP SYN ends with, where the direction took
			      it away; 0: nothing is known of it */
};

/* Called for each frame, in the order of capture. */
typedef void frame_sink(void *context, const struct frame *frame);

#endif
