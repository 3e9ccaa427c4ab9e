/*
 * Link types by their number in an input of fuzz_decode: new ones come last, so that the corpus
 * keeps its meaning. Larger numbers are a link type that is not known.
 */
#ifndef IPTALLY_FUZZ_LINKS_H
#define IPTALLY_FUZZ_LINKS_H

#include <pcap/dlt.h>

/* Ethernet as the live loopback device shows it has no number of its own in a capture. */
#define LINK_LOOPBACK 0x80

static const int fuzz_links[] = {
	DLT_EN10MB,
	DLT_RAW,
	DLT_LINUX_SLL,
	DLT_LINUX_SLL2,
	DLT_NULL,
	DLT_LOOP,
	DLT_PPP,
	DLT_PPP_SERIAL,
	DLT_PPP_ETHER,
	DLT_PPP_PPPD,
	DLT_PPP_WITH_DIR,
	DLT_C_HDLC,
	DLT_C_HDLC_WITH_DIR,
	DLT_FRELAY,
	DLT_FRELAY_WITH_DIR,
	DLT_MFR,
	DLT_IEEE802_11,
	DLT_IEEE802_11_RADIO,
	DLT_IEEE802_11_RADIO_AVS,
	DLT_PRISM_HEADER,
	DLT_PPI,
	DLT_IEEE802,
	DLT_FDDI,
	DLT_ARCNET,
	DLT_ARCNET_LINUX,
	DLT_ATM_RFC1483,
	DLT_ATM_CLIP,
	DLT_SUNATM,
	DLT_SLIP,
	DLT_SLIP_BSDOS,
	DLT_IP_OVER_FC,
	DLT_APPLE_IP_OVER_IEEE1394,
	DLT_JUNIPER_ETHER,
	DLT_MPLS,
	DLT_IPNET,
	DLT_IPV4,
	DLT_IPV6,
	DLT_NFLOG,
	DLT_ENC,
	DLT_PFLOG,
	DLT_DSA_TAG_BRCM,
	DLT_DSA_TAG_BRCM_PREPEND,
	DLT_DSA_TAG_DSA,
	DLT_DSA_TAG_EDSA,
};

#endif
