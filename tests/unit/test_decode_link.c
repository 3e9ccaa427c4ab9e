/* Link headers of Ethernet, VLAN, raw IP, NULL, LOOP and cooked captures. */
#include "test_decode_frame.h"

#define IPV4_UDP IPV4("00 20", "00 00", "11") UDP
#define IPV6_UDP IPV6("00 0c", "11") UDP

static void an_ethernet_frame_gives_addresses_lengths_and_ports(void **state)
{
	struct packet packet = decode_text(DLT_EN10MB, ETHERNET("08 00") IPV4_UDP);
	static const uint8_t source[16] = {10, 0, 0, 1}, destination[16] = {10, 0, 0, 2};
	static const uint8_t station[6] = {2, 0, 0, 0, 0, 1}, other[6] = {2, 0, 0, 0, 0, 2};

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_ports(&packet, 5000, 53);
	assert_memory_equal(packet.source, source, 16);
	assert_memory_equal(packet.destination, destination, 16);
	assert_memory_equal(packet.source_mac, station, 6);
	assert_memory_equal(packet.destination_mac, other, 6);
	assert_int_equal(packet.flags, PACKET_PORTS | PACKET_MACS);
	assert_int_equal(packet.frame_bytes, 14 + 20 + 12);
	assert_int_equal(packet.link_bytes, 14);
	assert_int_equal(packet.payload_bytes, 4);
	assert_int_equal(packet.ip_protocol, 17);
	assert_int_equal(packet.cast, CAST_UNICAST);
	assert_int_equal(packet.vlan[0], 0);
	assert_int_equal(packet.vlan[1], 0);
	assert_int_equal(packet.time.ns, 42);
	assert_int_equal(packet.direction, DIRECTION_RECEIVE);
}

