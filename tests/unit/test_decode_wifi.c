/* Wireless LAN: its headers, and the radio's pseudo-headers in front of them. */
#include "test_decode_frame.h"

#define IPV4_UDP IPV4("00 20", "00 00", "11") UDP /* 32 bytes */
#define SNAP     "aa aa 03 00 00 00 08 00 "

#define STATION "02 00 00 00 00 01 "
#define OTHER   "02 00 00 00 00 02 "
#define CELL    "02 00 00 00 00 0a "
#define RELAY   "02 00 00 00 00 0b "

/* From the station to the access point, 24 bytes. */
#define DATA_TO_DS "08 01 00 00 " CELL STATION OTHER "00 00 "

static void assert_stations(const struct packet *packet)
{
	static const uint8_t source[6] = {2, 0, 0, 0, 0, 1}, destination[6] = {2, 0, 0, 0, 0, 2};

	assert_true(packet->flags & PACKET_MACS);
	assert_memory_equal(packet->source_mac, source, 6);
	assert_memory_equal(packet->destination_mac, destination, 6);
}

static void the_ds_bits_say_which_address_is_which(void **state)
{
	static const struct {
		const char *header;
		uint32_t bytes;
	} kinds[] = {
		{"08 00 00 00 " OTHER STATION CELL "00 00 ", 24},
		{DATA_TO_DS, 24},
		{"08 02 00 00 " OTHER CELL STATION "00 00 ", 24},
		{"08 03 00 00 " RELAY CELL OTHER "00 00 " STATION, 30},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char text[512];
		struct packet packet;

		strcpy(text, kinds[i].header);
		strcat(text, SNAP IPV4_UDP);
		packet = decode_text(DLT_IEEE802_11, text);
		assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
		assert_stations(&packet);
		assert_ports(&packet, 5000, 53);
		assert_int_equal(packet.link_bytes, kinds[i].bytes + 8);
		assert_int_equal(packet.frame_bytes, kinds[i].bytes + 8 + 32);
	}
}

