/* The ends of a flow as rows show them: of addresses what --privacy leaves to see. */
#ifndef IPTALLY_FAMILY_FLOW_END_H
#define IPTALLY_FAMILY_FLOW_END_H

#include <string.h>

#include "base/privacy.h"
#include "family/per_second.h"
#include "tally/flow_table.h"

static inline struct family_address flow_end_address(const struct flow *flow, int end,
						     enum privacy privacy)
{
	struct family_address address = {.version = flow->key.network == NETWORK_IPV4 ? 4 : 6};

	memcpy(address.bytes, flow_address(flow, end), IP_ADDRESS_BYTES);
	privacy_mask_address(privacy, address.version, address.bytes);
	return address;
}

/* Empty where no packet of this end had one, and where none may be seen. */
static inline void flow_end_mac(char text[MAC_TEXT], const struct flow *flow, int end,
				enum privacy privacy)
{
	uint8_t mac[MAC_BYTES];

	*text = '\0';
	if (!(flow->sides[end].marks & SIDE_MAC) || privacy == PRIVACY_NONE)
		return;
	memcpy(mac, flow->sides[end].mac, MAC_BYTES);
	privacy_mask_mac(privacy, mac);
	mac_format(text, mac);
}

/* Of an itemised flow, in the last interval that is over. */
static inline struct per_second flow_end_rate(const struct itemised_flow *flow, int end,
					      const struct flow_interval *interval)
{
	const struct flow_sum *sent = &flow->sent[end];

	if (interval->number == 0)
		return (struct per_second){0};
	return per_second(sent->packets, sent->bytes, (double)interval->lasted_ns / NS_PER_SECOND);
}

#endif
