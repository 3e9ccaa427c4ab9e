/*
 * The event log's file: lines stay whole and in order whatever becomes of the path, the disk and the
 * reader, and what is lost is counted. Times are the test's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/log.h"
#include "eventlog/log_file.h"

#define SECONDS(n) ((struct monotonic_time){(n)*NS_PER_SECOND})

static char folder[64], path[128], old_path[132], other_path[128];
static struct log_file *file;
static int warnings, notes;

static void count_messages(enum log_level level, const char *line, void *context)
{
	(void)line;
	(void)context;
	warnings += level == LOG_LEVEL_WARN;
	notes += level == LOG_LEVEL_INFO;
}

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/eventlog-test-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/events.log", folder);
	snprintf(old_path, sizeof(old_path), "%s.1", path);
	snprintf(other_path, sizeof(other_path), "%s/other", folder);
	log_set_sink(count_messages, NULL);
	warnings = notes = 0;
	file = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (file)
		log_file_close(file);
	unlink(path);
	unlink(old_path);
	unlink(other_path);
	return rmdir(folder);
}

static struct log_file *open_log(const char *name, uint64_t max_bytes)
{
	const struct log_file_options options = {.path = name, .max_bytes = max_bytes};
	struct error error;

	file = log_file_open(&options, &error);
	assert_non_null(file);
	return file;
}

static struct event_lines close_log(void)
{
	struct event_lines lines = log_file_close(file);

	file = NULL;
	return lines;
}

/* Lines "first\n", "first + 1\n", ... of eight digits: nine bytes each. */
static void add(uint64_t first, uint64_t n)
{
	struct buffer lines = {0};

	for (uint64_t i = first; i < first + n; i++)
		buffer_printf(&lines, "%08d\n", (int)i);
	log_file_add(file, &lines);
	buffer_free(&lines);
}

static void assert_file(const char *name, const char *expected)
{
	char text[512] = "";
	FILE *stream = fopen(name, "r");

	assert_non_null(stream);
	text[fread(text, 1, sizeof(text) - 1, stream)] = '\0';
	fclose(stream);
	assert_string_equal(text, expected);
}

/* Whole lines with consecutive numbers; returns how many, and the first number. */
static uint64_t assert_whole_lines(const char *name, uint64_t *first)
{
	FILE *stream = fopen(name, "r");
	uint64_t n = 0, number;
	char line[32];

	assert_non_null(stream);
	for (; fgets(line, sizeof(line), stream); n++) {
		assert_int_equal(strlen(line), 9);
		assert_int_equal(line[8], '\n');
		number = strtoull(line, NULL, 10);
		if (n == 0)
			*first = number;
		assert_int_equal(number, *first + n);
	}
	fclose(stream);
	return n;
}

static void write_file(const char *name, const char *text)
{
	FILE *stream = fopen(name, "w");

	assert_non_null(stream);
	fputs(text, stream);
	fclose(stream);
}

static void lines_are_appended_to_a_file_that_others_may_not_read(void **state)
{
	struct event_lines lines;
	struct stat status;

	(void)state;
	umask(0);
	open_log(path, 0);
	add(1, 2);
	log_file_write(file, SECONDS(1));
	assert_file(path, "00000001\n00000002\n");
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0640);
	add(3, 1);
	lines = close_log();
	assert_int_equal(lines.written, 3);
	assert_int_equal(lines.lost, 0);
	open_log(path, 0);
	add(4, 1);
	close_log();
	assert_file(path, "00000001\n00000002\n00000003\n00000004\n");
	assert_int_equal(warnings, 0);
}

static void half_a_line_of_a_predecessor_does_not_swallow_the_first(void **state)
{
	(void)state;
	write_file(path, "whole\nha");
	open_log(path, 0);
	add(1, 1);
	close_log();
	assert_file(path, "whole\nha\n00000001\n");
}

static void what_came_before_reopening_is_in_the_file_that_was_moved(void **state)
{
	(void)state;
	open_log(path, 0);
	add(1, 1);
	log_file_write(file, SECONDS(1));
	assert_int_equal(rename(path, other_path), 0);
	add(2, 1); /* between logrotate's move and its signal */
	log_file_reopen(file, SECONDS(2));
	add(3, 1);
	assert_int_equal(close_log().lost, 0);
	assert_file(other_path, "00000001\n00000002\n");
	assert_file(path, "00000003\n");
}

