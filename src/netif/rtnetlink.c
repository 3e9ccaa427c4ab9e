/* Questions to rtnetlink and its news. Every datagram must come from the kernel and be whole. */
#include "netif/rtnetlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

/* One link with all its attributes takes about 1.5 kB; the kernel packs dumps into up to 32 kB. */
#define MESSAGE_BYTES  32768
#define QUESTION_BYTES 256
#define DUMP_ATTEMPTS  10
#define NEWS_BUDGET    1000 /* datagrams a call, so that a storm of news cannot hold its reader */

struct rtnetlink {
	struct mnl_socket *socket;
	uint32_t sequence; /* of the last question */
	_Alignas(NLMSG_ALIGNTO) char buffer[MESSAGE_BYTES];
};

struct rtnetlink *rtnetlink_open(unsigned groups, struct error *error)
{
	/* The kernel answers before sendto() returns: this only ends a wait that should not be. */
	const struct timeval patience = {.tv_sec = 1};
	struct rtnetlink *rtnetlink = calloc(1, sizeof(*rtnetlink));

	if (!rtnetlink) {
		error_set(error, ENOMEM, "rtnetlink: no memory for a socket's buffer");
		return NULL;
	}
	rtnetlink->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!rtnetlink->socket ||
	    mnl_socket_bind(rtnetlink->socket, groups, MNL_SOCKET_AUTOPID) < 0 ||
	    setsockopt(rtnetlink_fd(rtnetlink), SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) < 0) {
		error_set(error, errno, "rtnetlink: cannot open a socket: %s", strerror(errno));
		rtnetlink_close(rtnetlink);
		return NULL;
	}
	return rtnetlink;
}

void rtnetlink_close(struct rtnetlink *rtnetlink)
{
	if (!rtnetlink)
		return;
	if (rtnetlink->socket)
		mnl_socket_close(rtnetlink->socket);
	free(rtnetlink);
}

int rtnetlink_fd(const struct rtnetlink *rtnetlink)
{
	return mnl_socket_get_fd(rtnetlink->socket);
}

/* Bytes received; 0 for a datagram that is not the kernel's; or a negative errno. */
static ssize_t receive(struct rtnetlink *rtnetlink, int flags)
{
	struct sockaddr_nl sender = {0};
	struct iovec vector = {rtnetlink->buffer, sizeof(rtnetlink->buffer)};
	struct msghdr header = {
		.msg_name = &sender,
		.msg_namelen = sizeof(sender),
		.msg_iov = &vector,
		.msg_iovlen = 1,
	};
	ssize_t length;

	do
		length = recvmsg(rtnetlink_fd(rtnetlink), &header, flags);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return -errno;
	if (header.msg_namelen != sizeof(sender) || sender.nl_pid != 0)
		return 0;
	return header.msg_flags & MSG_TRUNC ? -ENOBUFS : length;
}

static int send_question(struct rtnetlink *rtnetlink, struct nlmsghdr *question)
{
	/* An answer that came too late for its question must not serve the next one. */
	while (receive(rtnetlink, MSG_DONTWAIT) >= 0)
		;
	question->nlmsg_seq = ++rtnetlink->sequence;
	return mnl_socket_sendto(rtnetlink->socket, question, question->nlmsg_len) < 0 ? -errno : 0;
}

/* Feeds each message of the answer to sink until the last. Returns 0 or a negative errno. */
static int receive_answer(struct rtnetlink *rtnetlink, mnl_cb_t sink, void *context)
{
	int more;

	do {
		ssize_t length = receive(rtnetlink, 0);

		if (length < 0)
			return (int)length;
		if (length == 0) {
			more = MNL_CB_OK;
			continue;
		}
		more = mnl_cb_run(rtnetlink->buffer, (size_t)length, rtnetlink->sequence,
				  mnl_socket_get_portid(rtnetlink->socket), sink, context);
		if (more == MNL_CB_ERROR)
			return errno ? -errno : -EIO;
	} while (more != MNL_CB_STOP);
	return 0;
}

