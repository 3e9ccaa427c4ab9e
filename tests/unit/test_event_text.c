/* Events as lines of text and as JSON, against lines written by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "decode/packet.h"
#include "eventlog/text.h"
#include "family/event.h"
#include "names/names.h"
#include "snapshot/json_row.h"
#include "tally/flow.h"

/* 2024-06-01T12:00:00.123Z */
#define NOON (1717243200123 * (NS_PER_SECOND / 1000))
#define MS   (NS_PER_SECOND / 1000)

static struct event event;
static struct buffer text;
static struct names *names;

static int set_up(void **state)
{
	(void)state;
	event = (struct event){
		.time = {NOON},
		.interface = "eth0",
		.version = 4,
		.protocol = PROTOCOL_TCP,
		.ip_protocol = 6,
		.state = FLOW_ESTABLISHED,
		.ports = {51514, 443},
		.addresses = {{192, 168, 1, 10}, {93, 184, 216, 34}},
		.packets = {12, 10},
		.bytes = {1480, 15230},
		.duration_ns = 9177 * MS,
		.last_flags = {TCP_ACK, TCP_ACK},
		.all_flags = {TCP_SYN | TCP_ACK | TCP_PSH | TCP_FIN, TCP_SYN | TCP_ACK | TCP_FIN},
	};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buffer_free(&text);
	return 0;
}

static void assert_text(enum event_kind kind, const char *expected)
{
	event.kind = (uint8_t)kind;
	text.length = 0;
	text_append_event(&text, names, &event);
	buffer_append(&text, "", 1);
	assert_string_equal(text.data, expected);
}

static void assert_json(enum event_kind kind, const char *expected)
{
	struct numbered_event numbered = {7, event};
	struct event_row row;

	numbered.event.kind = (uint8_t)kind;
	event_row_fill(&row, &numbered);
	text.length = 0;
	json_append(&text, json_new_row(&(struct snapshot){.names = names}, &event_family, &row));
	buffer_append(&text, "", 1);
	assert_string_equal(text.data, expected);
}

static void life_of_a_connection_reads_like_a_story(void **state)
{
	(void)state;
	event.duration_ns = 23105 * (MS / 1000);
	assert_text(EVENT_FLOW_ESTABLISHED, "eth0 tcp 192.168.1.10:51514 > 93.184.216.34:443 "
					    "established after 23.105 ms");
	memcpy(event.macs[0], (uint8_t[]){2, 0, 0, 0, 0, 0x0a}, MAC_BYTES);
	assert_text(EVENT_FLOW_BEGUN, "eth0 tcp 192.168.1.10:51514 > 93.184.216.34:443 begun; "
				      "02:00:00:00:00:0a > ?");
	memcpy(event.macs[1], (uint8_t[]){2, 0, 0, 0, 0, 0x0b}, MAC_BYTES);
	event.duration_ns = 9177 * MS;
	/* 16,710 bytes in 9.177 s */
	assert_text(EVENT_FLOW_CLOSED,
		    "eth0 tcp 192.168.1.10:51514 > 93.184.216.34:443 closed after 9.177 s; sent "
		    "12 packets 1480 bytes, received 10 packets 15230 bytes, 14.6 kbit/s; flags "
		    "FS-PA- > FS--A-; 02:00:00:00:00:0a > 02:00:00:00:00:0b");
}

static void who_refuses_and_who_resets_is_said(void **state)
{
	(void)state;
	event.packets[1] = 1;
	event.bytes[1] = 54;
	event.packets[0] = 1;
	event.bytes[0] = 74;
	event.duration_ns = 412 * (MS / 1000);
	event.all_flags[0] = TCP_SYN;
	event.all_flags[1] = TCP_RST | TCP_ACK;
	assert_text(EVENT_FLOW_REFUSED,
		    "eth0 tcp 192.168.1.10:51514 > 93.184.216.34:443 refused after 0.412 ms; sent "
		    "1 packet 74 bytes, received 1 packet 54 bytes; flags -S---- > --R-A-");
	event.duration_ns = NS_PER_SECOND;
	event.marks[INITIATOR] = SIDE_RST;
	assert_text(EVENT_FLOW_RESET,
		    "eth0 tcp 192.168.1.10:51514 > 93.184.216.34:443 reset by the initiator after "
		    "1.000 s; sent 1 packet 74 bytes, received 1 packet 54 bytes, 1.0 kbit/s; "
		    "flags -S---- > --R-A-");
	event.marks[INITIATOR] = 0;
	event.marks[RESPONDER] = SIDE_RST;
	assert_text(EVENT_FLOW_RESET,
		    "eth0 tcp 192.168.1.10:51514 > 93.184.216.34:443 reset by the responder after "
		    "1.000 s; sent 1 packet 74 bytes, received 1 packet 54 bytes, 1.0 kbit/s; "
		    "flags -S---- > --R-A-");
}

