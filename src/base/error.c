/* Errors as values: filled where they happen, printed once, by main.c. */
#include "base/error.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

int error_set(struct error *error, int code, const char *format, ...)
{
	if (error) {
		va_list arguments;

		va_start(arguments, format);
		vsnprintf(error->text, sizeof(error->text), format, arguments);
		va_end(arguments);
		/* One line, whatever it names. */
		for (char *c = error->text; *c; c++)
			if (iscntrl((unsigned char)*c))
				*c = '?';
	}
	return -code;
}
