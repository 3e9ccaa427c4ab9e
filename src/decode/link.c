/*
 * The table of link types: one row for each that libpcap may hand us and we can read. The header
 * of each is drawn where its decoder is.
 */
#include "decode/link.h"

#include <pcap/dlt.h>

#include "decode/decode.h"
#include "decode/failure.h"

static link_decoder decode_unknown;

static const struct link_type link_types[] = {
	{DLT_NULL, "NULL", link_decode_null, NULL_BYTES},
	{DLT_EN10MB, "EN10MB", link_decode_ethernet, 0},
	{DLT_RAW, "RAW", link_decode_raw, 0},
	{DLT_LOOP, "LOOP", link_decode_loop, NULL_BYTES},
	{DLT_LINUX_SLL, "LINUX_SLL", link_decode_sll, SLL_BYTES},
	{DLT_IPV4, "IPV4", link_decode_ipv4, 0},
	{DLT_IPV6, "IPV6", link_decode_ipv6, 0},
	{DLT_LINUX_SLL2, "LINUX_SLL2", link_decode_sll2, SLL2_BYTES},
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

static void decode_unknown(struct reader *reader, struct packet *packet)
{
	(void)reader;
	packet_fail(packet, DECODE_UNKNOWN_LINK);
}
