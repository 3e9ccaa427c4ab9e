/*
 * One interface as the kernel describes it: the message RTM_NEWLINK of rtnetlink(7) as a plain
 * struct. Pure functions, no I/O.
 */
#ifndef IPTALLY_NETIF_LINK_H
#define IPTALLY_NETIF_LINK_H

#include <stdbool.h>
#include <stdint.h>

#define LINK_NAME_TEXT     16  /* IFNAMSIZ, with its NUL */
#define LINK_ADDRESS_BYTES 32  /* the kernel's MAX_ADDR_LEN */
#define LINK_ADDRESS_TEXT  96  /* two digits and a colon a byte; the last colon is the NUL */
#define LINK_ALIAS_TEXT    256 /* with its NUL */

struct nlmsghdr;

/* The kernel's own counters (IFLA_STATS64), all 64-bit. */
struct link_counters {
	uint64_t receive_packets;
	uint64_t
		receive_bytes; /* the driver's idea of a frame: a bridge leaves out 14 bytes of each */
	uint64_t receive_errors;
	uint64_t receive_dropped; /* by the kernel, after the interface delivered them */
	uint64_t receive_missed;  /* by the interface, for want of buffers: missed + FIFO errors */
	uint64_t receive_multicast_packets;
	uint64_t transmit_packets;
	uint64_t transmit_bytes;
	uint64_t transmit_errors;
	uint64_t transmit_dropped;
};

struct link {
	uint32_t ifindex;
	char name[LINK_NAME_TEXT]; /* raw: any bytes but '/', ':' and white space */
	bool up;                   /* administratively: IFF_UP */
	bool running;              /* up, and its operational state is up or unknown (RFC 2863) */
	bool loopback;
	uint32_t mtu;           /* bytes, without the link header */
	uint16_t hardware_type; /* ARPHRD_ */
	uint8_t address[LINK_ADDRESS_BYTES];
	uint8_t address_bytes;       /* 6 for Ethernet, 0 where there is none */
	char alias[LINK_ALIAS_TEXT]; /* made fit for display by link_clean_text() */
	struct link_counters counters;
};

/*
 * Reads one RTM_NEWLINK or RTM_DELLINK message, whose header has been checked (mnl_nlmsg_ok).
 * Returns 0; -ENOMSG for a message that is not about an interface as such (of a bridge's port table,
 * or cut down to wireless news); -EBADMSG for one that is malformed.
 */
int link_parse(const struct nlmsghdr *message, struct link *link);

/* Lower-case words as ip-link(8) uses them: "ether", "loopback", "ppp"; "unknown" for the rest. */
const char *link_hardware_name(uint16_t hardware_type);

/* "02:fc:00:00:00:01", or "" where the link has no address. Returns text. */
const char *link_address_format(char text[LINK_ADDRESS_TEXT], const struct link *link);

/*
 * Replaces, in place, control characters and bytes that are not UTF-8 by '?': names and aliases are
 * whatever an administrator wrote, and Prometheus refuses a whole scrape for one such byte.
 */
void link_clean_text(char *text);

#endif
