/* What the kinds of sources have in common; only live.c, file.c and source.c see it. */
#ifndef IPTALLY_CAPTURE_SOURCE_KIND_H
#define IPTALLY_CAPTURE_SOURCE_KIND_H

#include <pcap/pcap.h>

#include "capture/source.h"

/* As the functions of source.h with the same names; a NULL does nothing. start: of all of them, which
 * are of one kind. */
struct source_kind {
	int (*start)(struct source *const *sources, size_t n, struct error *error);
	enum source_state (*read)(struct source *source, size_t budget, frame_sink *sink,
				  void *context, size_t *handled, struct error *error);
	void (*stop)(struct source *source);
	void (*wake)(struct source *source);
	void (*statistics)(struct source *source, struct source_statistics *statistics);
	void (*close)(struct source *source);
};

/* The first member of each kind's own struct. */
struct source {
	const struct source_kind *kind;
	pcap_t *pcap;
	const char *name;
	int poll_fd;
	int link_type;
	uint32_t ifindex; /* 0: a file */
	bool live;
	bool loopback;
};

/* libpcap's time stamp, the fraction in nanoseconds. Absurd ones, which a file may hold, are cut. */
static inline struct packet_time packet_time_of(const struct timeval *stamp)
{
	int64_t ns;

	if (__builtin_mul_overflow((int64_t)stamp->tv_sec, NS_PER_SECOND, &ns) ||
	    __builtin_add_overflow(ns, (int64_t)stamp->tv_usec, &ns))
		ns = stamp->tv_sec < 0 ? INT64_MIN : INT64_MAX;
	return (struct packet_time){ns};
}

#endif
