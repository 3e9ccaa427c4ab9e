/* The two files of names that have lines of words: hosts(5) and ethers(5). */
#include <arpa/inet.h>
#include <string.h>

#include "names/hostname.h"
#include "names/name_file.h"
#include "names/names.h"
#include "names/scope.h"

/* Of lists that block advertisers by their names, all lines have the same few addresses. */
#define HOSTS_MAX    1024
#define STATIONS_MAX 4096

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Six numbers of one or two hexadecimal digits, colons between them. */
static bool parse_mac(const char *text, uint8_t mac[MAC_BYTES])
{
	for (int i = 0; i < MAC_BYTES; i++) {
		int high = hex_digit(*text), low;

		if (high < 0)
			return false;
		low = hex_digit(*++text);
		mac[i] = (uint8_t)(low < 0 ? high : high * 16 + low);
		text += low >= 0;
		if (*text != (i < MAC_BYTES - 1 ? ':' : '\0'))
			return false;
		text++;
	}
	return true;
}

static enum line_verdict ethers_line(struct name_table *names, char *const *words, size_t n)
{
	char name[NAMES_STATION_TEXT];
	uint8_t mac[MAC_BYTES];

	if (n != 2 || !parse_mac(words[0], mac) || !hostname_clean(words[1], name, sizeof(name)))
		return LINE_BAD;
	return name_table_add(names, mac, name) ? LINE_TAKEN : LINE_FULL;
}

/* Whatever else there is in this file, which is not ours, is no business of ours. */
static enum line_verdict hosts_line(struct name_table *names, char *const *words, size_t n)
{
	uint8_t bytes[IP_ADDRESS_BYTES];
	char name[NAMES_ADDRESS_TEXT];
	struct name_key key;
	int version = inet_pton(AF_INET, words[0], bytes) == 1    ? 4
		      : inet_pton(AF_INET6, words[0], bytes) == 1 ? 6
								  : 0;

	if (!version || n < 2 || !hostname_clean(words[1], name, sizeof(name)))
		return LINE_TAKEN;
	key = name_key((uint8_t)version, bytes);
	if (!address_is_unicast(&key))
		return LINE_TAKEN;
	return name_table_add(names, &key, name) ? LINE_TAKEN : LINE_FULL;
}

int ethers_read(struct name_table *names, const char *path, struct ledger *ledger,
		struct error *error)
{
	int rc = name_table_create(names, ledger, "station names", MAC_BYTES, NAMES_STATION_TEXT,
				   STATIONS_MAX, error);

	return rc < 0 ? rc : name_file_read(path, ethers_line, names, error);
}

int hosts_read(struct name_table *names, const char *path, struct ledger *ledger,
	       struct error *error)
{
	int rc = name_table_create(names, ledger, "hosts file", sizeof(struct name_key),
				   NAMES_ADDRESS_TEXT, HOSTS_MAX, error);

	return rc < 0 ? rc : name_file_read(path, hosts_line, names, error);
}
