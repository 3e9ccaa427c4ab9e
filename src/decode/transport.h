/* The headers that follow IP. */
#ifndef IPTALLY_DECODE_TRANSPORT_H
#define IPTALLY_DECODE_TRANSPORT_H

#include "decode/packet.h"
#include "decode/reader.h"

enum protocol protocol_of_number(uint8_t ip_protocol);

/*
 * The transport header by packet->protocol, at the reader, which ends where the IP packet or the
 * frame does. ip_payload is what the IP header says follows it, in bytes.
 */
void transport_decode(struct reader *reader, uint32_t ip_payload, struct packet *packet);

void tcp_decode(struct reader *reader, uint32_t ip_payload, struct packet *packet);
void udp_decode(struct reader *reader, uint32_t ip_payload, struct packet *packet);
void sctp_decode(struct reader *reader, struct packet *packet);
void icmp_decode(struct reader *reader, struct packet *packet); /* and ICMPv6 */

/* What is told of single packets, where it was captured; that it was not is no error. */
void igmp_peek(const struct reader *reader, struct packet *packet);
void ospf_peek(const struct reader *reader, struct packet *packet);
void icmp_peek(const struct reader *reader, struct packet *packet); /* of an error */

/*
 * A transport header of n bytes is not there whole: keeps the ports, where they are, and says why
 * the rest is missing.
 */
void transport_short(struct reader *reader, uint32_t n, struct packet *packet);

#endif
