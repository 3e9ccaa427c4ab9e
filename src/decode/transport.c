/* From the IP protocol number to the decoder of its header. */
#include "decode/transport.h"

#include "decode/failure.h"

enum protocol protocol_of_number(uint8_t ip_protocol)
{
	switch (ip_protocol) {
	case 1:
		return PROTOCOL_ICMP;
	case 2:
		return PROTOCOL_IGMP;
	case 6:
		return PROTOCOL_TCP;
	case 17:
		return PROTOCOL_UDP;
	case 47:
		return PROTOCOL_GRE;
	case 50:
		return PROTOCOL_ESP;
	case 51:
		return PROTOCOL_AH;
	case 58:
		return PROTOCOL_ICMPV6;
	case 89:
		return PROTOCOL_OSPF;
	case 103:
		return PROTOCOL_PIM;
	case 132:
		return PROTOCOL_SCTP;
	default:
		return PROTOCOL_OTHER;
	}
}

void transport_decode(struct reader *reader, uint32_t ip_payload, struct packet *packet)
{
	if (packet->flags & PACKET_LATER_FRAGMENT) {
		if (packet_is_tcp_or_udp(packet))
			packet->payload_bytes = ip_payload;
		return;
	}
	switch ((enum protocol)packet->protocol) {
	case PROTOCOL_TCP:
		tcp_decode(reader, ip_payload, packet);
		return;
	case PROTOCOL_UDP:
		udp_decode(reader, ip_payload, packet);
		return;
	case PROTOCOL_SCTP:
		sctp_decode(reader, packet);
		return;
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMPV6:
		icmp_decode(reader, packet);
		return;
	case PROTOCOL_IGMP:
		igmp_peek(reader, packet);
		return;
	case PROTOCOL_OSPF:
		ospf_peek(reader, packet);
		return;
	default:
		return;
	}
}

void transport_short(struct reader *reader, uint32_t n, struct packet *packet)
{
	const uint8_t *ports = reader_bytes(reader, 4);

	if (ports) {
		packet->source_port = read_be16(ports);
		packet->destination_port = read_be16(ports + 2);
		packet->flags |= PACKET_PORTS;
	} else if (reader->length >= 4) {
		packet->flags |= PACKET_SNAPPED; /* they are there, whatever else is not */
	}
	packet_short(packet, reader, n, DECODE_TRUNCATED_TRANSPORT);
}