static void path_that_cannot_be_opened_leaves_the_old_file_in_use(void **state)
{
	char moved[80];

	(void)state;
	open_log(path, 0);
	snprintf(moved, sizeof(moved), "%s-moved", folder);
	assert_int_equal(rename(folder, moved), 0);
	log_file_reopen(file, SECONDS(1));
	add(1, 1);
	log_file_write(file, SECONDS(1));
	add(2, 1);
	log_file_write(file, SECONDS(3)); /* tried again */
	assert_int_equal(warnings, 1);
	assert_int_equal(mkdir(folder, 0700), 0);
	add(3, 1);
	log_file_write(file, SECONDS(5));
	assert_int_equal(notes, 1);
	add(4, 1);
	assert_int_equal(close_log().lost, 0);
	assert_file(path, "00000003\n00000004\n");
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(rename(moved, folder), 0);
	assert_file(path, "00000001\n00000002\n");
}

static void file_that_is_large_enough_becomes_the_old_one(void **state)
{
	struct stat status;

	(void)state;
	open_log(path, 50); /* five lines */
	add(1, 4);
	log_file_write(file, SECONDS(1));
	add(5, 2);
	log_file_write(file, SECONDS(1));
	assert_file(old_path, "00000001\n00000002\n00000003\n00000004\n00000005\n");
	assert_file(path, "00000006\n");
	add(7, 12);
	log_file_write(file, SECONDS(1));
	assert_file(old_path, "00000011\n00000012\n00000013\n00000014\n00000015\n");
	assert_file(path, "00000016\n00000017\n00000018\n");
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0640);
	assert_int_equal(close_log().written, 18);
}

static void symbolic_link_stays_and_its_file_is_moved(void **state)
{
	char other_old[160];

	(void)state;
	snprintf(other_old, sizeof(other_old), "%s.1", other_path);
	assert_int_equal(symlink(other_path, path), 0);
	open_log(path, 50);
	add(1, 6);
	close_log();
	assert_file(other_old, "00000001\n00000002\n00000003\n00000004\n00000005\n");
	assert_file(other_path, "00000006\n");
	assert_file(path, "00000006\n");
	unlink(other_old);
}

static void file_that_cannot_be_moved_grows_on(void **state)
{
	(void)state;
	assert_int_equal(mkdir(old_path, 0700), 0);
	open_log(path, 50);
	add(1, 4);
	log_file_write(file, SECONDS(1));
	add(5, 4);
	log_file_write(file, SECONDS(2));
	add(9, 1);
	log_file_write(file, SECONDS(3));
	assert_int_equal(warnings, 1);
	assert_file(path, "00000001\n00000002\n00000003\n00000004\n00000005\n00000006\n00000007\n"
			  "00000008\n00000009\n");
	assert_int_equal(rmdir(old_path), 0);
	add(10, 1);
	log_file_write(file, SECONDS(4));
	assert_file(path, "00000010\n");
	assert_int_equal(close_log().lost, 0);
}

