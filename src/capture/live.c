/*
 * A live interface as a source of frames: one libpcap handle, one ring, both directions in order.
 *
 * The handle is bound to no protocol when it is opened, so that nothing is queued until
 * source_start() binds it; its program is in place by then. Nothing from before has to be thrown
 * away, an interface that is down can be opened, and opening many costs no waiting.
 */
#include "capture/source.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "base/log.h"
#include "capture/direction.h"
#include "capture/fanout.h"
#include "capture/source_kind.h"

/*
 * How long the kernel keeps a block of the ring that is not full. A frame is counted at most two of
 * them late, well within a scrape; a trickle wakes the worker 50 times a second at most.
 */
#define BLOCK_TIMEOUT_MS 20

/* A closed door: all that was queued has been handed over once nothing came for as long. */
#define DRAIN_NS (8 * BLOCK_TIMEOUT_MS * 1000000LL)

/* The kernel cuts a frame that does not fit into a block, and would cut the direction off with it. */
#define FRAME_BYTES_MOST (SOURCE_RING_STEP - 4096)

/*
 * libpcap takes 0 for "all protocols" but leaves the low 16 bits of any other number to the socket:
 * this one binds it to no protocol.
 */
#define PROTOCOL_NONE 0x10000

struct live {
	struct source source;
	char name[IFNAMSIZ];
	uint32_t snap_length;
	const char *filter;
	bool cooked; /* the direction is in the frame's header, not in its length */
	bool microseconds;
	bool closing;          /* nothing more comes in; what is in the ring is being handed over */
	bool gone;             /* closing since the interface is no more */
	uint32_t taken;        /* frames handed over, modulo 2^32 as libpcap's counts are */
	uint32_t last_dropped; /* libpcap's count when it was last read */
	uint64_t dropped;
	struct monotonic_time last_seen; /* closing: the last frame, or when it began */
};

/* Where the frames of one source_read() go. */
struct reading {
	struct live *live;
	frame_sink *sink;
	void *context;
	size_t handled;
};

static void live_hand_over(u_char *user, const struct pcap_pkthdr *header, const u_char *data)
{
	struct reading *reading = (struct reading *)user;
	const struct live *live = reading->live;
	struct timeval stamp = header->ts;
	struct frame frame = {.data = data, .captured = header->caplen, .length = header->len};

	if (live->microseconds)
		stamp.tv_usec *= 1000;
	frame.time = packet_time_of(&stamp);
	if (live->source.loopback) {
		frame.direction = DIRECTION_RECEIVE;
	} else if (live->cooked) {
		frame.direction = direction_in_header(live->source.link_type, data, header->caplen);
	} else {
		frame.direction = direction_of(header->caplen, header->len, live->snap_length);
		frame.syn_scale =
			direction_syn_scale(header->caplen, header->len, live->snap_length);
	}
	reading->sink(reading->context, &frame);
	reading->handled++;
}

/* Reads libpcap's counts. Returns how many frames were ever put into the ring, modulo 2^32. */
static uint32_t live_count(struct live *live)
{
	struct pcap_stat counts;

	if (pcap_stats(live->source.pcap, &counts) < 0)
		return live->taken;
	live->dropped += (uint32_t)(counts.ps_drop - live->last_dropped);
	live->last_dropped = counts.ps_drop;
	return counts.ps_recv - counts.ps_drop;
}

/* The interface that the socket is bound to: its index, -1 once it is gone. */
static int bound_interface(pcap_t *pcap, uint16_t *protocol)
{
	struct sockaddr_ll address = {0};
	socklen_t size = sizeof(address);

	if (getsockname(pcap_fileno(pcap), (struct sockaddr *)&address, &size) < 0 ||
	    address.sll_family != AF_PACKET)
		return -1;
	if (protocol)
		*protocol = ntohs(address.sll_protocol);
	return address.sll_ifindex;
}

/*
 * Whether the ring is empty for good. The counts prove it at once. They do not where libpcap itself
 * left out frames (outgoing CAN, which comes back as received); then the block's timer does.
 */
static bool live_is_drained(struct live *live)
{
	return live_count(live) == live->taken ||
	       monotonic_now().ns - live->last_seen.ns > DRAIN_NS;
}

static void live_begin_closing(struct live *live)
{
	live->closing = true;
	live->last_seen = monotonic_now();
}

/* libpcap looks the interface up by the name that it had. */
static bool was_renamed(const struct live *live)
{
	return if_nametoindex(live->name) != live->source.ifindex;
}

