/* The log: formats one line and hands it to the sink in one write. */
#include "base/log.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/utf8.h"

#define MESSAGE_MAX 1024

static const char *const level_names[] = {"debug", "info", "warn", "error"};

static void write_to_stderr(enum log_level level, const char *line, void *context);

/* Set before threads start, read by all of them. */
static struct {
	enum log_level level;
	enum log_format format;
	log_sink *sink;
	void *context;
} log_state = {.level = LOG_LEVEL_INFO, .sink = write_to_stderr};

void log_configure(enum log_level level, enum log_format format)
{
	log_state.level = level;
	log_state.format = format;
}

void log_set_sink(log_sink *sink, void *context)
{
	log_state.sink = sink ? sink : write_to_stderr;
	log_state.context = context;
}

bool log_enabled(enum log_level level)
{
	return level >= log_state.level;
}

static void write_to_stderr(enum log_level level, const char *line, void *context)
{
	char out[4 * MESSAGE_MAX];
	int length = snprintf(out, sizeof(out), "%s\n", line);

	(void)level;
	(void)context;
	if (length >= (int)sizeof(out)) {
		length = sizeof(out) - 1;
		out[length - 1] = '\n';
	}
	/* One write keeps lines of several threads apart; a closed standard error is nobody's loss. */
	if (write(STDERR_FILENO, out, (size_t)length) < 0)
		return;
}

/*
 * Quotes as JSON does, which logfmt readers accept too: a message cannot forge a second line, and
 * names that are no UTF-8 leave it a line that can be parsed.
 */
static void append_quoted(struct buffer *line, const char *text)
{
	buffer_append(line, "\"", 1);
	while (*text) {
		size_t length = utf8_length(text);

		if (*text == '"' || *text == '\\')
			buffer_printf(line, "\\%c", *text);
		else if (iscntrl((unsigned char)*text))
			buffer_printf(line, "\\u%04x", (unsigned char)*text);
		else if (length)
			buffer_append(line, text, length);
		else
			buffer_append_text(line, UTF8_REPLACEMENT);
		text += length ? length : 1;
	}
	buffer_append(line, "\"", 1);
}

static void append_time(struct buffer *line)
{
	int64_t ns = wall_now().ns;
	time_t seconds = ns / NS_PER_SECOND;
	struct tm utc;
	char text[32];

	gmtime_r(&seconds, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	buffer_printf(line, "%s.%03dZ", text, (int)(ns % NS_PER_SECOND / 1000000));
}

void log_write(enum log_level level, const char *topic, const char *format, ...)
{
	char message[MESSAGE_MAX];
	struct buffer line = {0};
	va_list arguments;

	if (!log_enabled(level))
		return;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);

	if (log_state.format == LOG_FORMAT_JSON) {
		buffer_append_text(&line, "{\"time\":\"");
		append_time(&line);
		buffer_printf(&line,
			      "\",\"level\":\"%s\",\"topic\":\"%s\",\"msg\":", level_names[level],
			      topic);
		append_quoted(&line, message);
		buffer_append_text(&line, "}");
	} else {
		buffer_append_text(&line, "time=");
		append_time(&line);
		buffer_printf(&line, " level=%s topic=%s msg=", level_names[level], topic);
		append_quoted(&line, message);
	}
	buffer_append(&line, "", 1);
	if (!line.failed)
		log_state.sink(level, line.data, log_state.context);
	buffer_free(&line);
}
