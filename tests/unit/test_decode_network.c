/* IPv4 and IPv6: lengths, fragments, extension headers, and where the link's length counts. */
#include "test_decode_frame.h"

#define LINK  ETHERNET("08 00")
#define LINK6 ETHERNET("86 dd")

static void padding_behind_the_total_length_is_no_payload(void **state)
{
	struct packet packet = decode_sized(link_type_find(DLT_EN10MB),
					    LINK IPV4("00 28", "00 00", "06") TCP, 60, 60);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_TCP, DECODE_OK);
	assert_int_equal(packet.frame_bytes, 60);
	assert_int_equal(packet.payload_bytes, 0);
}

static void ipv4_options_are_skipped(void **state)
{
	struct packet packet =
		decode_text(DLT_EN10MB, LINK "46 00 00 24 12 34 00 00 40 11 00 00 0a 00 00 01 "
					     "0a 00 00 02 94 04 00 00 " UDP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_ports(&packet, 5000, 53);
	assert_int_equal(packet.payload_bytes, 4);
}

static void uncaptured_ipv4_options_leave_the_ports_snapped(void **state)
{
	struct packet packet = decode_snapped(
		DLT_EN10MB,
		LINK "46 00 00 24 12 34 00 00 40 11 00 00 0a 00 00 01 0a 00 00 02 94 04 00 00 " UDP,
		36);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(packet.flags, PACKET_SNAPPED | PACKET_MACS);
}

static void an_ipv4_header_that_the_frame_cuts_is_no_ipv4(void **state)
{
	struct packet packet =
		decode_ending(DLT_EN10MB, LINK IPV4("00 28", "00 00", "06") TCP, 14 + 19);
	struct packet snapped =
		decode_snapped(DLT_EN10MB, LINK IPV4("00 28", "00 00", "06") TCP, 14 + 19);

	(void)state;
	assert_kind(&packet, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_NETWORK);
	assert_int_equal(packet.link_bytes, 14);
	assert_kind(&snapped, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_true(snapped.flags & PACKET_SNAPPED);
}

static void the_wrong_version_behind_an_ethertype_is_no_ip(void **state)
{
	struct packet four = decode_text(DLT_EN10MB, LINK6 IPV4("00 28", "00 00", "06") TCP);
	struct packet six = decode_text(DLT_EN10MB, LINK IPV6("00 0c", "11") UDP);

	(void)state;
	assert_kind(&four, NETWORK_OTHER, PROTOCOL_NONE, DECODE_BAD_VERSION);
	assert_kind(&six, NETWORK_OTHER, PROTOCOL_NONE, DECODE_BAD_VERSION);
}

static void a_header_length_below_twenty_is_bad_but_the_packet_is_ipv4(void **state)
{
	struct packet packet =
		decode_text(DLT_EN10MB, LINK "44 00 00 28 12 34 00 00 40 06 00 00 0a 00 00 01 "
					     "0a 00 00 02 " TCP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_TCP, DECODE_BAD_HEADER_LENGTH);
	assert_false(packet.flags & PACKET_PORTS);
	assert_int_equal(packet.source[0], 10);
}

static void options_cut_by_the_frames_end_are_a_truncated_network(void **state)
{
	struct packet packet =
		decode_text(DLT_EN10MB, LINK "4f 00 00 50 12 34 00 00 40 06 00 00 0a 00 00 01 "
					     "0a 00 00 02 " TCP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_TCP, DECODE_TRUNCATED_NETWORK);
	assert_false(packet.flags & PACKET_PORTS);
}

static void a_total_length_below_the_header_is_bad(void **state)
{
	struct packet packet = decode_text(DLT_EN10MB, LINK IPV4("00 13", "00 00", "06") TCP);
	struct packet options =
		decode_text(DLT_EN10MB, LINK "46 00 00 14 12 34 00 00 40 06 00 00 0a 00 00 01 "
					     "0a 00 00 02 00 00 00 00 " TCP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_TCP, DECODE_BAD_TOTAL_LENGTH);
	assert_false(packet.flags & PACKET_PORTS);
	assert_kind(&options, NETWORK_IPV4, PROTOCOL_TCP, DECODE_BAD_TOTAL_LENGTH);
}

static void a_total_length_beyond_the_frame_is_bad_and_the_ports_that_are_there_count(void **state)
{
	struct packet packet = decode_text(DLT_EN10MB, LINK IPV4("00 29", "00 00", "06") TCP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_TCP, DECODE_BAD_TOTAL_LENGTH);
	assert_ports(&packet, 49152, 80);
	assert_int_equal(packet.payload_bytes, 1); /* by the IP header */
}

static void a_total_length_is_compared_with_the_frame_and_not_with_the_capture(void **state)
{
	struct packet packet = decode_sized(link_type_find(DLT_EN10MB),
					    LINK IPV4("05 dc", "00 00", "06") TCP, 64, 1514);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_TCP, DECODE_OK);
	assert_ports(&packet, 49152, 80);
	assert_int_equal(packet.payload_bytes, 1460);
	assert_false(packet.flags & PACKET_SNAPPED);
}

static void a_total_length_of_zero_in_a_long_frame_is_the_links_length(void **state)
{
	struct packet tso = decode_sized(link_type_find(DLT_EN10MB),
					 LINK IPV4("00 00", "00 00", "06") TCP, 96, 2974);
	struct packet big = decode_sized(link_type_find(DLT_EN10MB),
					 LINK IPV4("00 00", "00 00", "06") TCP, 96, 185014);

	(void)state;
	assert_kind(&tso, NETWORK_IPV4, PROTOCOL_TCP, DECODE_OK);
	assert_int_equal(tso.payload_bytes, 2920);
	assert_kind(&big, NETWORK_IPV4, PROTOCOL_TCP, DECODE_OK);
	assert_int_equal(big.payload_bytes, 184960);
	assert_int_equal(big.frame_bytes, 185014);
}

static void a_total_length_of_zero_in_a_short_frame_is_bad(void **state)
{
	struct packet packet = decode_text(DLT_EN10MB, LINK IPV4("00 00", "00 00", "06") TCP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_TCP, DECODE_BAD_TOTAL_LENGTH);
}

static int checksum_of(const char *text)
{
	return decode_text(DLT_EN10MB, text).ipv4_checksum;
}

/* Headers of real packets, whose checksums are those of their senders. */
static void an_ipv4_header_sums_to_all_ones_or_its_checksum_is_bad(void **state)
{
	(void)state;
	assert_int_equal(checksum_of(LINK "45 00 00 3c 1c 46 40 00 40 06 b1 e6 ac 10 0a 63 "
					  "ac 10 0a 0c "),
			 CHECKSUM_RIGHT);
	assert_int_equal(checksum_of(LINK "45 00 00 73 00 00 40 00 40 11 b8 61 c0 a8 00 01 "
					  "c0 a8 00 c7 "),
			 CHECKSUM_RIGHT);
	assert_int_equal(checksum_of(LINK "45 00 00 73 00 00 40 00 40 11 b8 60 c0 a8 00 01 "
					  "c0 a8 00 c7 "),
			 CHECKSUM_BAD);
	assert_int_equal(checksum_of(LINK "45 00 00 73 00 00 40 00 3f 11 b8 61 c0 a8 00 01 "
					  "c0 a8 00 c7 "),
			 CHECKSUM_BAD);
}

/* The words 0001 f203 f4f5 f6f7 sum to ddf2 (RFC 1071 3): as options, they change b861 by that. */
static void ipv4_options_are_part_of_the_sum(void **state)
{
	(void)state;
	/* 45->47 is 0200 more: b861 - 0200 - ddf2, with the borrow that goes around: d86e. */
	assert_int_equal(checksum_of(LINK "47 00 00 73 00 00 40 00 40 11 d8 6e c0 a8 00 01 "
					  "c0 a8 00 c7 00 01 f2 03 f4 f5 f6 f7 "),
			 CHECKSUM_RIGHT);
	assert_int_equal(checksum_of(LINK "47 00 00 73 00 00 40 00 40 11 d8 6e c0 a8 00 01 "
					  "c0 a8 00 c7 00 01 f2 03 f4 f5 f6 f8 "),
			 CHECKSUM_BAD);
}

/* Where the other words sum to ffff, 0 is right, and so is its other form in ones' complement. */
static void a_checksum_of_zero_is_right_or_was_left_to_the_hardware(void **state)
{
	(void)state;
	assert_int_equal(checksum_of(LINK "45 00 00 73 b8 61 40 00 40 11 00 00 c0 a8 00 01 "
					  "c0 a8 00 c7 "),
			 CHECKSUM_RIGHT);
	assert_int_equal(checksum_of(LINK "45 00 00 73 b8 61 40 00 40 11 ff ff c0 a8 00 01 "
					  "c0 a8 00 c7 "),
			 CHECKSUM_RIGHT);
	assert_int_equal(checksum_of(LINK "45 00 00 73 00 00 40 00 40 11 00 00 c0 a8 00 01 "
					  "c0 a8 00 c7 "),
			 CHECKSUM_UNSET);
}

static void a_header_that_is_not_whole_has_no_checksum_to_judge(void **state)
{
	const char *options = LINK "47 00 00 73 00 00 40 00 40 11 d8 6e c0 a8 00 01 "
				   "c0 a8 00 c7 00 01 f2 03 f4 f5 f6 f7 ";

	(void)state;
	assert_int_equal(decode_snapped(DLT_EN10MB, options, 14 + 27).ipv4_checksum,
			 CHECKSUM_UNSEEN);
	assert_int_equal(decode_snapped(DLT_EN10MB, options, 14 + 28).ipv4_checksum,
			 CHECKSUM_RIGHT);
	assert_int_equal(decode_ending(DLT_EN10MB, options, 14 + 27).ipv4_checksum,
			 CHECKSUM_UNSEEN);
	assert_int_equal(checksum_of(LINK "44 00 00 73 00 00 40 00 40 11 b8 61 c0 a8 00 01 "
					  "c0 a8 00 c7 "),
			 CHECKSUM_UNSEEN);
	assert_int_equal(checksum_of(LINK6 IPV6("00 0c", "11") UDP), CHECKSUM_UNSEEN);
}

static void the_first_fragment_has_ports_and_an_id(void **state)
{
	struct packet packet =
		decode_sized(link_type_find(DLT_EN10MB),
			     LINK IPV4("05 dc", "20 00", "11") "00 7b 02 02 0f a0 ", 96, 1514);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_ports(&packet, 123, 514);
	assert_int_equal(packet.flags,
			 PACKET_PORTS | PACKET_FRAGMENT | PACKET_MORE_FRAGMENTS | PACKET_MACS);
	assert_int_equal(packet.fragment_id, 0x1234);
	assert_int_equal(packet.payload_bytes, 1472);
}

static void later_fragments_have_no_ports_and_know_their_protocol(void **state)
{
	struct packet middle =
		decode_sized(link_type_find(DLT_EN10MB),
			     LINK IPV4("05 dc", "20 b9", "11") "00 7b 02 02", 96, 1514);
	struct packet last = decode_text(DLT_EN10MB, LINK IPV4("00 1c", "01 72", "11") ICMP_ECHO);

	(void)state;
	assert_kind(&middle, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(middle.flags, PACKET_FRAGMENT | PACKET_LATER_FRAGMENT |
					       PACKET_MORE_FRAGMENTS | PACKET_MACS);
	assert_int_equal(middle.payload_bytes, 1480);
	assert_int_equal(last.flags, PACKET_FRAGMENT | PACKET_LATER_FRAGMENT | PACKET_MACS);
	assert_int_equal(last.source_port, 0);
	assert_int_equal(last.payload_bytes, 8);
}

static void the_do_not_fragment_bit_makes_no_fragment(void **state)
{
	struct packet packet = decode_text(DLT_EN10MB, LINK IPV4("00 28", "40 00", "06") TCP);

	(void)state;
	assert_int_equal(packet.flags, PACKET_PORTS | PACKET_TCP | PACKET_MACS);
	assert_int_equal(packet.fragment_id, 0);
}

static void every_named_protocol_is_told_by_its_number(void **state)
{
	static const struct {
		const char *frame;
		enum protocol protocol;
		uint8_t number;
	} kinds[] = {
		{LINK IPV4("00 18", "00 00", "02") "16 00 00 00", PROTOCOL_IGMP, 2},
		{LINK IPV4("00 18", "00 00", "2f") "00 00 08 00", PROTOCOL_GRE, 47},
		{LINK IPV4("00 18", "00 00", "32") "00 00 00 01", PROTOCOL_ESP, 50},
		{LINK IPV4("00 18", "00 00", "33") "06 04 00 00", PROTOCOL_AH, 51},
		{LINK IPV4("00 18", "00 00", "59") "02 01 00 2c", PROTOCOL_OSPF, 89},
		{LINK IPV4("00 18", "00 00", "67") "20 00 00 00", PROTOCOL_PIM, 103},
		{LINK IPV4("00 18", "00 00", "04") "45 00 00 14", PROTOCOL_OTHER, 4},
		{LINK IPV4("00 18", "00 00", "29") "60 00 00 00", PROTOCOL_OTHER, 41},
		{LINK IPV4("00 18", "00 00", "00") "00 00 00 00", PROTOCOL_OTHER, 0},
		{LINK IPV4("00 18", "00 00", "ff") "00 00 00 00", PROTOCOL_OTHER, 255},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct packet packet = decode_text(DLT_EN10MB, kinds[i].frame);

		assert_kind(&packet, NETWORK_IPV4, kinds[i].protocol, DECODE_OK);
		assert_int_equal(packet.ip_protocol, kinds[i].number);
		assert_int_equal(packet.flags, PACKET_MACS);
	}
}

static void an_ipv6_packet_gives_addresses_ports_and_payload(void **state)
{
	struct packet packet = decode_text(DLT_EN10MB, LINK6 IPV6("00 0c", "11") UDP);
	static const uint8_t source[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};

	(void)state;
	assert_kind(&packet, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
	assert_ports(&packet, 5000, 53);
	assert_memory_equal(packet.source, source, 16);
	assert_int_equal(packet.destination[15], 2);
	assert_int_equal(packet.payload_bytes, 4);
	assert_int_equal(packet.link_bytes, 14);
}

static void an_ipv6_header_that_the_frame_cuts_is_no_ipv6(void **state)
{
	struct packet packet = decode_ending(DLT_EN10MB, LINK6 IPV6("00 0c", "11") UDP, 14 + 39);
	struct packet snapped = decode_snapped(DLT_EN10MB, LINK6 IPV6("00 0c", "11") UDP, 14 + 39);

	(void)state;
	assert_kind(&packet, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_NETWORK);
	assert_kind(&snapped, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_true(snapped.flags & PACKET_SNAPPED);
}

/* Next header, and 8 bytes in all, or 16. */
#define EXTENSION(next)    next " 00 01 04 00 00 00 00 "
#define EXTENSION_16(next) next " 01 01 0c 00 00 00 00 00 00 00 00 00 00 00 00 "

static void exactly_the_listed_extension_headers_are_walked(void **state)
{
	struct packet packet =
		decode_text(DLT_EN10MB, LINK6 IPV6("00 44", "00") EXTENSION("2b") EXTENSION_16("3c")
						EXTENSION("87") EXTENSION("8b") EXTENSION("8c")
							EXTENSION("11") UDP);
	struct packet ah = decode_text(DLT_EN10MB, LINK6 IPV6("00 0c", "33") "11 01 00 00 " UDP);
	struct packet esp = decode_text(DLT_EN10MB, LINK6 IPV6("00 0c", "32") UDP);
	struct packet none = decode_text(DLT_EN10MB, LINK6 IPV6("00 00", "3b"));
	struct packet experiment =
		decode_text(DLT_EN10MB, LINK6 IPV6("00 14", "fd") EXTENSION("11") UDP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(packet.ip_protocol, 17);
	assert_int_equal(packet.payload_bytes, 4);
	assert_ports(&packet, 5000, 53);
	assert_kind(&ah, NETWORK_IPV6, PROTOCOL_AH, DECODE_OK);
	assert_false(ah.flags & PACKET_PORTS);
	assert_kind(&esp, NETWORK_IPV6, PROTOCOL_ESP, DECODE_OK);
	assert_kind(&none, NETWORK_IPV6, PROTOCOL_OTHER, DECODE_OK);
	assert_int_equal(none.ip_protocol, 59);
	assert_kind(&experiment, NETWORK_IPV6, PROTOCOL_OTHER, DECODE_OK);
}

static void seventeen_extension_headers_are_too_deep(void **state)
{
	char text[2048] = LINK6 IPV6("00 94", "3c");
	struct packet packet;

	(void)state;
	for (int i = 0; i < 16; i++)
		strcat(text, EXTENSION("3c"));
	strcat(text, EXTENSION("11"));
	strcat(text, UDP);
	packet = decode_text(DLT_EN10MB, text);
	assert_kind(&packet, NETWORK_IPV6, PROTOCOL_OTHER, DECODE_TOO_DEEP);

	strcpy(text, LINK6 IPV6("00 8c", "3c"));
	for (int i = 0; i < 15; i++)
		strcat(text, EXTENSION("3c"));
	strcat(text, EXTENSION("11"));
	strcat(text, UDP);
	packet = decode_text(DLT_EN10MB, text);
	assert_kind(&packet, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
}

static void an_extension_header_beyond_the_packet_is_bad(void **state)
{
	struct packet longer =
		decode_text(DLT_EN10MB, LINK6 IPV6("00 14", "3c") "11 03 01 04 00 00 00 00 " UDP);
	struct packet padded =
		decode_text(/* inside the frame, not inside the packet */
			    DLT_EN10MB, LINK6 IPV6("00 08", "3c") "11 01 01 04 00 00 00 00 " UDP);
	struct packet missing = decode_text(DLT_EN10MB, LINK6 IPV6("00 01", "3c") "11");
	struct packet snapped =
		decode_snapped(DLT_EN10MB, LINK6 IPV6("00 14", "3c") EXTENSION("11") UDP, 55);

	(void)state;
	assert_kind(&longer, NETWORK_IPV6, PROTOCOL_OTHER, DECODE_BAD_HEADER_LENGTH);
	assert_kind(&padded, NETWORK_IPV6, PROTOCOL_OTHER, DECODE_BAD_HEADER_LENGTH);
	assert_kind(&missing, NETWORK_IPV6, PROTOCOL_OTHER, DECODE_TRUNCATED_NETWORK);
	assert_kind(&snapped, NETWORK_IPV6, PROTOCOL_OTHER, DECODE_OK);
	assert_true(snapped.flags & PACKET_SNAPPED);
}

static void ipv6_fragments_have_ports_only_at_offset_zero(void **state)
{
	struct packet first =
		decode_text(DLT_EN10MB, LINK6 IPV6("00 14", "2c") "11 00 00 01 00 01 e2 40 " UDP);
	struct packet later =
		decode_text(DLT_EN10MB, LINK6 IPV6("00 14", "2c") "11 00 05 a8 00 01 e2 40 " UDP);

	(void)state;
	assert_kind(&first, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
	assert_ports(&first, 5000, 53);
	assert_int_equal(first.flags,
			 PACKET_PORTS | PACKET_FRAGMENT | PACKET_MORE_FRAGMENTS | PACKET_MACS);
	assert_int_equal(first.fragment_id, 123456);
	assert_int_equal(first.payload_bytes, 4);
	assert_kind(&later, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(later.flags, PACKET_FRAGMENT | PACKET_LATER_FRAGMENT | PACKET_MACS);
	assert_int_equal(later.fragment_id, 123456);
	assert_int_equal(later.payload_bytes, 12);
}

static void a_later_ipv6_fragment_that_hides_its_chain_is_other(void **state)
{
	struct packet packet =
		decode_text(DLT_EN10MB, LINK6 IPV6("00 14", "2c") "3c 00 05 a8 00 01 e2 40 " UDP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV6, PROTOCOL_OTHER, DECODE_OK);
	assert_int_equal(packet.ip_protocol, 60);
	assert_true(packet.flags & PACKET_LATER_FRAGMENT);
}

static void an_atomic_fragment_is_a_whole_datagram(void **state)
{
	struct packet packet =
		decode_text(DLT_EN10MB, LINK6 IPV6("00 14", "2c") "11 00 00 00 00 01 e2 40 " UDP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV6, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(packet.flags, PACKET_PORTS | PACKET_MACS);
	assert_int_equal(packet.fragment_id, 0);
}

static void a_jumbogram_has_the_length_of_its_option(void **state)
{
	struct packet packet = decode_sized(
		link_type_find(DLT_EN10MB),
		LINK6 IPV6("00 00", "00") "06 00 c2 04 00 01 11 70 " TCP, 128, 14 + 40 + 70000);
	struct packet behind_padding = decode_sized(
		link_type_find(DLT_EN10MB),
		LINK6 IPV6("00 00", "00") "06 01 00 01 01 00 00 00 00 00 c2 04 00 01 11 70 " TCP,
		128, 14 + 40 + 70000);
	struct packet beyond = decode_sized(
		link_type_find(DLT_EN10MB),
		LINK6 IPV6("00 00", "00") "06 00 c2 04 00 01 11 70 " TCP, 128, 14 + 40 + 69999);
	struct packet small =
		decode_text(DLT_EN10MB, LINK6 IPV6("00 00", "00") "06 00 c2 04 00 00 00 1c " TCP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV6, PROTOCOL_TCP, DECODE_OK);
	assert_ports(&packet, 49152, 80);
	assert_int_equal(packet.payload_bytes, 70000 - 8 - 20);
	assert_kind(&behind_padding, NETWORK_IPV6, PROTOCOL_TCP, DECODE_OK);
	assert_int_equal(behind_padding.payload_bytes, 70000 - 16 - 20);
	assert_kind(&beyond, NETWORK_IPV6, PROTOCOL_TCP, DECODE_BAD_TOTAL_LENGTH);
	assert_kind(&small, NETWORK_IPV6, PROTOCOL_TCP, DECODE_BAD_TOTAL_LENGTH);
	assert_ports(&small, 49152, 80);
}

static void a_payload_length_of_zero_in_a_long_frame_is_the_links_length(void **state)
{
	struct packet packet = decode_sized(link_type_find(DLT_EN10MB),
					    LINK6 IPV6("00 00", "06") TCP, 128, 14 + 40 + 3000);
	struct packet small = decode_text(DLT_EN10MB, LINK6 IPV6("00 00", "06") TCP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV6, PROTOCOL_TCP, DECODE_OK);
	assert_int_equal(packet.payload_bytes, 2980);
	assert_kind(&small, NETWORK_IPV6, PROTOCOL_TCP, DECODE_TRUNCATED_TRANSPORT);
}

/* A short frame, in which payload length 0 would mean an empty packet and an error. */
static void a_jumbo_option_that_was_not_captured_is_snapped_and_no_error(void **state)
{
	static const char text[] =
		LINK6 IPV6("00 00", "00") "06 01 00 00 00 00 00 00 00 00 c2 04 00 00 00 24 " TCP;

	(void)state;
	assert_int_equal(decode_text(DLT_EN10MB, text).error, DECODE_BAD_TOTAL_LENGTH);
	for (uint32_t captured = 14 + 40; captured < 14 + 40 + 16; captured++) {
		struct packet packet = decode_snapped(DLT_EN10MB, text, captured);

		assert_int_equal(packet.error, DECODE_OK);
		assert_int_equal(packet.network, NETWORK_IPV6);
		assert_true(packet.flags & PACKET_SNAPPED);
	}
}

static void a_jumbo_option_that_is_not_there_leaves_the_links_length(void **state)
{
	struct packet without =
		decode_sized(/* a PadN in its place */
			     link_type_find(DLT_EN10MB),
			     LINK6 IPV6("00 00", "00") "06 00 01 04 00 00 00 00 " TCP, 128,
			     14 + 40 + 70000);
	struct packet uncaptured = decode_sized(
		link_type_find(DLT_EN10MB),
		LINK6 IPV6("00 00", "00") "06 00 c2 04 00 01 11 70 " TCP, 55, 14 + 40 + 70000);
	struct packet cut = decode_text(DLT_EN10MB, LINK6 IPV6("00 00", "00") "06");

	(void)state;
	assert_kind(&without, NETWORK_IPV6, PROTOCOL_TCP, DECODE_OK);
	assert_int_equal(without.payload_bytes, 70000 - 8 - 20);
	assert_kind(&uncaptured, NETWORK_IPV6, PROTOCOL_OTHER, DECODE_OK);
	assert_true(uncaptured.flags & PACKET_SNAPPED);
	assert_kind(&cut, NETWORK_IPV6, PROTOCOL_OTHER, DECODE_TRUNCATED_NETWORK);
}

static void an_ipv6_payload_length_beyond_the_frame_is_bad(void **state)
{
	struct packet packet = decode_text(DLT_EN10MB, LINK6 IPV6("00 0d", "11") UDP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV6, PROTOCOL_UDP, DECODE_BAD_TOTAL_LENGTH);
	assert_ports(&packet, 5000, 53);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(padding_behind_the_total_length_is_no_payload),
		cmocka_unit_test(ipv4_options_are_skipped),
		cmocka_unit_test(uncaptured_ipv4_options_leave_the_ports_snapped),
		cmocka_unit_test(an_ipv4_header_that_the_frame_cuts_is_no_ipv4),
		cmocka_unit_test(the_wrong_version_behind_an_ethertype_is_no_ip),
		cmocka_unit_test(a_header_length_below_twenty_is_bad_but_the_packet_is_ipv4),
		cmocka_unit_test(options_cut_by_the_frames_end_are_a_truncated_network),
		cmocka_unit_test(a_total_length_below_the_header_is_bad),
		cmocka_unit_test(
			a_total_length_beyond_the_frame_is_bad_and_the_ports_that_are_there_count),
		cmocka_unit_test(
			a_total_length_is_compared_with_the_frame_and_not_with_the_capture),
		cmocka_unit_test(a_total_length_of_zero_in_a_long_frame_is_the_links_length),
		cmocka_unit_test(a_total_length_of_zero_in_a_short_frame_is_bad),
		cmocka_unit_test(an_ipv4_header_sums_to_all_ones_or_its_checksum_is_bad),
		cmocka_unit_test(ipv4_options_are_part_of_the_sum),
		cmocka_unit_test(a_checksum_of_zero_is_right_or_was_left_to_the_hardware),
		cmocka_unit_test(a_header_that_is_not_whole_has_no_checksum_to_judge),
		cmocka_unit_test(the_first_fragment_has_ports_and_an_id),
		cmocka_unit_test(later_fragments_have_no_ports_and_know_their_protocol),
		cmocka_unit_test(the_do_not_fragment_bit_makes_no_fragment),
		cmocka_unit_test(every_named_protocol_is_told_by_its_number),
		cmocka_unit_test(an_ipv6_packet_gives_addresses_ports_and_payload),
		cmocka_unit_test(an_ipv6_header_that_the_frame_cuts_is_no_ipv6),
		cmocka_unit_test(exactly_the_listed_extension_headers_are_walked),
		cmocka_unit_test(seventeen_extension_headers_are_too_deep),
		cmocka_unit_test(an_extension_header_beyond_the_packet_is_bad),
		cmocka_unit_test(ipv6_fragments_have_ports_only_at_offset_zero),
		cmocka_unit_test(a_later_ipv6_fragment_that_hides_its_chain_is_other),
		cmocka_unit_test(an_atomic_fragment_is_a_whole_datagram),
		cmocka_unit_test(a_jumbogram_has_the_length_of_its_option),
		cmocka_unit_test(a_payload_length_of_zero_in_a_long_frame_is_the_links_length),
		cmocka_unit_test(a_jumbo_option_that_was_not_captured_is_snapped_and_no_error),
		cmocka_unit_test(a_jumbo_option_that_is_not_there_leaves_the_links_length),
		cmocka_unit_test(an_ipv6_payload_length_beyond_the_frame_is_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
