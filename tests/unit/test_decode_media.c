/* The older and rarer links: rings, ARCNET, Fibre Channel, frame relay, ATM, SLIP, logs, tags. */
#include "test_decode_frame.h"

#define IPV4_UDP IPV4("00 20", "00 00", "11") UDP /* 32 bytes */
#define IPV6_UDP IPV6("00 0c", "11") UDP
#define SNAP     "aa aa 03 00 00 00 08 00 "

static void a_token_ring_frame_is_read_with_and_without_source_routing(void **state)
{
	struct packet plain = decode_text(DLT_IEEE802, "10 40 " MACS SNAP IPV4_UDP);
	struct packet routed = decode_text(
		DLT_IEEE802,
		"10 40 02 00 00 00 00 02 82 00 00 00 00 01 06 30 00 11 00 20 " SNAP IPV4_UDP);
	static const uint8_t source[6] = {2, 0, 0, 0, 0, 1};

	(void)state;
	assert_kind(&plain, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(plain.link_bytes, 22);
	assert_memory_equal(plain.source_mac, source, 6);
	assert_kind(&routed, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(routed.link_bytes, 28);
	assert_memory_equal(routed.source_mac, source, 6); /* the routing bit is no address */
}

static void a_token_ring_address_has_its_group_bit_highest(void **state)
{
	struct packet functional = decode_text(
		DLT_IEEE802, "10 40 c0 00 00 00 00 80 02 00 00 00 00 01 " SNAP IPV4_UDP);
	struct packet ring = decode_text(
		DLT_IEEE802, "10 40 c0 00 ff ff ff ff 02 00 00 00 00 01 " SNAP IPV4_UDP);
	struct packet all = decode_text(DLT_IEEE802,
					"10 40 ff ff ff ff ff ff 02 00 00 00 00 01 " SNAP IPV4_UDP);
	struct packet odd = decode_text(DLT_IEEE802,
					"10 40 01 00 00 00 00 02 02 00 00 00 00 01 " SNAP IPV4_UDP);

	(void)state;
	assert_int_equal(functional.cast, CAST_MULTICAST);
	assert_int_equal(ring.cast, CAST_BROADCAST);
	assert_int_equal(all.cast, CAST_BROADCAST);
	assert_int_equal(odd.cast, CAST_UNICAST);
}

static void the_rings_own_frames_are_other(void **state)
{
	struct packet token = decode_text(DLT_IEEE802, "10 00 " MACS SNAP IPV4_UDP);
	struct packet fddi = decode_text(DLT_FDDI, "41 " MACS SNAP IPV4_UDP);

	(void)state;
	assert_kind(&token, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_kind(&fddi, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
}

static void routing_information_that_is_too_short_or_too_long_is_bad(void **state)
{
	struct packet below = decode_text(
		DLT_IEEE802, "10 40 02 00 00 00 00 02 82 00 00 00 00 01 01 30 " SNAP IPV4_UDP);
	struct packet beyond =
		decode_text(DLT_IEEE802, "10 40 02 00 00 00 00 02 82 00 00 00 00 01 1e 30 00 11");
	struct packet missing =
		decode_text(DLT_IEEE802, "10 40 02 00 00 00 00 02 82 00 00 00 00 01 06");

	(void)state;
	assert_kind(&below, NETWORK_OTHER, PROTOCOL_NONE, DECODE_BAD_HEADER_LENGTH);
	assert_kind(&beyond, NETWORK_OTHER, PROTOCOL_NONE, DECODE_BAD_HEADER_LENGTH);
	assert_kind(&missing, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
}

static void fddi_addresses_are_turned_to_canonical_order(void **state)
{
	/* 00-60-1d-00-00-01 and 01-00-5e-00-00-fb, each byte with its bits reversed. */
	struct packet packet =
		decode_text(DLT_FDDI, "50 80 00 7a 00 00 df 00 06 b8 00 00 80 " SNAP IPV4_UDP);
	struct packet synchronous =
		decode_text(DLT_FDDI, "d0 80 00 7a 00 00 df 00 06 b8 00 00 80 " SNAP IPV4_UDP);
	static const uint8_t source[6] = {0x00, 0x60, 0x1d, 0x00, 0x00, 0x01};
	static const uint8_t destination[6] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0xfb};

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_memory_equal(packet.source_mac, source, 6);
	assert_memory_equal(packet.destination_mac, destination, 6);
	assert_int_equal(packet.cast, CAST_MULTICAST);
	assert_int_equal(packet.link_bytes, 21);
	assert_kind(&synchronous, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
}

static void arcnet_is_read_in_both_forms_and_both_encapsulations(void **state)
{
	static const struct {
		int dlt;
		const char *frame;
		uint32_t link_bytes;
	} kinds[] = {
		{DLT_ARCNET, "01 02 f0 " IPV4_UDP, 3},
		{DLT_ARCNET, "01 02 d4 00 00 01 " IPV4_UDP, 6},
		{DLT_ARCNET, "01 02 d4 ff 00 00 d4 00 00 01 " IPV4_UDP, 10},
		{DLT_ARCNET, "01 02 d4 03 00 01 " IPV4_UDP, 6}, /* the first of three pieces */
		{DLT_ARCNET_LINUX, "01 02 00 00 f0 " IPV4_UDP, 5},
		{DLT_ARCNET_LINUX, "01 02 00 00 d4 00 00 01 " IPV4_UDP, 8},
	};
	struct packet ipv6 = decode_text(DLT_ARCNET, "01 02 c4 00 00 01 " IPV6_UDP);
	struct packet arp = decode_text(DLT_ARCNET, "01 00 d5 00 00 01 " ARP_REQUEST);
	struct packet later = decode_text(DLT_ARCNET, "01 02 d4 02 00 01 " IPV4_UDP);
	struct packet cut = decode_text(DLT_ARCNET, "01 02 d4 00 00");

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct packet packet = decode_text(kinds[i].dlt, kinds[i].frame);

		assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
		assert_int_equal(packet.link_bytes, kinds[i].link_bytes);
		assert_int_equal(packet.cast, CAST_UNICAST);
		assert_int_equal(packet.flags, PACKET_PORTS);
	}
	assert_kind(&ipv6, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
	assert_kind(&arp, NETWORK_ARP, PROTOCOL_NONE, DECODE_OK);
	assert_int_equal(arp.cast, CAST_BROADCAST);
	assert_kind(&later, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_kind(&cut, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
}

static void ip_over_fibre_channel_and_firewire_is_read(void **state)
{
	struct packet fibre = decode_text(
		DLT_IP_OVER_FC, "10 00 02 00 00 00 00 02 10 00 02 00 00 00 00 01 " SNAP IPV4_UDP);
	struct packet firewire =
		decode_text(DLT_APPLE_IP_OVER_IEEE1394, "ff ff ff ff ff ff ff ff 00 11 22 33 44 55 "
							"66 77 08 06 " ARP_REQUEST);
	static const uint8_t source[6] = {2, 0, 0, 0, 0, 1};

	(void)state;
	assert_kind(&fibre, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_memory_equal(fibre.source_mac, source, 6);
	assert_int_equal(fibre.link_bytes, 24);
	assert_kind(&firewire, NETWORK_ARP, PROTOCOL_NONE, DECODE_OK);
	assert_int_equal(firewire.cast, CAST_BROADCAST);
	assert_int_equal(firewire.flags, 0);
	assert_int_equal(firewire.link_bytes, 18);
}

static void frame_relay_is_read_in_every_encapsulation(void **state)
{
	static const struct {
		int dlt;
		const char *header;
		uint32_t link_bytes;
		uint32_t pseudo_bytes;
	} kinds[] = {
		{DLT_FRELAY, "18 41 03 cc ", 4, 0},
		{DLT_FRELAY, "18 41 03 00 80 00 00 00 08 00 ", 10, 0},
		{DLT_FRELAY, "18 40 01 03 cc ", 5, 0},    /* an address of three bytes */
		{DLT_FRELAY, "18 40 00 01 03 cc ", 6, 0}, /* of four */
		{DLT_FRELAY, "18 41 08 00 ", 4, 0},       /* Cisco */
		{DLT_FRELAY, "18 41 03 00 80 00 80 c2 00 07 " ETHERNET("08 00"), 24, 0},
		{DLT_FRELAY_WITH_DIR, "00 18 41 03 cc ", 4, 1},
		{DLT_MFR, "c0 01 18 41 03 cc ", 6, 0},
	};
	struct packet ipv6 = decode_text(DLT_FRELAY, "18 41 03 8e " IPV6_UDP);
	struct packet management = decode_text(DLT_FRELAY, "00 01 03 08 00 75");
	struct packet begin = decode_text(DLT_MFR, "80 01 18 41 03 cc " IPV4_UDP);
	struct packet endless = decode_text(DLT_FRELAY, "18 40 00 00 03 cc " IPV4_UDP);
	struct packet cut = decode_text(DLT_FRELAY, "18 41 03");

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char text[512];
		struct packet packet;

		strcpy(text, kinds[i].header);
		strcat(text, IPV4_UDP);
		packet = decode_text(kinds[i].dlt, text);
		assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
		assert_int_equal(packet.link_bytes, kinds[i].link_bytes);
		assert_int_equal(packet.frame_bytes, kinds[i].link_bytes + 32);
	}
	assert_kind(&ipv6, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
	assert_kind(&management, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_kind(&begin, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_kind(&endless, NETWORK_OTHER, PROTOCOL_NONE, DECODE_BAD_HEADER_LENGTH);
	assert_kind(&cut, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
}

static void atm_packets_are_read_in_every_encapsulation(void **state)
{
	static const struct {
		int dlt;
		const char *header;
		uint32_t link_bytes;
		uint32_t pseudo_bytes;
	} kinds[] = {
		{DLT_ATM_RFC1483, SNAP, 8, 0},
		{DLT_ATM_RFC1483, "aa aa 03 00 80 c2 00 07 00 00 " ETHERNET("08 00"), 24, 0},
		{DLT_ATM_RFC1483, "fe fe 03 cf 00 21 ", 6, 0}, /* PPP, RFC 2364 */
		{DLT_ATM_CLIP, SNAP, 8, 0},
		{DLT_ATM_CLIP, "", 0, 0},
		{DLT_SUNATM, "82 00 00 20 " SNAP, 8, 4},
		{DLT_SUNATM, "01 00 00 20 00 07 " ETHERNET("08 00"), 16, 4},
	};
	struct packet signalling = decode_text(DLT_SUNATM, "06 00 00 05 09 03 00 00");
	struct packet cell = decode_text(DLT_ATM_RFC1483, "42 42 03 00 00");

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char text[512];
		struct packet packet;

		strcpy(text, kinds[i].header);
		strcat(text, IPV4_UDP);
		packet = decode_text(kinds[i].dlt, text);
		assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
		assert_int_equal(packet.link_bytes, kinds[i].link_bytes);
		assert_int_equal(packet.frame_bytes, kinds[i].link_bytes + 32);
	}
	assert_kind(&signalling, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_int_equal(signalling.frame_bytes, 4);
	assert_kind(&cell, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
}

#define EIGHT "00 00 00 00 00 00 00 00 "

static void slip_headers_are_no_frame_bytes(void **state)
{
	struct packet slip = decode_text(DLT_SLIP, EIGHT EIGHT IPV4_UDP);
	struct packet ipv6 = decode_text(DLT_SLIP, EIGHT EIGHT IPV6_UDP);
	struct packet bsdos = decode_text(DLT_SLIP_BSDOS, EIGHT EIGHT EIGHT IPV4_UDP);
	struct packet cut = decode_text(DLT_SLIP, EIGHT);

	(void)state;
	assert_kind(&slip, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(slip.frame_bytes, 32);
	assert_kind(&ipv6, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
	assert_kind(&bsdos, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(bsdos.frame_bytes, 32);
	assert_kind(&cut, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
	assert_int_equal(cut.frame_bytes, 0);
}

/* Little-endian attributes, as libpcap hands them to a little-endian machine. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PREFIX       "05 00 0a 00 00 00 00 00 "
#define PAYLOAD      "24 00 09 00 "
#define PAYLOAD_IPV6 "38 00 09 00 "
#define ENDLESS      "00 00 0a 00 "
#else
#define PREFIX       "00 05 00 0a 00 00 00 00 "
#define PAYLOAD      "00 24 00 09 "
#define PAYLOAD_IPV6 "00 38 00 09 "
#define ENDLESS      "00 00 00 0a "
#endif

static void the_payload_of_an_nflog_record_is_the_frame(void **state)
{
	struct packet packet =
		decode_text(DLT_NFLOG, "02 00 00 05 " PREFIX PAYLOAD IPV4_UDP PREFIX);
	struct packet bridge = decode_text(DLT_NFLOG, "07 00 00 05 " PREFIX PAYLOAD IPV4_UDP);
	struct packet none = decode_text(DLT_NFLOG, "02 00 00 05 " PREFIX);
	struct packet endless = decode_text(DLT_NFLOG, "02 00 00 05 " ENDLESS PAYLOAD IPV4_UDP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(packet.frame_bytes, 32);
	assert_int_equal(packet.link_bytes, 0);
	assert_kind(&bridge, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_int_equal(bridge.frame_bytes, 32);
	assert_kind(&none, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
	assert_kind(&endless, NETWORK_OTHER, PROTOCOL_NONE, DECODE_BAD_HEADER_LENGTH);
}

static void the_family_of_an_nflog_record_decides_and_its_attributes_are_bounded(void **state)
{
	char text[4096] = "02 00 00 05 ";
	struct packet ipv6 = decode_text(DLT_NFLOG, "0a 00 00 05 " PAYLOAD_IPV6 IPV6_UDP);
	struct packet beyond = decode_text(DLT_NFLOG, "02 00 00 05 " PAYLOAD_IPV6);
	struct packet many;

	(void)state;
	assert_kind(&ipv6, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(ipv6.frame_bytes, 52);
	assert_kind(&beyond, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_NETWORK);
	for (int i = 0; i < 64; i++)
		strcat(text, PREFIX);
	strcat(text, PAYLOAD IPV4_UDP);
	many = decode_text(DLT_NFLOG, text);
	assert_kind(&many, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TOO_DEEP);
}

static void ipnet_pflog_and_enc_headers_are_no_frame_bytes(void **state)
{
	struct packet ipnet4 =
		decode_text(DLT_IPNET, "01 02 00 01 00 00 00 20 " EIGHT EIGHT IPV4_UDP);
	struct packet ipnet6 =
		decode_text(DLT_IPNET, "01 1a 00 01 00 00 00 34 " EIGHT EIGHT IPV6_UDP);
	struct packet pflog = /* a length of 13 is rounded up to 16 */
		decode_text(DLT_PFLOG, "0d 02 00 00 00 00 00 00 " EIGHT IPV4_UDP);
	struct packet pflog6 = decode_text(DLT_PFLOG, "10 18 00 00 00 00 00 00 " EIGHT IPV6_UDP);
	struct packet enc = decode_text(DLT_ENC, "02 00 00 00 00 00 00 00 00 00 00 00 " IPV4_UDP);
	struct packet enc6 = decode_text(DLT_ENC, "00 00 00 18 00 00 00 00 00 00 00 00 " IPV6_UDP);

	(void)state;
	assert_kind(&ipnet4, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(ipnet4.frame_bytes, 32);
	assert_kind(&ipnet6, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
	assert_kind(&pflog, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(pflog.frame_bytes, 32);
	assert_kind(&pflog6, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
	assert_kind(&enc, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(enc.frame_bytes, 32);
	assert_kind(&enc6, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
}

static void switch_tags_are_passed_and_count(void **state)
{
	struct packet dsa = decode_text(DLT_DSA_TAG_DSA, MACS "c0 10 05 39 08 00 " IPV4_UDP);
	struct packet tagged = decode_text(DLT_DSA_TAG_DSA, MACS "e0 10 05 39 08 00 " IPV4_UDP);
	struct packet edsa =
		decode_text(DLT_DSA_TAG_EDSA, MACS "da da 00 00 e0 10 05 39 08 00 " IPV4_UDP);
	struct packet brcm = decode_text(DLT_DSA_TAG_BRCM, MACS "20 00 00 01 08 00 " IPV4_UDP);
	struct packet first =
		decode_text(DLT_DSA_TAG_BRCM_PREPEND, "20 00 00 01 " ETHERNET("08 00") IPV4_UDP);

	(void)state;
	assert_kind(&dsa, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(dsa.vlan[0], 0); /* the frame had no tag */
	assert_int_equal(dsa.link_bytes, 18);
	assert_int_equal(tagged.vlan[0], 1337);
	assert_kind(&edsa, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(edsa.vlan[0], 1337);
	assert_int_equal(edsa.link_bytes, 22);
	assert_kind(&brcm, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(brcm.link_bytes, 18);
	assert_kind(&first, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(first.link_bytes, 18);
	assert_int_equal(first.frame_bytes, 50);
}

static void a_juniper_header_is_no_frame_bytes(void **state)
{
	struct packet plain =
		decode_text(DLT_JUNIPER_ETHER, "4d 47 43 00 " ETHERNET("08 00") IPV4_UDP);
	struct packet extended = decode_text(
		DLT_JUNIPER_ETHER, "4d 47 43 81 00 03 01 02 03 " ETHERNET("08 00") IPV4_UDP);
	struct packet bare = decode_text(DLT_JUNIPER_ETHER, "4d 47 43 02 00 00 00 02 " IPV4_UDP);
	struct packet wrong =
		decode_text(DLT_JUNIPER_ETHER, "4d 47 44 00 " ETHERNET("08 00") IPV4_UDP);

	(void)state;
	assert_kind(&plain, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(plain.frame_bytes, 46);
	assert_kind(&extended, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(extended.frame_bytes, 46);
	assert_kind(&bare, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_kind(&wrong, NETWORK_OTHER, PROTOCOL_NONE, DECODE_BAD_VERSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_ring_frame_is_read_with_and_without_source_routing),
		cmocka_unit_test(a_token_ring_address_has_its_group_bit_highest),
		cmocka_unit_test(the_rings_own_frames_are_other),
		cmocka_unit_test(routing_information_that_is_too_short_or_too_long_is_bad),
		cmocka_unit_test(fddi_addresses_are_turned_to_canonical_order),
		cmocka_unit_test(arcnet_is_read_in_both_forms_and_both_encapsulations),
		cmocka_unit_test(ip_over_fibre_channel_and_firewire_is_read),
		cmocka_unit_test(frame_relay_is_read_in_every_encapsulation),
		cmocka_unit_test(atm_packets_are_read_in_every_encapsulation),
		cmocka_unit_test(slip_headers_are_no_frame_bytes),
		cmocka_unit_test(the_payload_of_an_nflog_record_is_the_frame),
		cmocka_unit_test(
			the_family_of_an_nflog_record_decides_and_its_attributes_are_bounded),
		cmocka_unit_test(ipnet_pflog_and_enc_headers_are_no_frame_bytes),
		cmocka_unit_test(switch_tags_are_passed_and_count),
		cmocka_unit_test(a_juniper_header_is_no_frame_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
