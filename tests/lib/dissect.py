"""One frame taken apart by the README's definitions alone; the reference's other half.

A decoder asks the frame for bytes. What the frame never had raises Bad; what the snap length cut
raises Snapped. Either way the frame counts at every level that it had reached.
"""

from lib.dissect_base import Bad, Bytes, Packet, Snapped
from lib.dissect_ip import arp, ipv4, ipv6
from lib.pseudo import pseudo_bytes

TAGS = (0x8100, 0x88A8, 0x9100)
OUTGOING = 4
# ARPHRD numbers under which the protocol field of SLL is no ethertype: netlink, radiotap, FRAD
NO_ETHERTYPE = (824, 803, 770)
REASONS = ("unknown_link", "truncated_link", "truncated_network", "truncated_transport",
           "bad_version", "bad_header_length", "bad_total_length", "too_deep")


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
    """IEEE 802.2; RFC 1042: SNAP with an OUI of zeros, or a bridge's 0000f8, has an ethertype."""
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


# By LINKTYPE number; dissect_links.py adds the rarer ones.
LINKS = {0: null, 1: ethernet, 9: ppp, 101: raw, 108: loop, 113: sll, 228: ipv4, 229: ipv6,
         276: sll2}
