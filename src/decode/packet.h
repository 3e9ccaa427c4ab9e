/* What decoding knows of one packet: a plain struct of two cache lines, and no pointers. */
#ifndef IPTALLY_DECODE_PACKET_H
#define IPTALLY_DECODE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/clock.h"
#include "capture/frame.h"

enum network { NETWORK_IPV4, NETWORK_IPV6, NETWORK_ARP, NETWORK_OTHER, NETWORKS };

/* README, "What is counted": by the IP protocol number after the extension headers. */
enum protocol {
	PROTOCOL_TCP,
	PROTOCOL_UDP,
	PROTOCOL_ICMP,
	PROTOCOL_ICMPV6,
	PROTOCOL_IGMP,
	PROTOCOL_GRE,
	PROTOCOL_ESP,
	PROTOCOL_AH,
	PROTOCOL_SCTP,
	PROTOCOL_OSPF,
	PROTOCOL_PIM,
	PROTOCOL_OTHER,
	PROTOCOL_NONE, /* not IP */
	PROTOCOLS
};

enum cast { CAST_UNICAST, CAST_MULTICAST, CAST_BROADCAST };

/* Why a frame could not be decoded further. It still counts at every level that it reached. */
enum decode_error {
	DECODE_OK,
	DECODE_UNKNOWN_LINK,        /* a link type without a row in the table of link types */
	DECODE_TRUNCATED_LINK,      /* the frame itself ends inside its link header */
	DECODE_TRUNCATED_NETWORK,   /* ... inside the fixed network header or its options */
	DECODE_TRUNCATED_TRANSPORT, /* ... inside the transport header */
	DECODE_BAD_VERSION,         /* the version nibble contradicts the link's protocol */
	DECODE_BAD_HEADER_LENGTH, /* a header's length field is below its minimum or beyond its packet */
	DECODE_BAD_TOTAL_LENGTH, /* the IP length is below its header or beyond the frame */
	DECODE_TOO_DEEP,         /* more tags, labels or extension headers than the bound */
	DECODE_ERRORS
};

enum packet_flags {
	PACKET_SNAPPED = 1 << 0,        /* decoding wanted a byte that the snap length cut */
	PACKET_PORTS = 1 << 1,          /* source and destination port are known */
	PACKET_FRAGMENT = 1 << 2,       /* any fragment of a datagram: fragment_id is set */
	PACKET_LATER_FRAGMENT = 1 << 3, /* offset above 0: carries no transport header */
	PACKET_TCP = 1 << 4,            /* the tcp_* fields are set */
	PACKET_MACS = 1 << 5,           /* the two MAC addresses are set */
	PACKET_ICMP_ID = 1 << 6,        /* ICMP query or reply: both ports hold its identifier */
	PACKET_MORE_FRAGMENTS = 1 << 7,
};

/* TCP flag bits, RFC 9293 3.1 */
enum {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20
};

#define TCP_NO_SCALE 0xff

/* What is known of an IPv4 header's checksum (RFC 791 3.1). */
enum ipv4_checksum {
	CHECKSUM_UNSEEN, /* there is none, or the header is not in our hands whole */
	CHECKSUM_RIGHT,
	CHECKSUM_BAD,
	CHECKSUM_UNSET, /* 0 where that is wrong: left to the sender's hardware, as some systems do */
};

struct packet {
	struct packet_time time;
	uint32_t
		frame_bytes; /* README, "Frame bytes": on the wire, without FCS and pseudo-headers */
	uint32_t link_bytes;    /* of them: link header and tags, up to the network header */
	uint32_t payload_bytes; /* TCP, UDP: payload by the IP header's length */
	uint32_t fragment_id;

	uint16_t interface;  /* slot; set by the worker */
	uint8_t direction;   /* enum direction */
	uint8_t network;     /* enum network */
	uint8_t protocol;    /* enum protocol */
	uint8_t ip_protocol; /* the number itself */
	uint8_t cast;        /* enum cast, by the link's destination */
	uint8_t error;       /* enum decode_error */
	uint8_t flags;       /* enum packet_flags */
	uint8_t tcp_flags;
	uint8_t icmp_type;
	uint8_t icmp_code;
	uint16_t vlan[2]; /* VLAN ids, outer and inner; 0: none */

	union {
		struct {
			uint32_t tcp_sequence;
			uint32_t tcp_acknowledgement;
		};
		struct { /* where `message` tells that it is OSPF's */
			uint32_t ospf_router;
			uint32_t ospf_area;
		};
		struct { /* where `message` tells what an ICMP error quotes: host byte order */
			uint16_t quoted_source_port;
			uint16_t quoted_destination_port;
		};
	};
	uint16_t tcp_window;
	uint8_t tcp_window_scale; /* of a SYN: RFC 7323 2.2; TCP_NO_SCALE: it offers none */
	uint8_t ipv4_checksum;    /* enum ipv4_checksum */
	uint16_t source_port;     /* host byte order */
	uint16_t destination_port;

	uint8_t source_mac[MAC_BYTES];
	uint8_t destination_mac[MAC_BYTES];
	uint8_t source[IP_ADDRESS_BYTES]; /* ARP for IPv4: the sender's, and whom it is for */
	uint8_t destination[IP_ADDRESS_BYTES];

	/* Told of packets one by one, counted nowhere: 0 where nothing is known, or was captured. */
	uint16_t ethertype; /* the innermost; below 1536 the length of an LLC frame */
	uint8_t llc_sap;    /* whom an LLC frame is for (IEEE 802.2) */
	uint8_t message; /* ARP for IPv4: operation; IGMP and OSPF: type; ICMP: the protocol of the
			     * packet that could not be delivered, if its ports are quoted */
};

static inline bool packet_is_ip(const struct packet *packet)
{
	return packet->network == NETWORK_IPV4 || packet->network == NETWORK_IPV6;
}

static inline bool packet_is_tcp_or_udp(const struct packet *packet)
{
	return packet->protocol == PROTOCOL_TCP || packet->protocol == PROTOCOL_UDP;
}

/* IEEE 802.3 3.2.6: what is smaller is the length of an LLC frame. */
static inline bool packet_has_ethertype(const struct packet *packet)
{
	return packet->ethertype >= 0x0600;
}

/* The names that users see as label values and MIB enumerations ("ipv4", "tcp", "bad_version"). */
const char *network_name(enum network network);
extern const char *const network_names[NETWORKS + 1]; /* NULL behind the last, here and below */
const char *protocol_name(enum protocol protocol);
extern const char *const protocol_names[PROTOCOLS + 1];
const char *decode_error_name(enum decode_error error);

#endif