static void end_without_a_close_tells_its_state_and_its_silence(void **state)
{
	static const char tail[] = "; sent 12 packets 1480 bytes, received 10 packets 15230 bytes, "
				   "14.6 kbit/s; flags FS-PA- > FS--A-";
	static const char ends[] = "eth0 tcp 192.168.1.10:51514 > 93.184.216.34:443 ";
	static const struct {
		enum event_kind kind;
		enum flow_state state;
		int64_t silent_ns;
		const char *expected;
	} cases[] = {
		{EVENT_FLOW_TIMED_OUT, FLOW_ESTABLISHED, 900 * NS_PER_SECOND,
		 "timed out, established, after 9.177 s and 15 min 0 s of silence"},
		{EVENT_FLOW_TIMED_OUT, FLOW_HALF_OPEN, 61 * NS_PER_SECOND,
		 "timed out, half-open, after 9.177 s and 1 min 1 s of silence"},
		{EVENT_FLOW_TIMED_OUT, FLOW_CLOSING, 3 * NS_PER_SECOND,
		 "timed out, half-closed, after 9.177 s and 3.000 s of silence"},
		{EVENT_FLOW_REPLACED, FLOW_HALF_OPEN, 0,
		 "replaced by the next connection, half-open, after 9.177 s"},
		{EVENT_FLOW_EVICTED, FLOW_MIDSTREAM, 40 * NS_PER_SECOND,
		 "evicted from the full flow table, mid-stream, after 9.177 s and 40.000 s of "
		 "silence"},
		{EVENT_FLOW_LEFT_OPEN, FLOW_ESTABLISHED, 0,
		 "left open at the end of the capture, established, after 9.177 s"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char expected[400];

		snprintf(expected, sizeof(expected), "%s%s%s", ends, cases[i].expected, tail);
		event.state = (uint8_t)cases[i].state;
		event.silent_ns = cases[i].silent_ns;
		assert_text(cases[i].kind, expected);
	}
}

static void flows_of_other_protocols_are_answered_or_not(void **state)
{
	(void)state;
	event.protocol = PROTOCOL_UDP;
	event.state = FLOW_TWO_WAY;
	event.packets[0] = event.packets[1] = 1;
	event.bytes[0] = 74;
	event.bytes[1] = 1;
	event.duration_ns = 12 * MS;
	event.silent_ns = 180 * NS_PER_SECOND;
	assert_text(EVENT_FLOW_ENDED,
		    "eth0 udp 192.168.1.10:51514 > 93.184.216.34:443 ended, answered, after "
		    "12.000 ms and 3 min 0 s of silence; sent 1 packet 74 bytes, received 1 packet "
		    "1 byte, 50.0 kbit/s");
	event.state = FLOW_ONE_WAY;
	event.packets[1] = event.bytes[1] = 0;
	event.duration_ns = 0;
	event.silent_ns = 60 * NS_PER_SECOND;
	assert_text(EVENT_FLOW_ENDED,
		    "eth0 udp 192.168.1.10:51514 > 93.184.216.34:443 ended, unanswered, after 0 s "
		    "and 1 min 0 s of silence; sent 1 packet 74 bytes, received 0 packets 0 bytes");
	event.protocol = PROTOCOL_ICMP;
	event.ports[0] = event.ports[1] = 77;
	assert_text(EVENT_FLOW_ENDED,
		    "eth0 icmp 192.168.1.10 > 93.184.216.34 id 77 ended, unanswered, after 0 s "
		    "and 1 min 0 s of silence; sent 1 packet 74 bytes, received 0 packets 0 bytes");
	event.protocol = PROTOCOL_OTHER;
	event.ip_protocol = 103;
	assert_text(EVENT_FLOW_ENDED,
		    "eth0 ip-103 192.168.1.10 > 93.184.216.34 ended, unanswered, after 0 s and "
		    "1 min 0 s of silence; sent 1 packet 74 bytes, received 0 packets 0 bytes");
}

static void ipv6_ends_and_vlans_have_their_place(void **state)
{
	(void)state;
	event.version = 6;
	memset(event.addresses, 0, sizeof(event.addresses));
	memcpy(event.addresses[0], (uint8_t[]){0x20, 0x01, 0x0d, 0xb8}, 4);
	event.addresses[0][15] = 1;
	event.addresses[1][15] = 1;
	event.vlan[0] = 5;
	assert_text(EVENT_FLOW_BEGUN, "eth0 vlan 5 tcp [2001:db8::1]:51514 > [::1]:443 begun");
	event.vlan[1] = 7;
	assert_text(EVENT_FLOW_BEGUN, "eth0 vlan 5/7 tcp [2001:db8::1]:51514 > [::1]:443 begun");
	event.protocol = PROTOCOL_ICMPV6;
	event.ports[0] = 0;
	assert_text(EVENT_FLOW_BEGUN, "eth0 vlan 5/7 icmpv6 2001:db8::1 > ::1 begun");
}

static void privacy_leaves_prefixes_or_nothing(void **state)
{
	(void)state;
	memset(event.macs, 2, sizeof(event.macs));
	event_hide(&event, PRIVACY_PREFIX);
	assert_text(EVENT_FLOW_BEGUN, "eth0 tcp 192.168.1.0:51514 > 93.184.216.0:443 begun; "
				      "02:02:02:00:00:00 > 02:02:02:00:00:00");
	event_hide(&event, PRIVACY_NONE);
	assert_text(EVENT_FLOW_BEGUN, "eth0 tcp *:51514 > *:443 begun");
	assert_text(EVENT_PROBE_BEGUN, "eth0 * probes; 0 ports and 0 hosts tried within 9.177 s");
	event.duration_ns = 0;
	assert_json(EVENT_FLOW_BEGUN,
		    "{\"id\":7,\"time\":\"2024-06-01T12:00:00.123Z\",\"event\":\"begun\","
		    "\"interface\":\"eth0\",\"protocol\":\"tcp\",\"ip_protocol\":6,"
		    "\"initiator_port\":51514,\"responder_port\":443,\"service\":\"\","
		    "\"state\":\"established\","
		    "\"initiator_packets\":12,\"initiator_bytes\":1480,\"responder_packets\":10,"
		    "\"responder_bytes\":15230,\"duration\":0.000000000,\"silent\":0.000000000,"
		    "\"initiator_flags\":\"--A-\",\"responder_flags\":\"--A-\","
		    "\"initiator_all_flags\":\"FS-PA-\",\"responder_all_flags\":\"FS--A-\"}");
}

static void names_stand_behind_what_they_name(void **state)
{
	static char path[] = "/tmp/event-names-XXXXXX";
	struct names_options options = {.capacity = 64, .hosts_file = path};
	struct ledger ledger = {0};
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(dprintf(fd, "192.168.1.10 laptop.lan\n2001:db8::1 router.lan\n"), 47);
	close(fd);
	names = names_create(&options, &ledger, NULL);
	unlink(path);
	assert_non_null(names);
	event.ports[RESPONDER] = 51515; /* which is no service */
	assert_text(EVENT_FLOW_BEGUN, "eth0 tcp 192.168.1.10:51514 (laptop.lan) > "
				      "93.184.216.34:51515 begun");
	event.duration_ns = 0;
	assert_text(EVENT_PROBE_BEGUN,
		    "eth0 192.168.1.10 (laptop.lan) probes; 0 ports and 0 hosts tried");
	assert_json(EVENT_PROBE_BEGUN,
		    "{\"id\":7,\"time\":\"2024-06-01T12:00:00.123Z\",\"event\":\"probe_begun\","
		    "\"interface\":\"eth0\",\"initiator_address\":\"192.168.1.10\","
		    "\"initiator_name\":\"laptop.lan\",\"ports\":0,\"hosts\":0}");
	event.version = 6;
	memset(event.addresses[1], 0, IP_ADDRESS_BYTES);
	memcpy(event.addresses[1], (uint8_t[]){0x20, 0x01, 0x0d, 0xb8}, 4);
	event.addresses[1][15] = 1;
	memcpy(event.addresses[0], event.addresses[1], IP_ADDRESS_BYTES);
	assert_text(EVENT_FLOW_BEGUN, "eth0 tcp [2001:db8::1]:51514 (router.lan) > "
				      "[2001:db8::1]:51515 (router.lan) begun");
	text.length = 0;
	text_append_names(&text, "router.lan", "https");
	text_append_names(&text, "", "ssh");
	text_append_names(&text, "", "");
	assert_memory_equal(text.data, " (router.lan https) (ssh)", 25);
	assert_int_equal(text.length, 25);
	names_destroy(names);
	names = NULL;
	ledger_release(&ledger);
}

static void what_is_no_flow_has_words_of_its_own(void **state)
{
	(void)state;
	event.duration_ns = 0;
	event.count = 1;
	event.ports[RESPONDER] = 22;
	assert_text(EVENT_KNOCK, "eth0 tcp 192.168.1.10:51514 > 93.184.216.34:22 knock, not "
				 "answered; try 1");
	event.count = 6;
	event.outcome = KNOCK_REFUSED;
	event.duration_ns = 840 * NS_PER_SECOND;
	assert_text(EVENT_KNOCK, "eth0 tcp 192.168.1.10:51514 > 93.184.216.34:22 knock, refused; "
				 "try 6 within 14 min 0 s");
	event.count = 16;
	event.hosts = 1;
	event.duration_ns = 0;
	assert_text(EVENT_PROBE_BEGUN, "eth0 192.168.1.10 probes; 16 ports and 1 host tried");
	event.duration_ns = 125 * NS_PER_SECOND;
	assert_text(EVENT_PROBE_ENDED, "eth0 192.168.1.10 probes no more; 16 ports and 1 host "
				       "tried within 2 min 5 s");
	event.duration_ns = 3 * NS_PER_SECOND;
	event.count = 1234;
	assert_text(EVENT_FLOOD_BEGUN, "eth0 SYN flood begun; 1234 SYNs a second");
	assert_text(EVENT_FLOOD_ENDED,
		    "eth0 SYN flood ended after 3.000 s; 1234 SYNs a second at most");
	event.duration_ns = 0;
	assert_text(EVENT_CAPTURE_DROPPING, "eth0 capture drops packets; 1234 so far");
	assert_text(EVENT_INTERFACE_OPENED, "eth0 interface opened");
	assert_text(EVENT_INTERFACE_LOST, "eth0 interface lost");
	event.duration_ns = 7500 * NS_PER_SECOND;
	assert_text(EVENT_INTERFACE_BACK, "eth0 interface back after 2 h 5 min");
	assert_text(EVENT_CAPTURE_RECOVERED,
		    "eth0 capture has recovered after 2 h 5 min; 1234 packets were lost");
	*event.interface = '\0';
	event.duration_ns = (2 * 86400 + 7200) * NS_PER_SECOND;
	assert_text(EVENT_CLOCK_FORWARD, "- clock jumped forward by 2 d 2 h");
	assert_text(EVENT_CLOCK_BACK, "- clock jumped back by 2 d 2 h");
	event.duration_ns = 0;
	assert_text(EVENT_EVENTS_LOST,
		    "- events lost; 1234 came faster than they could be told of");
	assert_text(EVENT_LINES_LOST, "- lines lost; 1234 could not be written");
}

static void json_has_what_the_kind_has_and_nothing_else(void **state)
{
	(void)state;
	event.duration_ns = 0;
	event.count = 18446744073709551615U;
	event.hosts = 3;
	event.outcome = KNOCK_ESTABLISHED;
	event.ports[RESPONDER] = 22;
	assert_json(EVENT_KNOCK,
		    "{\"id\":7,\"time\":\"2024-06-01T12:00:00.123Z\",\"event\":\"knock\","
		    "\"interface\":\"eth0\",\"protocol\":\"tcp\","
		    "\"initiator_address\":\"192.168.1.10\",\"initiator_port\":51514,"
		    "\"initiator_name\":\"\",\"responder_address\":\"93.184.216.34\","
		    "\"responder_port\":22,\"responder_name\":\"\",\"service\":\"\","
		    "\"tries\":18446744073709551615,\"outcome\":\"established\"}");
	assert_json(EVENT_PROBE_BEGUN,
		    "{\"id\":7,\"time\":\"2024-06-01T12:00:00.123Z\",\"event\":\"probe_begun\","
		    "\"interface\":\"eth0\",\"initiator_address\":\"192.168.1.10\","
		    "\"initiator_name\":\"\",\"ports\":18446744073709551615,\"hosts\":3}");
	event.version = 0;
	event.count = 5;
	assert_json(EVENT_FLOOD_BEGUN,
		    "{\"id\":7,\"time\":\"2024-06-01T12:00:00.123Z\",\"event\":\"flood_begun\","
		    "\"interface\":\"eth0\",\"syns_per_second\":5}");
	event.duration_ns = 1500 * MS;
	assert_json(EVENT_CAPTURE_RECOVERED,
		    "{\"id\":7,\"time\":\"2024-06-01T12:00:00.123Z\",\"event\":"
		    "\"capture_recovered\",\"interface\":\"eth0\",\"duration\":1.500000000,"
		    "\"dropped_packets\":5}");
	*event.interface = '\0';
	event.duration_ns = 0;
	assert_json(EVENT_LINES_LOST,
		    "{\"id\":7,\"time\":\"2024-06-01T12:00:00.123Z\",\"event\":\"lines_lost\","
		    "\"lost\":5}");
}

static void json_of_a_flow_is_whole(void **state)
{
	(void)state;
	event.vlan[0] = 5;
	event.silent_ns = 15;
	event.marks[INITIATOR] = SIDE_FIN | SIDE_FIN_ACKED;
	event.marks[RESPONDER] = SIDE_FIN;
	event.state = FLOW_CLOSED;
	memcpy(event.macs[1], (uint8_t[]){2, 0, 0, 0, 0, 0x0b}, MAC_BYTES);
	assert_json(EVENT_FLOW_CLOSED,
		    "{\"id\":7,\"time\":\"2024-06-01T12:00:00.123Z\",\"event\":\"closed\","
		    "\"interface\":\"eth0\",\"vlan_outer\":5,\"protocol\":\"tcp\","
		    "\"ip_protocol\":6,\"initiator_address\":\"192.168.1.10\","
		    "\"initiator_port\":51514,\"initiator_name\":\"\","
		    "\"responder_address\":\"93.184.216.34\",\"responder_port\":443,"
		    "\"responder_name\":\"\",\"service\":\"\",\"state\":\"closed\",\"initiator_"
		    "packets\":12,"
		    "\"initiator_bytes\":1480,\"responder_packets\":10,\"responder_bytes\":15230,"
		    "\"duration\":9.177000000,\"silent\":0.000000015,"
		    "\"initiator_flags\":\"CLOSED\",\"responder_flags\":\"DONE\","
		    "\"initiator_all_flags\":\"FS-PA-\",\"responder_all_flags\":\"FS--A-\","
		    "\"responder_mac\":\"02:00:00:00:00:0b\"}");
}

/* Whatever an interface is called, a line is one line. */
static void quotes_in_a_name_do_not_end_a_json_string(void **state)
{
	(void)state;
	event.version = 0;
	event.duration_ns = 0;
	event_set_interface(&event, "a\"b\\c\n\xff");
	assert_json(EVENT_INTERFACE_LOST,
		    "{\"id\":7,\"time\":\"2024-06-01T12:00:00.123Z\",\"event\":\"interface_lost\","
		    "\"interface\":\"a\\\"b\\\\c\\n\xef\xbf\xbd\"}");
	event_set_interface(&event, "a-name-of-more-than-15-bytes");
	assert_string_equal(event.interface, "a-name-of-more-");
}

static void assert_time(const char *zone, int64_t ns, const char *expected)
{
	setenv("TZ", zone, 1);
	tzset();
	text.length = 0;
	text_append_time(&text, (struct wall_time){ns});
	buffer_append(&text, "", 1);
	assert_string_equal(text.data, expected);
}

static void times_are_local_and_say_their_offset(void **state)
{
	(void)state;
	assert_time("UTC", NOON, "2024-06-01T12:00:00.123Z");
	assert_time("EAST-2", NOON, "2024-06-01T14:00:00.123+02:00");
	assert_time("WEST3:30", NOON, "2024-06-01T08:30:00.123-03:30");
	assert_time("UTC", -1, "1970-01-01T00:00:00.000Z");
}

static void every_kind_has_a_name_and_words(void **state)
{
	(void)state;
	for (int kind = 0; kind < EVENT_KINDS; kind++) {
		assert_non_null(event_kind_names[kind]);
		event.kind = (uint8_t)kind;
		text.length = 0;
		text_append_event(&text, names, &event);
		assert_false(text.failed);
	}
	assert_null(event_kind_names[EVENT_KINDS]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(life_of_a_connection_reads_like_a_story),
		TEST(who_refuses_and_who_resets_is_said),
		TEST(end_without_a_close_tells_its_state_and_its_silence),
		TEST(flows_of_other_protocols_are_answered_or_not),
		TEST(ipv6_ends_and_vlans_have_their_place),
		TEST(privacy_leaves_prefixes_or_nothing),
		TEST(names_stand_behind_what_they_name),
		TEST(what_is_no_flow_has_words_of_its_own),
		TEST(json_has_what_the_kind_has_and_nothing_else),
		TEST(json_of_a_flow_is_whole),
		TEST(quotes_in_a_name_do_not_end_a_json_string),
		TEST(times_are_local_and_say_their_offset),
		TEST(every_kind_has_a_name_and_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
