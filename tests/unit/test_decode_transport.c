/* TCP, UDP, SCTP, ICMP and ICMPv6 headers, whole and cut at each end. */
#include "test_decode_frame.h"

static void a_tcp_segment_gives_all_its_fields(void **state)
{
	struct packet packet =
		decode_text(DLT_RAW, IPV4("00 2b", "40 00", "06") TCP_FLAGS("18") "61 62 63");

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_TCP, DECODE_OK);
	assert_ports(&packet, 49152, 80);
	assert_int_equal(packet.flags, PACKET_PORTS | PACKET_TCP);
	assert_int_equal(packet.tcp_flags, TCP_PSH | TCP_ACK);
	assert_int_equal(packet.tcp_sequence, 1000);
	assert_int_equal(packet.tcp_acknowledgement, 2000);
	assert_int_equal(packet.tcp_window, 8192);
	assert_int_equal(packet.payload_bytes, 3);
}

static void tcp_options_are_no_payload(void **state)
{
	struct packet packet =
		decode_text(DLT_RAW, IPV4("00 2d", "40 00", "06") TCP_PORTS
			    "00 00 03 e8 00 00 00 00 60 02 20 00 00 00 00 00 02 04 05 b4 61");

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_TCP, DECODE_OK);
	assert_int_equal(packet.payload_bytes, 1);
}

static void a_tcp_header_cut_by_the_snap_length_keeps_the_ports(void **state)
{
	struct packet fields = decode_snapped(DLT_RAW, IPV4("00 28", "40 00", "06") TCP, 36);
	struct packet ports = decode_snapped(DLT_RAW, IPV4("00 28", "40 00", "06") TCP, 35);
	struct packet least = decode_snapped(DLT_RAW, IPV4("00 28", "40 00", "06") TCP, 24);
	struct packet none = decode_snapped(DLT_RAW, IPV4("00 28", "40 00", "06") TCP, 23);

	(void)state;
	assert_int_equal(fields.flags, PACKET_PORTS | PACKET_TCP);
	assert_int_equal(ports.flags, PACKET_PORTS | PACKET_SNAPPED);
	assert_int_equal(least.flags, PACKET_PORTS | PACKET_SNAPPED);
	assert_int_equal(least.destination_port, 80);
	assert_int_equal(none.flags, PACKET_SNAPPED);
	assert_kind(&none, NETWORK_IPV4, PROTOCOL_TCP, DECODE_OK);
}

static void a_tcp_header_cut_by_the_packets_end_is_a_truncated_transport(void **state)
{
	struct packet ports = decode_text(DLT_RAW, IPV4("00 27", "40 00", "06") TCP);
	struct packet none = decode_text(DLT_RAW, IPV4("00 17", "40 00", "06") TCP);
	struct packet bare = decode_text(DLT_RAW, IPV4("00 14", "40 00", "06"));

	(void)state;
	assert_kind(&ports, NETWORK_IPV4, PROTOCOL_TCP, DECODE_TRUNCATED_TRANSPORT);
	assert_ports(&ports, 49152, 80);
	assert_int_equal(ports.flags, PACKET_PORTS);
	assert_kind(&none, NETWORK_IPV4, PROTOCOL_TCP, DECODE_TRUNCATED_TRANSPORT);
	assert_int_equal(none.flags, 0);
	assert_kind(&bare, NETWORK_IPV4, PROTOCOL_TCP, DECODE_TRUNCATED_TRANSPORT);
}

static void ports_of_a_truncated_header_that_were_not_captured_are_snapped(void **state)
{
	struct packet there = decode_snapped(DLT_RAW, IPV4("00 18", "40 00", "06") TCP_PORTS, 24);
	struct packet cut = decode_snapped(DLT_RAW, IPV4("00 18", "40 00", "06") TCP_PORTS, 23);

	(void)state;
	assert_kind(&there, NETWORK_IPV4, PROTOCOL_TCP, DECODE_TRUNCATED_TRANSPORT);
	assert_int_equal(there.flags, PACKET_PORTS);
	assert_kind(&cut, NETWORK_IPV4, PROTOCOL_TCP, DECODE_TRUNCATED_TRANSPORT);
	assert_int_equal(cut.flags, PACKET_SNAPPED);
}

