/*
 * The table of link types: one row for each that libpcap may hand us and we can read. The header
 * of each is drawn where its decoder is.
 */
#include "decode/link.h"

#include <stddef.h>

#include <pcap/dlt.h>

#include "decode/decode.h"
#include "decode/failure.h"

static link_decoder decode_unknown;

static const struct link_type link_types[] = {
	{DLT_NULL, "NULL", link_decode_null, NULL_BYTES},
	{DLT_EN10MB, "EN10MB", link_decode_ethernet, 0},
	{DLT_IEEE802, "IEEE802", link_decode_token_ring, 0},
	{DLT_ARCNET, "ARCNET", link_decode_arcnet, 0},
	{DLT_SLIP, "SLIP", link_decode_slip, SLIP_BYTES},
	{DLT_PPP, "PPP", link_decode_ppp, 0},
	{DLT_FDDI, "FDDI", link_decode_fddi, 0},
	{DLT_ATM_RFC1483, "ATM_RFC1483", link_decode_atm_rfc1483, 0},
	{DLT_RAW, "RAW", link_decode_raw, 0},
	{DLT_SLIP_BSDOS, "SLIP_BSDOS", link_decode_slip_bsdos, SLIP_BSDOS_BYTES},
	{DLT_ATM_CLIP, "ATM_CLIP", link_decode_atm_clip, 0},
	{DLT_PPP_SERIAL, "PPP_SERIAL", link_decode_ppp_serial, 0},
	{DLT_PPP_ETHER, "PPP_ETHER", pppoe_decode, 0},
	{DLT_C_HDLC, "C_HDLC", link_decode_hdlc, 0},
	{DLT_IEEE802_11, "IEEE802_11", link_decode_wifi, 0},
	{DLT_FRELAY, "FRELAY", link_decode_frame_relay, 0},
	{DLT_LOOP, "LOOP", link_decode_loop, NULL_BYTES},
	{DLT_ENC, "ENC", link_decode_enc, ENC_BYTES},
	{DLT_LINUX_SLL, "LINUX_SLL", link_decode_sll, SLL_BYTES},
	{DLT_PFLOG, "PFLOG", link_decode_pflog, 0},
	{DLT_PRISM_HEADER, "PRISM_HEADER", link_decode_prism, 0},
	{DLT_IP_OVER_FC, "IP_OVER_FC", link_decode_ip_over_fc, 0},
	{DLT_SUNATM, "SUNATM", link_decode_sunatm, SUNATM_BYTES},
	{DLT_IEEE802_11_RADIO, "IEEE802_11_RADIO", link_decode_radiotap, 0},
	{DLT_ARCNET_LINUX, "ARCNET_LINUX", link_decode_arcnet_linux, 0},
	{DLT_APPLE_IP_OVER_IEEE1394, "APPLE_IP_OVER_IEEE1394", link_decode_firewire, 0},
	{DLT_IEEE802_11_RADIO_AVS, "IEEE802_11_RADIO_AVS", link_decode_avs, 0},
	{DLT_PPP_PPPD, "PPP_PPPD", link_decode_ppp_pppd, 0},
	{DLT_JUNIPER_ETHER, "JUNIPER_ETHER", link_decode_juniper_ethernet, 0},
	{DLT_MFR, "MFR", link_decode_multilink_frame_relay, 0},
	{DLT_PPI, "PPI", link_decode_ppi, 0},
	{DLT_PPP_WITH_DIR, "PPP_WITH_DIR", link_decode_ppp_with_direction, DIRECTION_BYTES},
	{DLT_C_HDLC_WITH_DIR, "C_HDLC_WITH_DIR", link_decode_hdlc_with_direction, DIRECTION_BYTES},
	{DLT_FRELAY_WITH_DIR, "FRELAY_WITH_DIR", link_decode_frame_relay_with_direction,
	 DIRECTION_BYTES},
	{DLT_MPLS, "MPLS", mpls_decode, 0},
	{DLT_IPNET, "IPNET", link_decode_ipnet, IPNET_BYTES},
	{DLT_IPV4, "IPV4", link_decode_ipv4, 0},
	{DLT_IPV6, "IPV6", link_decode_ipv6, 0},
	{DLT_NFLOG, "NFLOG", link_decode_nflog, 0},
	{DLT_LINUX_SLL2, "LINUX_SLL2", link_decode_sll2, SLL2_BYTES},
	{DLT_DSA_TAG_BRCM, "DSA_TAG_BRCM", link_decode_brcm, 0},
	{DLT_DSA_TAG_BRCM_PREPEND, "DSA_TAG_BRCM_PREPEND", link_decode_brcm_prepend, 0},
	{DLT_DSA_TAG_DSA, "DSA_TAG_DSA", link_decode_dsa, 0},
	{DLT_DSA_TAG_EDSA, "DSA_TAG_EDSA", link_decode_edsa, 0},
};

static const struct link_type loopback = {DLT_EN10MB, "EN10MB", link_decode_loopback,
					  ETHERNET_BYTES};
static const struct link_type unknown = {-1, "unknown", decode_unknown, 0};

const struct link_type *link_type_find(int dlt)
{
	for (size_t i = 0; i < sizeof(link_types) / sizeof(link_types[0]); i++)
		if (link_types[i].dlt == dlt)
			return &link_types[i];
	return &unknown;
}

const struct link_type *link_type_loopback(void)
{
	return &loopback;
}

bool link_type_is_known(const struct link_type *link)
{
	return link != &unknown;
}

const char *link_type_name(const struct link_type *link)
{
	return link->name;
}

bool link_header_enter(struct reader *reader, struct packet *packet)
{
	if (++reader->headers <= LINK_HEADERS_MAX)
		return true;
	packet_link_ends(packet, reader);
	packet_fail(packet, DECODE_TOO_DEEP);
	return false;
}

bool link_skip(struct reader *reader, uint32_t n, struct packet *packet)
{
	if (n > reader->length) {
		packet_fail(packet, DECODE_TRUNCATED_LINK);
		return false;
	}
	reader_skip(reader, n);
	return true;
}

bool link_pseudo_skip(struct reader *reader, uint32_t n, struct packet *packet)
{
	if (!link_skip(reader, n, packet)) {
		packet->frame_bytes = 0;
		return false;
	}
	packet->frame_bytes -= n;
	return true;
}

void link_decode_nested(struct reader *reader, int dlt, struct packet *packet)
{
	const struct link_type *link = link_type_find(dlt);

	if (!link_header_enter(reader, packet))
		return;
	if (link->pseudo_bytes > packet->frame_bytes)
		packet->frame_bytes = 0;
	else
		packet->frame_bytes -= link->pseudo_bytes;
	link->decode(reader, packet);
}

static void decode_unknown(struct reader *reader, struct packet *packet)
{
	(void)reader;
	packet_fail(packet, DECODE_UNKNOWN_LINK);
}
