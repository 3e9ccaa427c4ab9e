/* What the tally knows of an interface: a slot number stands for it in packets and rows. */
#ifndef IPTALLY_TALLY_INTERFACE_H
#define IPTALLY_TALLY_INTERFACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "capture/frame.h"

#define INTERFACES_MAX       256 /* slots that --interfaces.max may ask for */
#define INTERFACE_NAME_SIZE  64
#define INTERFACE_ALIAS_SIZE 64

/* What the kernel counted of one direction since the interface was opened. */
struct kernel_counters {
	uint64_t packets;
	uint64_t bytes; /* the driver's idea of a frame: a bridge leaves out 14 of each */
	uint64_t dropped;
	uint64_t errors;
};

struct tally_interface {
	char name[INTERFACE_NAME_SIZE];
	char alias[INTERFACE_ALIAS_SIZE];
	char address[96]; /* of the link layer, as text */
	char link_type[24];
	uint32_t ifindex;
	bool in_use;
	bool up;
	bool loopback;        /* all its traffic is this machine's own */
	uint32_t mtu;         /* bytes of network packet; 0: not known, no super-frames */
	uint64_t speed_bytes; /* a second; 0: not known */
	uint64_t dropped;     /* frames that the capture ring had no room for */
	uint64_t missed;      /* frames that the interface had no buffers for */
	struct kernel_counters kernel[DIRECTIONS];
	struct monotonic_time opened;
};

#endif
