/*
 * Bytes to struct packet: pure functions over a bounds-checked reader, no state, no I/O.
 * Every frame gives a packet; what cannot be decoded says why.
 */
#ifndef IPTALLY_DECODE_DECODE_H
#define IPTALLY_DECODE_DECODE_H

#include "capture/frame.h"
#include "decode/packet.h"

struct link_type;

/*
 * The row for a libpcap link type (DLT_*, as pcap_datalink() gives it). Never NULL: an unknown one
 * has a row that counts packets, bytes and sizes as network `other` with DECODE_UNKNOWN_LINK.
 */
const struct link_type *link_type_find(int dlt);
/* Ethernet as the live loopback device shows it: its header is made up and never was on a wire. */
const struct link_type *link_type_loopback(void);
bool link_type_is_known(const struct link_type *link);
const char *link_type_name(const struct link_type *link); /* "EN10MB", as libpcap names it */

/* Fills *packet whole, but for `interface`. The frame's own fields are not changed. */
void decode_frame(const struct link_type *link, const struct frame *frame, struct packet *packet);

#endif
