/* The fragment table (RFC 791 3.2, RFC 8200 4.5). */
#include "tally/fragment.h"

#define LIFETIME_NS (60 * NS_PER_SECOND)

struct fragment_key {
	uint8_t source[IP_ADDRESS_BYTES];
	uint8_t destination[IP_ADDRESS_BYTES];
	uint32_t id;
	uint16_t vlan[2];
	uint16_t interface;
	uint8_t network;
	uint8_t ip_protocol; /* 0 for IPv6, whose fragments share the id alone */
};

struct fragment {
	struct table_head head;
	struct fragment_key key;
	uint32_t next; /* younger */
	int64_t begun_ns;
	uint16_t source_port, destination_port;
	uint8_t protocol, ip_protocol;
	uint8_t flags; /* of the first fragment: PACKET_PORTS, PACKET_ICMP_ID */
};

int fragment_table_create(struct fragment_table *fragments, struct ledger *ledger,
			  uint32_t capacity, struct error *error)
{
	*fragments = (struct fragment_table){
		.seed = hash_seed(),
		.first = TABLE_NONE,
		.last = TABLE_NONE,
	};
	return table_create(&fragments->table, ledger, "fragment table", sizeof(struct fragment),
			    capacity, error);
}

static void forget_oldest(struct fragment_table *fragments)
{
	uint32_t row = fragments->first;
	const struct fragment *oldest = table_row(&fragments->table, row);

	fragments->first = oldest->next;
	if (fragments->first == TABLE_NONE)
		fragments->last = TABLE_NONE;
	table_remove(&fragments->table, row);
}

static struct fragment *remember(struct fragment_table *fragments, uint32_t hash,
				 const struct fragment_key *key)
{
	struct fragment *fragment;
	uint32_t row;

	if (fragments->table.used == fragments->table.capacity) {
		forget_oldest(fragments);
		fragments->evictions++;
	}
	row = table_add(&fragments->table, hash, key, sizeof(*key));
	fragment = table_row(&fragments->table, row);
	fragment->next = TABLE_NONE;
	if (fragments->last == TABLE_NONE)
		fragments->first = row;
	else
		((struct fragment *)table_row(&fragments->table, fragments->last))->next = row;
	fragments->last = row;
	return fragment;
}

void fragment_resolve(struct fragment_table *fragments, struct packet *packet, int64_t now_ns)
{
	struct fragment_key key = {
		.id = packet->fragment_id,
		.vlan = {packet->vlan[0], packet->vlan[1]},
		.interface = packet->interface,
		.network = packet->network,
		.ip_protocol = packet->network == NETWORK_IPV4 ? packet->ip_protocol : 0,
	};
	struct fragment *fragment = NULL;
	uint32_t hash, row;

	memcpy(key.source, packet->source, sizeof(key.source));
	memcpy(key.destination, packet->destination, sizeof(key.destination));
	hash = hash_key(&key, sizeof(key), fragments->seed);
	row = table_find(&fragments->table, hash, &key, sizeof(key));
	if (row != TABLE_NONE)
		fragment = table_row(&fragments->table, row);

	if (!(packet->flags & PACKET_LATER_FRAGMENT)) {
		if (!(packet->flags & PACKET_MORE_FRAGMENTS))
			return; /* an atomic fragment, RFC 6946 */
		if (!fragment)
			fragment = remember(fragments, hash, &key);
		fragment->begun_ns = now_ns;
		fragment->source_port = packet->source_port;
		fragment->destination_port = packet->destination_port;
		fragment->protocol = packet->protocol;
		fragment->ip_protocol = packet->ip_protocol;
		fragment->flags = packet->flags & (PACKET_PORTS | PACKET_ICMP_ID);
	} else if (fragment && now_ns - fragment->begun_ns <= LIFETIME_NS) {
		packet->source_port = fragment->source_port;
		packet->destination_port = fragment->destination_port;
		packet->protocol = fragment->protocol;
		packet->ip_protocol = fragment->ip_protocol;
		packet->flags |= fragment->flags;
	}
}

void fragment_table_age(struct fragment_table *fragments, int64_t now_ns, uint32_t budget)
{
	while (budget-- && fragments->first != TABLE_NONE) {
		const struct fragment *oldest = table_row(&fragments->table, fragments->first);

		if (now_ns - oldest->begun_ns <= LIFETIME_NS)
			return;
		forget_oldest(fragments);
	}
}
