"""One frame taken apart by the README's definitions alone; the reference's other half.

A decoder asks the frame for bytes. What the frame never had raises Truncated; what the snap length
cut raises Snapped. Either way the frame counts at every level that it had reached.
"""

from dataclasses import dataclass

from lib.pseudo import pseudo_bytes

IP_PROTOCOLS = {1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 47: "gre", 50: "esp", 51: "ah",
                58: "icmpv6", 89: "ospf", 103: "pim", 132: "sctp"}
EXTENSIONS = (0, 43, 44, 60, 135, 139, 140)
TAGS = (0x8100, 0x88A8, 0x9100)
HEADERS_MAX = 16  # between link and network, and IPv6 extension headers
OUTGOING = 4
# ARPHRD numbers under which the protocol field of SLL is no ethertype: netlink, radiotap, FRAD
NO_ETHERTYPE = (824, 803, 770)
# A length of 0 is an offload's only where the frame is longer than any that needs no offload.
SMALLEST_MTU = {4: 576, 6: 1280}
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
    fragment_protocol: int = None  # part of the key in IPv4 only (RFC 8200 4.5: the id alone)
    later_fragment: bool = False
    snapped: bool = False
    error: str = None


class Bytes:
    """The rest of a frame from `at` on. end: where the frame (or the datagram in it) ends; claimed:
    how much the datagram claims to have left, which may be more."""

    def __init__(self, data, end):
        self.data, self.end, self.at, self.claimed, self.headers = data, end, 0, end, 0

    def look(self, n, level, header=0):
        """The next n bytes; of a header, which must be there whole, only the n that tell much."""
        if self.at + max(n, header) > self.end:
            raise Bad(f"truncated_{level}")
        if self.at + n > len(self.data):
            raise Snapped
        return self.data[self.at : self.at + n]

    def enter(self):
        """One more header between link and network."""
        self.headers += 1
        if self.headers > HEADERS_MAX:
            raise Bad("too_deep")

    def take(self, n, level):
        found = self.look(n, level)
        self.at += n
        self.claimed -= n
        return found

    def skip(self, n, level):
        """Bytes that have to be there and that nobody reads: the snap length may cut them."""
        if self.at + n > self.end:
            raise Bad(f"truncated_{level}")
        self.at += n
        self.claimed -= n

    def number(self, n, level):
        return int.from_bytes(self.take(n, level), "big")

    def left(self):
        return self.end - self.at


def dissect(link, data, length):
    """link: the LINKTYPE number; data: as captured; length: on the wire."""
    packet = Packet(frame_bytes=length - pseudo_bytes(link, data, length))
    try:
        if link not in LINKS:
            raise Bad("unknown_link")
        LINKS[link](packet, Bytes(data, length))
    except Bad as reason:
        packet.error = packet.error or str(reason)
    except Snapped:
        packet.snapped = True
    return packet


# Links


def ethernet(packet, rest):
    destination = rest.take(6, "link")
    rest.take(6, "link")
    number = rest.number(2, "link")
    packet.cast = mac_cast(destination)
    ethertype(packet, rest, number)


def mac_cast(mac):
    if mac == b"\xff" * 6:
        return "broadcast"
    return "multicast" if mac[0] & 1 else "unicast"


def llc(packet, rest):
    """IEEE 802.2; RFC 1042: SNAP with an OUI of zeros (or of a bridge's, 0000f8) has an ethertype."""
    rest.enter()
    head = rest.take(3, "link")
    if head == b"\xaa\xaa\x03":
        snap(packet, rest)
    elif head == b"\xfe\xfe\x03":
        nlpid(packet, rest)
    elif head == b"\x06\x06\x03":  # RFC 948
        ipv4(packet, rest)
    elif head == b"\x98\x98\x03":
        arp(packet, rest)


def nlpid(packet, rest):
    """ISO/IEC TR 9577, RFC 2427: one byte tells the protocol."""
    number = rest.number(1, "link")
    if number == 0xCC:
        ipv4(packet, rest)
    elif number == 0x8E:
        ipv6(packet, rest)
    elif number == 0x80:
        snap(packet, rest)
    elif number == 0xCF:
        ppp_protocol(packet, rest)


