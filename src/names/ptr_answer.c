/*
 * Reverse answers. The name is read by c-ares, which follows aliases (RFC 2317); how long it holds is
 * read here, since c-ares tells that only in versions that are not everywhere yet.
 */
#include "names/ptr_answer.h"

#include "config.h"

#ifdef HAVE_CARES

#include <arpa/nameser.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* The calls that newer versions would rather see are not in 1.18. */
#define CARES_NO_DEPRECATED
#include <ares.h>

#include "names/hostname.h"

#define HEADER_BYTES 12 /* RFC 1035, 4.1.1 */
#define IS_ANSWER                                                                                  \
	0x80 /* in the header's third byte; c-ares takes a question that comes back, too */
#define RECORD_BYTES 10 /* type, class, TTL, length: behind a record's name */

struct message {
	const uint8_t *bytes;
	size_t n;
};

void ptr_question(const struct name_key *key, char text[PTR_QUESTION_TEXT])
{
	const uint8_t *bytes = key->bytes;

	if (key->version == 4) {
		snprintf(text, PTR_QUESTION_TEXT, "%u.%u.%u.%u.in-addr.arpa", bytes[3], bytes[2],
			 bytes[1], bytes[0]);
		return;
	}
	for (int i = IP_ADDRESS_BYTES - 1; i >= 0; i--, text += 4)
		snprintf(text, 5, "%x.%x.", bytes[i] & 0x0f, bytes[i] >> 4);
	memcpy(text, "ip6.arpa", sizeof("ip6.arpa"));
}

static uint16_t number_16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t number_32(const uint8_t *at)
{
	return (uint32_t)number_16(at) << 16 | number_16(at + 2);
}

/* Where the name ends that begins here; 0: it does not end well. */
static size_t skip_name(const struct message *message, size_t at)
{
	while (at < message->n) {
		uint8_t length = message->bytes[at];

		if (length == 0)
			return at + 1;
		if ((length & NS_CMPRSFLGS) == NS_CMPRSFLGS)
			return at + 2;
		if (length & NS_CMPRSFLGS)
			return 0;
		at += 1U + length;
	}
	return 0;
}

/* How long one record holds, in seconds; -1: it is none that counts. RFC 2308, 5: an SOA says how
 * long it holds that there is no name. */
static int64_t record_ttl(const uint8_t *record, uint16_t length, bool is_found)
{
	uint16_t type = number_16(record);
	int64_t ttl = number_32(record + 4), minimum;

	/* RFC 2181, 8: with the highest bit set it is 0. */
	if (ttl > INT32_MAX)
		ttl = 0;
	if (is_found)
		return type == ns_t_ptr || type == ns_t_cname ? ttl : -1;
	if (type != ns_t_soa || length < sizeof(uint32_t))
		return -1;
	minimum = number_32(record + RECORD_BYTES + length - sizeof(uint32_t));
	return minimum < ttl ? minimum : ttl;
}

/* The least of them all, in seconds; -1: there is none. */
static int64_t answer_ttl(const struct message *message, bool is_found)
{
	size_t n_questions = number_16(message->bytes + 4);
	size_t n_records = (size_t)number_16(message->bytes + 6) + number_16(message->bytes + 8);
	size_t at = HEADER_BYTES;
	int64_t least = -1;

	for (size_t i = 0; i < n_questions; i++) {
		at = skip_name(message, at);
		if (!at)
			return least;
		at += 4; /* type, class */
	}
	for (size_t i = 0; i < n_records; i++) {
		const uint8_t *record;
		int64_t ttl;

		at = skip_name(message, at);
		if (!at || at + RECORD_BYTES > message->n)
			break;
		record = message->bytes + at;
		at += RECORD_BYTES + number_16(record + 8);
		if (at > message->n)
			break;
		ttl = record_ttl(record, number_16(record + 8), is_found);
		if (ttl >= 0 && (least < 0 || ttl < least))
			least = ttl;
	}
	return least;
}

/* Of several names always the same one, in whatever order they come. */
static bool choose_name(char *const *names, char name[NAMES_ADDRESS_TEXT])
{
	char clean[NAMES_ADDRESS_TEXT];
	bool is_found = false;

	for (; names && *names; names++) {
		if (!hostname_clean(*names, clean, sizeof(clean)))
			continue;
		if (!is_found || strcasecmp(clean, name) < 0)
			memcpy(name, clean, sizeof(clean));
		is_found = true;
	}
	return is_found;
}

enum name_outcome ptr_answer_read(const struct name_key *key, const uint8_t *answer, size_t n,
				  char name[NAMES_ADDRESS_TEXT], int64_t *ttl_ns)
{
	const struct message message = {answer, n};
	bool is_4 = key->version == 4;
	enum name_outcome outcome = NAME_FAILED;
	struct hostent *host = NULL;
	int64_t ttl;
	int status;

	if (n < HEADER_BYTES || n > UINT16_MAX || !(answer[2] & IS_ANSWER))
		return NAME_FAILED;
	status = ares_parse_ptr_reply(answer, (int)n, key->bytes, is_4 ? 4 : IP_ADDRESS_BYTES,
				      is_4 ? AF_INET : AF_INET6, &host);
	if (status == ARES_SUCCESS && choose_name(host->h_aliases, name))
		outcome = NAME_FOUND;
	else if (status == ARES_ENODATA || status == ARES_ENOTFOUND)
		outcome = NAME_NONE;
	if (host)
		ares_free_hostent(host);
	ttl = answer_ttl(&message, outcome == NAME_FOUND);
	*ttl_ns = ttl < 0 ? -1 : ttl * NS_PER_SECOND;
	return outcome;
}

#endif
