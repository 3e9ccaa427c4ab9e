/* How much of an address anyone may see: --privacy, over every face alike. */
#ifndef IPTALLY_BASE_PRIVACY_H
#define IPTALLY_BASE_PRIVACY_H

enum privacy {
	PRIVACY_FULL,   /* whole addresses */
	PRIVACY_PREFIX, /* IPv4 /24, IPv6 /48; of a MAC the vendor's part */
	PRIVACY_NONE,   /* no addresses at all */
};

#endif