def snap(packet, rest, bridged_padding=0):
    """RFC 1042; RFC 2427, RFC 2684: under the OUI 0080c2, 1 and 7 are bridged Ethernet frames."""
    oui = rest.number(3, "link")
    number = rest.number(2, "link")
    if oui in (0, 0xF8):
        ethertype(packet, rest, number)
    elif oui == 0x80C2 and number in (1, 7):
        rest.skip(bridged_padding, "link")
        ethernet(packet, rest)


def sll(packet, rest):
    kind = rest.number(2, "link")
    packet.transmitted = kind == OUTGOING
    hardware = rest.number(2, "link")
    rest.take(10, "link")
    cooked(packet, rest, kind, hardware, rest.number(2, "link"))


def sll2(packet, rest):
    number = rest.number(2, "link")
    rest.take(6, "link")
    hardware = rest.number(2, "link")
    kind = rest.number(1, "link")
    packet.transmitted = kind == OUTGOING
    rest.take(9, "link")
    cooked(packet, rest, kind, hardware, number)


def cooked(packet, rest, kind, hardware, number):
    packet.cast = {1: "broadcast", 2: "multicast"}.get(kind, "unicast")
    if hardware in NO_ETHERTYPE:
        return
    if number == 4:
        llc(packet, rest)
    elif number >= 0x0600:
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
    """RFC 1662: ff-03 may stand in front."""
    if rest.end - rest.at >= 2 and rest.look(2, "link") == b"\xff\x03":
        rest.take(2, "link")
    ppp_protocol(packet, rest)


def ppp_protocol(packet, rest):
    """RFC 1661: the protocol may have one (odd) byte."""
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
    if number in TAGS:
        rest.enter()
        packet.vlans += (rest.number(2, "link") & 0xFFF,)
        ethertype(packet, rest, rest.number(2, "link"))
    elif number == 0x0800:
        ipv4(packet, rest)
    elif number == 0x86DD:
        ipv6(packet, rest)
    elif number == 0x0806:
        arp(packet, rest)
    elif number in (0x8847, 0x8848):
        mpls(packet, rest)
    elif number == 0x8864:
        rest.enter()
        rest.take(6, "link")
        ppp_protocol(packet, rest)
    elif number < 0x0600:  # IEEE 802.3: a length, LLC follows
        llc(packet, rest)


def mpls(packet, rest):
    bottom = False
    while not bottom:
        rest.enter()
        bottom = rest.number(4, "link") & 0x100
    version = rest.look(1, "network")[0] >> 4
    if version == 4:
        ipv4(packet, rest)
    elif version == 6:
        ipv6(packet, rest)


# Networks


def arp(packet, rest):
    """RFC 826: the fixed part, before the addresses."""
    packet.network = "arp"
    rest.look(8, "network")


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
    if total == 0 and rest.left() > SMALLEST_MTU[4]:
        total = rest.left()
    if total < header:
        raise Bad("bad_total_length")
    if header > rest.left():
        raise Bad("truncated_network")
    set_end(packet, rest, total)
    rest.skip(header, "network")
    if not packet.later_fragment:
        transport(packet, rest, head[9])


def set_end(packet, rest, total):
    """The datagram's own length rules out padding. One that claims more than the frame holds is
    decoded as far as it goes; that it lied is its error, whatever is found behind."""
    if total > rest.left():
        packet.error = packet.error or "bad_total_length"
    rest.end = min(rest.end, rest.at + total)
    rest.claimed = total


