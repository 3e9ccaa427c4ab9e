/* Parsing and help, both from the table of options. */
#include "config/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "config/option_table.h"

#define OPTIONS_MAX 96
/* getopt_long() returns this plus the row's number. */
#define ROW_BASE    1000
#define HELP_WIDTH  79
#define HELP_INDENT 30

static int parse_number(const struct option_row *row, const char *text, uint32_t *value,
			struct error *error)
{
	char *end;
	unsigned long long number;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || number < row->minimum ||
	    number > row->maximum)
		return error_set(error, EINVAL, "--%s: \"%s\" is not a number from %u to %u",
				 row->name, text, row->minimum, row->maximum);
	*value = (uint32_t)number;
	return 0;
}

static int parse_choice(const struct option_row *row, const char *text, uint8_t *value,
			struct error *error)
{
	char choices[128] = "";

	for (uint8_t i = 0; row->choices[i]; i++) {
		if (strcmp(text, row->choices[i]) == 0) {
			*value = i;
			return 0;
		}
		snprintf(choices + strlen(choices), sizeof(choices) - strlen(choices), "%s%s",
			 i ? ", " : "", row->choices[i]);
	}
	return error_set(error, EINVAL, "--%s: \"%s\" is none of %s", row->name, text, choices);
}

static int parse_export(const struct option_row *row, const char *text, uint32_t *value,
			struct error *error)
{
	const struct option_row range = {.name = row->name, .maximum = OPTION_EXPORT_DEFAULT - 1};

	if (strcmp(text, "all") == 0) {
		*value = OPTION_EXPORT_ALL;
		return 0;
	}
	if (parse_number(&range, text, value, NULL) < 0)
		return error_set(error, EINVAL, "--%s: \"%s\" is neither \"all\" nor a number",
				 row->name, text);
	return 0;
}

static int parse_ports(const struct option_row *row, const char *text, struct option_ports *ports,
		       struct error *error)
{
	for (;;) {
		char *end;
		unsigned long port = strtoul(text, &end, 10);

		if (*text < '0' || *text > '9' || port > 65535 || (*end && *end != ','))
			return error_set(error, EINVAL,
					 "--%s: \"%s\" is not a list of ports from 0 to 65535",
					 row->name, text);
		if (ports->n == sizeof(ports->values) / sizeof(ports->values[0]))
			return error_set(error, EINVAL, "--%s: more than %zu ports", row->name,
					 ports->n);
		ports->values[ports->n++] = (uint16_t)port;
		if (!*end)
			return 0;
		text = end + 1;
	}
}

static int append_to_list(const struct option_row *row, const char *text, struct option_list *list,
			  struct error *error)
{
	if (list->n == OPTION_LIST_MAX)
		return error_set(error, EINVAL, "--%s: more than %d times", row->name,
				 OPTION_LIST_MAX);
	list->values[list->n++] = text;
	return 0;
}

static int set_option(struct options *options, const struct option_row *row, const char *text,
		      struct error *error)
{
	void *value = (uint8_t *)options + row->offset;

	if (text && !*text && row->kind != OPTION_TOPIC)
		return error_set(error, EINVAL, "--%s: is empty; it takes %s", row->name,
				 row->argument);
	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)value = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)value = text;
		return 0;
	case OPTION_LIST:
		return append_to_list(row, text, value, error);
	case OPTION_NUMBER:
		return parse_number(row, text, value, error);
	case OPTION_CHOICE:
		return parse_choice(row, text, value, error);
	case OPTION_EXPORT:
		return parse_export(row, text, value, error);
	case OPTION_PORTS:
		return parse_ports(row, text, value, error);
	case OPTION_ACTION:
		*(uint8_t *)value = row->action;
		return 0;
	case OPTION_SIZE:
		if (text)
			return parse_choice(row, text, value, error);
		options->action = row->action;
		return 0;
	case OPTION_TOPIC:
		options->action = row->action;
		*(const char **)value = text;
		return 0;
	}
	return 0;
}

static bool is_list(const struct option_row *row)
{
	return row->kind == OPTION_LIST || row->kind == OPTION_PORTS;
}

static size_t list_length(const struct option_row *row, const void *value)
{
	return row->kind == OPTION_LIST ? ((const struct option_list *)value)->n
					: ((const struct option_ports *)value)->n;
}

