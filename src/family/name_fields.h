/*
 * Names beside what families count. A row holds what they are names of; they are looked up when they
 * are shown, so that a scrape costs no more than the names in it.
 */
#ifndef IPTALLY_FAMILY_NAME_FIELDS_H
#define IPTALLY_FAMILY_NAME_FIELDS_H

#include "decode/packet.h"
#include "family/family.h"
#include "names/names.h"

/* The name of an address, a struct family_address at `where` in a row. Further members (faces,
 * column) follow as designated initialisers. */
#define FIELD_ADDRESS_NAME(field, text, where, ...)                                                \
	{                                                                                          \
		.name = field, .help = text, .kind = FIELD_TEXT, .offset = where,                  \
		.text_size = NAMES_ADDRESS_TEXT, .make = make_address_name, __VA_ARGS__            \
	}

/* The name of a station, whose MAC address is there. */
#define FIELD_STATION_NAME(field, text, where, ...)                                                \
	{                                                                                          \
		.name = field, .help = text, .kind = FIELD_TEXT, .offset = where,                  \
		.text_size = NAMES_STATION_TEXT, .make = make_station_name, __VA_ARGS__            \
	}

/* The name of a service, by a function of the family that finds protocol and port in a row. */
#define FIELD_SERVICE(function)                                                                    \
	{                                                                                          \
		.name = "service", .help = "Name of the service port.", .kind = FIELD_TEXT,        \
		.faces = FACE_JSON, .text_size = NAMES_SERVICE_TEXT, .make = function              \
	}

static inline void make_address_name(struct names *names, const void *at, char *text)
{
	const struct family_address *address = at;

	names_of_address(names, address->version, address->bytes, text);
}

static inline void make_station_name(struct names *names, const void *at, char *text)
{
	names_of_station(names, at, text);
}

static inline void make_service_name(const struct names *names, uint8_t protocol, uint16_t port,
				     char *text)
{
	*text = '\0';
	if (protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP)
		names_of_service(names, protocol == PROTOCOL_UDP, port, text);
}

_Static_assert(NAMES_ADDRESS_TEXT <= FAMILY_TEXT_MAX && NAMES_STATION_TEXT <= FAMILY_TEXT_MAX &&
		       NAMES_SERVICE_TEXT <= FAMILY_TEXT_MAX,
	       "names must fit where texts are made");

#endif
