/*
 * Where frames come from: a live interface or a capture file, behind one small interface.
 * A source belongs to one thread, but for source_wake().
 */
#ifndef IPTALLY_CAPTURE_SOURCE_H
#define IPTALLY_CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "capture/frame.h"

struct source;

#define SNAP_LENGTH_LEAST 64
#define SNAP_LENGTH_MOST  262144 /* as tcpdump takes; a block of the ring holds a little less */

/* Of a capture ring: libpcap rounds up to the step. */
#define SOURCE_RING_STEP  ((size_t)256 * 1024)
#define SOURCE_RING_LEAST (2 * SOURCE_RING_STEP)

struct live_options {
	const char *interface;
	uint32_t snap_length; /* bytes of a frame that are captured: SNAP_LENGTH_LEAST to _MOST */
	size_t ring_bytes;    /* SOURCE_RING_LEAST at least */
	bool promiscuous;
	const char *filter; /* BPF expression as in tcpdump; "" for none. Lasts until the start */
};

struct source_statistics {
	uint64_t dropped; /* frames that libpcap's ring had no room for, since the start */
};

enum source_state {
	SOURCE_OK,
	SOURCE_END,    /* a file's end, or a stopped live source that has handed over all it had */
	SOURCE_FAILED, /* the error says why; what was read until then has been handed over */
};

/*
 * Opens an interface, which may be down, and leaves it closed to traffic until source_start().
 * Needs CAP_NET_RAW; nothing later does. Returns NULL and fills *error: no such interface, no
 * permission, bad filter, an option out of range.
 */
struct source *source_open_live(const struct live_options *options, struct error *error);

/*
 * Opens a capture file, "-" for standard input, and reads its header, which a silent pipe keeps
 * waiting. Bad filter, unreadable, not a capture: NULL.
 * Bytes are read as they come; about_to_wait is called, inside source_read(), before a read that
 * would block, so that what was handed over so far can be counted.
 */
struct source *source_open_file(const char *path, const char *filter, void (*about_to_wait)(void *),
				void *context, struct error *error);

/*
 * Lets traffic in, from the first frame on; none from before is handed over. An interface that is
 * down is waited for. Returns 0, or a negative errno where it is gone. A file: nothing.
 */
int source_start(struct source *source, struct error *error);

/*
 * The same for several live sources on one interface that share its frames: each comes to one of
 * them, by the pair of its addresses, so that all of a flow comes to the same. In the order in which
 * they were opened.
 */
int source_start_shared(struct source *const *sources, size_t n, struct error *error);

/*
 * Hands over up to budget frames that are there now, without waiting (a file from a pipe may wait).
 * *handled gets their number; it may be 0 though more will come. Call it whenever the poll fd
 * reports anything, an error too, and once a second besides: an interface that was down when it
 * vanished makes no event. SOURCE_FAILED (gone, damaged) and SOURCE_END come after the last frame;
 * a source that has ended does not begin again.
 */
enum source_state source_read(struct source *source, size_t budget, frame_sink *sink, void *context,
			      size_t *handled, struct error *error);

/*
 * A live source: closes the door, so that source_read() ends with SOURCE_END once all that was
 * queued is handed over; the last of it appears at the poll fd within 40 ms, so wait there, 50 ms at
 * most a time. A file: the end is now.
 */
void source_stop(struct source *source);

/*
 * From any thread or signal handler, while the source is open: makes a file's read, a blocking one
 * too, return its end. What had been read is handed over; a frame that was half there is not.
 */
void source_wake(struct source *source);

int source_poll_fd(const struct source *source); /* to poll for reading; -1 for a file */
bool source_is_live(const struct source *source);
bool source_is_loopback(const struct source *source); /* live, on the loopback device */
int source_link_type(const struct source *source);    /* DLT_ as pcap_datalink() says */
uint32_t
source_ifindex(const struct source *source); /* of the interface that it is bound to; a file: 0 */
const char *source_name(const struct source *source); /* the interface's name, or "file" */
void source_statistics(struct source *source, struct source_statistics *statistics);
void source_close(struct source *source);

#endif
