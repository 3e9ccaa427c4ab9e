/*
 * What holds for every frame, whatever its bytes: cut ones of each kind, and random ones. The bytes
 * lie at the end of their block, so that a sanitizer sees any read beyond them.
 */
#include "test_decode_frame.h"

#define IPV4_TCP IPV4("00 28", "40 00", "06") TCP
#define IPV6_TCP IPV6("00 1c", "00") "06 00 01 04 00 00 00 00 " TCP
#define SNAP     "aa aa 03 00 00 00 08 00 "
#define EIGHT    "00 00 00 00 00 00 00 00 "

static const struct {
	int dlt;
	const char *text;
} frames[] = {
	{DLT_EN10MB, ETHERNET("08 00") IPV4_TCP},
	{DLT_EN10MB, ETHERNET("86 dd") IPV6_TCP},
	{DLT_EN10MB, ETHERNET("08 00") IPV4("00 1c", "00 00", "01") ICMP_ECHO},
	{DLT_EN10MB, ETHERNET("08 00") IPV4("00 20", "00 00", "11") UDP},
	{DLT_EN10MB, ETHERNET("08 06") ARP_REQUEST},
	{DLT_EN10MB, ETHERNET("88 a8") "00 05 81 00 00 06 08 00 " IPV4_TCP},
	{DLT_EN10MB, ETHERNET("00 30") SNAP IPV4_TCP},
	{DLT_EN10MB, ETHERNET("88 47") "00 01 00 40 00 02 01 40 " IPV4_TCP},
	{DLT_EN10MB, ETHERNET("88 64") "11 00 00 07 00 2a 00 21 " IPV4_TCP},
	{DLT_NULL, "02 00 00 00 " IPV4_TCP},
	{DLT_RAW, IPV6_TCP},
	{DLT_LINUX_SLL, "00 00 00 01 00 06 02 00 00 00 00 01 00 00 08 00 " IPV4_TCP},
	{DLT_LINUX_SLL2, "08 00 00 00 00 00 00 03 00 01 00 06 02 00 00 00 00 01 00 00 " IPV4_TCP},
	{DLT_PPP, "ff 03 00 21 " IPV4_TCP},
	{DLT_PPP_SERIAL, "0f 00 08 00 " IPV4_TCP},
	{DLT_IEEE802, "10 40 02 00 00 00 00 02 82 00 00 00 00 01 06 30 00 11 00 20 " SNAP IPV4_TCP},
	{DLT_FDDI, "50 " MACS SNAP IPV4_TCP},
	{DLT_ARCNET_LINUX, "01 02 00 00 d4 ff 00 00 d4 00 00 01 " IPV4_TCP},
	{DLT_FRELAY, "18 40 00 01 03 00 80 00 00 00 08 00 " IPV4_TCP},
	{DLT_ATM_RFC1483, "aa aa 03 00 80 c2 00 07 00 00 " ETHERNET("08 00") IPV4_TCP},
	{DLT_SLIP, EIGHT EIGHT IPV4_TCP},
	{DLT_IPNET, "01 02 00 01 00 00 00 20 " EIGHT EIGHT IPV4_TCP},
	{DLT_IEEE802_11, "88 01 00 00 02 00 00 00 00 0a 02 00 00 00 00 01 02 00 00 00 00 0a 00 00 "
			 "80 00 " MACS "00 30 " SNAP IPV4_TCP},
	{DLT_IEEE802_11_RADIO, "00 00 09 00 02 00 00 00 10 08 01 00 00 02 00 00 00 00 0a " MACS
			       "00 00 " SNAP IPV4_TCP "de ad be ef"},
	{DLT_LOOP, "00 00 00 02 " IPV4_TCP},
	{DLT_ENC, "02 00 00 00 " EIGHT IPV4_TCP},
	{DLT_PFLOG, "10 02 00 00 00 00 00 00 " EIGHT IPV4_TCP},
	{DLT_PPP, "21 " IPV4_TCP},
	{DLT_PPP_PPPD, "00 03 00 21 " IPV4_TCP},
	{DLT_PPP_WITH_DIR, "00 ff 03 00 21 " IPV4_TCP},
	{DLT_PPP_ETHER, "11 00 00 07 00 2a 00 21 " IPV4_TCP},
	{DLT_C_HDLC, "0f 00 08 00 " IPV4_TCP},
	{DLT_MFR, "c0 01 18 41 03 cc " IPV4_TCP},
	{DLT_ATM_CLIP, SNAP IPV4_TCP},
	{DLT_ATM_CLIP, IPV4_TCP},
	{DLT_SUNATM, "01 00 00 20 00 07 " ETHERNET("08 00") IPV4_TCP},
	{DLT_IP_OVER_FC, "10 00 02 00 00 00 00 02 10 00 02 00 00 00 00 01 " SNAP IPV4_TCP},
	{DLT_APPLE_IP_OVER_IEEE1394, EIGHT EIGHT "08 00 " IPV4_TCP},
	{DLT_DSA_TAG_EDSA, MACS "da da 00 00 e0 10 05 39 08 00 " IPV4_TCP},
	{DLT_DSA_TAG_BRCM_PREPEND, "20 00 00 01 " ETHERNET("08 00") IPV4_TCP},
	{DLT_JUNIPER_ETHER, "4d 47 43 81 00 03 01 02 03 " ETHERNET("08 00") IPV4_TCP},
	{DLT_IEEE802_11_RADIO_AVS, "80 21 10 01 00 00 00 10 " EIGHT
				   "08 01 00 00 02 00 00 00 00 0a " MACS "00 00 " SNAP IPV4_TCP},
	{DLT_PPI, "00 00 08 00 01 00 00 00 " ETHERNET("08 00") IPV4_TCP},
};

