/* Which flow a packet belongs to. */
#ifndef IPTALLY_TALLY_FLOW_KEY_H
#define IPTALLY_TALLY_FLOW_KEY_H

#include <stdbool.h>

#include "decode/packet.h"
#include "tally/flow.h"

/*
 * The key of a packet's flow, and whether its sender is the key's low end. False: no flow can be named,
 * since it is not IP, or its ports are not known.
 */
bool flow_key_make(const struct packet *packet, struct flow_key *key, bool *sender_is_low);

#endif
