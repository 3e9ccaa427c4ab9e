/* Prints the descriptions of all families as JSON, for lints and for tests that know no family. */
#include <stdbool.h>
#include <stdio.h>

#include "decode/packet.h"
#include "family/family_table.h"

static const char *const family_kinds[] = {
	[FAMILY_FIXED] = "fixed",
	[FAMILY_KEYED] = "keyed",
	[FAMILY_RECORD] = "record",
	[FAMILY_EXTERNAL] = "external",
};

static const char *const key_kinds[] = {
	[KEY_INTERFACE] = "interface", [KEY_NETWORK] = "network",
	[KEY_PROTOCOL] = "protocol",   [KEY_PORT] = "port",
	[KEY_BUCKET] = "bucket",       [KEY_ID] = "id",
	[KEY_RANK] = "rank",           [KEY_SERIAL] = "serial",
	[KEY_ADDRESS] = "address",     [KEY_MAC] = "mac",
};

static const char *const field_kinds[] = {
	[FIELD_COUNTER] = "counter",
	[FIELD_GAUGE] = "gauge",
	[FIELD_UNSIGNED] = "unsigned",
	[FIELD_HISTOGRAM] = "histogram",
	[FIELD_BOOL] = "bool",
	[FIELD_TEXT] = "text",
	[FIELD_INFO] = "info",
	[FIELD_ENUM] = "enum",
	[FIELD_ADDRESS_TYPE] = "address_type",
	[FIELD_ADDRESS] = "address",
	[FIELD_PORT] = "port",
	[FIELD_TIME_STAMP] = "time_stamp",
	[FIELD_DATE] = "date",
	[FIELD_AGE] = "age",
};

static const char *const scales[] = {
	[SCALE_ONE] = "one",
	[SCALE_NS_TO_SECONDS] = "ns_to_seconds",
};

static void print_text(const char *text)
{
	if (!text) {
		fputs("null", stdout);
		return;
	}
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('"');
}

/* `separator` stands in front of all members but the first. */
static void print_member(const char *separator, const char *name, const char *text)
{
	printf("%s\"%s\": ", separator, name);
	print_text(text);
}

static void print_keys(const struct family *family)
{
	fputs(", \"keys\": [", stdout);
	for (size_t i = 0; i < family->n_keys; i++) {
		print_member(i ? ", {" : "{", "kind", key_kinds[family->keys[i].kind]);
		print_member(", ", "label", family->keys[i].label);
		putchar('}');
	}
	putchar(']');
}

static void print_field(const struct family_field *field)
{
	print_member("{", "name", field->name);
	print_member(", ", "metric", field->metric);
	print_member(", ", "labels", field->labels);
	print_member(", ", "help", field->help);
	print_member(", ", "kind", field_kinds[field->kind]);
	print_member(", ", "scale", scales[field->scale]);
	print_member(", ", "text_label", field->text_label);
	printf(", \"column\": %u, \"prometheus\": %s, \"snmp\": %s, \"json\": %s", field->column,
	       field->faces & FACE_PROMETHEUS ? "true" : "false",
	       field->faces & FACE_SNMP ? "true" : "false",
	       field->faces & FACE_JSON ? "true" : "false");
	fputs(", \"enum\": [", stdout);
	for (size_t i = 0; field->enum_names && field->enum_names[i]; i++) {
		fputs(i ? ", " : "", stdout);
		print_text(field->enum_names[i]);
	}
	fputs("]}", stdout);
}

static void print_family(const struct family *family)
{
	print_member("{", "name", family->name);
	print_member(", ", "kind", family_kinds[family->kind]);
	print_member(", ", "help", family->help);
	printf(", \"subtree\": %u", family->subtree);
	print_keys(family);
	fputs(", \"fields\": [", stdout);
	for (size_t i = 0; i < family->n_fields; i++) {
		fputs(i ? ",\n\t" : "\n\t", stdout);
		print_field(&family->fields[i]);
	}
	fputs("]}", stdout);
}

int main(void)
{
	fputs("{\"networks\": [", stdout);
	for (int i = 0; i < NETWORKS; i++) {
		fputs(i ? ", " : "", stdout);
		print_text(network_name((enum network)i));
	}
	fputs("],\n\"protocols\": [", stdout);
	for (int i = 0; i < PROTOCOLS; i++) {
		fputs(i ? ", " : "", stdout);
		print_text(protocol_name((enum protocol)i));
	}
	fputs("],\n\"families\": [\n", stdout);
	for (size_t i = 0; i < family_table_size; i++) {
		fputs(i ? ",\n" : "", stdout);
		print_family(family_table[i]);
	}
	fputs("\n]}\n", stdout);
	return ferror(stdout) != 0;
}