def ipv6(packet, rest):
    head = rest.look(40, "network")
    if head[0] >> 4 != 6:
        raise Bad("bad_version")
    rest.take(40, "network")
    packet.network = "ipv6"
    packet.source, packet.destination = head[8:24], head[24:40]
    length, number = int.from_bytes(head[4:6], "big"), head[6]
    packet.protocol = "other"
    set_end(packet, rest, ipv6_payload_length(packet, rest, int.from_bytes(head[4:6], "big"), number))
    extensions = 0
    while number in EXTENSIONS:
        extensions += 1
        if extensions > HEADERS_MAX:
            raise Bad("too_deep")
        if number == 44:
            first = rest.take(8, "network")
            offset_more = int.from_bytes(first[2:4], "big")
            if offset_more & 0xFFF9:
                packet.fragment_id = int.from_bytes(first[4:8], "big")
            if offset_more & 0xFFF8:
                packet.later_fragment = True
                packet.protocol = IP_PROTOCOLS.get(first[0], "other")
                return
        else:
            first = rest.look(2, "network")
            if (first[1] + 1) * 8 > rest.left():
                raise Bad("bad_header_length")
            rest.skip((first[1] + 1) * 8, "network")
        number = first[0]
    packet.protocol = IP_PROTOCOLS.get(number, "other")
    transport(packet, rest, number)


def ipv6_payload_length(packet, rest, length, number):
    """RFC 2675: 0 stands for what the jumbo option says; without one, for an offload's length."""
    if length:
        return length
    if number == 0:
        jumbo = jumbo_length(rest)
        if jumbo > 0xFFFF:
            return jumbo
        if jumbo:
            packet.error = "bad_total_length"
    return rest.left() if rest.left() > SMALLEST_MTU[6] - 40 else 0


def jumbo_length(rest):
    """Of the hop-by-hop header that follows, if it was captured; else 0."""
    header = rest.data[rest.at : rest.end]
    if len(header) < 2 or len(header) < (header[1] + 1) * 8:
        return 0
    options = header[2 : (header[1] + 1) * 8]
    while len(options) >= 2:
        if options[0] == 0:
            options = options[1:]
        elif options[:2] == b"\xc2\x04" and len(options) >= 6:
            return int.from_bytes(options[2:6], "big")
        else:
            options = options[2 + options[1] :]
    return 0


# Transports


def transport(packet, rest, number):
    if number in (6, 17, 132):
        # four bytes tell the ports, whatever is missing behind them
        if rest.at + 4 <= min(rest.end, len(rest.data)):
            ports = rest.look(4, "transport")
            packet.ports = int.from_bytes(ports[:2], "big"), int.from_bytes(ports[2:], "big")
    if number == 6:
        tcp(packet, rest)
    elif number == 17:
        udp(packet, rest)
    elif number == 132:
        rest.look(4, "transport", header=12)
    elif number in (1, 58):
        icmp(rest, number)


def tcp(packet, rest):
    """RFC 9293 3.1; nothing behind the window is looked at."""
    head = rest.look(16, "transport", header=20)
    packet.tcp_flags = "".join(c for i, c in enumerate("FSRPAU") if head[13] >> i & 1)
    packet.sequence = int.from_bytes(head[4:8], "big")
    packet.acknowledgement = int.from_bytes(head[8:12], "big")
    header = (head[12] >> 4) * 4
    in_first_fragment = packet.fragment_id is not None
    if header < 20 or (header > rest.claimed and not in_first_fragment):
        raise Bad("bad_header_length")
    packet.payload_bytes = max(0, rest.claimed - header)


def udp(packet, rest):
    """RFC 768; RFC 2675 4: a length of 0 in a jumbogram."""
    length = int.from_bytes(rest.look(6, "transport", header=8)[4:6], "big")
    if length < 8:
        if length or rest.claimed <= 0xFFFF:
            raise Bad("bad_header_length")
    elif length > rest.claimed and packet.fragment_id is None:
        raise Bad("bad_header_length")


def icmp(rest, number):
    """RFC 792, RFC 4443: a query has an identifier."""
    kind = rest.look(2, "transport", header=4)[0]
    if kind in ((0, 8, 13, 14, 15, 16, 17, 18) if number == 1 else (128, 129)):
        rest.look(6, "transport", header=8)


# By LINKTYPE number; dissect_links.py adds the rarer ones.
LINKS = {0: null, 1: ethernet, 9: ppp, 101: raw, 108: loop, 113: sll, 228: ipv4, 229: ipv6,
         276: sll2}
