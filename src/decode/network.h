/* The network headers. Each decoder fills the packet from the reader on and ends in transport. */
#ifndef IPTALLY_DECODE_NETWORK_H
#define IPTALLY_DECODE_NETWORK_H

#include "decode/packet.h"
#include "decode/reader.h"

/* The numbers of EtherTypes that lead to a network header. */
#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_ARP  0x0806
#define ETHERTYPE_IPV6 0x86dd

/* Extension headers of one IPv6 packet; more are DECODE_TOO_DEEP. */
#define IPV6_EXTENSIONS_MAX 16

void ipv4_decode(struct reader *reader, struct packet *packet);
void ipv6_decode(struct reader *reader, struct packet *packet);
void arp_decode(struct reader *reader, struct packet *packet);

/* IP of the version that its first nibble says; another one is DECODE_BAD_VERSION. */
void ip_decode(struct reader *reader, struct packet *packet);

/* Any other network protocol: nothing in it is decoded. */
void network_other(struct reader *reader, struct packet *packet);

#endif
