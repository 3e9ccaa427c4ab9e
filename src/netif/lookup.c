/* Interfaces by name, all of them, and the one of the default route. */
#include "netif/lookup.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buffer.h"
#include "netif/rtnetlink.h"

struct list {
	struct link *links;
	size_t n;
	size_t room;
	bool no_memory;
};

static void list_restart(void *context)
{
	struct list *list = context;

	list->n = 0;
}

static void list_add(void *context, const struct nlmsghdr *message)
{
	struct list *list = context;
	struct link link;

	if (message->nlmsg_type != RTM_NEWLINK || link_parse(message, &link) < 0)
		return;
	if (list->n == list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		struct link *links = realloc(list->links, room * sizeof(*links));

		if (!links) {
			list->no_memory = true;
			return;
		}
		list->links = links;
		list->room = room;
	}
	list->links[list->n++] = link;
}

static int compare_links(const void *a, const void *b)
{
	uint32_t left = ((const struct link *)a)->ifindex;
	uint32_t right = ((const struct link *)b)->ifindex;

	return (left > right) - (left < right);
}

int netif_list(struct link **links, struct error *error)
{
	struct list list = {0};
	int result = rtnetlink_dump(RTM_GETLINK, AF_UNSPEC, list_restart, list_add, &list, error);

	if (result == 0 && list.no_memory)
		result = error_set(error, ENOMEM, "no memory for the list of interfaces");
	if (result < 0) {
		free(list.links);
		return result;
	}
	if (list.n)
		qsort(list.links, list.n, sizeof(*list.links), compare_links);
	*links = list.links;
	return (int)list.n;
}

static int no_such_interface(const char *name, struct error *error)
{
	struct buffer names = {0};
	struct link *links = NULL;
	int n = netif_list(&links, NULL);

	for (int i = 0; i < n; i++) {
		link_clean_text(links[i].name);
		buffer_printf(&names, "%s%s", i ? ", " : "", links[i].name);
	}
	buffer_append(&names, "", 1);
	free(links);
	error_set(error, ENODEV, "no such interface: %s; there are: %s", name,
		  names.failed ? "" : names.data);
	buffer_free(&names);
	return -ENODEV;
}

int netif_find(const char *name, struct link *link, struct error *error)
{
	struct rtnetlink *rtnetlink = rtnetlink_open(0, error);
	int result;

	if (!rtnetlink)
		return -EIO;
	result = rtnetlink_get_link(rtnetlink, 0, name, link);
	rtnetlink_close(rtnetlink);
	/* Older kernels and names that cannot be names are answered with other codes. */
	return result < 0 ? no_such_interface(name, error) : 0;
}

/* The first hop that is not dead. Returns 0, -ENOMSG where all are, -EBADMSG. */
static int parse_hops(const struct nlattr *attribute, struct default_route *route)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(attribute);
	size_t rest = mnl_attr_get_payload_len(attribute);

	while (rest > 0) {
		size_t step;

		if (rest < sizeof(*hop) || hop->rtnh_len < sizeof(*hop) || hop->rtnh_len > rest)
			return -EBADMSG;
		if (!(hop->rtnh_flags & RTNH_F_DEAD) && hop->rtnh_ifindex > 0) {
			route->ifindex = (uint32_t)hop->rtnh_ifindex;
			route->link_down = hop->rtnh_flags & RTNH_F_LINKDOWN;
			return 0;
		}
		step = RTNH_ALIGN(hop->rtnh_len);
		rest -= step < rest ? step : rest;
		hop = (const void *)((const char *)hop + step);
	}
	return -ENOMSG;
}

struct parsed_route {
	struct default_route *route;
	uint32_t table;
	int result;
};

static int parse_route_attribute(const struct nlattr *attribute, void *context)
{
	struct parsed_route *parsed = context;
	uint16_t type = mnl_attr_get_type(attribute);

	if (type == RTA_MULTIPATH) {
		parsed->result = parse_hops(attribute, parsed->route);
		return parsed->result < 0 ? MNL_CB_ERROR : MNL_CB_OK;
	}
	if (type != RTA_OIF && type != RTA_PRIORITY && type != RTA_TABLE)
		return MNL_CB_OK;
	if (mnl_attr_validate(attribute, MNL_TYPE_U32) < 0) {
		parsed->result = -EBADMSG;
		return MNL_CB_ERROR;
	}
	if (type == RTA_OIF)
		parsed->route->ifindex = mnl_attr_get_u32(attribute);
	else if (type == RTA_PRIORITY)
		parsed->route->metric = mnl_attr_get_u32(attribute);
	else
		parsed->table = mnl_attr_get_u32(attribute);
	return MNL_CB_OK;
}

int default_route_parse(const struct nlmsghdr *message, struct default_route *route)
{
	struct parsed_route parsed = {.route = route};
	const struct rtmsg *header;

	*route = (struct default_route){0};
	if (message->nlmsg_type != RTM_NEWROUTE)
		return -ENOMSG;
	if (mnl_nlmsg_get_payload_len(message) < sizeof(*header))
		return -EBADMSG;
	header = mnl_nlmsg_get_payload(message);
	if (header->rtm_dst_len != 0 || header->rtm_type != RTN_UNICAST ||
	    header->rtm_flags & (RTM_F_CLONED | RTNH_F_DEAD))
		return -ENOMSG;
	route->link_down = header->rtm_flags & RTNH_F_LINKDOWN;
	parsed.table = header->rtm_table;
	mnl_attr_parse_payload(header + 1, mnl_nlmsg_get_payload_len(message) - sizeof(*header),
			       parse_route_attribute, &parsed);
	if (parsed.result < 0)
		return parsed.result;
	return parsed.table == RT_TABLE_MAIN && route->ifindex ? 0 : -ENOMSG;
}

static void forget_route(void *context)
{
	*(struct default_route *)context = (struct default_route){0};
}

static void keep_better_route(void *context, const struct nlmsghdr *message)
{
	struct default_route *best = context;
	struct default_route route;

	if (default_route_parse(message, &route) < 0)
		return;
	if (best->ifindex == 0 || (best->link_down && !route.link_down) ||
	    (best->link_down == route.link_down && route.metric < best->metric))
		*best = route;
}

int netif_default_route(struct link *link, struct error *error)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	struct default_route best = {0};
	struct rtnetlink *rtnetlink;
	int result;

	for (size_t i = 0; i < sizeof(families) && best.ifindex == 0; i++) {
		result = rtnetlink_dump(RTM_GETROUTE, families[i], forget_route, keep_better_route,
					&best, error);
		if (result < 0)
			return result;
	}
	if (best.ifindex == 0)
		return error_set(error, ENODEV,
				 "there is no default route, so no default interface: name one "
				 "with -i");
	rtnetlink = rtnetlink_open(0, error);
	if (!rtnetlink)
		return -EIO;
	result = rtnetlink_get_link(rtnetlink, best.ifindex, NULL, link);
	rtnetlink_close(rtnetlink);
	if (result < 0)
		error_set(error, -result,
			  "cannot read the default route's interface (ifindex %u): %s: name one "
			  "with -i",
			  best.ifindex, strerror(-result));
	return result;
}
