/* Rows become objects one at a time, so that no answer is ever a tree in memory. */
#include "snapshot/json_row.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/utf8.h"
#include "decode/packet.h"

#define PLAIN (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/* What is known while one row is written. */
struct row_context {
	const struct snapshot *snapshot;
	const uint8_t *row;
	struct json_object *object;
};

/* A text of ours or of someone else's: bytes that are no UTF-8 become U+FFFD. */
static struct json_object *new_text(const char *text)
{
	struct buffer clean = {0};
	struct json_object *object;

	while (*text) {
		size_t length = utf8_length(text);

		if (length)
			buffer_append(&clean, text, length);
		else
			buffer_append_text(&clean, UTF8_REPLACEMENT);
		text += length ? length : 1;
	}
	object = clean.failed ? NULL
			      : json_object_new_string_len(clean.data ? clean.data : "",
							   (int)clean.length);
	buffer_free(&clean);
	return object;
}

struct json_object *json_new_time(struct wall_time time)
{
	char text[64];
	size_t length;
	struct tm parts;
	int64_t ns = time.ns > 0 ? time.ns : 0;
	time_t seconds = (time_t)(ns / NS_PER_SECOND);

	gmtime_r(&seconds, &parts);
	length = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(text + length, sizeof(text) - length, ".%03dZ",
		 (int)(ns % NS_PER_SECOND / (NS_PER_SECOND / 1000)));
	return json_object_new_string(text);
}

struct json_object *json_new_seconds(uint64_t ns)
{
	const uint64_t second = NS_PER_SECOND;
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64 ".%09" PRIu64, ns / second, ns % second);
	return json_object_new_double_s((double)ns / (double)second, text);
}

static struct json_object *new_age(struct monotonic_time since)
{
	int64_t ns = monotonic_now().ns - since.ns;

	return json_new_seconds(ns > 0 ? (uint64_t)ns : 0);
}

static struct json_object *new_number(uint64_t number, enum field_scale scale)
{
	return scale == SCALE_NS_TO_SECONDS ? json_new_seconds(number)
					    : json_object_new_uint64(number);
}

static struct json_object *new_address(const struct family_address *address)
{
	char text[IP_ADDRESS_TEXT];

	return json_object_new_string(ip_address_format(text, address->version, address->bytes));
}

static struct json_object *new_interface(const struct snapshot *snapshot, uint32_t slot)
{
	return new_text(slot < snapshot->n_interfaces ? snapshot->interfaces[slot].name : "");
}

static uint64_t number_at(const void *row, size_t offset)
{
	uint64_t number;

	memcpy(&number, (const uint8_t *)row + offset, sizeof(number));
	return number;
}

static struct json_object *new_key(const struct row_context *context, const struct family_key *key)
{
	const uint8_t *at = context->row + key->offset;
	char text[MAC_TEXT];

	switch (key->kind) {
	case KEY_INTERFACE:
		return new_interface(context->snapshot, *(const uint32_t *)at);
	case KEY_NETWORK:
		return json_object_new_string(network_name(*at));
	case KEY_PROTOCOL:
		return json_object_new_string(protocol_name(*at));
	case KEY_PORT:
		return json_object_new_int(*(const uint16_t *)at);
	case KEY_ID:
	case KEY_RANK:
		return json_object_new_uint64(*(const uint32_t *)at);
	case KEY_SERIAL:
		return json_object_new_uint64(number_at(context->row, key->offset));
	case KEY_ADDRESS:
		return new_address((const struct family_address *)at);
	case KEY_MAC:
		return json_object_new_string(mac_format(text, at));
	case KEY_BUCKET:
		break; /* told by its upper bound, with the histogram */
	}
	return NULL;
}

static const char *key_name(const struct family_key *key)
{
	return key->label ? key->label : "id";
}

/* The bucket's upper bound in the histogram's own unit; null: there is none. */
static struct json_object *new_bound(const struct row_context *context,
				     const struct family_field *field)
{
	uint32_t upper;

	memcpy(&upper, context->row + field->upper_offset, sizeof(upper));
	return upper == UINT32_MAX ? NULL : new_number(upper, field->scale);
}

static struct json_object *new_value(const struct row_context *context,
				     const struct family_field *field)
{
	const uint8_t *at = context->row + field->offset;
	const struct family_address *address = (const struct family_address *)at;
	char made[FAMILY_TEXT_MAX];

	switch (field->kind) {
	case FIELD_COUNTER:
	case FIELD_GAUGE:
	case FIELD_HISTOGRAM:
		return new_number(number_at(context->row, field->offset),
				  field->kind == FIELD_HISTOGRAM ? SCALE_ONE : field->scale);
	case FIELD_UNSIGNED:
		return json_object_new_uint64(*(const uint32_t *)at);
	case FIELD_BOOL:
		return json_object_new_boolean(*at);
	case FIELD_TEXT:
		return new_text(family_text(field, context->snapshot->names, context->row, made));
	case FIELD_ENUM:
		return json_object_new_string(field->enum_names[*at]);
	case FIELD_ADDRESS_TYPE:
		return json_object_new_string(
			network_name(address->version == 4 ? NETWORK_IPV4 : NETWORK_IPV6));
	case FIELD_ADDRESS:
		return new_address(address);
	case FIELD_PORT:
		return json_object_new_int(*(const uint16_t *)at);
	case FIELD_TIME_STAMP:
	case FIELD_AGE:
		return new_age(*(const struct monotonic_time *)at);
	case FIELD_DATE:
		return json_new_time(*(const struct wall_time *)at);
	case FIELD_INFO:
		break; /* is nothing but its labels, which are fields of their own */
	}
	return NULL;
}

static void add_field(const struct row_context *context, const struct family_field *field)
{
	char sum[128];

	if (!(field->faces & FACE_JSON) || field->kind == FIELD_INFO)
		return;
	if (field->has_offset && !context->row[field->has_offset])
		return;
	if (field->kind == FIELD_HISTOGRAM)
		json_object_object_add(context->object, "le", new_bound(context, field));
	json_object_object_add(context->object, field->name, new_value(context, field));
	if (field->kind != FIELD_HISTOGRAM)
		return;
	snprintf(sum, sizeof(sum), "%s_sum", field->name);
	json_object_object_add(
		context->object, sum,
		new_number(number_at(context->row, field->sum_offset), field->scale));
}

struct json_object *json_new_row(const struct snapshot *snapshot, const struct family *family,
				 const void *row)
{
	const struct row_context context = {snapshot, row, json_object_new_object()};

	if (!context.object)
		return NULL;
	for (size_t i = 0; i < family->n_keys; i++)
		if (family->keys[i].kind != KEY_BUCKET)
			json_object_object_add(context.object, key_name(&family->keys[i]),
					       new_key(&context, &family->keys[i]));
	for (size_t i = 0; i < family->n_fields; i++)
		add_field(&context, &family->fields[i]);
	return context.object;
}

void json_append(struct buffer *out, struct json_object *object)
{
	size_t length = 0;
	const char *text =
		object ? json_object_to_json_string_length(object, PLAIN, &length) : NULL;

	if (text)
		buffer_append(out, text, length);
	else
		out->failed = true;
	json_object_put(object);
}