/* A list's default stands where the user gave nothing; everything else is overwritten. */
static int set_defaults(struct options *options, bool lists, struct error *error)
{
	for (size_t i = 0; i < option_table_size; i++) {
		const struct option_row *row = &option_table[i];
		void *value = (uint8_t *)options + row->offset;
		int rc;

		if (row->kind == OPTION_EXPORT)
			*(uint32_t *)value = lists ? *(uint32_t *)value : OPTION_EXPORT_DEFAULT;
		if (!row->initial || is_list(row) != lists || (lists && list_length(row, value)))
			continue;
		rc = set_option(options, row, row->initial, error);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The defaults of another size of memory, where the user gave nothing. */
static int set_sizes(struct options *options, const bool *is_given, struct error *error)
{
	for (size_t i = 0; i < option_table_size; i++) {
		const struct option_row *row = &option_table[i];
		const char *sizes[] = {
			[OPTION_MEMORY_SMALL] = row->small, [OPTION_MEMORY_LARGE] = row->large};
		const char *size = sizes[options->memory];
		int rc = size && !is_given[i] ? set_option(options, row, size, error) : 0;

		if (rc < 0)
			return rc;
	}
	return 0;
}

static bool may_lack_argument(const struct option_row *row)
{
	return row->kind == OPTION_TOPIC || row->kind == OPTION_SIZE;
}

static void make_getopt_tables(struct option longs[OPTIONS_MAX + 1],
			       char shorts[3 * OPTIONS_MAX + 2])
{
	char *letter = shorts;

	*letter++ = ':'; /* a missing argument is told apart from an unknown option */
	for (size_t i = 0; i < option_table_size; i++) {
		const struct option_row *row = &option_table[i];
		int takes = may_lack_argument(row) ? optional_argument
			    : row->argument        ? required_argument
						   : no_argument;

		longs[i] = (struct option){row->name, takes, NULL, ROW_BASE + (int)i};
		if (!row->letter)
			continue;
		*letter++ = row->letter;
		if (takes == required_argument)
			*letter++ = ':';
	}
	*letter = '\0';
	longs[option_table_size] = (struct option){0};
}

static const struct option_row *row_of(int code)
{
	if (code >= ROW_BASE)
		return &option_table[code - ROW_BASE];
	for (size_t i = 0; i < option_table_size; i++)
		if (option_table[i].letter == code)
			return &option_table[i];
	return NULL;
}

static int join_filter(struct options *options, int n, char **words, struct error *error)
{
	size_t length = 0;

	for (int i = 0; i < n; i++) {
		length +=
			(size_t)snprintf(options->filter + length, sizeof(options->filter) - length,
					 "%s%s", i ? " " : "", words[i]);
		if (length >= sizeof(options->filter))
			return error_set(error, EINVAL, "the filter is longer than %zu bytes",
					 sizeof(options->filter) - 1);
	}
	return 0;
}

static int check_together(const struct options *options, struct error *error)
{
	if (options->action != ACTION_RUN)
		return 0;
	if (options->read_file && options->interfaces.n)
		return error_set(error, EINVAL,
				 "-r and -i exclude each other: a file or interfaces");
	if (options->once && !options->read_file && !options->duration_seconds)
		return error_set(error, EINVAL, "--once needs -r FILE or --duration SECONDS");
	return 0;
}

int options_parse(struct options *options, int argc, char **argv, struct error *error)
{
	struct option longs[OPTIONS_MAX + 1];
	char shorts[3 * OPTIONS_MAX + 2];
	bool is_given[OPTIONS_MAX] = {false};
	int code, rc;

	_Static_assert(ROW_BASE > UINT8_MAX, "letters and rows must not meet");
	*options = (struct options){0};
	rc = set_defaults(options, false, error);
	make_getopt_tables(longs, shorts);
	optind = 0; /* glibc: start afresh */
	opterr = 0;
	while (rc == 0 && (code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const char *word = argv[optind - 1];

		if (code == ':')
			return error_set(error, EINVAL, "%s needs a value; see --help", word);
		if (code == '?' && optopt >= ROW_BASE)
			return error_set(error, EINVAL, "--%s takes no value; see --help",
					 row_of(optopt)->name);
		if (code == '?' && optopt)
			return error_set(error, EINVAL, "unknown option -%c; see --help", optopt);
		if (code == '?')
			return error_set(error, EINVAL, "unknown option %s; see --help", word);
		is_given[row_of(code) - option_table] = true;
		rc = set_option(options, row_of(code), optarg, error);
	}
	if (rc == 0)
		rc = set_sizes(options, is_given, error);
	if (rc == 0)
		rc = set_defaults(options, true, error);
	if (rc == 0)
		rc = join_filter(options, argc - optind, argv + optind, error);
	return rc < 0 ? rc : check_together(options, error);
}

/* Words wrapped into the right-hand column. */
static void print_wrapped(FILE *out, int column, const char *text)
{
	while (*text) {
		int length = (int)strcspn(text, " ");

		if (column + 1 + length > HELP_WIDTH) {
			fprintf(out, "\n%*s", HELP_INDENT, "");
			column = HELP_INDENT;
		}
		column += fprintf(out, " %.*s", length, text);
		text += length + (text[length] == ' ');
	}
	fputc('\n', out);
}

static void print_row(FILE *out, const struct option_row *row)
{
	char left[128], letter[8] = "    ", help[512];
	int column;

	if (row->letter)
		snprintf(letter, sizeof(letter), "-%c, ", row->letter);
	snprintf(left, sizeof(left), "  %s--%s%s%s%s%s", letter, row->name,
		 may_lack_argument(row) ? "[" : "", row->argument ? "=" : "",
		 row->argument ? row->argument : "", may_lack_argument(row) ? "]" : "");
	snprintf(help, sizeof(help), "%s%s%s%s", row->help, row->initial ? " Default: " : "",
		 row->initial ? row->initial : "", row->initial ? "." : "");
	column = fprintf(out, "%-*s", HELP_INDENT, left);
	if (column > HELP_INDENT) {
		fprintf(out, "\n%*s", HELP_INDENT, "");
		column = HELP_INDENT;
	}
	print_wrapped(out, column, help);
}

int options_help(FILE *out, const char *wanted, struct error *error)
{
	bool found = false;

	if (!wanted)
		fputs("Usage: iptallyd [OPTION...] [BPF FILTER]\n"
		      "Counts what passes interfaces and shows it to Prometheus and SNMP.\n",
		      out);
	for (const struct option_topic *topic = option_topics; topic->name; topic++) {
		if (wanted && strcmp(wanted, topic->name) != 0)
			continue;
		found = true;
		fprintf(out, "\n%s (--help=%s)\n", topic->title, topic->name);
		for (size_t i = 0; i < option_table_size; i++)
			if (strcmp(option_table[i].topic, topic->name) == 0)
				print_row(out, &option_table[i]);
	}
	if (!found)
		return error_set(error, EINVAL, "--help: no topic \"%s\"; see --help", wanted);
	return 0;
}
