/* What stands between link and network: LLC, SNAP, MPLS, PPPoE, PPP in all its framings. */
#include "test_decode_frame.h"

#define IPV4_UDP IPV4("00 20", "00 00", "11") UDP
#define IPV6_UDP IPV6("00 0c", "11") UDP
#define SNAP     "aa aa 03 00 00 00 "

static void a_type_below_1536_is_the_length_of_an_llc_frame(void **state)
{
	struct packet snap = decode_text(DLT_EN10MB, ETHERNET("00 28") SNAP "08 00 " IPV4_UDP);
	struct packet highest = decode_text(DLT_EN10MB, ETHERNET("05 ff") SNAP "08 00 " IPV4_UDP);
	struct packet type = decode_text(DLT_EN10MB, ETHERNET("06 00") SNAP "08 00 " IPV4_UDP);

	(void)state;
	assert_kind(&snap, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(snap.link_bytes, 22);
	assert_ports(&snap, 5000, 53);
	assert_kind(&highest, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_kind(&type, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_int_equal(type.link_bytes, 14);
}

static void snap_is_read_under_the_two_ouis_of_ethernet_only(void **state)
{
	struct packet tunnel =
		decode_text(DLT_EN10MB, ETHERNET("00 28") "aa aa 03 00 00 f8 86 dd " IPV6_UDP);
	struct packet cisco =
		decode_text(DLT_EN10MB, ETHERNET("00 28") "aa aa 03 00 00 0c 20 00 " IPV4_UDP);

	(void)state;
	assert_kind(&tunnel, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
	assert_kind(&cisco, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_int_equal(cisco.link_bytes, 22);
}

static void other_llc_frames_are_other(void **state)
{
	struct packet bridges = decode_text(DLT_EN10MB, ETHERNET("00 26") "42 42 03 00 00 00");
	struct packet netware = decode_text(DLT_EN10MB, ETHERNET("00 26") "ff ff 00 26 00 00");
	struct packet not_ui =
		decode_text(DLT_EN10MB, ETHERNET("00 28") "aa aa 13 00 00 00 08 00 " IPV4_UDP);
	struct packet is_is = decode_text(DLT_EN10MB, ETHERNET("00 28") "fe fe 03 83 1b 01");

	(void)state;
	assert_kind(&bridges, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_kind(&netware, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_kind(&not_ui, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_kind(&is_is, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
}

static void ip_straight_on_llc_is_read(void **state)
{
	struct packet ip = decode_text(DLT_EN10MB, ETHERNET("00 23") "06 06 03 " IPV4_UDP);
	struct packet arp = decode_text(DLT_EN10MB, ETHERNET("00 1f") "98 98 03 " ARP_REQUEST);

	(void)state;
	assert_kind(&ip, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(ip.link_bytes, 17);
	assert_kind(&arp, NETWORK_ARP, PROTOCOL_NONE, DECODE_OK);
}

static void llc_behind_a_vlan_tag_is_read(void **state)
{
	struct packet packet =
		decode_text(DLT_EN10MB, ETHERNET("81 00") "00 05 00 28 " SNAP "08 00 " IPV4_UDP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(packet.vlan[0], 5);
	assert_int_equal(packet.link_bytes, 26);
}

static void a_cut_llc_or_snap_header_is_a_truncated_link(void **state)
{
	struct packet llc = decode_text(DLT_EN10MB, ETHERNET("00 02") "aa aa");
	struct packet snap = decode_text(DLT_EN10MB, ETHERNET("00 07") "aa aa 03 00 00 00 08");

	(void)state;
	assert_kind(&llc, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
	assert_kind(&snap, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
}

static void mpls_labels_are_passed_to_the_bottom_of_the_stack(void **state)
{
	struct packet one = decode_text(DLT_EN10MB, ETHERNET("88 47") "00 01 01 40 " IPV4_UDP);
	struct packet two =
		decode_text(DLT_EN10MB, ETHERNET("88 48") "00 01 00 40 00 02 01 40 " IPV6_UDP);
	struct packet bare = decode_text(DLT_MPLS, "00 01 01 40 " IPV4_UDP);

	(void)state;
	assert_kind(&one, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(one.link_bytes, 18);
	assert_kind(&two, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(two.link_bytes, 22);
	assert_kind(&bare, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(bare.link_bytes, 4);
}

static void a_pseudowire_behind_mpls_is_other(void **state)
{
	struct packet packet = decode_text(
		DLT_EN10MB,
		ETHERNET("88 47") "00 01 01 40 00 00 00 00 " ETHERNET("08 00") IPV4_UDP);

	(void)state;
	assert_kind(&packet, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_int_equal(packet.link_bytes, 18);
}

static void a_label_stack_without_a_bottom_ends(void **state)
{
	char text[1024] = ETHERNET("88 47");
	struct packet cut = decode_text(DLT_EN10MB, ETHERNET("88 47") "00 01 00 40 00 02 00");
	struct packet nothing = decode_text(DLT_EN10MB, ETHERNET("88 47") "00 01 01 40");
	struct packet packet;

	(void)state;
	for (int i = 0; i < 17; i++)
		strcat(text, "00 01 00 40 ");
	packet = decode_text(DLT_EN10MB, text);
	assert_kind(&packet, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TOO_DEEP);
	assert_kind(&cut, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
	assert_kind(&nothing, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_NETWORK);
}

static void a_pppoe_session_shows_its_ip(void **state)
{
	struct packet ipv4 =
		decode_text(DLT_EN10MB, ETHERNET("88 64") "11 00 00 07 00 22 00 21 " IPV4_UDP);
	struct packet ipv6 =
		decode_text(DLT_EN10MB, ETHERNET("88 64") "11 00 00 07 00 36 00 57 " IPV6_UDP);
	struct packet compressed =
		decode_text(DLT_EN10MB, ETHERNET("88 64") "11 00 00 07 00 21 21 " IPV4_UDP);
	struct packet bare = decode_text(DLT_PPP_ETHER, "11 00 00 07 00 22 00 21 " IPV4_UDP);

	(void)state;
	assert_kind(&ipv4, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(ipv4.link_bytes, 22);
	assert_kind(&ipv6, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
	assert_kind(&compressed, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(compressed.link_bytes, 21);
	assert_kind(&bare, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(bare.link_bytes, 8);
	assert_int_equal(bare.frame_bytes, 40);
}

static void pppoe_discovery_and_link_control_are_other(void **state)
{
	struct packet discovery =
		decode_text(DLT_EN10MB, ETHERNET("88 63") "11 09 00 00 00 04 01 01 00 00");
	struct packet termination =
		decode_text(DLT_EN10MB, ETHERNET("88 64") "11 a7 00 07 00 22 00 21 " IPV4_UDP);
	struct packet control =
		decode_text(DLT_EN10MB, ETHERNET("88 64") "11 00 00 07 00 06 c0 21 01 01 00 04");

	(void)state;
	assert_kind(&discovery, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_kind(&termination, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_kind(&control, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
}

static void a_cut_pppoe_header_is_a_truncated_link(void **state)
{
	struct packet packet = decode_text(DLT_EN10MB, ETHERNET("88 64") "11 00 00 07 00");
	struct packet protocol = decode_text(DLT_EN10MB, ETHERNET("88 64") "11 00 00 07 00 01 00");

	(void)state;
	assert_kind(&packet, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
	assert_kind(&protocol, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
}

static void any_header_behind_sixteen_others_is_too_deep(void **state)
{
	static const char *const last[] = {
		"00 28 " SNAP "08 00 " IPV4_UDP,
		"88 64 11 00 00 07 00 22 00 21 " IPV4_UDP,
		"88 47 00 01 01 40 " IPV4_UDP,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
		char text[1024] = MACS;
		struct packet packet;

		for (int tag = 0; tag < 16; tag++)
			strcat(text, "81 00 00 07 ");
		strcat(text, last[i]);
		packet = decode_text(DLT_EN10MB, text);
		assert_kind(&packet, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TOO_DEEP);
		assert_int_equal(packet.link_bytes, 14 + 16 * 4);
	}
}

static void vlan_pppoe_and_mpls_nest(void **state)
{
	struct packet packet = decode_text(
		DLT_EN10MB,
		ETHERNET("81 00") "00 05 88 64 11 00 00 07 00 26 02 81 00 01 01 40 " IPV4_UDP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(packet.vlan[0], 5);
	assert_int_equal(packet.link_bytes, 30);
}

static void ppp_is_read_with_and_without_framing_and_with_both_protocol_sizes(void **state)
{
	static const struct {
		int dlt;
		const char *header;
		uint32_t link_bytes;
		uint32_t pseudo;
	} kinds[] = {
		{DLT_PPP, "ff 03 00 21 ", 4, 0},
		{DLT_PPP, "00 21 ", 2, 0},
		{DLT_PPP, "21 ", 1, 0},
		{DLT_PPP, "ff 03 21 ", 3, 0},
		{DLT_PPP_SERIAL, "ff 03 00 21 ", 4, 0},
		{DLT_PPP_SERIAL, "00 21 ", 2, 0},
		{DLT_PPP_SERIAL, "21 ", 1, 0},
		{DLT_PPP_SERIAL, "0f 00 08 00 ", 4, 0}, /* HDLC of Cisco */
		{DLT_PPP_SERIAL, "8f 00 08 00 ", 4, 0},
		{DLT_PPP_PPPD, "00 03 00 21 ", 4, 0},
		{DLT_PPP_PPPD, "01 03 21 ", 3, 0},
		{DLT_PPP_WITH_DIR, "01 ff 03 00 21 ", 4, 1},
		{DLT_PPP_WITH_DIR, "00 21 ", 1, 1},
		{DLT_C_HDLC, "0f 00 08 00 ", 4, 0},
		{DLT_C_HDLC_WITH_DIR, "00 0f 00 08 00 ", 4, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char text[512];
		struct packet packet;

		strcpy(text, kinds[i].header);
		strcat(text, IPV4_UDP);
		packet = decode_text(kinds[i].dlt, text);
		assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
		assert_ports(&packet, 5000, 53);
		assert_int_equal(packet.link_bytes, kinds[i].link_bytes);
		assert_int_equal(packet.frame_bytes, kinds[i].link_bytes + 32);
		assert_int_equal(packet.flags, PACKET_PORTS);
	}
}

static void compressed_and_control_protocols_of_ppp_are_other(void **state)
{
	struct packet compressed = decode_text(DLT_PPP, "ff 03 00 fd 00 00 00 00");
	struct packet van_jacobson = decode_text(DLT_PPP, "ff 03 00 2f " IPV4_UDP);
	struct packet multilink = decode_text(DLT_PPP, "ff 03 00 3d c0 00 00 00 00 21 " IPV4_UDP);

	(void)state;
	assert_kind(&compressed, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_kind(&van_jacobson, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_kind(&multilink, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
}

static void a_ppp_frame_of_one_byte_that_was_not_captured_is_snapped(void **state)
{
	struct packet packet = decode_snapped(DLT_PPP, "21", 0);

	(void)state;
	assert_kind(&packet, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_int_equal(packet.flags, PACKET_SNAPPED);
}

static void an_empty_ppp_frame_is_a_truncated_link(void **state)
{
	struct packet ppp = decode_text(DLT_PPP, "");
	struct packet framed = decode_text(DLT_PPP, "ff 03");
	struct packet half = decode_text(DLT_PPP, "ff 03 00");
	struct packet hdlc = decode_text(DLT_C_HDLC, "0f 00 08");

	(void)state;
	assert_kind(&ppp, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
	assert_kind(&framed, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
	assert_kind(&half, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
	assert_kind(&hdlc, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
}

static void hdlc_multicasts_are_told_by_their_address(void **state)
{
	struct packet keepalive = decode_text(DLT_C_HDLC, "8f 00 80 35 00 00 00 02 00 00 00 00");
	struct packet osi = decode_text(DLT_C_HDLC, "0f 00 fe fe 03 83");

	(void)state;
	assert_kind(&keepalive, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_int_equal(keepalive.cast, CAST_MULTICAST);
	assert_kind(&osi, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_int_equal(osi.cast, CAST_UNICAST);
}

static void of_a_tunnel_the_outer_packet_counts(void **state)
{
	struct packet ipip =
		decode_text(DLT_EN10MB, ETHERNET("08 00") IPV4("00 34", "00 00", "04") IPV4_UDP);
	struct packet gre = decode_text(
		DLT_EN10MB, ETHERNET("08 00") IPV4("00 38", "00 00", "2f") "00 00 08 00 " IPV4_UDP);
	struct packet vxlan = decode_text(
		DLT_EN10MB,
		ETHERNET("08 00") IPV4(
			"00 52", "00 00",
			"11") "c0 00 12 b5 00 3e 00 00 08 00 00 00 00 00 01 00 " ETHERNET("08 00")
			IPV4_UDP);

	(void)state;
	assert_kind(&ipip, NETWORK_IPV4, PROTOCOL_OTHER, DECODE_OK);
	assert_int_equal(ipip.ip_protocol, 4);
	assert_kind(&gre, NETWORK_IPV4, PROTOCOL_GRE, DECODE_OK);
	assert_false(gre.flags & PACKET_PORTS);
	assert_kind(&vxlan, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_ports(&vxlan, 49152, 4789);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_type_below_1536_is_the_length_of_an_llc_frame),
		cmocka_unit_test(snap_is_read_under_the_two_ouis_of_ethernet_only),
		cmocka_unit_test(other_llc_frames_are_other),
		cmocka_unit_test(ip_straight_on_llc_is_read),
		cmocka_unit_test(llc_behind_a_vlan_tag_is_read),
		cmocka_unit_test(a_cut_llc_or_snap_header_is_a_truncated_link),
		cmocka_unit_test(mpls_labels_are_passed_to_the_bottom_of_the_stack),
		cmocka_unit_test(a_pseudowire_behind_mpls_is_other),
		cmocka_unit_test(a_label_stack_without_a_bottom_ends),
		cmocka_unit_test(a_pppoe_session_shows_its_ip),
		cmocka_unit_test(pppoe_discovery_and_link_control_are_other),
		cmocka_unit_test(a_cut_pppoe_header_is_a_truncated_link),
		cmocka_unit_test(any_header_behind_sixteen_others_is_too_deep),
		cmocka_unit_test(vlan_pppoe_and_mpls_nest),
		cmocka_unit_test(ppp_is_read_with_and_without_framing_and_with_both_protocol_sizes),
		cmocka_unit_test(compressed_and_control_protocols_of_ppp_are_other),
		cmocka_unit_test(a_ppp_frame_of_one_byte_that_was_not_captured_is_snapped),
		cmocka_unit_test(an_empty_ppp_frame_is_a_truncated_link),
		cmocka_unit_test(hdlc_multicasts_are_told_by_their_address),
		cmocka_unit_test(of_a_tunnel_the_outer_packet_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
