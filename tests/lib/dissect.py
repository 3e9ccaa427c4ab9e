"""One frame taken apart by the README's definitions alone; the reference's other half.

A decoder asks the frame for bytes. What the frame never had raises Truncated; what the snap length
cut raises Snapped. Either way the frame counts at every level that it had reached.
"""

from dataclasses import dataclass

IP_PROTOCOLS = {1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 47: "gre", 50: "esp", 51: "ah",
                58: "icmpv6", 89: "ospf", 103: "pim", 132: "sctp"}
EXTENSIONS = (0, 43, 44, 60, 135, 139, 140)
TAGS = (0x8100, 0x88A8, 0x9100)
TAGS_MAX, LABELS_MAX, EXTENSIONS_MAX = 8, 16, 16
OUTGOING = 4
REASONS = ("unknown_link", "truncated_link", "truncated_network", "truncated_transport",
           "bad_version", "bad_header_length", "bad_total_length", "too_deep")


class Snapped(Exception):
    pass


class Bad(Exception):
    """Why the frame cannot be decoded further."""


@dataclass
class Packet:
    frame_bytes: int
    transmitted: bool = False
    cast: str = "unicast"
    network: str = "other"
    protocol: str = "none"
    source: bytes = None
    destination: bytes = None
    ports: tuple = None
    vlans: tuple = ()
    tcp_flags: str = None
    sequence: int = None
    acknowledgement: int = None
    payload_bytes: int = 0
    fragment_id: int = None
    fragment_protocol: int = None
    later_fragment: bool = False
    snapped: bool = False
    error: str = None


class Bytes:
    """The rest of a frame from `at` on. end: where the frame (or the datagram in it) ends."""

    def __init__(self, data, end):
        self.data, self.end, self.at = data, end, 0

    def look(self, n, level):
        if self.at + n > self.end:
            raise Bad(f"truncated_{level}")
        if self.at + n > len(self.data):
            raise Snapped
        return self.data[self.at : self.at + n]

    def take(self, n, level):
        found = self.look(n, level)
        self.at += n
        return found

    def number(self, n, level):
        return int.from_bytes(self.take(n, level), "big")

    def left(self):
        return self.end - self.at


def dissect(link, data, length):
    """link: the LINKTYPE number; data: as captured; length: on the wire."""
    pseudo = PSEUDO_HEADERS.get(link, 0)
    packet = Packet(frame_bytes=max(0, length - pseudo))
    try:
        if link not in LINKS:
            raise Bad("unknown_link")
        LINKS[link](packet, Bytes(data, length))
    except Bad as reason:
        packet.error = str(reason)
    except Snapped:
        packet.snapped = True
    return packet


# Links


def ethernet(packet, rest):
    destination = rest.take(6, "link")
    rest.take(6, "link")
    number = rest.number(2, "link")
    packet.cast = mac_cast(destination)
    length_or_type(packet, rest, number)


def mac_cast(mac):
    if mac == b"\xff" * 6:
        return "broadcast"
    return "multicast" if mac[0] & 1 else "unicast"


def length_or_type(packet, rest, number):
    if number >= 0x0600:
        ethertype(packet, rest, number)
    elif number <= 1500:  # IEEE 802.3: a length, LLC follows
        llc(packet, rest)


def llc(packet, rest):
    """RFC 1042: SNAP with an OUI of zeros holds an ethertype."""
    head = rest.take(3, "link")
    if head == b"\xaa\xaa\x03":
        oui = rest.number(3, "link")
        number = rest.number(2, "link")
        if oui == 0:
            ethertype(packet, rest, number)


def sll(packet, rest):
    kind = rest.number(2, "link")
    rest.take(12, "link")
    cooked(packet, rest, kind, rest.number(2, "link"))


def sll2(packet, rest):
    number = rest.number(2, "link")
    rest.take(8, "link")
    kind = rest.number(1, "link")
    rest.take(9, "link")
    cooked(packet, rest, kind, number)


def cooked(packet, rest, kind, number):
    packet.transmitted = kind == OUTGOING
    packet.cast = {1: "broadcast", 2: "multicast"}.get(kind, "unicast")
    if number == 4:
        llc(packet, rest)
    else:
        ethertype(packet, rest, number)


def null(packet, rest):
    family(packet, rest, {rest.number(4, "link"), swapped(rest.data[:4])})


def loop(packet, rest):
    family(packet, rest, {rest.number(4, "link")})


def swapped(four):
    return int.from_bytes(four, "little")


def family(packet, rest, numbers):
    if 2 in numbers:
        ipv4(packet, rest)
    elif numbers & {10, 24, 28, 30}:
        ipv6(packet, rest)


def raw(packet, rest):
    version = rest.look(1, "network")[0] >> 4
    if version == 4:
        ipv4(packet, rest)
    elif version == 6:
        ipv6(packet, rest)
    else:
        raise Bad("bad_version")


