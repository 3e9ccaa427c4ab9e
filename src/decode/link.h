/* Link types: what a row of the table says, and the decoders of the headers up to the network. */
#ifndef IPTALLY_DECODE_LINK_H
#define IPTALLY_DECODE_LINK_H

#include "decode/packet.h"
#include "decode/reader.h"

/*
 * A decoder takes its header from the reader, fills what the header tells, and hands on to the
 * next: it always ends in a network decoder, in network `other`, or in a failure.
 */
typedef void link_decoder(struct reader *reader, struct packet *packet);

struct link_type {
	int dlt;
	const char *name;
	link_decoder *decode;
	uint32_t pseudo_bytes; /* made up by the capture, never on a wire: not in frame_bytes */
};

/* More nested tags, labels and bridged headers than this are DECODE_TOO_DEEP. */
#define LINK_HEADERS_MAX 16

/* Counts one more nested header; false, with the packet failed, where that is too many. */
bool link_header_enter(struct reader *reader, struct packet *packet);

/* Both addresses of a frame, and the kind of its destination: IEEE 802 addresses, first byte first. */
void link_macs(struct packet *packet, const uint8_t destination[MAC_BYTES],
	       const uint8_t source[MAC_BYTES]);

/* Fixed pseudo-headers of cooked captures, in bytes. */
#define SLL_BYTES      16
#define SLL2_BYTES     20
#define NULL_BYTES     4
#define ETHERNET_BYTES 14

link_decoder link_decode_ethernet;
link_decoder link_decode_loopback; /* Ethernet with a made-up header */
link_decoder link_decode_raw;      /* IP of either version, by its first nibble */
link_decoder link_decode_ipv4;
link_decoder link_decode_ipv6;
link_decoder link_decode_null;
link_decoder link_decode_loop;
link_decoder link_decode_sll;
link_decoder link_decode_sll2;

/* What follows an EtherType (below 1536: an IEEE 802.3 length, so LLC). */
void ethertype_decode(struct reader *reader, uint16_t type, struct packet *packet);

link_decoder vlan_decode; /* behind the tag's own EtherType: tag control information, EtherType */
link_decoder llc_decode;  /* IEEE 802.2, SNAP */

#endif