static void a_tcp_offset_below_five_or_beyond_the_packet_is_bad(void **state)
{
	struct packet below = decode_text(DLT_RAW, IPV4("00 28", "40 00", "06") TCP_PORTS
					  "00 00 03 e8 00 00 00 00 40 02 20 00 00 00 00 00");
	struct packet beyond = decode_text(DLT_RAW, IPV4("00 28", "40 00", "06") TCP_PORTS
					   "00 00 03 e8 00 00 00 00 60 02 20 00 00 00 00 00");
	struct packet first_fragment =
		decode_text(DLT_RAW, IPV4("00 28", "20 00", "06") TCP_PORTS
			    "00 00 03 e8 00 00 00 00 60 02 20 00 00 00 00 00");

	(void)state;
	assert_kind(&below, NETWORK_IPV4, PROTOCOL_TCP, DECODE_BAD_HEADER_LENGTH);
	assert_ports(&below, 49152, 80);
	assert_kind(&beyond, NETWORK_IPV4, PROTOCOL_TCP, DECODE_BAD_HEADER_LENGTH);
	assert_int_equal(beyond.payload_bytes, 0);
	assert_kind(&first_fragment, NETWORK_IPV4, PROTOCOL_TCP, DECODE_OK);
}

static void a_udp_length_below_its_header_or_beyond_the_packet_is_bad(void **state)
{
	struct packet below = decode_text(DLT_RAW, IPV4("00 20", "00 00", "11") UDP_PORTS
					  "00 07 00 00 00 00 00 00");
	struct packet zero = decode_text(DLT_RAW, IPV4("00 20", "00 00", "11") UDP_PORTS
					 "00 00 00 00 00 00 00 00");
	struct packet beyond = decode_text(DLT_RAW, IPV4("00 20", "00 00", "11") UDP_PORTS
					   "00 0d 00 00 00 00 00 00");
	struct packet less = decode_text(DLT_RAW, IPV4("00 20", "00 00", "11") UDP_PORTS
					 "00 0a 00 00 00 00 00 00");

	(void)state;
	assert_kind(&below, NETWORK_IPV4, PROTOCOL_UDP, DECODE_BAD_HEADER_LENGTH);
	assert_ports(&below, 5000, 53);
	assert_kind(&zero, NETWORK_IPV4, PROTOCOL_UDP, DECODE_BAD_HEADER_LENGTH);
	assert_kind(&beyond, NETWORK_IPV4, PROTOCOL_UDP, DECODE_BAD_HEADER_LENGTH);
	assert_kind(&less, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(less.payload_bytes, 4); /* by the IP header */
}

static void a_udp_length_of_zero_is_right_above_what_it_can_say(void **state)
{
	struct packet packet =
		decode_sized(link_type_find(DLT_RAW),
			     IPV4("00 00", "00 00", "11") UDP_PORTS "00 00 00 00", 64, 20 + 70000);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(packet.payload_bytes, 69992);
}

static void a_cut_udp_header_keeps_the_ports(void **state)
{
	struct packet snapped = decode_snapped(DLT_RAW, IPV4("00 20", "00 00", "11") UDP, 25);
	struct packet truncated = decode_text(DLT_RAW, IPV4("00 1b", "00 00", "11") UDP);

	(void)state;
	assert_kind(&snapped, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(snapped.flags, PACKET_PORTS | PACKET_SNAPPED);
	assert_ports(&snapped, 5000, 53);
	assert_kind(&truncated, NETWORK_IPV4, PROTOCOL_UDP, DECODE_TRUNCATED_TRANSPORT);
	assert_ports(&truncated, 5000, 53);
}

static void sctp_has_ports(void **state)
{
	struct packet packet = decode_text(
		DLT_RAW, IPV4("00 20", "00 00", "84") "0b 59 0b 5a 00 00 00 01 00 00 00 00");
	struct packet cut = decode_text(DLT_RAW, IPV4("00 1c", "00 00", "84") "0b 59 0b 5a 00 00 "
									      "00 01");

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_SCTP, DECODE_OK);
	assert_ports(&packet, 2905, 2906);
	assert_kind(&cut, NETWORK_IPV4, PROTOCOL_SCTP, DECODE_TRUNCATED_TRANSPORT);
	assert_ports(&cut, 2905, 2906);
}

static void icmp_queries_have_an_identifier_in_both_ports(void **state)
{
	static const char *const queries[] = {
		"00", "08", "0d", "0e", "0f", "10", "11", "12",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		char text[256] = IPV4("00 1c", "00 00", "01");
		struct packet packet;

		strcat(text, queries[i]);
		strcat(text, " 00 00 00 01 02 00 01");
		packet = decode_text(DLT_RAW, text);
		assert_kind(&packet, NETWORK_IPV4, PROTOCOL_ICMP, DECODE_OK);
		assert_int_equal(packet.flags, PACKET_ICMP_ID);
		assert_int_equal(packet.source_port, 0x0102);
		assert_int_equal(packet.destination_port, 0x0102);
		assert_int_equal(packet.icmp_type, strtoul(queries[i], NULL, 16));
	}
}

static void icmpv6_echoes_have_an_identifier_and_other_messages_none(void **state)
{
	struct packet request = decode_text(DLT_RAW, IPV6("00 08", "3a") ICMPV6_ECHO);
	struct packet reply = decode_text(DLT_RAW, IPV6("00 08", "3a") "81 00 00 00 01 02 00 01");
	struct packet solicitation =
		decode_text(DLT_RAW, IPV6("00 08", "3a") "87 00 00 00 01 02 00 01");
	struct packet low = decode_text(DLT_RAW, IPV6("00 08", "3a") ICMP_ECHO);

	(void)state;
	assert_kind(&request, NETWORK_IPV6, PROTOCOL_ICMPV6, DECODE_OK);
	assert_int_equal(request.flags, PACKET_ICMP_ID);
	assert_int_equal(request.source_port, 0x0102);
	assert_int_equal(reply.flags, PACKET_ICMP_ID);
	assert_int_equal(solicitation.flags, 0);
	assert_int_equal(solicitation.icmp_type, 135);
	assert_int_equal(low.flags, 0);
}

/* RFC 2328 A.3.2, RFC 2236 2: a hello of router 192.0.2.1 in area 5, a leave. */
static void igmp_and_ospf_tell_their_type_where_it_was_captured(void **state)
{
	const char *hello = IPV4("00 24", "00 00", "59") "02 01 00 10 c0 00 02 01 00 00 00 05 "
							 "00 00 00 00";
	struct packet ospf = decode_text(DLT_RAW, hello);
	struct packet cut = decode_snapped(DLT_RAW, hello, 31);
	struct packet ospf6 = decode_text(DLT_RAW, IPV6("00 10", "59") "03 04 00 10 c0 00 02 01 "
								       "00 00 00 05 00 00 00 00");
	struct packet igmp =
		decode_text(DLT_RAW, IPV4("00 1c", "00 00", "02") "17 00 00 00 e0 00 00 fb");
	struct packet empty = decode_text(DLT_RAW, IPV4("00 14", "00 00", "02"));
	struct packet later = decode_text(DLT_RAW, IPV4("00 24", "00 01", "59") "02 01 00 10 ");

	(void)state;
	assert_kind(&ospf, NETWORK_IPV4, PROTOCOL_OSPF, DECODE_OK);
	assert_int_equal(ospf.message, 1);
	assert_int_equal(ospf.ospf_router, 0xc0000201);
	assert_int_equal(ospf.ospf_area, 5);
	assert_kind(&cut, NETWORK_IPV4, PROTOCOL_OSPF, DECODE_OK);
	assert_int_equal(cut.message, 0);
	assert_int_equal(cut.ospf_router, 0);
	assert_int_equal(cut.flags, 0); /* nothing that is counted is missing */
	assert_int_equal(ospf6.message, 4);
	assert_int_equal(ospf6.ospf_area, 5);
	assert_int_equal(igmp.message, 0x17);
	assert_kind(&empty, NETWORK_IPV4, PROTOCOL_IGMP, DECODE_OK);
	assert_int_equal(empty.message, 0);
	assert_int_equal(later.message, 0);
}

static void icmp_errors_have_type_and_code_but_no_identifier(void **state)
{
	struct packet packet =
		decode_text(DLT_RAW, IPV4("00 1c", "00 00", "01") "03 04 00 00 00 00 05 dc");

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_ICMP, DECODE_OK);
	assert_int_equal(packet.flags, 0);
	assert_int_equal(packet.icmp_type, 3);
	assert_int_equal(packet.icmp_code, 4);
}

