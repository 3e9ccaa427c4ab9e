/* ETHTOOL_GLINKSETTINGS, the question of ethtool(8) about speed. */
#include "netif/speed.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define BYTES_OF_MEGABIT 125000

/* The kernel's limit is SCHAR_MAX words of 32 bits a mask, of which there are three. */
#define MASK_WORDS_MAX 127

uint64_t speed_read(int socket, const char *name)
{
	union {
		struct ethtool_link_settings settings;
		char space[sizeof(struct ethtool_link_settings) + 3 * 4 * MASK_WORDS_MAX];
	} question = {.space = {0}};
	struct ifreq request = {.ifr_data = (char *)&question};

	question.settings.cmd = ETHTOOL_GLINKSETTINGS;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	/* The first answer says, as a negative number, how many words a mask has; the second fits. */
	for (int attempt = 0; attempt < 2; attempt++) {
		int8_t words;

		if (ioctl(socket, SIOCETHTOOL, &request) < 0)
			return 0;
		words = question.settings.link_mode_masks_nwords;
		if (words > 0)
			break;
		if (words == 0 || attempt == 1)
			return 0;
		memset(&question, 0, sizeof(question));
		question.settings.cmd = ETHTOOL_GLINKSETTINGS;
		question.settings.link_mode_masks_nwords = (int8_t)-words;
	}
	if (question.settings.speed == (uint32_t)SPEED_UNKNOWN)
		return 0;
	return (uint64_t)question.settings.speed * BYTES_OF_MEGABIT;
}
