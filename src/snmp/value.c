/* Field values as SNMP types (RFC 2578, RFC 2579, RFC 4001). */
#include "snmp/value.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_TICK (NS_PER_SECOND / 100)

/* Types whose number below is the index: enum field_kind. */
static const u_char types[] = {
	[FIELD_COUNTER] = ASN_COUNTER64,
	[FIELD_GAUGE] = ASN_GAUGE,
	[FIELD_UNSIGNED] = ASN_UNSIGNED,
	[FIELD_HISTOGRAM] = ASN_COUNTER64,
	[FIELD_BOOL] = ASN_INTEGER,
	[FIELD_TEXT] = ASN_OCTET_STR,
	[FIELD_INFO] = ASN_NULL,
	[FIELD_ENUM] = ASN_INTEGER,
	[FIELD_ADDRESS_TYPE] = ASN_INTEGER,
	[FIELD_ADDRESS] = ASN_OCTET_STR,
	[FIELD_PORT] = ASN_UNSIGNED,
	[FIELD_TIME_STAMP] = ASN_TIMETICKS,
	[FIELD_DATE] = ASN_OCTET_STR,
	[FIELD_AGE] = ASN_TIMETICKS,
};

u_char snmp_value_type(enum field_kind kind)
{
	return types[kind];
}

static void set_counter(struct snmp_value *value, const uint8_t *at)
{
	uint64_t count;

	memcpy(&count, at, sizeof(count));
	value->storage.counter.high = (u_long)(count >> 32);
	value->storage.counter.low = (u_long)(count & UINT32_MAX);
	value->data = &value->storage.counter;
	value->length = sizeof(value->storage.counter);
}

static void set_number(struct snmp_value *value, uint32_t number)
{
	value->storage.number = number;
	value->data = &value->storage.number;
	value->length = sizeof(value->storage.number);
}

static void set_gauge(struct snmp_value *value, const uint8_t *at)
{
	uint64_t gauge;

	memcpy(&gauge, at, sizeof(gauge));
	set_number(value, gauge > UINT32_MAX ? UINT32_MAX : (uint32_t)gauge);
}

static void set_unsigned(struct snmp_value *value, const uint8_t *at)
{
	uint32_t number;

	memcpy(&number, at, sizeof(number));
	set_number(value, number);
}

static void set_port(struct snmp_value *value, const uint8_t *at)
{
	uint16_t port;

	memcpy(&port, at, sizeof(port));
	set_number(value, port);
}

static void set_text(struct snmp_value *value, const struct family_field *field, const void *row,
		     struct names *names)
{
	const char *text = family_text(field, names, row, value->storage.text);

	value->data = text;
	value->length = strnlen(text, field->text_size);
}

static void set_address(struct snmp_value *value, const uint8_t *at, bool type_only)
{
	struct family_address address;

	memcpy(&address, at, sizeof(address));
	if (type_only) {
		set_number(value, address.version == 4 ? 1 : 2);
		return;
	}
	memcpy(value->storage.octets, address.bytes, sizeof(address.bytes));
	value->data = value->storage.octets;
	value->length = address.version == 4 ? 4 : 16;
}

/* DateAndTime of RFC 2579: eleven octets, the last three for UTC. */
static void set_date(struct snmp_value *value, const uint8_t *at)
{
	uint8_t *octets = value->storage.octets;
	struct wall_time wall;
	struct tm utc;
	time_t seconds;
	int64_t rest;

	memcpy(&wall, at, sizeof(wall));
	seconds = wall.ns / NS_PER_SECOND;
	rest = wall.ns % NS_PER_SECOND;
	if (rest < 0) {
		rest += NS_PER_SECOND;
		seconds--;
	}
	gmtime_r(&seconds, &utc);
	octets[0] = (uint8_t)((utc.tm_year + 1900) >> 8);
	octets[1] = (uint8_t)(utc.tm_year + 1900);
	octets[2] = (uint8_t)(utc.tm_mon + 1);
	octets[3] = (uint8_t)utc.tm_mday;
	octets[4] = (uint8_t)utc.tm_hour;
	octets[5] = (uint8_t)utc.tm_min;
	octets[6] = (uint8_t)utc.tm_sec;
	octets[7] = (uint8_t)(rest / (NS_PER_SECOND / 10));
	octets[8] = '+';
	octets[9] = 0;
	octets[10] = 0;
	value->data = octets;
	value->length = 11;
}

struct monotonic_time snmp_uptime_began(struct monotonic_time before, struct monotonic_time now,
					uint32_t uptime)
{
	int64_t began = now.ns - uptime * NS_PER_TICK;

	if (llabs(began - before.ns) < NS_PER_SECOND)
		return before;
	return (struct monotonic_time){began};
}

/* Hundredths of a second from one time to a later one; 0 where it is not later. */
static uint32_t ticks_between(struct monotonic_time from, struct monotonic_time to)
{
	return from.ns < to.ns ? (uint32_t)((to.ns - from.ns) / NS_PER_TICK) : 0;
}

static void set_time(struct snmp_value *value, const uint8_t *at, bool is_age,
		     const struct snmp_moment *moment)
{
	struct monotonic_time then;

	memcpy(&then, at, sizeof(then));
	/* What was before sysUpTime began has the time stamp 0 (RFC 2579). */
	set_number(value,
		   is_age ? ticks_between(then, moment->now) : ticks_between(moment->began, then));
}

void snmp_value_read(struct snmp_value *value, const struct family_field *field, const void *row,
		     struct names *names, const struct snmp_moment *moment)
{
	const uint8_t *at = (const uint8_t *)row + field->offset;

	value->type = types[field->kind];
	switch (field->kind) {
	case FIELD_COUNTER:
	case FIELD_HISTOGRAM:
		set_counter(value, at);
		break;
	case FIELD_GAUGE:
		set_gauge(value, at);
		break;
	case FIELD_UNSIGNED:
		set_unsigned(value, at);
		break;
	case FIELD_BOOL:
		set_number(value, *at ? 1 : 2);
		break;
	case FIELD_TEXT:
		set_text(value, field, row, names);
		break;
	case FIELD_ENUM:
		set_number(value, (uint32_t)*at + 1);
		break;
	case FIELD_ADDRESS_TYPE:
	case FIELD_ADDRESS:
		set_address(value, at, field->kind == FIELD_ADDRESS_TYPE);
		break;
	case FIELD_PORT:
		set_port(value, at);
		break;
	case FIELD_DATE:
		set_date(value, at);
		break;
	case FIELD_TIME_STAMP:
	case FIELD_AGE:
		set_time(value, at, field->kind == FIELD_AGE, moment);
		break;
	case FIELD_INFO:
		value->data = NULL;
		value->length = 0;
		break;
	}
}