static void qos_and_ht_control_are_passed(void **state)
{
	struct packet qos = decode_text(DLT_IEEE802_11, "88 01 00 00 " CELL STATION OTHER
							"00 00 05 00 " SNAP IPV4_UDP);
	struct packet ht = decode_text(DLT_IEEE802_11, "88 81 00 00 " CELL STATION OTHER
						       "00 00 05 00 00 00 00 00 " SNAP IPV4_UDP);
	struct packet relayed =
		decode_text(DLT_IEEE802_11, "88 03 00 00 " RELAY CELL OTHER "00 00 " STATION
					    "05 00 " SNAP IPV4_UDP);

	(void)state;
	assert_kind(&qos, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(qos.link_bytes, 34);
	assert_kind(&ht, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(ht.link_bytes, 38);
	assert_kind(&relayed, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_stations(&relayed);
	assert_int_equal(relayed.link_bytes, 40);
}

static void the_first_msdu_of_an_aggregate_is_read(void **state)
{
	struct packet packet =
		decode_text(DLT_IEEE802_11, "88 01 00 00 " CELL STATION CELL
					    "00 00 80 00 " OTHER STATION "00 28 " SNAP IPV4_UDP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_stations(&packet);
	assert_int_equal(packet.link_bytes, 26 + 14 + 8);
}

static void a_mesh_header_is_passed(void **state)
{
	struct packet packet =
		decode_text(DLT_IEEE802_11, "88 03 00 00 " RELAY CELL OTHER "00 00 " STATION
					    "00 01 00 1f 01 00 00 00 " SNAP IPV4_UDP);
	struct packet extended =
		decode_text(DLT_IEEE802_11, "88 03 00 00 " RELAY CELL OTHER "00 00 " STATION
					    "00 01 02 1f 01 00 00 00 " RELAY CELL SNAP IPV4_UDP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(packet.link_bytes, 32 + 6 + 8);
	assert_kind(&extended, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(extended.link_bytes, 32 + 18 + 8);
}

static void a_mesh_header_or_an_aggregate_cut_by_the_frames_end_is_a_truncated_link(void **state)
{
	static const char *const frames[] = {
		"88 03 00 00 " RELAY CELL OTHER "00 00 " STATION "00 01 00 1f 01 00 00",
		"88 03 00 00 " RELAY CELL OTHER "00 00 " STATION "00 01 02 1f 01 00 00 00 " RELAY,
		"88 01 00 00 " CELL STATION CELL "00 00 80 00 " OTHER STATION "00",
		"80 00 00 00 ff ff ff ff ff ff " CELL CELL "00",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct packet packet = decode_text(DLT_IEEE802_11, frames[i]);

		assert_kind(&packet, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
	}
}

static void encrypted_empty_and_later_frames_are_other_without_an_error(void **state)
{
	static const char *const frames[] = {
		"08 41 00 00 " CELL STATION OTHER "00 00 " SNAP IPV4_UDP,       /* protected */
		"48 01 00 00 " CELL STATION OTHER "00 00 ",                     /* null */
		"c8 01 00 00 " CELL STATION OTHER "00 00 00 00 ",               /* QoS null */
		"08 01 00 00 " CELL STATION OTHER "01 00 " SNAP IPV4_UDP,       /* piece 1 */
		"80 00 00 00 ff ff ff ff ff ff " CELL CELL "00 00 00 00 00 00", /* beacon */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct packet packet = decode_text(DLT_IEEE802_11, frames[i]);

		assert_kind(&packet, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
		assert_true(packet.flags & PACKET_MACS);
	}
}

static void the_destination_of_a_frame_makes_its_cast(void **state)
{
	struct packet beacon =
		decode_text(DLT_IEEE802_11, "80 00 00 00 ff ff ff ff ff ff " CELL CELL "00 00");
	struct packet multicast =
		decode_text(/* the receiver is the access point */
			    DLT_IEEE802_11,
			    "08 01 00 00 " CELL STATION "01 00 5e 00 00 fb 00 00 " SNAP IPV4_UDP);

	(void)state;
	assert_int_equal(beacon.cast, CAST_BROADCAST);
	assert_int_equal(multicast.cast, CAST_MULTICAST);
}

static void control_frames_have_no_two_addresses(void **state)
{
	struct packet acknowledgement = decode_text(DLT_IEEE802_11, "d4 00 00 00 " STATION);
	struct packet cut = decode_text(DLT_IEEE802_11, "d4 00 00 00 02 00 00 00 00");

	(void)state;
	assert_kind(&acknowledgement, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_int_equal(acknowledgement.flags, 0);
	assert_kind(&cut, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
}

static void radiotap_is_no_frame_bytes_and_an_announced_check_sequence_neither(void **state)
{
	/* Flags alone, then flags behind the time, then behind a second present word. */
	struct packet none =
		decode_text(DLT_IEEE802_11_RADIO,
			    "00 00 0c 00 02 00 00 00 00 00 00 00 " DATA_TO_DS SNAP IPV4_UDP);
	struct packet fcs = decode_text(
		DLT_IEEE802_11_RADIO,
		"00 00 0c 00 02 00 00 00 10 00 00 00 " DATA_TO_DS SNAP IPV4_UDP "de ad be ef");
	struct packet time = decode_text(
		DLT_IEEE802_11_RADIO,
		"00 00 11 00 03 00 00 00 01 02 03 04 05 06 07 08 10 " DATA_TO_DS SNAP IPV4_UDP
		"de ad be ef");
	struct packet more =
		decode_text(DLT_IEEE802_11_RADIO,
			    "00 00 19 00 03 00 00 80 00 00 00 00 00 00 00 00 "
			    "01 02 03 04 05 06 07 08 10 " DATA_TO_DS SNAP IPV4_UDP "de ad be ef");

	(void)state;
	assert_kind(&none, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(none.frame_bytes, 64);
	assert_int_equal(none.link_bytes, 32);
	assert_kind(&fcs, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(fcs.frame_bytes, 64);
	assert_int_equal(fcs.link_bytes, 32);
	assert_kind(&time, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(time.frame_bytes, 64);
	assert_kind(&more, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(more.frame_bytes, 64);
}

static void a_padded_header_of_wifi_is_passed_to_a_multiple_of_four(void **state)
{
	struct packet packet = decode_text(
		DLT_IEEE802_11_RADIO, "00 00 09 00 02 00 00 00 20 88 01 00 00 " CELL STATION OTHER
				      "00 00 05 00 00 00 " SNAP IPV4_UDP);

	(void)state;
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(packet.link_bytes, 28 + 8);
}

static void a_radiotap_length_that_is_wrong_is_an_error(void **state)
{
	struct packet below =
		decode_text(DLT_IEEE802_11_RADIO, "00 00 07 00 00 00 00 00 " DATA_TO_DS);
	struct packet beyond =
		decode_text(DLT_IEEE802_11_RADIO, "00 00 40 00 00 00 00 00 " DATA_TO_DS);
	struct packet endless = /* every present word announces one more */
		decode_text(DLT_IEEE802_11_RADIO,
			    "00 00 10 00 02 00 00 80 00 00 00 80 00 00 00 80 " DATA_TO_DS SNAP
				    IPV4_UDP);

	(void)state;
	assert_kind(&below, NETWORK_OTHER, PROTOCOL_NONE, DECODE_BAD_HEADER_LENGTH);
	assert_kind(&beyond, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
	assert_int_equal(beyond.frame_bytes, 0);
	assert_kind(&endless, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
}

static void avs_and_prism_headers_are_no_frame_bytes(void **state)
{
	char prism[4096] = "44 00 00 00 90 00 00 00 ";
	char avs[4096] = "80 21 10 01 00 00 00 40 ";
	struct packet packet;

	(void)state;
	for (int i = 8; i < 144; i++)
		strcat(prism, "00 ");
	strcat(prism, DATA_TO_DS SNAP IPV4_UDP);
	packet = decode_text(DLT_PRISM_HEADER, prism);
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(packet.frame_bytes, 64);

	for (int i = 8; i < 64; i++)
		strcat(avs, "00 ");
	strcat(avs, DATA_TO_DS SNAP IPV4_UDP);
	packet = decode_text(DLT_IEEE802_11_RADIO_AVS, avs);
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(packet.frame_bytes, 64);
	packet = decode_text(DLT_PRISM_HEADER, avs);
	assert_kind(&packet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(packet.frame_bytes, 64);
}

static void ppi_names_the_link_type_behind_it(void **state)
{
	struct packet ethernet =
		decode_text(DLT_PPI, "00 00 08 00 01 00 00 00 " ETHERNET("08 00") IPV4_UDP);
	struct packet cooked =
		decode_text(DLT_PPI, "00 00 08 00 71 00 00 00 00 00 00 01 00 06 02 00 00 00 00 01 "
				     "00 00 08 00 " IPV4_UDP);
	struct packet cut = /* shorter than the cooked header it announces */
		decode_text(DLT_PPI, "00 00 08 00 71 00 00 00 00 00 00 01");
	struct packet unknown =
		decode_text(DLT_PPI, "00 00 08 00 e7 00 00 00 " ETHERNET("08 00") IPV4_UDP);
	struct packet raw = decode_text(DLT_PPI, "00 00 08 00 65 00 00 00 " IPV4_UDP);
	struct packet wifi = decode_text(
		DLT_PPI,
		"00 00 20 00 69 00 00 00 02 00 14 00 "
		"00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 " DATA_TO_DS SNAP
			IPV4_UDP "de ad be ef");

	(void)state;
	assert_kind(&ethernet, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(ethernet.frame_bytes, 46);
	assert_int_equal(ethernet.link_bytes, 14);
	assert_kind(&raw, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_kind(&cooked, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(cooked.frame_bytes, 32);
	assert_kind(&cut, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
	assert_int_equal(cut.frame_bytes, 0);
	assert_kind(&unknown, NETWORK_OTHER, PROTOCOL_NONE, DECODE_UNKNOWN_LINK);
	assert_int_equal(unknown.frame_bytes, 46);
	assert_kind(&wifi, NETWORK_IPV4, PROTOCOL_UDP, DECODE_OK);
	assert_int_equal(wifi.frame_bytes, 64);
}

/* Whether there is a check sequence, and which header it is, stands in what was not captured. */
static void a_radio_header_that_was_not_captured_is_snapped(void **state)
{
	static const char ppi[] = "00 00 20 00 e7 00 00 00 02 00 14 00 "
				  "00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 "
				  "de ad be ef";
	static const char avs[] = "80 21 10 01 00 00 00 08 " DATA_TO_DS SNAP IPV4_UDP;
	struct packet whole = decode_text(DLT_PPI, ppi);
	struct packet cut = decode_snapped(DLT_PPI, ppi, 16);
	struct packet prism = decode_snapped(DLT_PRISM_HEADER, avs, 3);
	struct packet short_one = decode_ending(DLT_PRISM_HEADER, avs, 3);

	(void)state;
	assert_kind(&whole, NETWORK_OTHER, PROTOCOL_NONE, DECODE_UNKNOWN_LINK);
	assert_int_equal(whole.frame_bytes, 0);
	assert_kind(&cut, NETWORK_OTHER, PROTOCOL_NONE, DECODE_UNKNOWN_LINK);
	assert_true(cut.flags & PACKET_SNAPPED);
	assert_kind(&prism, NETWORK_OTHER, PROTOCOL_NONE, DECODE_OK);
	assert_true(prism.flags & PACKET_SNAPPED);
	assert_kind(&short_one, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
}

static void ppi_within_ppi_ends(void **state)
{
	char text[1024] = "";
	struct packet packet;

	(void)state;
	for (int i = 0; i < 20; i++)
		strcat(text, "00 00 08 00 c0 00 00 00 ");
	packet = decode_text(DLT_PPI, text);
	assert_kind(&packet, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TOO_DEEP);
}

static void frames_cut_in_their_header_are_truncated_links(void **state)
{
	struct packet control = decode_text(DLT_IEEE802_11, "08");
	struct packet data = decode_ending(DLT_IEEE802_11, DATA_TO_DS, 23);
	struct packet qos =
		decode_text(DLT_IEEE802_11, "88 01 00 00 " CELL STATION OTHER "00 00 05");
	struct packet radio = decode_text(DLT_IEEE802_11_RADIO, "00 00 08 00 00 00 00");

	(void)state;
	assert_kind(&control, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
	assert_kind(&data, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
	assert_kind(&qos, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
	assert_kind(&radio, NETWORK_OTHER, PROTOCOL_NONE, DECODE_TRUNCATED_LINK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ds_bits_say_which_address_is_which),
		cmocka_unit_test(qos_and_ht_control_are_passed),
		cmocka_unit_test(the_first_msdu_of_an_aggregate_is_read),
		cmocka_unit_test(a_mesh_header_is_passed),
		cmocka_unit_test(
			a_mesh_header_or_an_aggregate_cut_by_the_frames_end_is_a_truncated_link),
		cmocka_unit_test(encrypted_empty_and_later_frames_are_other_without_an_error),
		cmocka_unit_test(the_destination_of_a_frame_makes_its_cast),
		cmocka_unit_test(control_frames_have_no_two_addresses),
		cmocka_unit_test(
			radiotap_is_no_frame_bytes_and_an_announced_check_sequence_neither),
		cmocka_unit_test(a_padded_header_of_wifi_is_passed_to_a_multiple_of_four),
		cmocka_unit_test(a_radiotap_length_that_is_wrong_is_an_error),
		cmocka_unit_test(avs_and_prism_headers_are_no_frame_bytes),
		cmocka_unit_test(ppi_names_the_link_type_behind_it),
		cmocka_unit_test(a_radio_header_that_was_not_captured_is_snapped),
		cmocka_unit_test(ppi_within_ppi_ends),
		cmocka_unit_test(frames_cut_in_their_header_are_truncated_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
