/* Labels of the exposition formats. */
#include "http/label.h"

#include <string.h>

#include "base/address.h"
#include "base/utf8.h"
#include "decode/packet.h"

void label_begin(struct label_set *labels, const char *label)
{
	buffer_append(labels->out, labels->is_open ? "," : "{", 1);
	labels->is_open = true;
	buffer_append_text(labels->out, label);
	buffer_append(labels->out, "=\"", 2);
}

void label_end(struct label_set *labels)
{
	buffer_append(labels->out, "\"", 1);
}

static void append_escaped(struct buffer *out, const char *value)
{
	const unsigned char *at = (const unsigned char *)value;

	while (*at) {
		const unsigned char *plain = at;

		while (*at >= 0x20 && *at < 0x7f && *at != '"' && *at != '\\')
			at++;
		buffer_append(out, plain, (size_t)(at - plain));
		if (!*at)
			break;
		if (*at == '\n') {
			buffer_append(out, "\\n", 2);
			at++;
		} else if (*at == '"' || *at == '\\') {
			buffer_append(out, "\\", 1);
			buffer_append(out, at++, 1);
		} else {
			size_t length = utf8_length((const char *)at);

			if (length)
				buffer_append(out, at, length);
			else
				buffer_append_text(out, UTF8_REPLACEMENT);
			at += length ? length : 1;
		}
	}
}

void label_append(struct label_set *labels, const char *label, const char *value)
{
	label_begin(labels, label);
	append_escaped(labels->out, value);
	label_end(labels);
}

void label_append_constant(struct label_set *labels, const char *text)
{
	if (!text)
		return;
	buffer_append(labels->out, labels->is_open ? "," : "{", 1);
	labels->is_open = true;
	buffer_append_text(labels->out, text);
}

static void append_number(struct label_set *labels, const char *label, uint64_t number)
{
	label_begin(labels, label);
	buffer_append_u64(labels->out, number);
	label_end(labels);
}

static void append_key(struct label_set *labels, const struct snapshot *snapshot,
		       const struct family_key *key, const uint8_t *at)
{
	char text[IP_ADDRESS_TEXT];
	const struct family_address *address;
	uint32_t slot;

	switch (key->kind) {
	case KEY_INTERFACE:
		slot = *(const uint32_t *)at;
		label_append(labels, key->label,
			     slot < snapshot->n_interfaces ? snapshot->interfaces[slot].name : "");
		break;
	case KEY_NETWORK:
		label_append(labels, key->label, network_name(*at));
		break;
	case KEY_PROTOCOL:
		label_append(labels, key->label, protocol_name(*at));
		break;
	case KEY_PORT:
		append_number(labels, key->label, *(const uint16_t *)at);
		break;
	case KEY_ID:
	case KEY_RANK:
		append_number(labels, key->label, *(const uint32_t *)at);
		break;
	case KEY_SERIAL:
		append_number(labels, key->label, *(const uint64_t *)at);
		break;
	case KEY_ADDRESS:
		address = (const struct family_address *)at;
		label_append(labels, key->label,
			     ip_address_format(text, address->version, address->bytes));
		break;
	case KEY_MAC:
		label_append(labels, key->label, mac_format(text, at));
		break;
	case KEY_BUCKET:
		break; /* becomes le */
	}
}

void label_append_keys(struct label_set *labels, const struct snapshot *snapshot,
		       const struct family *family, const void *row)
{
	for (size_t i = 0; i < family->n_keys; i++) {
		const struct family_key *key = &family->keys[i];

		if (key->label)
			append_key(labels, snapshot, key, (const uint8_t *)row + key->offset);
	}
}

void label_close(struct label_set *labels)
{
	if (labels->is_open)
		buffer_append(labels->out, "} ", 2);
	else
		buffer_append(labels->out, " ", 1);
}