static int take_link(const struct nlmsghdr *message, void *context)
{
	int result = link_parse(message, context);

	if (result < 0) {
		errno = -result;
		return MNL_CB_ERROR;
	}
	return MNL_CB_STOP;
}

int rtnetlink_get_link(struct rtnetlink *rtnetlink, uint32_t ifindex, const char *name,
		       struct link *link)
{
	_Alignas(NLMSG_ALIGNTO) char space[QUESTION_BYTES];
	struct nlmsghdr *question = mnl_nlmsg_put_header(space);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(question, sizeof(*info));
	int result;

	question->nlmsg_type = RTM_GETLINK;
	question->nlmsg_flags = NLM_F_REQUEST;
	info->ifi_index = (int)ifindex;
	if (ifindex == 0) {
		size_t length = strlen(name);

		if (length == 0 || length >= ALTIFNAMSIZ)
			return -ENODEV;
		mnl_attr_put_strz(question, length < LINK_NAME_TEXT ? IFLA_IFNAME : IFLA_ALT_IFNAME,
				  name);
	}
	link->ifindex = 0;
	result = send_question(rtnetlink, question);
	if (result == 0)
		result = receive_answer(rtnetlink, take_link, link);
	return result == 0 && link->ifindex == 0 ? -EPROTO : result;
}

int rtnetlink_read_news(struct rtnetlink *rtnetlink, rtnetlink_sink *sink, void *context)
{
	bool lost = false;

	for (int i = 0; i < NEWS_BUDGET; i++) {
		ssize_t length = receive(rtnetlink, MSG_DONTWAIT);
		int rest = (int)length;

		if (length == -ENOBUFS)
			lost = true;
		else if (length == -EAGAIN)
			break;
		else if (length < 0)
			return (int)length;
		for (const struct nlmsghdr *message = (const void *)rtnetlink->buffer;
		     mnl_nlmsg_ok(message, rest); message = mnl_nlmsg_next(message, &rest))
			sink(context, message);
	}
	return lost ? -ENOBUFS : 0;
}

struct dump {
	rtnetlink_sink *sink;
	void *context;
};

static int take_dumped(const struct nlmsghdr *message, void *context)
{
	const struct dump *dump = context;

	dump->sink(dump->context, message);
	return MNL_CB_OK;
}

static int dump_once(uint16_t type, uint8_t family, struct dump *dump, struct error *error)
{
	_Alignas(NLMSG_ALIGNTO) char space[QUESTION_BYTES];
	struct nlmsghdr *question = mnl_nlmsg_put_header(space);
	struct rtnetlink *rtnetlink;
	uint8_t *asked_family;
	int result;

	/* Each object's header begins with its family; the longest header serves all. */
	asked_family = mnl_nlmsg_put_extra_header(
		question, type == RTM_GETROUTE ? sizeof(struct rtmsg) : sizeof(struct ifinfomsg));
	*asked_family = family;
	question->nlmsg_type = type;
	question->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;

	rtnetlink = rtnetlink_open(0, error);
	if (!rtnetlink)
		return -EIO;
	result = send_question(rtnetlink, question);
	if (result == 0)
		result = receive_answer(rtnetlink, take_dumped, dump);
	rtnetlink_close(rtnetlink);
	if (result < 0)
		error_set(error, -result, "rtnetlink: cannot read the kernel's %s: %s",
			  type == RTM_GETROUTE ? "routes" : "interfaces", strerror(-result));
	return result;
}

int rtnetlink_dump(uint16_t type, uint8_t family, void (*restart)(void *context),
		   rtnetlink_sink *sink, void *context, struct error *error)
{
	struct dump dump = {.sink = sink, .context = context};
	int result;

	for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
		restart(context);
		result = dump_once(type, family, &dump, error);
		if (result != -EINTR) /* which libmnl makes of NLM_F_DUMP_INTR */
			break;
	}
	return result;
}