static enum source_state live_read(struct source *source, size_t budget, frame_sink *sink,
				   void *context, size_t *handled, struct error *error)
{
	struct live *live = (struct live *)source;
	struct reading reading = {live, sink, context, 0};
	int count = budget < INT_MAX ? (int)budget : INT_MAX;
	int result = pcap_dispatch(source->pcap, count, live_hand_over, (u_char *)&reading);
	bool bound;

	*handled = reading.handled;
	live->taken += (uint32_t)reading.handled;
	if (reading.handled && result >= 0) {
		if (live->closing)
			live->last_seen = monotonic_now();
		return SOURCE_OK;
	}
	/* An interface that is merely down stays bound, and libpcap has taken the socket's error. */
	bound = bound_interface(source->pcap, NULL) >= 0;
	if (!bound && !live->gone) {
		live->gone = true;
		live_begin_closing(live);
	}
	if (live->closing) {
		if (!live_is_drained(live))
			return SOURCE_OK;
		if (!live->gone)
			return SOURCE_END;
		error_set(error, ENODEV, "interface '%s' is gone", live->name);
		return SOURCE_FAILED;
	}
	if (result >= 0 || was_renamed(live))
		return SOURCE_OK;
	error_set(error, EIO, "interface '%s': %s", live->name, pcap_geterr(source->pcap));
	return SOURCE_FAILED;
}

static int live_bind(struct source *source, struct error *error)
{
	struct live *live = (struct live *)source;
	int fd = pcap_fileno(source->pcap);
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
				      .sll_protocol = htons(ETH_P_ALL),
				      .sll_ifindex = (int)source->ifindex};
	int pending;
	socklen_t size = sizeof(pending);

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return error_set(error, errno, "interface '%s': %s", live->name, strerror(errno));
	/* Takes ENETDOWN away, which one that is down leaves; frames come once it is up. */
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &pending, &size);
	return 0;
}

/* Not bind(): it would wait for all processors, tens of milliseconds an interface. */
static int live_close_door(const struct source *source)
{
	struct sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
	struct sock_fprog program = {.len = 1, .filter = nothing};

	return setsockopt(pcap_fileno(source->pcap), SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program));
}

static void live_stop(struct source *source)
{
	struct live *live = (struct live *)source;

	if (live->closing)
		return;
	live_close_door(source);
	live_begin_closing(live);
}

static void live_statistics(struct source *source, struct source_statistics *statistics)
{
	struct live *live = (struct live *)source;

	live_count(live);
	statistics->dropped = live->dropped;
}

static void live_close(struct source *source)
{
	if (source->pcap)
		pcap_close(source->pcap);
	free(source);
}

static int check_options(const struct live_options *options, struct error *error)
{
	const char *name = options->interface;

	if (strcmp(name, "any") == 0)
		return error_set(error, EINVAL,
				 "interface 'any' is not one interface, and nothing is summed over "
				 "interfaces; use -i all to count each by itself");
	if (strlen(name) >= IFNAMSIZ || if_nametoindex(name) == 0)
		return error_set(error, ENODEV,
				 "no such interface '%s'; 'ip link' lists those there are", name);
	if (options->snap_length < SNAP_LENGTH_LEAST || options->snap_length > SNAP_LENGTH_MOST)
		return error_set(error, EINVAL,
				 "interface '%s': snap length %u is not between %d and %d", name,
				 options->snap_length, SNAP_LENGTH_LEAST, SNAP_LENGTH_MOST);
	if (options->ring_bytes < SOURCE_RING_LEAST || options->ring_bytes > INT_MAX)
		return error_set(error, EINVAL,
				 "interface '%s': a ring of %zu bytes is not between %zu and %d",
				 name, options->ring_bytes, SOURCE_RING_LEAST, INT_MAX);
	return 0;
}

static int live_activate(struct live *live, const struct live_options *options, struct error *error)
{
	char message[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_create(live->name, message);
	uint16_t protocol = 0;
	int result, bound;

	if (!pcap)
		return error_set(error, ENOMEM, "interface '%s': %s", live->name, message);
	live->source.pcap = pcap;
	pcap_set_snaplen(pcap, (int)(live->snap_length + DIRECTION_MARGIN));
	pcap_set_promisc(pcap, options->promiscuous);
	pcap_set_timeout(pcap, BLOCK_TIMEOUT_MS);
	pcap_set_buffer_size(pcap, (int)options->ring_bytes);
	pcap_set_protocol_linux(pcap, PROTOCOL_NONE);
	live->microseconds = pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO) != 0;
	result = pcap_activate(pcap);
	if (result == PCAP_ERROR_PERM_DENIED)
		return error_set(error, EPERM,
				 "interface '%s': no permission to capture; "
				 "run as root or with CAP_NET_RAW",
				 live->name);
	if (result < 0)
		return error_set(error, EIO, "interface '%s': %s%s%s", live->name,
				 pcap_statustostr(result), *pcap_geterr(pcap) ? ": " : "",
				 pcap_geterr(pcap));
	if (result > 0)
		log_warn("capture", "interface %s: %s", live->name, pcap_geterr(pcap));
	if (pcap_setnonblock(pcap, 1, message) < 0)
		return error_set(error, EIO, "interface '%s': %s", live->name, message);
	bound = bound_interface(pcap, &protocol);
	if (bound <= 0 || protocol != 0)
		return error_set(error, ENOTSUP,
				 "interface '%s': %s does not leave it closed until it is started",
				 live->name, pcap_lib_version());
	live->source.ifindex = (uint32_t)bound;
	return 0;
}

