/* One sentence that says what failed, handed up to whoever prints it (main.c alone does). */
#ifndef IPTALLY_BASE_ERROR_H
#define IPTALLY_BASE_ERROR_H

#define ERROR_TEXT 4608 /* a path or a filter of 4,096 bytes, and what is said of it */

struct error {
	char text[ERROR_TEXT];
};

/*
 * Fills *error with one line that names the thing and the mend, and returns -code, so that
 * callers write `return error_set(error, ENOENT, ...)`. An error may be NULL.
 */
int error_set(struct error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