def ppp(packet, rest):
    """RFC 1661, 1662: ff-03 may stand in front, the protocol may have one (odd) byte."""
    if rest.look(1, "link") == b"\xff":
        rest.take(2, "link")
    number = rest.number(1, "link")
    if number % 2 == 0:
        number = number << 8 | rest.number(1, "link")
    if number == 0x21:
        ipv4(packet, rest)
    elif number == 0x57:
        ipv6(packet, rest)
    elif number in (0x0281, 0x0283):
        mpls(packet, rest)


# What an ethertype announces


def ethertype(packet, rest, number):
    tags = 0
    while number in TAGS:
        tags += 1
        if tags > TAGS_MAX:
            raise Bad("too_deep")
        packet.vlans += (rest.number(2, "link") & 0xFFF,)
        number = rest.number(2, "link")
    if number == 0x0800:
        ipv4(packet, rest)
    elif number == 0x86DD:
        ipv6(packet, rest)
    elif number == 0x0806:
        packet.network = "arp"
    elif number in (0x8847, 0x8848):
        mpls(packet, rest)
    elif number == 0x8864:
        rest.take(6, "link")
        ppp(packet, rest)
    elif number <= 1500:
        llc(packet, rest)


def mpls(packet, rest):
    for _ in range(LABELS_MAX):
        if rest.number(4, "link") & 0x100:
            break
    else:
        raise Bad("too_deep")
    version = rest.look(1, "network")[0] >> 4
    if version == 4:
        ipv4(packet, rest)
    elif version == 6:
        ipv6(packet, rest)


# Networks


def ipv4(packet, rest):
    head = rest.look(20, "network")
    if head[0] >> 4 != 4:
        raise Bad("bad_version")
    packet.network = "ipv4"
    packet.protocol = IP_PROTOCOLS.get(head[9], "other")
    packet.source, packet.destination = head[12:16], head[16:20]
    flags_offset = int.from_bytes(head[6:8], "big")
    offset, more = flags_offset & 0x1FFF, flags_offset & 0x2000
    if offset or more:
        packet.fragment_id = int.from_bytes(head[4:6], "big")
        packet.fragment_protocol = head[9]
        packet.later_fragment = offset > 0
    header, total = (head[0] & 15) * 4, int.from_bytes(head[2:4], "big")
    if header < 20:
        raise Bad("bad_header_length")
    if total and total < header:
        raise Bad("bad_total_length")
    beyond = set_end(rest, total or rest.left())
    rest.take(header, "network")
    if not packet.later_fragment:
        transport(packet, rest, head[9])
    if beyond:
        raise Bad("bad_total_length")


def set_end(rest, total):
    """The datagram's own length rules out padding. Whether it claims more than the frame holds."""
    end = rest.at + total
    beyond = end > rest.end
    rest.end = min(rest.end, end)
    return beyond


def ipv6(packet, rest):
    head = rest.look(40, "network")
    if head[0] >> 4 != 6:
        raise Bad("bad_version")
    rest.take(40, "network")
    packet.network = "ipv6"
    packet.source, packet.destination = head[8:24], head[24:40]
    length, number = int.from_bytes(head[4:6], "big"), head[6]
    packet.protocol = "other"
    beyond = set_end(rest, length) if length else False
    extensions = 0
    while number in EXTENSIONS:
        extensions += 1
        if extensions > EXTENSIONS_MAX:
            raise Bad("too_deep")
        first = rest.look(8, "network")
        if number == 44:
            rest.take(8, "network")
            offset_more = int.from_bytes(first[2:4], "big")
            if offset_more & 0xFFF9:
                packet.fragment_id = int.from_bytes(first[4:8], "big")
                packet.fragment_protocol = first[0]
            if offset_more & 0xFFF8:
                packet.later_fragment = True
                packet.protocol = IP_PROTOCOLS.get(first[0], "other")
                break
        else:
            rest.take((first[1] + 1) * 8, "network")
        number = first[0]
    else:
        packet.protocol = IP_PROTOCOLS.get(number, "other")
        transport(packet, rest, number)
    if beyond:
        raise Bad("bad_total_length")


# Transports


def transport(packet, rest, number):
    if number in (6, 17):
        four = rest.look(4, "transport")
        packet.ports = int.from_bytes(four[:2], "big"), int.from_bytes(four[2:], "big")
    if number == 17:
        rest.look(8, "transport")
    elif number == 6:
        tcp(packet, rest)
    elif number in (1, 58):
        rest.look(4, "transport")


def tcp(packet, rest):
    """RFC 9293 3.1."""
    head = rest.look(20, "transport")
    packet.tcp_flags = "".join(c for i, c in enumerate("FSRPAU") if head[13] >> i & 1)
    packet.sequence = int.from_bytes(head[4:8], "big")
    packet.acknowledgement = int.from_bytes(head[8:12], "big")
    header = (head[12] >> 4) * 4
    if header < 20 or header > rest.left():
        raise Bad("bad_header_length")
    packet.payload_bytes = rest.left() - header


# LINKTYPE numbers and, where the frame's length counts a header that was never on a wire, its size
LINKS = {0: null, 1: ethernet, 101: raw, 108: loop, 113: sll, 228: ipv4, 229: ipv6, 276: sll2,
         9: ppp, 50: ppp}
PSEUDO_HEADERS = {0: 4, 108: 4, 113: 16, 276: 20}
