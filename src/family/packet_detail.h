/* What a single packet is, in words, beyond its protocol. */
#ifndef IPTALLY_FAMILY_PACKET_DETAIL_H
#define IPTALLY_FAMILY_PACKET_DETAIL_H

#include "decode/packet.h"

/* Whether the packet's ICMP type and code were read. */
bool packet_has_icmp(const struct packet *packet);

/* "echo request", "destination unreachable: port", "fragment"; empty where there is nothing to say.
 * At most FAMILY_TEXT_MAX bytes. */
void packet_detail(char *text, const struct packet *packet);

#endif