static void nothing_of_an_earlier_packet_stays_behind_but_its_interface(void **state)
{
	struct packet packet = decode_text(DLT_EN10MB, ETHERNET("88 b5") "00 00");
	static const uint8_t zeros[32];

	(void)state;
	assert_kind(&packet, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_int_equal(packet.interface, 0xa5a5);
	assert_int_equal(packet.flags, PACKET_MACS);
	assert_int_equal(packet.payload_bytes, 0);
	assert_int_equal(packet.fragment_id, 0);
	assert_int_equal(packet.tcp_flags | packet.icmp_type | packet.icmp_code, 0);
	assert_int_equal(packet.source_port | packet.destination_port | packet.tcp_window, 0);
	assert_memory_equal(packet.source, zeros, 32);
}

static void the_group_bit_makes_multicast_and_all_ones_broadcast(void **state)
{
	struct packet multicast =
		decode_text(DLT_EN10MB, "01 00 5e 00 00 fb 02 00 00 00 00 01 08 00 " IPV4_UDP);
	struct packet ipv6 =
		decode_text(DLT_EN10MB, "33 33 00 00 00 01 02 00 00 00 00 01 86 dd " IPV6_UDP);
	struct packet broadcast =
		decode_text(DLT_EN10MB, "ff ff ff ff ff ff 02 00 00 00 00 01 08 06 " ARP_REQUEST);

	(void)state;
	assert_int_equal(multicast.cast, CAST_MULTICAST);
	assert_int_equal(ipv6.cast, CAST_MULTICAST);
	assert_int_equal(broadcast.cast, CAST_BROADCAST);
	assert_kind(&broadcast, NETWORK_ARP, PROTOCOL_NONE, DECODE_OK);
}

static void a_frame_that_ends_in_its_ethernet_header_is_a_truncated_link(void **state)
{
	struct packet packet = decode_ending(DLT_EN10MB, ETHERNET("08 00"), 13);
	struct packet empty = decode_ending(DLT_EN10MB, "", 0);

	(void)state;
	assert_kind(&packet, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
	assert_int_equal(packet.frame_bytes, 13);
	assert_kind(&empty, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
}

static void a_frame_cut_by_the_snap_length_in_its_link_header_is_snapped(void **state)
{
	struct packet packet = decode_snapped(DLT_EN10MB, ETHERNET("08 00") IPV4_UDP, 13);

	(void)state;
	assert_kind(&packet, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_int_equal(packet.flags, PACKET_SNAPPED);
	assert_int_equal(packet.frame_bytes, 46);
}

static void a_frame_received_live_one_byte_short_is_not_snapped(void **state)
{
	struct packet udp = decode_snapped(DLT_EN10MB, ETHERNET("08 00") IPV4_UDP, 45);
	struct packet tcp =
		decode_snapped(DLT_EN10MB, ETHERNET("08 00") IPV4("00 28", "00 00", "06") TCP, 53);
	struct packet echo = decode_snapped(
		DLT_EN10MB, ETHERNET("08 00") IPV4("00 1c", "00 00", "01") ICMP_ECHO, 41);
	struct packet datagram = decode_snapped(
		DLT_EN10MB, ETHERNET("08 00") IPV4("00 1c", "00 00", "11") UDP_PORTS "00 08 00 00",
		41);
	struct packet arp = decode_snapped(DLT_EN10MB, ETHERNET("08 06") ARP_REQUEST, 41);

	(void)state;
	assert_kind(&udp, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(udp.flags, PACKET_PORTS | PACKET_MACS);
	assert_int_equal(udp.frame_bytes, 46);
	assert_int_equal(udp.payload_bytes, 4);
	assert_kind(&tcp, NETWORK_IPV4, PROTOCOL_TCP, DECODE_OK);
	assert_int_equal(tcp.flags, PACKET_PORTS | PACKET_TCP | PACKET_MACS);
	assert_kind(&echo, NETWORK_IPV4, PROTOCOL_ICMP, DECODE_OK);
	assert_int_equal(echo.flags, PACKET_ICMP_ID | PACKET_MACS);
	assert_kind(&datagram, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(datagram.flags, PACKET_PORTS | PACKET_MACS);
	assert_kind(&arp, NETWORK_ARP, PROTOCOL_NONE, DECODE_OK);
	assert_int_equal(arp.flags, PACKET_MACS);
}

static void a_capture_that_claims_more_bytes_than_the_frame_had_is_cut_to_the_frame(void **state)
{
	struct packet packet =
		decode_sized(link_type_find(DLT_EN10MB), ETHERNET("08 00") IPV4_UDP, 46, 20);

	(void)state;
	assert_kind(&packet, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_NETWORK);
	assert_int_equal(packet.frame_bytes, 20);
}

static void the_made_up_header_of_the_loopback_device_is_not_counted(void **state)
{
	struct packet packet =
		decode_sized(link_type_loopback(),
			     "00 00 00 00 00 00 00 00 00 00 00 00 08 00 " IPV4_UDP, 46, 46);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(packet.frame_bytes, 32);
	assert_int_equal(packet.link_bytes, 0);
	assert_int_equal(packet.flags, PACKET_PORTS);
}

static void one_vlan_tag_is_the_outer_one(void **state)
{
	struct packet packet = decode_text(DLT_EN10MB, ETHERNET("81 00") "60 64 08 00 " IPV4_UDP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(packet.vlan[0], 100); /* priority bits left out */
	assert_int_equal(packet.vlan[1], 0);
	assert_int_equal(packet.link_bytes, 18);
	assert_int_equal(packet.frame_bytes, 50);
}

static void two_tags_of_every_known_type_are_outer_and_inner(void **state)
{
	static const char *const frames[] = {
		ETHERNET("88 a8") "0f ff 81 00 00 01 86 dd " IPV6_UDP,
		ETHERNET("91 00") "0f ff 81 00 00 01 86 dd " IPV6_UDP,
		ETHERNET("81 00") "0f ff 81 00 00 01 86 dd " IPV6_UDP,
		ETHERNET("81 00") "0f ff 88 a8 00 01 86 dd " IPV6_UDP,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct packet packet = decode_text(DLT_EN10MB, frames[i]);

		assert_kind(&packet, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
		assert_int_equal(packet.vlan[0], 4095);
		assert_int_equal(packet.vlan[1], 1);
		assert_int_equal(packet.link_bytes, 22);
	}
}

static void a_third_tag_is_passed_and_its_id_not_kept(void **state)
{
	struct packet packet = decode_text(
		DLT_EN10MB, ETHERNET("88 a8") "00 01 81 00 00 02 81 00 00 03 08 06 " ARP_REQUEST);

	(void)state;
	assert_kind(&packet, NETWORK_ARP, PROTOCOL_NONE, DECODE_OK);
	assert_int_equal(packet.vlan[0], 1);
	assert_int_equal(packet.vlan[1], 2);
	assert_int_equal(packet.link_bytes, 26);
}

static void a_priority_tag_has_id_zero_and_keeps_its_place(void **state)
{
	struct packet packet =
		decode_text(DLT_EN10MB, ETHERNET("81 00") "e0 00 81 00 00 05 08 00 " IPV4_UDP);

	(void)state;
	assert_int_equal(packet.vlan[0], 0);
	assert_int_equal(packet.vlan[1], 5);
}

static void sixteen_tags_are_read_and_seventeen_are_too_deep(void **state)
{
	char text[1024] = MACS;
	struct packet packet;

	(void)state;
	for (int i = 0; i < 16; i++)
		strcat(text, "81 00 00 07 ");
	strcat(text, "08 00 ");
	strcat(text, IPV4_UDP);
	packet = decode_text(DLT_EN10MB, text);
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);

	strcpy(text, MACS);
	for (int i = 0; i < 17; i++)
		strcat(text, "81 00 00 07 ");
	strcat(text, "08 00 ");
	strcat(text, IPV4_UDP);
	packet = decode_text(DLT_EN10MB, text);
	assert_kind(&packet, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TOO_DEEP);
	assert_int_equal(packet.vlan[0], 7);
}

static void a_tag_cut_by_the_frames_end_is_a_truncated_link(void **state)
{
	struct packet packet = decode_text(DLT_EN10MB, ETHERNET("81 00") "00 05 08");
	struct packet snapped =
		decode_snapped(DLT_EN10MB, ETHERNET("81 00") "00 05 08 00 " IPV4_UDP, 17);

	(void)state;
	assert_kind(&packet, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
	assert_kind(&snapped, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_true(snapped.flags & PACKET_SNAPPED);
}

static void an_unknown_ethertype_is_other_without_an_error(void **state)
{
	struct packet lldp = decode_text(DLT_EN10MB, ETHERNET("88 cc") "02 07");
	struct packet rarp = decode_text(DLT_EN10MB, ETHERNET("80 35") ARP_REQUEST);

	(void)state;
	assert_kind(&lldp, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_int_equal(lldp.link_bytes, 14);
	assert_kind(&rarp, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
}

static void an_arp_frame_without_its_fixed_part_is_arp_with_an_error(void **state)
{
	struct packet packet = decode_ending(DLT_EN10MB, ETHERNET("08 06") ARP_REQUEST, 21);

	(void)state;
	assert_kind(&packet, NETWORK_ARP, PROTOCOL_NONE, DECODE_TRUNCATED_NETWORK);
}

static void arp_for_ipv4_tells_who_asks_for_whom(void **state)
{
	static const uint8_t sender[IP_ADDRESS_BYTES] = {10, 0, 0, 1};
	static const uint8_t target[IP_ADDRESS_BYTES] = {10, 0, 0, 2};
	static const uint8_t none[IP_ADDRESS_BYTES];
	struct packet arp = decode_text(DLT_EN10MB, ETHERNET("08 06") ARP_REQUEST);
	/* The last byte of what is received goes to its direction, where the link pads nothing. */
	struct packet received = decode_snapped(DLT_EN10MB, ETHERNET("08 06") ARP_REQUEST, 41);
	struct packet sender_cut = decode_snapped(DLT_EN10MB, ETHERNET("08 06") ARP_REQUEST, 31);
	/* RFC 826 knows other protocols, and addresses of other lengths. */
	struct packet chaos = decode_text(DLT_EN10MB, ETHERNET("08 06") "00 01 08 04 06 02 00 01 "
									"02 00 00 00 00 01 12 34 "
									"00 00 00 00 00 00 56 78");
	struct packet short_hardware =
		decode_text(DLT_EN10MB, ETHERNET("08 06") "00 07 08 00 01 04 00 02 "
							  "aa 0a 00 00 01 bb 0a 00 00 02");

	(void)state;
	assert_int_equal(arp.message, 1);
	assert_memory_equal(arp.source, sender, IP_ADDRESS_BYTES);
	assert_memory_equal(arp.destination, target, IP_ADDRESS_BYTES);
	assert_int_equal(arp.ethertype, 0x0806);
	assert_int_equal(received.message, 1);
	assert_memory_equal(received.source, sender, IP_ADDRESS_BYTES);
	assert_memory_equal(received.destination, none, IP_ADDRESS_BYTES);
	assert_false(received.flags & PACKET_SNAPPED);
	assert_int_equal(sender_cut.message, 0);
	assert_memory_equal(sender_cut.source, none, IP_ADDRESS_BYTES);
	assert_int_equal(chaos.message, 0);
	assert_int_equal(short_hardware.message, 2);
	assert_memory_equal(short_hardware.source, sender, IP_ADDRESS_BYTES);
	assert_memory_equal(short_hardware.destination, target, IP_ADDRESS_BYTES);
}

/* Behind two tags; LLC has no EtherType, and SNAP has one again. */
static void what_is_not_ip_keeps_its_innermost_type(void **state)
{
	struct packet lldp =
		decode_text(DLT_EN10MB, ETHERNET("88 a8") "00 01 81 00 00 02 88 cc 00");
	struct packet stp = decode_text(DLT_EN10MB, ETHERNET("00 03") "42 42 03 ");
	struct packet snap = decode_text(DLT_EN10MB, ETHERNET("00 08") "aa aa 03 00 00 00 81 37 ");

	(void)state;
	assert_int_equal(lldp.ethertype, 0x88cc);
	assert_true(packet_has_ethertype(&lldp));
	assert_false(packet_has_ethertype(&stp));
	assert_int_equal(stp.llc_sap, 0x42);
	assert_int_equal(snap.ethertype, 0x8137);
}

static void raw_ip_is_told_apart_by_its_version(void **state)
{
	struct packet ipv4 = decode_text(DLT_RAW, IPV4_UDP);
	struct packet ipv6 = decode_text(DLT_RAW, IPV6_UDP);
	struct packet other = decode_text(DLT_RAW, "50 00 00 00");
	struct packet empty = decode_text(DLT_RAW, "");

	(void)state;
	assert_kind(&ipv4, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(ipv4.link_bytes, 0);
	assert_int_equal(ipv4.frame_bytes, 32);
	assert_int_equal(ipv4.flags, PACKET_PORTS);
	assert_kind(&ipv6, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
	assert_kind(&other, NETWORK_OTHER, PROTOCOL_NONE, DECODE_BAD_VERSION);
	assert_kind(&empty, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_NETWORK);
}

static void a_link_of_one_ip_version_refuses_the_other(void **state)
{
	struct packet ipv4 = decode_text(DLT_IPV4, IPV4_UDP);
	struct packet ipv6 = decode_text(DLT_IPV6, IPV6_UDP);
	struct packet wrong4 = decode_text(DLT_IPV4, IPV6_UDP);
	struct packet wrong6 = decode_text(DLT_IPV6, IPV4_UDP "00 00 00 00 00 00 00 00");

	(void)state;
	assert_kind(&ipv4, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_kind(&ipv6, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
	assert_kind(&wrong4, NETWORK_OTHER, PROTOCOL_NONE, DECODE_BAD_VERSION);
	assert_kind(&wrong6, NETWORK_OTHER, PROTOCOL_NONE, DECODE_BAD_VERSION);
}

static void a_null_link_is_read_in_both_byte_orders_and_its_header_not_counted(void **state)
{
	static const char *const ipv6[] = {
		"0a 00 00 00 ", "18 00 00 00 ", "1c 00 00 00 ", "1e 00 00 00 ",
		"00 00 00 0a ", "00 00 00 18 ", "00 00 00 1c ", "00 00 00 1e ",
	};
	struct packet little = decode_text(DLT_NULL, "02 00 00 00 " IPV4_UDP);
	struct packet big = decode_text(DLT_NULL, "00 00 00 02 " IPV4_UDP);
	struct packet appletalk = decode_text(DLT_NULL, "10 00 00 00 " IPV4_UDP);
	struct packet cut = decode_text(DLT_NULL, "02 00 00");

	(void)state;
	assert_kind(&little, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(little.frame_bytes, 32);
	assert_int_equal(little.link_bytes, 0);
	assert_kind(&big, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_kind(&appletalk, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_kind(&cut, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
	assert_int_equal(cut.frame_bytes, 0);
	for (size_t i = 0; i < sizeof(ipv6) / sizeof(ipv6[0]); i++) {
		char text[512];
		struct packet packet;

		strcpy(text, ipv6[i]);
		strcat(text, IPV6_UDP);
		packet = decode_text(DLT_NULL, text);
		assert_kind(&packet, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
	}
}

static void a_loop_link_is_read_in_network_byte_order(void **state)
{
	struct packet packet = decode_text(DLT_LOOP, "00 00 00 18 " IPV6_UDP);
	struct packet swapped = decode_text(DLT_LOOP, "02 00 00 00 " IPV4_UDP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(packet.frame_bytes, 52);
	assert_kind(&swapped, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
}

/* Packet type, ARPHRD type 1, address of 6 bytes, protocol. */
#define SLL(type, protocol) "00 " type " 00 01 00 06 02 00 00 00 00 01 00 00 " protocol " "
#define SLL2(protocol, type)                                                                       \
	protocol " 00 00 00 00 00 03 00 01 " type " 06 02 00 00 00 00 01 00 00 "

static void a_cooked_capture_tells_the_direction_and_the_cast(void **state)
{
	struct {
		const char *sll, *sll2;
		enum direction direction;
		enum cast cast;
	} kinds[] = {
		{SLL("00", "08 00") IPV4_UDP, SLL2("08 00", "00") IPV4_UDP, DIRECTION_RECEIVE,
		 CAST_UNICAST},
		{SLL("01", "08 00") IPV4_UDP, SLL2("08 00", "01") IPV4_UDP, DIRECTION_RECEIVE,
		 CAST_BROADCAST},
		{SLL("02", "08 00") IPV4_UDP, SLL2("08 00", "02") IPV4_UDP, DIRECTION_RECEIVE,
		 CAST_MULTICAST},
		{SLL("03", "08 00") IPV4_UDP, SLL2("08 00", "03") IPV4_UDP, DIRECTION_RECEIVE,
		 CAST_UNICAST},
		{SLL("04", "08 00") IPV4_UDP, SLL2("08 00", "04") IPV4_UDP, DIRECTION_TRANSMIT,
		 CAST_UNICAST},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct packet sll = decode_text(DLT_LINUX_SLL, kinds[i].sll);
		struct packet sll2 = decode_text(DLT_LINUX_SLL2, kinds[i].sll2);

		assert_kind(&sll, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
		assert_kind(&sll2, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
		assert_int_equal(sll.direction, kinds[i].direction);
		assert_int_equal(sll2.direction, kinds[i].direction);
		assert_int_equal(sll.cast, kinds[i].cast);
		assert_int_equal(sll2.cast, kinds[i].cast);
	}
}

static void a_cooked_header_is_not_counted_but_a_tag_behind_it_is(void **state)
{
	struct packet sll = decode_text(DLT_LINUX_SLL, SLL("00", "81 00") "00 05 08 00 " IPV4_UDP);
	struct packet sll2 =
		decode_text(DLT_LINUX_SLL2, SLL2("81 00", "00") "00 05 08 00 " IPV4_UDP);

	(void)state;
	assert_kind(&sll, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(sll.frame_bytes, 36);
	assert_int_equal(sll.link_bytes, 4);
	assert_int_equal(sll.vlan[0], 5);
	assert_int_equal(sll.flags, PACKET_PORTS); /* one address is not two */
	assert_kind(&sll2, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(sll2.frame_bytes, 36);
	assert_int_equal(sll2.link_bytes, 4);
}

static void a_cooked_netlink_message_is_no_ip_whatever_its_protocol_says(void **state)
{
	struct packet packet = decode_text(
		DLT_LINUX_SLL, "00 04 03 38 00 00 00 00 00 00 00 00 00 00 08 00 " IPV4_UDP);

	(void)state;
	assert_kind(&packet, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
}

static void a_cooked_llc_frame_is_read_through_its_llc_header(void **state)
{
	struct packet snap =
		decode_text(DLT_LINUX_SLL, SLL("00", "00 04") "aa aa 03 00 00 00 08 00 " IPV4_UDP);
	struct packet loopback_test = decode_text(DLT_LINUX_SLL, SLL("00", "00 60") IPV4_UDP);

	(void)state;
	assert_kind(&snap, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(snap.link_bytes, 8);
	assert_kind(&loopback_test, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
}

static void cooked_radio_and_frame_relay_headers_are_passed(void **state)
{
	struct packet radio =
		decode_text(DLT_LINUX_SLL, "00 00 03 23 00 00 00 00 00 00 00 00 00 00 00 04 "
					   "00 00 0c 00 02 00 00 00 10 00 00 00 "
					   "08 01 00 00 02 00 00 00 00 0a " MACS "00 00 "
					   "aa aa 03 00 00 00 08 00 " IPV4_UDP "de ad be ef");
	struct packet relay = decode_text(
		DLT_LINUX_SLL,
		"00 00 03 02 00 00 00 00 00 00 00 00 00 00 00 00 18 41 03 cc " IPV4_UDP);

	(void)state;
	assert_kind(&radio, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(radio.frame_bytes, 24 + 8 + 32);
	assert_kind(&relay, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(relay.frame_bytes, 36);
}

static void a_short_cooked_header_is_a_truncated_link(void **state)
{
	struct packet sll = decode_ending(DLT_LINUX_SLL, SLL("00", "08 00"), 15);
	struct packet sll2 = decode_ending(DLT_LINUX_SLL2, SLL2("08 00", "00"), 19);

	(void)state;
	assert_kind(&sll, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
	assert_int_equal(sll.frame_bytes, 0);
	assert_kind(&sll2, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
}

static void a_link_type_without_a_row_still_counts_bytes(void **state)
{
	struct packet packet = decode_text(231, ETHERNET("08 00") IPV4_UDP);

	(void)state;
	assert_kind(&packet, NETWORK_OTHER, PROTOCOL_NONE, DECODE_UNKNOWN_LINK);
	assert_int_equal(packet.frame_bytes, 46);
	assert_false(link_type_is_known(link_type_find(231)));
	assert_true(link_type_is_known(link_type_find(DLT_EN10MB)));
	assert_string_equal(link_type_name(link_type_find(DLT_LINUX_SLL2)), "LINUX_SLL2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ethernet_frame_gives_addresses_lengths_and_ports),
		cmocka_unit_test(nothing_of_an_earlier_packet_stays_behind_but_its_interface),
		cmocka_unit_test(the_group_bit_makes_multicast_and_all_ones_broadcast),
		cmocka_unit_test(a_frame_that_ends_in_its_ethernet_header_is_a_truncated_link),
		cmocka_unit_test(a_frame_cut_by_the_snap_length_in_its_link_header_is_snapped),
		cmocka_unit_test(a_frame_received_live_one_byte_short_is_not_snapped),
		cmocka_unit_test(
			a_capture_that_claims_more_bytes_than_the_frame_had_is_cut_to_the_frame),
		cmocka_unit_test(the_made_up_header_of_the_loopback_device_is_not_counted),
		cmocka_unit_test(one_vlan_tag_is_the_outer_one),
		cmocka_unit_test(two_tags_of_every_known_type_are_outer_and_inner),
		cmocka_unit_test(a_third_tag_is_passed_and_its_id_not_kept),
		cmocka_unit_test(a_priority_tag_has_id_zero_and_keeps_its_place),
		cmocka_unit_test(sixteen_tags_are_read_and_seventeen_are_too_deep),
		cmocka_unit_test(a_tag_cut_by_the_frames_end_is_a_truncated_link),
		cmocka_unit_test(an_unknown_ethertype_is_other_without_an_error),
		cmocka_unit_test(an_arp_frame_without_its_fixed_part_is_arp_with_an_error),
		cmocka_unit_test(arp_for_ipv4_tells_who_asks_for_whom),
		cmocka_unit_test(what_is_not_ip_keeps_its_innermost_type),
		cmocka_unit_test(raw_ip_is_told_apart_by_its_version),
		cmocka_unit_test(a_link_of_one_ip_version_refuses_the_other),
		cmocka_unit_test(
			a_null_link_is_read_in_both_byte_orders_and_its_header_not_counted),
		cmocka_unit_test(a_loop_link_is_read_in_network_byte_order),
		cmocka_unit_test(a_cooked_capture_tells_the_direction_and_the_cast),
		cmocka_unit_test(a_cooked_header_is_not_counted_but_a_tag_behind_it_is),
		cmocka_unit_test(a_cooked_netlink_message_is_no_ip_whatever_its_protocol_says),
		cmocka_unit_test(a_cooked_llc_frame_is_read_through_its_llc_header),
		cmocka_unit_test(cooked_radio_and_frame_relay_headers_are_passed),
		cmocka_unit_test(a_short_cooked_header_is_a_truncated_link),
		cmocka_unit_test(a_link_type_without_a_row_still_counts_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
