/*
 * What --privacy leaves of addresses: the masks themselves, and rows of families under them. That no
 * family and no face was forgotten, tests/system/test_privacy.py sees from outside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/privacy.h"
#include "family/conversation.h"
#include "family/flow.h"
#include "family/host.h"
#include "family/interface.h"
#include "family/station.h"
#include "family/top.h"
#include "house.h"

static void prefixes_are_24_bits_of_ipv4_48_of_ipv6_and_the_vendors_part_of_a_mac(void **state)
{
	uint8_t ipv4[IP_ADDRESS_BYTES] = {198, 51, 100, 77};
	uint8_t ipv6[IP_ADDRESS_BYTES] = {0x20, 1, 0xd, 0xb8, 1, 2,  3,  4,
					  5,    6, 7,   8,    9, 10, 11, 12};
	uint8_t mac[MAC_BYTES] = {2, 0x1b, 0x2c, 0x3d, 0x4e, 0x5f};
	char text[IP_ADDRESS_TEXT];

	(void)state;
	privacy_mask_address(PRIVACY_PREFIX, 4, ipv4);
	privacy_mask_address(PRIVACY_PREFIX, 6, ipv6);
	privacy_mask_mac(PRIVACY_PREFIX, mac);
	assert_string_equal(ip_address_format(text, 4, ipv4), "198.51.100.0");
	assert_string_equal(ip_address_format(text, 6, ipv6), "2001:db8:102::");
	assert_string_equal(mac_format(text, mac), "02:1b:2c:00:00:00");
	privacy_mask_address(PRIVACY_NONE, 4, ipv4);
	privacy_mask_address(PRIVACY_NONE, 6, ipv6);
	privacy_mask_mac(PRIVACY_NONE, mac);
	assert_string_equal(ip_address_format(text, 4, ipv4), "0.0.0.0");
	assert_string_equal(ip_address_format(text, 6, ipv6), "::");
	assert_string_equal(mac_format(text, mac), "00:00:00:00:00:00");
}

static void hardware_addresses_of_any_length_keep_three_octets(void **state)
{
	static const char *const addresses[][3] = {
		{"02:1b:2c:3d:4e:5f", "02:1b:2c:00:00:00", ""},
		{"0a:4d:00:07", "0a:4d:00:00", ""}, /* a tunnel's own end */
		{"80:00:02:08:fe:80:00", "80:00:02:00:00:00:00", ""},
		{"01:02", "01:02", ""},
		{"", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(addresses); i++)
		for (int privacy = PRIVACY_FULL; privacy <= PRIVACY_NONE; privacy++) {
			char text[32];

			strcpy(text, addresses[i][0]);
			privacy_mask_octets((enum privacy)privacy, text);
			assert_string_equal(text, addresses[i][privacy]);
		}
}

static struct house house;

static void open_with(enum privacy privacy)
{
	const struct family_options options = {
		.max_ports = 64,
		.max_hosts = 64,
		.max_stations = 64,
		.max_conversations = 64,
		.max_knocks = 64,
		.export_ports = EXPORT_ALL,
		.export_hosts = EXPORT_ALL,
		.export_stations = EXPORT_ALL,
		.export_conversations = EXPORT_ALL,
		.privacy = privacy,
	};
	struct packet packet = packet_udp(end4(1, 5000), end4(2, 53), 100);
	static const uint8_t source[] = {2, 0, 0, 0, 0, 1}, destination[] = {2, 0, 0, 0, 0, 2};

	packet.flags |= PACKET_MACS;
	memcpy(packet.source_mac, source, MAC_BYTES);
	memcpy(packet.destination_mac, destination, MAC_BYTES);
	house_open_with(&house, 64, &options);
	strcpy(house.bench->tally.interfaces[0].address, "02:00:00:00:00:09");
	house_tick(&house, 0);
	house_count(&house, packet);
	house_tick(&house, 5);
}

static const void *value_of(const struct family *family, const void *row, const char *field)
{
	for (size_t i = 0; i < family->n_fields; i++)
		if (strcmp(family->fields[i].name, field) == 0)
			return (const uint8_t *)row + family->fields[i].offset;
	fail();
	return NULL;
}

static void assert_address(const struct family *family, const char *field, const char *wanted)
{
	char text[IP_ADDRESS_TEXT];
	size_t n;
	const struct family_address *address =
		value_of(family, house_rows(&house, family, &n), field);

	assert_int_equal(n, 1);
	assert_int_equal(address->version, 4);
	assert_string_equal(ip_address_format(text, 4, address->bytes), wanted);
}

static void assert_text(const struct family *family, const char *field, const char *wanted)
{
	size_t n;

	assert_string_equal(value_of(family, house_rows(&house, family, &n), field), wanted);
}

static size_t rows_of(const struct family *family)
{
	size_t n;

	house_rows(&house, family, &n);
	return n;
}

static void assert_ends(const struct family *family, const char *initiator, const char *responder)
{
	assert_address(family, "initiator_address", initiator);
	assert_address(family, "responder_address", responder);
}

static void full_shows_addresses_whole(void **state)
{
	(void)state;
	open_with(PRIVACY_FULL);
	assert_ends(&flow_family, "10.0.0.1", "10.0.0.2");
	assert_ends(&top_family, "10.0.0.1", "10.0.0.2");
	assert_text(&flow_family, "initiator_mac", "02:00:00:00:00:01");
	assert_text(&interface_family, "address", "02:00:00:00:00:09");
	assert_int_equal(rows_of(&host_family), 2);
	assert_int_equal(rows_of(&station_family), 2);
	assert_int_equal(rows_of(&conversation_family), 1);
	house_close(&house);
}

/* Hosts of one prefix are one. */
static void prefix_shows_prefixes(void **state)
{
	(void)state;
	open_with(PRIVACY_PREFIX);
	assert_ends(&flow_family, "10.0.0.0", "10.0.0.0");
	assert_ends(&top_family, "10.0.0.0", "10.0.0.0");
	assert_text(&flow_family, "initiator_mac", "02:00:00:00:00:00");
	assert_text(&flow_family, "responder_mac", ""); /* it sent nothing */
	assert_text(&interface_family, "address", "02:00:00:00:00:00");
	assert_int_equal(rows_of(&host_family), 1);
	assert_int_equal(rows_of(&station_family), 1);
	assert_int_equal(rows_of(&conversation_family), 1);
	house_close(&house);
}

static void none_shows_flows_without_addresses_and_no_rows_by_address(void **state)
{
	const void *flow;

	(void)state;
	open_with(PRIVACY_NONE);
	assert_ends(&flow_family, "0.0.0.0", "0.0.0.0");
	assert_ends(&top_family, "0.0.0.0", "0.0.0.0");
	assert_text(&flow_family, "initiator_mac", "");
	assert_text(&interface_family, "address", "");
	assert_int_equal(rows_of(&host_family), 0);
	assert_int_equal(rows_of(&station_family), 0);
	assert_int_equal(rows_of(&conversation_family), 0);
	flow = house_row(&house, &flow_family, 0, 1, 0);
	assert_int_equal(row_value(&flow_family, flow, "responder_port"), 53);
	assert_int_equal(row_value(&flow_family, flow, "initiator_bytes"), 100);
	house_close(&house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			prefixes_are_24_bits_of_ipv4_48_of_ipv6_and_the_vendors_part_of_a_mac),
		cmocka_unit_test(hardware_addresses_of_any_length_keep_three_octets),
		cmocka_unit_test(full_shows_addresses_whole),
		cmocka_unit_test(prefix_shows_prefixes),
		cmocka_unit_test(none_shows_flows_without_addresses_and_no_rows_by_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