/* 10.0.0.1:161 of UDP, or TCP, that 10.0.0.9:4000 wanted; behind IPv4 options, too. */
static void unreachable_ports_are_those_that_the_error_quotes(void **state)
{
#define ERROR        "03 03 00 00 00 00 00 00 "
#define ERROR6       "01 04 00 00 00 00 00 00 "
#define QUOTED_PORTS "0f a0 00 a1 00 08 00 00 "
	static const struct {
		const char *text;
		int message;
	} cases[] = {
		{IPV4("00 38", "00 00", "01") ERROR IPV4("00 1c", "00 00", "11") QUOTED_PORTS, 17},
		{IPV4("00 38", "00 00", "01") ERROR IPV4("00 28", "00 00", "06") QUOTED_PORTS, 6},
		{IPV4("00 38", "00 00", "01") ERROR IPV4("00 1c", "00 00", "84") QUOTED_PORTS, 0},
		{IPV4("00 38", "00 00", "01") ERROR IPV4("00 1c", "00 b9", "11") QUOTED_PORTS, 0},
		{IPV4("00 38", "00 00", "01") "05 01 00 00 00 00 00 00 " /* a redirect */
		 IPV4("00 1c", "00 00", "11") QUOTED_PORTS,
		 0},
		{IPV4("00 30", "00 00", "01") ERROR IPV4("00 1c", "00 00", "11"), 0},
		{IPV6("00 38", "3a") ERROR6 IPV6("00 08", "11") QUOTED_PORTS, 17},
		{IPV6("00 38", "3a") ERROR6 IPV6("00 08", "2c") QUOTED_PORTS, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct packet packet = decode_text(DLT_RAW, cases[i].text);

		assert_int_equal(packet.error, DECODE_OK);
		assert_int_equal(packet.message, cases[i].message);
		assert_int_equal(packet.quoted_source_port, cases[i].message ? 4000 : 0);
		assert_int_equal(packet.quoted_destination_port, cases[i].message ? 161 : 0);
	}
}

static void a_cut_icmp_message_keeps_its_type(void **state)
{
	struct packet snapped = decode_snapped(DLT_RAW, IPV4("00 1c", "00 00", "01") ICMP_ECHO, 25);
	struct packet truncated = decode_text(DLT_RAW, IPV4("00 18", "00 00", "01") "08 00 00 00");
	struct packet nothing = decode_text(DLT_RAW, IPV4("00 17", "00 00", "01") "08 00 00");

	(void)state;
	assert_kind(&snapped, NETWORK_IPV4, PROTOCOL_ICMP, DECODE_OK);
	assert_int_equal(snapped.flags, PACKET_SNAPPED);
	assert_int_equal(snapped.icmp_type, 8);
	assert_kind(&truncated, NETWORK_IPV4, PROTOCOL_ICMP, DECODE_TRUNCATED_TRANSPORT);
	assert_kind(&nothing, NETWORK_IPV4, PROTOCOL_ICMP, DECODE_TRUNCATED_TRANSPORT);
}

static void every_name_is_there_and_none_is_there_twice(void **state)
{
	(void)state;
	assert_string_equal(network_name(NETWORK_IPV6), "ipv6");
	assert_string_equal(protocol_name(PROTOCOL_NONE), "none");
	assert_string_equal(decode_error_name(DECODE_TOO_DEEP), "too_deep");
	for (int i = 0; i < PROTOCOLS; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(protocol_name(i), protocol_name(j));
	for (int i = 0; i < DECODE_ERRORS; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(decode_error_name(i), decode_error_name(j));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tcp_segment_gives_all_its_fields),
		cmocka_unit_test(tcp_options_are_no_payload),
		cmocka_unit_test(a_tcp_header_cut_by_the_snap_length_keeps_the_ports),
		cmocka_unit_test(a_tcp_header_cut_by_the_packets_end_is_a_truncated_transport),
		cmocka_unit_test(ports_of_a_truncated_header_that_were_not_captured_are_snapped),
		cmocka_unit_test(a_tcp_offset_below_five_or_beyond_the_packet_is_bad),
		cmocka_unit_test(a_udp_length_below_its_header_or_beyond_the_packet_is_bad),
		cmocka_unit_test(a_udp_length_of_zero_is_right_above_what_it_can_say),
		cmocka_unit_test(a_cut_udp_header_keeps_the_ports),
		cmocka_unit_test(sctp_has_ports),
		cmocka_unit_test(icmp_queries_have_an_identifier_in_both_ports),
		cmocka_unit_test(icmpv6_echoes_have_an_identifier_and_other_messages_none),
		cmocka_unit_test(igmp_and_ospf_tell_their_type_where_it_was_captured),
		cmocka_unit_test(icmp_errors_have_type_and_code_but_no_identifier),
		cmocka_unit_test(unreachable_ports_are_those_that_the_error_quotes),
		cmocka_unit_test(a_cut_icmp_message_keeps_its_type),
		cmocka_unit_test(every_name_is_there_and_none_is_there_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
