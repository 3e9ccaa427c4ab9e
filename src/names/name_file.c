/* Reading lines of words: bounded lines, few warnings, whatever the file is. */
#include "names/name_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define LINE_SIZE    1024 /* with a NUL */
#define WORDS_MAX    3
#define WARNINGS_MAX 5
#define BLANKS       " \t\r\n"

/* Reads one line without its newline; false: that were all. One that is too long, or has a NUL in
 * it, is not whole. */
static bool read_line(FILE *file, char text[LINE_SIZE], bool *is_whole)
{
	size_t n = 0;
	int c;

	*is_whole = true;
	for (c = getc(file); c != EOF && c != '\n'; c = getc(file)) {
		if (n == LINE_SIZE - 1 || c == '\0')
			*is_whole = false;
		else
			text[n++] = (char)c;
	}
	text[n] = '\0';
	return c != EOF || n > 0 || !*is_whole;
}

static size_t split(char *line, char *words[WORDS_MAX])
{
	char *rest = NULL;
	size_t n = 0;

	line[strcspn(line, "#")] = '\0';
	for (char *word = strtok_r(line, BLANKS, &rest); word && n < WORDS_MAX;
	     word = strtok_r(NULL, BLANKS, &rest))
		words[n++] = word;
	return n;
}

static enum line_verdict take_line(char *text, name_file_line *line, struct name_table *names)
{
	char *words[WORDS_MAX];
	size_t n = split(text, words);

	return n == 0 ? LINE_TAKEN : line(names, words, n);
}

static void say_bad(const char *path, unsigned long number, unsigned long n_bad)
{
	if (n_bad <= WARNINGS_MAX)
		log_warn("names", "%s, line %lu is not an address and its name: left out", path,
			 number);
	else if (n_bad == WARNINGS_MAX + 1)
		log_warn("names", "%s has more such lines", path);
}

int name_file_read(const char *path, name_file_line *line, struct name_table *names,
		   struct error *error)
{
	FILE *file = fopen(path, "re");
	enum line_verdict verdict = LINE_TAKEN;
	unsigned long number = 0, n_bad = 0;
	char text[LINE_SIZE];
	bool is_whole;
	int rc = 0;

	if (!file)
		return error_set(error, errno, "cannot read %s: %s", path, strerror(errno));
	while (verdict != LINE_FULL && read_line(file, text, &is_whole)) {
		number++;
		verdict = is_whole ? take_line(text, line, names) : LINE_BAD;
		if (verdict == LINE_BAD)
			say_bad(path, number, ++n_bad);
	}
	if (verdict == LINE_FULL)
		log_warn("names", "%s has more than %u names: those from line %lu on are left out",
			 path, names->table.capacity, number);
	else if (ferror(file))
		rc = error_set(error, errno, "cannot read %s: %s", path, strerror(errno));
	fclose(file);
	return rc;
}
