/* Cleaning: who answers for an address may be its owner, and write what he likes. */
#include "names/hostname.h"

#include <string.h>

#define LABEL_MAX 63 /* RFC 1035, 2.3.4 */

/* By hand, since <ctype.h> would ask the locale. */
static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_label(const char *label, size_t length)
{
	if (length == 0 || length > LABEL_MAX || *label == '-')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_letter(label[i]) && !is_digit(label[i]) && label[i] != '-' &&
		    label[i] != '_')
			return false;
	return true;
}

static bool has_letter(const char *name)
{
	for (; *name; name++)
		if (is_letter(*name))
			return true;
	return false;
}

bool hostname_clean(const char *name, char *clean, size_t size)
{
	size_t length = strlen(name);

	if (length > 0 && name[length - 1] == '.')
		length--;
	if (length == 0 || length >= size || !has_letter(name))
		return false;
	for (size_t at = 0, end; at <= length; at = end + 1) {
		end = at + strcspn(name + at, ".");
		if (end > length)
			end = length;
		if (!is_label(name + at, end - at))
			return false;
	}
	memcpy(clean, name, length);
	clean[length] = '\0';
	return true;
}