#define N_FRAMES (sizeof(frames) / sizeof(frames[0]))

static void every_frame_of_the_list_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_FRAMES; i++) {
		struct packet packet = decode_text(frames[i].dlt, frames[i].text);

		assert_int_equal(packet.error, DECODE_OK);
		assert_false(packet.flags & PACKET_SNAPPED);
		assert_int_not_equal(packet.network, NETWORK_OTHER);
	}
}

static void our_snap_length_never_makes_an_error(void **state)
{
	uint8_t bytes[FRAME_TEXT_BYTES_MAX];

	(void)state;
	for (size_t i = 0; i < N_FRAMES; i++) {
		uint32_t n = frame_bytes_of(frames[i].text, bytes);
		uint32_t whole = decode_text(frames[i].dlt, frames[i].text).payload_bytes;
		bool was_snapped = true;

		for (uint32_t captured = 0; captured < n; captured++) {
			struct packet packet =
				decode_snapped(frames[i].dlt, frames[i].text, captured);
			bool is_snapped = packet.flags & PACKET_SNAPPED;

			assert_int_equal(packet.error, DECODE_OK);
			assert_true(is_snapped || packet.payload_bytes == whole);
			assert_true(was_snapped || !is_snapped); /* more bytes never tell less */
			was_snapped = is_snapped;
		}
		assert_false(was_snapped); /* one byte short, as live frames are */
	}
}

static void a_frame_that_ends_early_is_never_called_snapped(void **state)
{
	uint8_t bytes[FRAME_TEXT_BYTES_MAX];

	(void)state;
	for (size_t i = 0; i < N_FRAMES; i++) {
		uint32_t n = frame_bytes_of(frames[i].text, bytes);

		for (uint32_t length = 0; length < n; length++) {
			struct packet packet = decode_ending(frames[i].dlt, frames[i].text, length);

			assert_false(packet.flags & PACKET_SNAPPED);
			assert_true(packet.frame_bytes <= length);
			assert_true(packet.link_bytes <= packet.frame_bytes);
		}
	}
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void assert_sane(const struct packet *packet, const struct frame *frame)
{
	assert_true(packet->frame_bytes <= frame->length);
	assert_true(packet->link_bytes <= packet->frame_bytes);
	assert_true(packet->network < NETWORKS && packet->protocol < PROTOCOLS);
	assert_true(packet->error < DECODE_ERRORS && packet->cast <= CAST_BROADCAST);
	assert_true(packet->vlan[0] < 4096 && packet->vlan[1] < 4096);
	assert_int_equal(packet_is_ip(packet), packet->protocol != PROTOCOL_NONE);
	assert_false(packet->flags & PACKET_LATER_FRAGMENT && packet->flags & PACKET_PORTS);
	assert_true(!(packet->flags & PACKET_TCP) || packet->flags & PACKET_PORTS);
	assert_true(packet->flags & PACKET_FRAGMENT || packet->fragment_id == 0);
}

/* Frames of the list with some bytes changed, cut and grown, and given to any link type. */
static void random_frames_stay_inside_their_bytes_and_make_sense(void **state)
{
	const struct link_type *links[300];
	size_t n_links = 0;
	uint64_t seed = 0x9e3779b97f4a7c15;

	(void)state;
	links[n_links++] = link_type_loopback();
	for (int dlt = -1; dlt < 290; dlt++)
		if (link_type_is_known(link_type_find(dlt)))
			links[n_links++] = link_type_find(dlt);

	for (int round = 0; round < 200000; round++) {
		size_t i = next_random(&seed) % N_FRAMES;
		uint8_t bytes[FRAME_TEXT_BYTES_MAX];
		uint32_t n = frame_bytes_of(frames[i].text, bytes);
		uint32_t captured = (uint32_t)(next_random(&seed) % (n + 1));
		uint32_t grown = (uint32_t)(next_random(&seed) % 3000);
		uint8_t *data = malloc(captured > 0 ? captured : 1);
		struct frame frame = {.data = data, .captured = captured, .length = captured};
		const struct link_type *link = round % 2 ? link_type_find(frames[i].dlt)
							 : links[next_random(&seed) % n_links];
		struct packet packet;

		assert_non_null(data);
		for (int change = 0; change < round % 5; change++)
			bytes[next_random(&seed) % n] = (uint8_t)next_random(&seed);
		memcpy(data, bytes, captured);
		if (round % 3 == 0)
			frame.length += grown;
		decode_frame(link, &frame, &packet);
		assert_sane(&packet, &frame);
		free(data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_frame_of_the_list_is_whole),
		cmocka_unit_test(our_snap_length_never_makes_an_error),
		cmocka_unit_test(a_frame_that_ends_early_is_never_called_snapped),
		cmocka_unit_test(random_frames_stay_inside_their_bytes_and_make_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
