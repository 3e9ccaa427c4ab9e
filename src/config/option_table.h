/* The table of options, and what a row is. */
#ifndef IPTALLY_CONFIG_OPTION_TABLE_H
#define IPTALLY_CONFIG_OPTION_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum option_kind {
	OPTION_FLAG,   /* bool */
	OPTION_TEXT,   /* const char * */
	OPTION_LIST,   /* struct option_list: repeatable */
	OPTION_NUMBER, /* uint32_t within minimum..maximum */
	OPTION_CHOICE, /* uint8_t: index into choices */
	OPTION_EXPORT, /* uint32_t: a number of rows, or "all" */
	OPTION_PORTS,  /* struct option_ports: numbers, commas between them; repeatable */
	OPTION_ACTION, /* uint8_t: set to `action` */
	OPTION_TOPIC,  /* --help: an action with a topic that may be left out */
	OPTION_SIZE,   /* --memory: a choice, and without it an action */
};

struct option_row {
	const char *topic;
	const char *name;
	char letter; /* 0: none */
	enum option_kind kind;
	const char *argument; /* its name in --help; NULL: takes none */
	const char *initial;  /* as the user would write it; NULL: none */
	uint32_t minimum, maximum;
	const char *const *choices; /* NULL-terminated */
	uint8_t action;
	/* OPTION_NUMBER: `initial` with --memory=small, and =large; NULL: the same. */
	const char *small, *large;
	size_t offset; /* into struct options */
	const char *help;
};

extern const struct option_row option_table[];
extern const size_t option_table_size;

struct option_topic {
	const char *name;
	const char *title;
};

extern const struct option_topic option_topics[]; /* ends with a NULL name */

#endif
