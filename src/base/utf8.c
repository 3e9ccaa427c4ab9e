/* UTF-8 sequences by RFC 3629, section 4. */
#include "base/utf8.h"

size_t utf8_length(const char *start)
{
	const unsigned char *text = (const unsigned char *)start;
	unsigned char lowest = 0x80;
	unsigned char highest = 0xbf;
	size_t length;

	if (text[0] < 0x80)
		return 1;
	if (text[0] >= 0xc2 && text[0] <= 0xdf)
		length = 2;
	else if (text[0] >= 0xe0 && text[0] <= 0xef)
		length = 3;
	else if (text[0] >= 0xf0 && text[0] <= 0xf4)
		length = 4;
	else
		return 0;
	if (text[0] == 0xe0)
		lowest = 0xa0; /* else overlong */
	else if (text[0] == 0xed)
		highest = 0x9f; /* else a surrogate */
	else if (text[0] == 0xf0)
		lowest = 0x90;
	else if (text[0] == 0xf4)
		highest = 0x8f; /* else beyond U+10FFFF */
	if (text[1] < lowest || text[1] > highest)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return length;
}
