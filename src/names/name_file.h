/*
 * Files of lines with words in them, as hosts(5) and ethers(5) are: blanks between words, '#' begins
 * a comment. Any content is survived: what is no such line is told about and left out.
 */
#ifndef IPTALLY_NAMES_NAME_FILE_H
#define IPTALLY_NAMES_NAME_FILE_H

#include <stddef.h>

#include "base/error.h"
#include "names/name_table.h"

enum line_verdict {
	LINE_TAKEN,
	LINE_BAD,  /* is told about */
	LINE_FULL, /* there is no room for it, nor for those that follow */
};

/* What to make of the first words of a line: one, two, or three where there are more. */
typedef enum line_verdict name_file_line(struct name_table *names, char *const *words, size_t n);

/* Returns 0, or a negative errno with *error filled where the file can't be read. */
int name_file_read(const char *path, name_file_line *line, struct name_table *names,
		   struct error *error);

/*
 * ethers(5): a MAC address and a name, nothing else. hosts(5): an address, a name, and more names
 * that are not used. Return 0, or a negative errno with *error filled: what was read counts, but
 * where the table can't be had.
 */
int ethers_read(struct name_table *names, const char *path, struct ledger *ledger,
		struct error *error);
int hosts_read(struct name_table *names, const char *path, struct ledger *ledger,
	       struct error *error);

#endif
