/* --help: every option under its topic, in lines that fit a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "config/option_table.h"
#include "config/options.h"

#define HELP_BYTES 20000

static struct error error;

static int help(const char *topic, char text[HELP_BYTES])
{
	FILE *out = fmemopen(text, HELP_BYTES, "w");
	int rc;

	assert_non_null(out);
	rc = options_help(out, topic, &error);
	fclose(out);
	return rc;
}

static void help_names_every_option_in_lines_of_79(void **state)
{
	static char text[HELP_BYTES];

	(void)state;
	assert_int_equal(help(NULL, text), 0);
	for (size_t i = 0; i < option_table_size; i++) {
		char name[128];

		snprintf(name, sizeof(name), "--%s", option_table[i].name);
		assert_non_null(strstr(text, name));
	}
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		size_t length = strlen(line);

		if (length > 79 || line[length - 1] == ' ')
			fail_msg("\"%s\" is too long or ends in a space", line);
	}
}

static void help_on_a_topic_shows_its_options_alone(void **state)
{
	static char text[HELP_BYTES];

	(void)state;
	for (const struct option_topic *topic = option_topics; topic->name; topic++) {
		assert_int_equal(help(topic->name, text), 0);
		for (size_t i = 0; i < option_table_size; i++) {
			const struct option_row *row = &option_table[i];
			char name[128];

			snprintf(name, sizeof(name), " --%s%s", row->name,
				 row->kind == OPTION_TOPIC || row->kind == OPTION_SIZE ? "[="
				 : row->argument                                       ? "="
										       : " ");
			assert_int_equal(strstr(text, name) != NULL,
					 strcmp(row->topic, topic->name) == 0);
		}
	}
}

static void help_on_an_unknown_topic_is_refused(void **state)
{
	static char text[HELP_BYTES];

	(void)state;
	assert_int_equal(help("cooking", text), -EINVAL);
	assert_non_null(strstr(error.text, "cooking"));
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(help_names_every_option_in_lines_of_79),
		cmocka_unit_test(help_on_a_topic_shows_its_options_alone),
		cmocka_unit_test(help_on_an_unknown_topic_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
