/* What the tally knows of an interface: a slot number stands for it in packets and rows. */
#ifndef IPTALLY_TALLY_INTERFACE_H
#define IPTALLY_TALLY_INTERFACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define INTERFACES_MAX       256 /* slots that --interfaces.max may ask for */
#define INTERFACE_NAME_SIZE  64
#define INTERFACE_ALIAS_SIZE 64

struct tally_interface {
	char name[INTERFACE_NAME_SIZE];
	char alias[INTERFACE_ALIAS_SIZE];
	char address[96]; /* of the link layer, as text */
	char link_type[24];
	uint32_t ifindex;
	bool in_use;
	bool up;
	uint32_t mtu;         /* bytes of network packet; 0: not known, no super-frames */
	uint64_t speed_bytes; /* a second; 0: not known */
	uint64_t dropped;     /* frames that the capture ring had no room for */
	struct monotonic_time opened;
};

#endif
