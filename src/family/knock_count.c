/* Tries, what became of them, and who is turned away: from packets into the knock list. */
#include "family/knock_state.h"

static void make_key(struct knock_key *key, const struct knocks *knocks,
		     const struct attempt *attempt)
{
	*key = (struct knock_key){
		.interface = attempt->interface,
		.port = attempt->port,
		.protocol = attempt->protocol,
		.source = attempt->source,
	};
	privacy_mask_address(knocks->privacy, key->source.version, key->source.bytes);
}

/* Its row, or NULL; the key and its hash in any case. */
static struct knock_entry *find(const struct knocks *knocks, const struct attempt *attempt,
				struct knock_key *key, uint32_t *hash)
{
	make_key(key, knocks, attempt);
	*hash = watch_list_hash(&knocks->list, key);
	return watch_list_find(&knocks->list, *hash, key);
}

static struct knock_entry *begin(struct knocks *knocks, uint32_t hash, const struct knock_key *key,
				 const struct attempt *attempt)
{
	struct knock_entry *knock = watch_list_begin(&knocks->list, hash, key, attempt->now_ns);

	knock->created = tally_monotonic(knocks->tally);
	return knock;
}

/* NULL: comes in a crowd. Who comes again was turned away at the first try, which counts now. */
static struct knock_entry *begin_try(struct knocks *knocks, uint32_t hash,
				     const struct knock_key *key, const struct attempt *attempt)
{
	enum crowd_verdict verdict = watch_list_judge(&knocks->list, hash, attempt->now_ns);
	struct knock_entry *knock;

	if (verdict == CROWD_TURNED_AWAY)
		return NULL;
	knock = begin(knocks, hash, key, attempt);
	if (verdict == CROWD_CAME_AGAIN)
		knock_try(knock, attempt->now_ns);
	return knock;
}

/* Who gets a connection is no stranger under a forged address: such rows go last. */
static uint64_t weight_of(const struct knock_entry *knock)
{
	return knock->tries == 1 && knock->established > 0 ? 2 : knock->tries;
}

static void take_try(struct knocks *knocks, struct knock_entry *knock,
		     const struct attempt *attempt)
{
	knock_try(knock, attempt->now_ns);
	knock->last_from_port = attempt->from_port;
	knock->last_target = attempt->target;
	privacy_mask_address(knocks->privacy, attempt->target.version, knock->last_target.bytes);
	knock_lines_add(&knocks->lines, &knocks->list, knock);
}

static void count_try(struct knocks *knocks, const struct attempt *attempt)
{
	struct knock_key key;
	uint32_t hash;
	struct knock_entry *knock = find(knocks, attempt, &key, &hash);

	if (!knock)
		knock = begin_try(knocks, hash, &key, attempt);
	if (!knock)
		return;
	take_try(knocks, knock, attempt);
	if (knock->tries > 1)
		watch_list_touch(&knocks->list, knock, weight_of(knock), attempt->now_ns);
}

static void count_outcome(struct knocks *knocks, const struct attempt *attempt,
			  enum knock_outcome outcome, bool by_initiator)
{
	struct knock_key key;
	uint32_t hash;
	struct knock_entry *knock = find(knocks, attempt, &key, &hash);

	if (!knock && outcome == KNOCK_ESTABLISHED && by_initiator) {
		/* A flood has pushed out what turns out to be real. */
		knock = begin(knocks, hash, &key, attempt);
		take_try(knocks, knock, attempt);
	}
	if (!knock)
		return;
	knock->answered += outcome == KNOCK_ANSWERED;
	knock->refused += outcome == KNOCK_REFUSED;
	knock->established += outcome == KNOCK_ESTABLISHED;
	if (attempt->from_port == knock->last_from_port)
		knock->outcome = (uint8_t)outcome;
	if (outcome == KNOCK_ESTABLISHED)
		watch_list_touch(&knocks->list, knock, weight_of(knock), attempt->now_ns);
}

/* One ICMP error for a try is enough: each datagram of it, or SYN, may have its own. */
static void turn_away(struct knocks *knocks, const struct attempt *attempt)
{
	struct knock_key key;
	uint32_t hash;
	struct knock_entry *knock = find(knocks, attempt, &key, &hash);

	if (knock && attempt->from_port == knock->last_from_port &&
	    knock->outcome == KNOCK_NO_ANSWER) {
		knock->refused++;
		knock->outcome = KNOCK_REFUSED;
	}
}

static void take_attempt(struct knocks *knocks, const struct attempt *attempt)
{
	if (knocks->privacy != PRIVACY_NONE)
		count_try(knocks, attempt);
	probe_watch_try(&knocks->probes, attempt);
}

static void take_outcome(struct knocks *knocks, const struct attempt *attempt,
			 enum knock_outcome outcome, bool by_initiator)
{
	if (knocks->privacy != PRIVACY_NONE)
		count_outcome(knocks, attempt, outcome, by_initiator);
	if (outcome == KNOCK_ESTABLISHED ||
	    (outcome == KNOCK_ANSWERED && attempt->protocol == PROTOCOL_UDP))
		probe_watch_answer(&knocks->probes, attempt);
}

static const uint8_t outcomes[] = {
	[TRANSITION_ANSWERED] = KNOCK_ANSWERED,       [TRANSITION_REFUSED] = KNOCK_REFUSED,
	[TRANSITION_ESTABLISHED] = KNOCK_ESTABLISHED, [TRANSITION_RESET] = KNOCK_NO_ANSWER,
	[TRANSITION_CLOSED] = KNOCK_NO_ANSWER,
};

static void look_at(struct knocks *knocks, const struct packet *packet,
		    const struct verdict *verdict)
{
	enum knock_outcome outcome = outcomes[verdict->transition];
	struct attempt attempt;

	if (verdict->opened && attempt_comes_in(&knocks->attempts, packet, verdict)) {
		attempt = attempt_of(&knocks->attempts, packet, verdict);
		take_attempt(knocks, &attempt);
	}
	if (outcome != KNOCK_NO_ANSWER &&
	    attempt_may_have_come_in(&knocks->attempts, packet, verdict)) {
		attempt = attempt_of(&knocks->attempts, packet, verdict);
		take_outcome(knocks, &attempt, outcome, verdict->from_initiator);
	}
}

static void look_at_error(struct knocks *knocks, const struct packet *packet,
			  const struct verdict *verdict)
{
	struct attempt attempt;

	if (knocks->privacy != PRIVACY_NONE &&
	    attempt_is_turned_away(&knocks->attempts, packet, verdict, &attempt))
		turn_away(knocks, &attempt);
}

void knocks_count(void *knocks, const struct packet *packets, const struct verdict *verdicts,
		  size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (packet_is_tcp_or_udp(&packets[i])) {
			if (verdicts[i].transition != TRANSITION_NONE)
				look_at(knocks, &packets[i], &verdicts[i]);
		} else if (packets[i].message) {
			look_at_error(knocks, &packets[i], &verdicts[i]);
		}
	}
}
