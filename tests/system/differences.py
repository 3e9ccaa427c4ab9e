"""Where the agent and Wireshark differ, file by file, and why the agent is right."""

from typing import NamedTuple

# Link types without a decoder: they count as network `other` with the reason unknown_link.
UNDECODED_LINKS = {
    132, 137, 149, 164, 195, 231, 271,
}

# Files of link types that Wireshark 4.0 does not read (later versions read some of them): the slow
# reader and the reference counter alone are their truth.
UNREADABLE = {
    "brcm-tag-prepend.pcap",  # 282
    "dsa-high-vid.pcap",  # 284
    "edsa-high-vid.pcap",  # 285
    "hoobr_juniper3.pcap",  # 132, with bits above that libpcap masks away
    "juniper_es_oobr.pcap",  # 132, the same
    "juniper_monitor_invalid_cookie_length.pcap",  # 164
    "kday6.pcap",  # 182
    "vtp_asan-3.pcap",  # 182
}


class Reviewed(NamedTuple):
    reason: str
    values: dict  # {(network, protocol or "host"; protocol, port or host; unit): (ours, tshark's)}


REVIEWED = {
    "LINKTYPE_IPV4_invalid.pcap": Reviewed(
        "The version nibble is not 4: bad_version, so no IPv4. tshark trusts the link type.",
        {
            ("ipv4", "other", "bytes"): (0, 77),
            ("ipv4", "other", "packets"): (0, 1),
            ("other", "none", "bytes"): (77, 0),
            ("other", "none", "packets"): (1, 0),
        },
    ),
    "LINKTYPE_USER2_PKTAP.pcap": Reviewed(
        "149 is USER2, which anyone may use for anything: unknown_link. tshark takes it for "
        "Apple's PKTAP.",
        {
            ("ipv4", "udp", "bytes"): (0, 182),
            ("ipv4", "udp", "packets"): (0, 1),
            ("other", "none", "bytes"): (182, 0),
            ("other", "none", "packets"): (1, 0),
            ("udp", "53", "bytes"): (0, 182),
            ("udp", "53", "packets"): (0, 1),
            ("host", "10.32.4.27", "transmit bytes"): (0, 182),
            ("host", "10.32.4.27", "transmit packets"): (0, 1),
            ("host", "10.32.100.15", "receive bytes"): (0, 182),
            ("host", "10.32.100.15", "receive packets"): (0, 1),
        },
    ),
    "arista_ether.pcap": Reviewed(
        "12 frames carry Arista's time stamp header (type d28b), a vendor's own; the "
        "definition names what may stand between link and network. tshark looks behind it.",
        {
            ("ipv4", "other", "bytes"): (0, 1308),
            ("ipv4", "other", "packets"): (0, 12),
            ("other", "none", "bytes"): (1744, 436),
            ("other", "none", "packets"): (16, 4),
            ("host", "10.136.1.32", "transmit bytes"): (0, 1308),
            ("host", "10.136.1.32", "transmit packets"): (0, 12),
            ("host", "10.2.23.24", "receive bytes"): (0, 1308),
            ("host", "10.2.23.24", "receive packets"): (0, 12),
        },
    ),
    "bad-ipv4-version-pgm-heapoverflow.pcap": Reviewed(
        "The version nibble is 3, not 4: bad_version. tshark calls it a bogus version and "
        "IPv4.",
        {
            ("ipv4", "other", "bytes"): (0, 262144),
            ("ipv4", "other", "packets"): (0, 1),
            ("other", "none", "bytes"): (262144, 0),
            ("other", "none", "packets"): (1, 0),
        },
    ),
    "bigtcp-ipv6-geneve-ipv4.pcap": Reviewed(
        "BIG TCP: the IPv6 payload length is 0, the link's length stands in. tshark sees an "
        "empty payload and no ports; the UDP header is there: 37059 -> 6081.",
        {
            ("udp", "6081", "bytes"): (80136, 0),
            ("udp", "6081", "packets"): (1, 0),
            ("udp", "unattributed", "bytes"): (0, 80136),
            ("udp", "unattributed", "packets"): (0, 1),
        },
    ),
    "bigtcp-ipv6-vxlan-ipv6.pcap": Reviewed(
        "BIG TCP, as above: the UDP header says 51516 -> 4789.",
        {
            ("udp", "4789", "bytes"): (80156, 0),
            ("udp", "4789", "packets"): (1, 0),
            ("udp", "unattributed", "bytes"): (0, 80156),
            ("udp", "unattributed", "packets"): (0, 1),
        },
    ),
    "cve2015-0261-ipv6.pcap": Reviewed(
        "SLIP: the IP header stands behind 16 bytes of the capture's own, and its first byte "
        "is 67: version 6. tshark wants the direction byte to be 0 or 1 and gives up.",
        {
            ("ipv6", "other", "bytes"): (370, 0),
            ("ipv6", "other", "packets"): (2, 0),
            ("other", "none", "bytes"): (0, 370),
            ("other", "none", "packets"): (0, 2),
            ("host", "6767:6767:6767:6767:6767:6767:6767:6767", "transmit bytes"): (370, 0),
            ("host", "6767:6767:6767:6767:6767:6767:6767:6767", "transmit packets"): (2, 0),
            ("host", "6767:6767:6767:6767:6767:6767:6767:6705", "receive bytes"): (185, 0),
            ("host", "6767:6767:6767:6767:6767:6767:6767:6705", "receive packets"): (1, 0),
            ("host", "6767:6767:4f67:6767:6767:6767:6767:6767", "receive bytes"): (185, 0),
            ("host", "6767:6767:4f67:6767:6767:6767:6767:6767", "receive packets"): (1, 0),
        },
    ),
    "getname_2_read4_asan.pcap": Reviewed(
        "Type 8035 is RARP, which is not ARP. tshark has one name for both.",
        {
            ("arp", "none", "bytes"): (0, 65570),
            ("arp", "none", "packets"): (0, 1),
            ("other", "none", "bytes"): (65570, 0),
            ("other", "none", "packets"): (1, 0),
        },
    ),
    "gre-heapoverflow-1.pcap": Reviewed(
        "The second frame's type says IPv4 and its version nibble says 3: bad_version.",
        {
            ("ipv4", "other", "bytes"): (0, 262144),
            ("ipv4", "other", "packets"): (0, 1),
            ("other", "none", "bytes"): (524288, 262144),
            ("other", "none", "packets"): (2, 1),
        },
    ),
    "heap-overflow-2.pcap": Reviewed(
        "The one byte captured of classical IP over ATM is 30: version 3, bad_version. tshark "
        "trusts the link type.",
        {
            ("ipv4", "other", "bytes"): (0, 262144),
            ("ipv4", "other", "packets"): (0, 1),
            ("other", "none", "bytes"): (262144, 0),
            ("other", "none", "packets"): (1, 0),
        },
    ),
    "icmp-icmp_print-oobr-2.pcap": Reviewed(
        "The second frame's length on the wire is 0: there is nothing to decode. tshark "
        "decodes the 64 bytes that the file holds nevertheless.",
        {
            ("ipv4", "bad checksum", "packets"): (2, 3),
            ("ipv4", "other", "packets"): (1, 2),
            ("other", "none", "packets"): (1, 0),
            ("host", "250.219.91.20", "transmit packets"): (1, 2),
            ("host", "209.150.251.64", "receive packets"): (1, 2),
        },
    ),
    "ipv4_invalid_hdr_length.pcap": Reviewed(
        "The header length is 16: no ports. But the fixed header is whole and says UDP; "
        "tshark stops before the protocol.",
        {
            ("ipv4", "other", "bytes"): (0, 98),
            ("ipv4", "other", "packets"): (0, 1),
            ("ipv4", "udp", "bytes"): (98, 0),
            ("ipv4", "udp", "packets"): (1, 0),
            ("udp", "unattributed", "bytes"): (98, 0),
            ("udp", "unattributed", "packets"): (1, 0),
            ("host", "140.211.9.206", "transmit bytes"): (98, 0),
            ("host", "140.211.9.206", "transmit packets"): (1, 0),
            ("host", "45.33.127.156", "receive bytes"): (98, 0),
            ("host", "45.33.127.156", "receive packets"): (1, 0),
        },
    ),
    "ipv6_frag6_negative_len.pcap": Reviewed(
        "The payload length is 0 in a frame of 32,896 bytes: the link's length stands in, and "
        "the fragment header names IGMP. tshark sees an empty payload.",
        {
            ("ipv6", "igmp", "bytes"): (32896, 0),
            ("ipv6", "igmp", "packets"): (1, 0),
            ("ipv6", "other", "bytes"): (0, 32896),
            ("ipv6", "other", "packets"): (0, 1),
        },
    ),
    "macsec-short-longer.pcap": Reviewed(
        "MACsec that does not encrypt: the definition does not look into it. tshark does.",
        {
            ("ipv4", "udp", "bytes"): (0, 84),
            ("ipv4", "udp", "packets"): (0, 1),
            ("other", "none", "bytes"): (84, 0),
            ("other", "none", "packets"): (1, 0),
            ("udp", "6666", "bytes"): (0, 84),
            ("udp", "6666", "packets"): (0, 1),
            ("host", "192.168.114.1", "transmit bytes"): (0, 84),
            ("host", "192.168.114.1", "transmit packets"): (0, 1),
            ("host", "192.168.114.2", "receive bytes"): (0, 84),
            ("host", "192.168.114.2", "receive packets"): (0, 1),
        },
    ),
    "macsec-short-valid.pcap": Reviewed(
        "MACsec that does not encrypt, as above.",
        {
            ("ipv4", "udp", "bytes"): (0, 78),
            ("ipv4", "udp", "packets"): (0, 1),
            ("other", "none", "bytes"): (78, 0),
            ("other", "none", "packets"): (1, 0),
            ("udp", "6666", "bytes"): (0, 78),
            ("udp", "6666", "packets"): (0, 1),
            ("host", "192.168.114.1", "transmit bytes"): (0, 78),
            ("host", "192.168.114.1", "transmit packets"): (0, 1),
            ("host", "192.168.114.2", "receive bytes"): (0, 78),
            ("host", "192.168.114.2", "receive packets"): (0, 1),
        },
    ),
}
