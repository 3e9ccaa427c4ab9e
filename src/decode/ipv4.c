/*
 * IPv4, RFC 791 3.1:
 *
 *   0       1       2               4               6
 *   +---+---+-------+---------------+---------------+-+-+-+---------+
 *   |ver|IHL| TOS   | total length  | identification|0|D|M| offset  |
 *   +---+---+-------+---------------+---------------+-+-+-+---------+
 *   8       9       10              12              16              20
 *   +-------+-------+---------------+---------------+---------------+--------
 *   | TTL   |protoc.| checksum      | source        | destination   | options
 *   +-------+-------+---------------+---------------+---------------+--------
 *
 * IHL counts words of 4 bytes, the offset units of 8.
 */
#include "decode/network.h"

#include <string.h>

#include "decode/failure.h"
#include "decode/transport.h"

#define IPV4_BYTES           20
#define IPV4_MORE_FRAGMENTS  0x2000
#define IPV4_FRAGMENT_OFFSET 0x1fff

/*
 * A frame that segmentation is still to cut may have a total length of 0, and one above 65,535 has
 * to. It is longer than any MTU, so at least than this (RFC 791 3.1); in a shorter one 0 is wrong.
 */
#define IPV4_OFFLOADED_MINIMUM 576

static uint64_t read_word(const uint8_t *bytes)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

/*
 * RFC 1071: the ones' complement sum of all 16-bit words, the checksum among them, is all ones: their
 * sum is a multiple of 0xffff. So is that of 32-bit words, since 2^16 is 1 modulo 0xffff, and in
 * either byte order. It is not 0: the version is among the words.
 */
static bool sums_to_ones(const uint8_t *header, uint32_t header_bytes)
{
	uint64_t sum = read_word(header) + read_word(header + 4) + read_word(header + 8) +
		       read_word(header + 12) + read_word(header + 16);

	for (uint32_t at = IPV4_BYTES; at < header_bytes; at += 4)
		sum += read_word(header + at);
	return sum % UINT16_MAX == 0;
}

static enum ipv4_checksum judge_checksum(const uint8_t *header, uint32_t header_bytes)
{
	if (sums_to_ones(header, header_bytes))
		return CHECKSUM_RIGHT;
	return read_be16(header + 10) ? CHECKSUM_BAD : CHECKSUM_UNSET;
}

void ipv4_decode(struct reader *reader, struct packet *packet)
{
	const uint8_t *header = reader_bytes(reader, IPV4_BYTES);
	uint32_t header_bytes;
	uint32_t total;
	unsigned fragment;

	packet_link_ends(packet, reader);
	if (!header) {
		packet_short(packet, reader, IPV4_BYTES, DECODE_TRUNCATED_NETWORK);
		return;
	}
	if (header[0] >> 4 != 4) {
		packet_fail(packet, DECODE_BAD_VERSION);
		return;
	}
	packet->network = NETWORK_IPV4;
	packet->ip_protocol = header[9];
	packet->protocol = (uint8_t)protocol_of_number(header[9]);
	memcpy(packet->source, header + 12, 4);
	memcpy(packet->destination, header + 16, 4);

	fragment = read_be16(header + 6);
	if (fragment & (IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET)) {
		packet->flags |= PACKET_FRAGMENT;
		packet->fragment_id = read_be16(header + 4);
		if (fragment & IPV4_MORE_FRAGMENTS)
			packet->flags |= PACKET_MORE_FRAGMENTS;
		if (fragment & IPV4_FRAGMENT_OFFSET)
			packet->flags |= PACKET_LATER_FRAGMENT;
	}

	header_bytes = (header[0] & 15u) * 4;
	total = read_be16(header + 2);
	if (header_bytes < IPV4_BYTES) {
		packet_fail(packet, DECODE_BAD_HEADER_LENGTH);
		return;
	}
	if (reader_bytes(reader, header_bytes))
		packet->ipv4_checksum = (uint8_t)judge_checksum(header, header_bytes);
	if (total == 0 && reader->length > IPV4_OFFLOADED_MINIMUM)
		total = reader->length;
	if (total < header_bytes) {
		packet_fail(packet, DECODE_BAD_TOTAL_LENGTH);
		return;
	}
	if (total > reader->length) {
		if (header_bytes > reader->length) {
			packet_fail(packet, DECODE_TRUNCATED_NETWORK);
			return;
		}
		packet_fail(packet, DECODE_BAD_TOTAL_LENGTH);
	}
	reader_limit(reader, total);
	reader_skip(reader, header_bytes);
	transport_decode(reader, total - header_bytes, packet);
}
