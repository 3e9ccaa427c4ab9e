/*
 * Link types: what a row of the table says, and the decoders of all that stands before the network
 * header. They hand on to one another, since one may carry another.
 */
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

/* Fixed pseudo-headers, in bytes. */
#define NULL_BYTES       4
#define SLL_BYTES        16
#define SLL2_BYTES       20
#define SLIP_BYTES       16
#define SLIP_BSDOS_BYTES 24
#define IPNET_BYTES      24
#define SUNATM_BYTES     4
#define ENC_BYTES        12
#define DIRECTION_BYTES  1
#define ETHERNET_BYTES   14 /* of the loopback device */

/* More nested tags, labels and link headers than this are DECODE_TOO_DEEP. */
#define LINK_HEADERS_MAX 16

/* Counts one more nested header; false, with the packet failed, where that is too many. */
bool link_header_enter(struct reader *reader, struct packet *packet);

/* Takes n bytes that nobody reads. False, with the packet failed, where the frame has fewer. */
bool link_skip(struct reader *reader, uint32_t n, struct packet *packet);

/*
 * Takes n bytes of pseudo-header, which need not have been captured, out of the reader and of the
 * frame's bytes. False, with the packet failed, where the frame has fewer.
 */
bool link_pseudo_skip(struct reader *reader, uint32_t n, struct packet *packet);

/* A frame of another link type behind a pseudo-header that names it. */
void link_decode_nested(struct reader *reader, int dlt, struct packet *packet);

/* The next tag of the frame, from the outside in: the VLAN ids of the outer two are kept. */
void link_vlan(struct reader *reader, uint16_t control, struct packet *packet);

/* Both addresses of a frame, and the kind of its destination: canonical (group bit lowest). */
void link_macs(struct packet *packet, const uint8_t destination[MAC_BYTES],
	       const uint8_t source[MAC_BYTES]);

/* Rows of the table. */
link_decoder link_decode_ethernet;
link_decoder link_decode_loopback; /* Ethernet with a made-up header */
link_decoder link_decode_token_ring;
link_decoder link_decode_fddi;
link_decoder link_decode_arcnet;
link_decoder link_decode_arcnet_linux;
link_decoder link_decode_ip_over_fc;
link_decoder link_decode_firewire;
link_decoder link_decode_wifi;
link_decoder link_decode_prism;
link_decoder link_decode_avs;
link_decoder link_decode_radiotap;
link_decoder link_decode_ppi;
link_decoder link_decode_dsa;
link_decoder link_decode_edsa;
link_decoder link_decode_brcm;
link_decoder link_decode_brcm_prepend;
link_decoder link_decode_juniper_ethernet;
link_decoder link_decode_ppp;
link_decoder link_decode_ppp_serial;
link_decoder link_decode_ppp_pppd;
link_decoder link_decode_ppp_with_direction;
link_decoder link_decode_hdlc;
link_decoder link_decode_hdlc_with_direction;
link_decoder link_decode_frame_relay;
link_decoder link_decode_frame_relay_with_direction;
link_decoder link_decode_multilink_frame_relay;
link_decoder link_decode_atm_rfc1483;
link_decoder link_decode_atm_clip;
link_decoder link_decode_sunatm;
link_decoder link_decode_slip;
link_decoder link_decode_slip_bsdos;
link_decoder link_decode_raw; /* IP of either version, by its first nibble */
link_decoder link_decode_ipv4;
link_decoder link_decode_ipv6;
link_decoder link_decode_null;
link_decoder link_decode_loop;
link_decoder link_decode_enc;
link_decoder link_decode_pflog;
link_decoder link_decode_ipnet;
link_decoder link_decode_nflog;
link_decoder link_decode_sll;
link_decoder link_decode_sll2;

/* What follows an EtherType (below 1536: an IEEE 802.3 length, so LLC). */
void ethertype_decode(struct reader *reader, uint16_t type, struct packet *packet);

/* IP by an address family, as the BSDs, macOS and Linux number it. */
void family_decode(struct reader *reader, uint32_t family, struct packet *packet);

/* IEEE 802.11; padded: some radios put zeros behind the header, up to the next multiple of four. */
void wifi_decode(struct reader *reader, bool padded, struct packet *packet);

/*
 * SNAP at its OUI. A bridged Ethernet frame (RFC 2427, RFC 2684) stands `pad` bytes behind it.
 */
void snap_decode(struct reader *reader, uint32_t pad, struct packet *packet);

link_decoder vlan_decode;  /* behind the tag's EtherType: tag control information, EtherType */
link_decoder mpls_decode;  /* a label stack */
link_decoder pppoe_decode; /* a session's frame */
link_decoder ppp_decode;   /* at the PPP protocol field */
link_decoder llc_decode;   /* IEEE 802.2 */
link_decoder nlpid_decode; /* at the network layer protocol identifier, ISO/IEC TR 9577 */

#endif
