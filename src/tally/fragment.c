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
	uint32_t older, younger;
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

static struct fragment *fragment_at(const struct fragment_table *fragments, uint32_t row)
{
	return table_row(&fragments->table, row);
}

static void append(struct fragment_table *fragments, uint32_t row)
{
	struct fragment *fragment = fragment_at(fragments, row);

	fragment->older = fragments->last;
	fragment->younger = TABLE_NONE;
	if (fragments->last == TABLE_NONE)
		fragments->first = row;
	else
		fragment_at(fragments, fragments->last)->younger = row;
	fragments->last = row;
}

static void unlink_row(struct fragment_table *fragments, uint32_t row)
{
	const struct fragment *fragment = fragment_at(fragments, row);

	if (fragment->older == TABLE_NONE)
		fragments->first = fragment->younger;
	else
		fragment_at(fragments, fragment->older)->younger = fragment->younger;
	if (fragment->younger == TABLE_NONE)
		fragments->last = fragment->older;
	else
		fragment_at(fragments, fragment->younger)->older = fragment->older;
}

static void forget(struct fragment_table *fragments, uint32_t row)
{
	unlink_row(fragments, row);
	table_remove(&fragments->table, row);
}

/* The youngest from now on, a new one or one whose id is used again. */
static struct fragment *remember(struct fragment_table *fragments, uint32_t hash,
				 const struct fragment_key *key, uint32_t row)
{
	if (row != TABLE_NONE) {
		unlink_row(fragments, row);
	} else {
		if (fragments->table.used == fragments->table.capacity) {
			forget(fragments, fragments->first);
			fragments->evictions++;
		}
		row = table_add(&fragments->table, hash, key, sizeof(*key));
	}
	append(fragments, row);
	return fragment_at(fragments, row);
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
	struct fragment *fragment;
	uint32_t hash, row;

	memcpy(key.source, packet->source, sizeof(key.source));
	memcpy(key.destination, packet->destination, sizeof(key.destination));
	hash = hash_key(&key, sizeof(key), fragments->seed);
	row = table_find(&fragments->table, hash, &key, sizeof(key));
	if (!(packet->flags & PACKET_LATER_FRAGMENT)) {
		if (!(packet->flags & PACKET_MORE_FRAGMENTS))
			return; /* an atomic fragment, RFC 6946 */
		fragment = remember(fragments, hash, &key, row);
		fragment->begun_ns = now_ns;
		fragment->source_port = packet->source_port;
		fragment->destination_port = packet->destination_port;
		fragment->protocol = packet->protocol;
		fragment->ip_protocol = packet->ip_protocol;
		fragment->flags = packet->flags & (PACKET_PORTS | PACKET_ICMP_ID);
		return;
	}
	if (row == TABLE_NONE)
		return;
	fragment = fragment_at(fragments, row);
	if (now_ns - fragment->begun_ns <= LIFETIME_NS) {
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
		if (now_ns - fragment_at(fragments, fragments->first)->begun_ns <= LIFETIME_NS)
			return;
		forget(fragments, fragments->first);
	}
}

void fragment_table_forget_interface(struct fragment_table *fragments, uint16_t interface)
{
	for (uint32_t row = 0; row < fragments->table.fresh; row++)
		if (table_row_in_use(&fragments->table, row) &&
		    fragment_at(fragments, row)->key.interface == interface)
			forget(fragments, row);
}