static enum direction_link direction_link(const struct source *source)
{
	if (source->loopback)
		return DIRECTION_LOOPBACK;
	switch (source->link_type) {
	case DLT_EN10MB:
		return DIRECTION_ETHERNET;
	case DLT_RAW:
		return DIRECTION_RAW_IP;
	default:
		return DIRECTION_OTHER_LINK;
	}
}

static int live_attach(struct live *live, const struct bpf_program *filter, struct error *error)
{
	struct sock_fprog program;
	int result = direction_program(&program, filter->bf_insns, filter->bf_len,
				       live->snap_length, direction_link(&live->source), error);

	if (result < 0)
		return result;
	/* Not pcap_setfilter(): it filters what is in the ring again, without the packet type. */
	result = setsockopt(pcap_fileno(live->source.pcap), SOL_SOCKET, SO_ATTACH_FILTER, &program,
			    sizeof(program));
	if (result < 0)
		result = error_set(error, errno, "the kernel does not take the filter: %s",
				   strerror(errno));
	free(program.filter);
	return result;
}

static int live_set_filter(struct live *live, const char *filter, struct error *error)
{
	pcap_t *pcap = live->source.pcap;
	char message[PCAP_ERRBUF_SIZE];
	struct error reason;
	struct bpf_program compiled;
	bpf_u_int32 network, mask;
	int result;

	if (pcap_lookupnet(live->name, &network, &mask, message) < 0)
		mask = PCAP_NETMASK_UNKNOWN; /* "ip broadcast" alone wants to know it */
	if (pcap_compile(pcap, &compiled, filter, 1, mask) < 0)
		return error_set(error, EINVAL, "filter '%s': %s", filter, pcap_geterr(pcap));
	if (!live->cooked) {
		result = live_attach(live, &compiled, &reason);
	} else {
		/* The ring is empty, and no direction is asked of the packet type: it serves. */
		result = pcap_setfilter(pcap, &compiled);
		if (result < 0)
			result = error_set(&reason, EINVAL, "%s", pcap_geterr(pcap));
	}
	pcap_freecode(&compiled);
	if (result < 0)
		error_set(error, -result, "interface '%s', filter '%s': %s", live->name, filter,
			  reason.text);
	return result;
}

static bool is_loopback(const struct live *live)
{
	struct ifreq request = {0};

	memcpy(request.ifr_name, live->name, IFNAMSIZ);
	return ioctl(pcap_fileno(live->source.pcap), SIOCGIFFLAGS, &request) == 0 &&
	       (request.ifr_flags & IFF_LOOPBACK);
}

static enum fanout_link fanout_link(const struct source *source)
{
	return source->link_type == DLT_EN10MB ? FANOUT_ETHERNET : FANOUT_NETWORK;
}

/*
 * A socket that joins must be bound, and until all have joined it would get what is another's: so they
 * join behind closed doors.
 */
static int live_join_all(struct source *const *sources, size_t n, struct error *error)
{
	struct error reason;
	uint16_t group = 0;

	for (size_t i = 0; i < n; i++) {
		if (live_close_door(sources[i]) < 0)
			return error_set(error, errno, "interface '%s': %s", sources[i]->name,
					 strerror(errno));
		if (live_bind(sources[i], error) < 0)
			return -ENODEV;
		if (fanout_join(pcap_fileno(sources[i]->pcap), &group, fanout_link(sources[i]),
				&reason) < 0)
			return error_set(error, ENOTSUP, "interface '%s': %s", sources[i]->name,
					 reason.text);
	}
	return 0;
}

static int live_start(struct source *const *sources, size_t n, struct error *error)
{
	int rc;

	if (n == 1)
		return live_bind(sources[0], error);
	rc = live_join_all(sources, n, error);
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct live *live = (struct live *)sources[i];

		rc = live_set_filter(live, live->filter, error);
	}
	return rc;
}

static const struct source_kind live_kind = {
	.start = live_start,
	.read = live_read,
	.stop = live_stop,
	.statistics = live_statistics,
	.close = live_close,
};

struct source *source_open_live(const struct live_options *options, struct error *error)
{
	struct live *live;

	if (check_options(options, error) < 0)
		return NULL;
	live = calloc(1, sizeof(*live));
	if (!live) {
		error_set(error, ENOMEM, "interface '%s': no memory", options->interface);
		return NULL;
	}
	strncpy(live->name, options->interface, IFNAMSIZ - 1);
	live->filter = options->filter;
	live->snap_length =
		options->snap_length < FRAME_BYTES_MOST ? options->snap_length : FRAME_BYTES_MOST;
	live->source = (struct source){.kind = &live_kind, .name = live->name, .live = true};
	if (live_activate(live, options, error) < 0)
		goto fail;
	live->source.poll_fd = pcap_get_selectable_fd(live->source.pcap);
	live->source.link_type = pcap_datalink(live->source.pcap);
	live->source.loopback = is_loopback(live);
	live->cooked =
		live->source.link_type == DLT_LINUX_SLL || live->source.link_type == DLT_LINUX_SLL2;
	if (live_set_filter(live, options->filter, error) < 0)
		goto fail;
	return &live->source;
fail:
	live_close(&live->source);
	return NULL;
}