/* A limit on the size of files cuts a write short just as a disk does that gets full. */
static void full_disk_leaves_whole_lines_and_gets_the_rest_later(void **state)
{
	struct rlimit limit, small;
	uint64_t first = 0;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = (struct rlimit){100, limit.rlim_max};
	open_log(path, 0);
	add(1, 5);
	log_file_write(file, SECONDS(1));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	add(6, 1000);
	log_file_write(file, SECONDS(2));
	assert_int_equal(assert_whole_lines(path, &first), 11);
	assert_true(log_file_fails(file));
	log_file_write(file, SECONDS(5));
	assert_int_equal(assert_whole_lines(path, &first), 11);
	assert_int_equal(log_file_lines(file).written, 11);
	assert_int_equal(warnings, 1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	log_file_write(file, SECONDS(5)); /* too soon */
	assert_true(log_file_fails(file));
	log_file_write(file, SECONDS(7));
	assert_false(log_file_fails(file));
	assert_int_equal(assert_whole_lines(path, &first), 1005);
	assert_int_equal(first, 1);
	assert_int_equal(notes, 1);
	assert_int_equal(close_log().lost, 0);
}

static void what_does_not_fit_while_the_disk_is_full_is_counted(void **state)
{
	const uint64_t room = 1024 * 1024 / 9;
	struct event_lines lines;

	(void)state;
	open_log("/dev/full", 0);
	for (uint64_t i = 0; i < 1200; i++) {
		add(100 * i, 100);
		log_file_write(file, SECONDS(1));
	}
	assert_true(log_file_fails(file));
	assert_true(log_file_is_behind(file));
	assert_int_equal(log_file_lines(file).lost, 120000 - room / 100 * 100);
	assert_int_equal(warnings, 1);
	lines = close_log();
	assert_int_equal(lines.written, 0);
	assert_int_equal(lines.lost, 120000);
}

static int open_reader(void)
{
	int fd;

	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void slow_reader_of_a_stream_gets_every_line(void **state)
{
	int fd = open_reader();
	char got[100 * 900];
	size_t length = 0;

	(void)state;
	open_log(path, 50); /* a bound means nothing to a stream */
	add(0, 10000);      /* more than a pipe holds */
	log_file_write(file, SECONDS(1));
	assert_int_equal(log_file_wait_fd(file) >= 0, true);
	assert_false(log_file_fails(file));
	while (length < sizeof(got)) {
		ssize_t n = read(fd, got + length,
				 sizeof(got) - length < 1000 ? sizeof(got) - length : 1000);

		if (n > 0)
			length += (size_t)n;
		else
			log_file_write(file, SECONDS(1));
	}
	for (int i = 0; i < 10000; i++)
		assert_int_equal(strtol(got + 9 * (size_t)i, NULL, 10), i);
	assert_int_equal(log_file_wait_fd(file), -1);
	assert_int_equal(close_log().written, 10000);
	close(fd);
}

static void next_reader_of_a_fifo_goes_on_where_the_last_one_left(void **state)
{
	int fd = open_reader();
	char got[90000];
	size_t length = 0;

	(void)state;
	open_log(path, 0);
	add(0, 10000);
	log_file_write(file, SECONDS(1)); /* 65,536 bytes: 7281 lines and a part of one */
	close(fd);
	log_file_write(file, SECONDS(1));
	assert_true(log_file_fails(file));
	log_file_write(file, SECONDS(3)); /* there is no reader yet */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	while (length < sizeof(got)) {
		ssize_t n = read(fd, got + length, sizeof(got) - length);

		length += n > 0 ? (size_t)n : 0;
		log_file_write(file, SECONDS(5));
	}
	for (int i = 0; i < 10000; i++)
		assert_int_equal(strtol(got + 9 * (size_t)i, NULL, 10), i);
	assert_int_equal(warnings, 1);
	assert_int_equal(close_log().written, 10000);
	close(fd);
}

/* What follows the path is another file: it has not seen the line's beginning. */
static void file_that_takes_the_place_of_a_fifo_begins_with_a_whole_line(void **state)
{
	int fd = open_reader();
	struct event_lines lines;
	uint64_t first = 0;

	(void)state;
	open_log(path, 0);
	add(0, 10000);
	log_file_write(file, SECONDS(1));
	unlink(path);
	log_file_reopen(file, SECONDS(2));
	lines = close_log();
	assert_int_equal(assert_whole_lines(path, &first), 10000 - 7282);
	assert_int_equal(first, 7282);
	assert_int_equal(lines.written, 9999);
	assert_int_equal(lines.lost, 1);
	close(fd);
}

static void assert_refused(const char *name, const char *expected)
{
	const struct log_file_options options = {.path = name};
	struct error error;

	assert_null(log_file_open(&options, &error));
	assert_string_equal(error.text, expected);
}

static void what_cannot_be_written_to_is_refused_with_the_mend(void **state)
{
	char name[160], expected[400];

	(void)state;
	snprintf(name, sizeof(name), "%s/none/events.log", folder);
	snprintf(expected, sizeof(expected),
		 "--event-log: cannot write to %s: No such file or directory; create its folder "
		 "first",
		 name);
	assert_refused(name, expected);
	snprintf(expected, sizeof(expected),
		 "--event-log: cannot write to %s: Is a directory; name a file in this folder",
		 folder);
	assert_refused(folder, expected);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(expected, sizeof(expected),
		 "--event-log: cannot write to %s: No such device or address; start the program "
		 "that reads this FIFO first",
		 path);
	assert_refused(path, expected);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_are_appended_to_a_file_that_others_may_not_read),
		TEST(half_a_line_of_a_predecessor_does_not_swallow_the_first),
		TEST(what_came_before_reopening_is_in_the_file_that_was_moved),
		TEST(path_that_cannot_be_opened_leaves_the_old_file_in_use),
		TEST(file_that_is_large_enough_becomes_the_old_one),
		TEST(symbolic_link_stays_and_its_file_is_moved),
		TEST(file_that_cannot_be_moved_grows_on),
		TEST(full_disk_leaves_whole_lines_and_gets_the_rest_later),
		TEST(what_does_not_fit_while_the_disk_is_full_is_counted),
		TEST(slow_reader_of_a_stream_gets_every_line),
		TEST(next_reader_of_a_fifo_goes_on_where_the_last_one_left),
		TEST(file_that_takes_the_place_of_a_fifo_begins_with_a_whole_line),
		TEST(what_cannot_be_written_to_is_refused_with_the_mend),
	};

	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
