/*
 * The log: one line an event, on standard error, as logfmt or JSON, each with a level and a topic.
 * Safe from every thread. The sink can be replaced (tests).
 */
#ifndef IPTALLY_BASE_LOG_H
#define IPTALLY_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };
enum log_format { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON };

/* Receives one finished line without its newline. */
typedef void log_sink(enum log_level level, const char *line, void *context);

/* Call once, before other threads start. Defaults without it: info, logfmt, standard error. */
void log_configure(enum log_level level, enum log_format format);

/* Replaces the sink; NULL brings standard error back. */
void log_set_sink(log_sink *sink, void *context);

/* Whether a line of this level would be written; for callers that must work to make one. */
bool log_enabled(enum log_level level);

/* Topic: the folder that speaks ("capture", "snmp", ...), a literal. The message: one sentence. */
void log_write(enum log_level level, const char *topic, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define log_debug(topic, ...) log_write(LOG_LEVEL_DEBUG, topic, __VA_ARGS__)
#define log_info(topic, ...)  log_write(LOG_LEVEL_INFO, topic, __VA_ARGS__)
#define log_warn(topic, ...)  log_write(LOG_LEVEL_WARN, topic, __VA_ARGS__)
#define log_error(topic, ...) log_write(LOG_LEVEL_ERROR, topic, __VA_ARGS__)

#endif
