"""The reference's link layers beyond Ethernet, cooked, loopback and raw: each by its specification
at tcpdump.org/linktypes.html and the standard that it cites. Header sizes that were never on a wire
are pseudo.py's business; here they are only passed.
"""

from lib import dissect
from lib.dissect import Bad, arp, ethernet, ethertype, ipv4, ipv6, llc, mac_cast, mpls, ppp
from lib.pseudo import ppi_check_sequence


def behind(n, inner):
    """A pseudo-header of a fixed size in front of another link type."""

    def link(packet, rest):
        rest.skip(n, "link")
        inner(packet, rest)

    return link


def ip_version(packet, rest):
    dissect.raw(packet, rest)


def token_ring(packet, rest):
    """IEEE 802.5: access control, frame control, addresses with the highest bit first, a route
    where the source's first bit says so."""
    head = rest.take(14, "link")
    everybody = bytes.fromhex("ffffffffffff"), bytes.fromhex("c000ffffffff")
    packet.cast = "multicast" if head[2] & 0x80 else "unicast"
    if head[2:8] in everybody:
        packet.cast = "broadcast"
    if head[8] & 0x80:
        size = rest.look(2, "link")[0] & 0x1F
        if size < 2 or size > rest.left():
            raise Bad("bad_header_length")
        rest.skip(size, "link")
    if head[1] & 0xC0 == 0x40:
        llc(packet, rest)


def fddi(packet, rest):
    """ISO 9314-2: frame control, addresses with each byte's highest bit first; 101 in the control's
    middle is LLC."""
    head = rest.take(13, "link")
    packet.cast = mac_cast(bytes(int(f"{byte:08b}"[::-1], 2) for byte in head[1:7]))
    if head[0] & 0x70 == 0x50:
        llc(packet, rest)


def ip_over_fc(packet, rest):
    """RFC 2625: two network addresses of 2 + 6 bytes, then LLC."""
    packet.cast = mac_cast(rest.take(16, "link")[2:8])
    llc(packet, rest)


def arcnet(offset_bytes):
    """RFC 1201: d4, d5, c4 behind a split flag and a sequence number; RFC 1051: f0, f1 without."""

    def link(packet, rest):
        head = rest.take(2 + offset_bytes + 1, "link")
        packet.cast = "broadcast" if head[1] == 0 else "unicast"
        kind = head[-1]
        if kind in (0xD4, 0xD5, 0xC4):
            rest.take(3, "link")
        inner = {0xD4: ipv4, 0xF0: ipv4, 0xD5: arp, 0xF1: arp, 0xC4: ipv6}.get(kind)
        if inner:
            inner(packet, rest)

    return link


def cisco_hdlc(packet, rest):
    """Address (0f: to one, 8f: to all), control, ethertype; ISO packets by a type below 1536."""
    head = rest.take(4, "link")
    packet.cast = "multicast" if head[0] == 0x8F else "unicast"
    number = int.from_bytes(head[2:], "big")
    if number >= 0x0600:
        ethertype(packet, rest, number)


def ppp_in_hdlc(packet, rest):
    """RFC 1662, or Cisco's HDLC where the address is 0f or 8f (as NetBSD writes it)."""
    if rest.look(1, "link")[0] in (0x0F, 0x8F):
        cisco_hdlc(packet, rest)
    else:
        ppp(packet, rest)


def frame_relay(packet, rest):
    """Q.922 address of 2 to 4 bytes (the last one is odd), then RFC 2427: control, padding, NLPID;
    or Cisco's ethertype."""
    rest.take(1, "link")
    size = 2
    while not rest.number(1, "link") & 1:
        size += 1
        if size > 4:
            raise Bad("bad_header_length")
    if rest.look(1, "link") != b"\x03":
        number = rest.number(2, "link")
        if number >= 0x0600:
            ethertype(packet, rest, number)
        return
    rest.take(1, "link")
    if rest.look(1, "link") == b"\0":
        rest.take(1, "link")
    dissect.nlpid(packet, rest)


def multilink_frame_relay(packet, rest):
    """FRF.16: two bytes; begin and end bits set, control bit not: a whole frame."""
    if rest.take(2, "link")[0] & 0xE0 == 0xC0:
        frame_relay(packet, rest)


def atm_rfc1483(packet, rest):
    """RFC 2684: LLC; a bridged frame has two bytes of padding in front."""
    if rest.data[rest.at : rest.at + 3] == b"\xaa\xaa\x03":
        rest.take(3, "link")
        dissect.snap(packet, rest, bridged_padding=2)
    else:
        llc(packet, rest)


def atm_clip(packet, rest):
    """RFC 2225: LLC and SNAP, or nothing in front of IP."""
    if rest.look(3, "link") == b"\xaa\xaa\x03":
        atm_rfc1483(packet, rest)
    else:
        ip_version(packet, rest)


def sunatm(packet, rest):
    """Traffic kind in four bits, VPI, VCI: 1: LAN emulation (two bytes and Ethernet), 2: LLC."""
    kind = rest.take(4, "link")[0] & 15
    if kind == 1:
        rest.skip(2, "link")
        ethernet(packet, rest)
    elif kind == 2:
        atm_rfc1483(packet, rest)


def wifi(packet, rest, padded=False):
    """IEEE 802.11 9.2.3: data frames that are not encrypted hold LLC."""
    control = rest.take(2, "link")
    kind, subtype = control[0] >> 2 & 3, control[0] >> 4
    if kind != 2:
        if kind == 1:  # control
            rest.take(8, "link")
        elif kind == 0:  # management
            packet.cast = mac_cast(rest.take(22, "link")[2:8])
        return
    head = rest.take(22, "link")
    to_ds, from_ds = control[1] & 1, control[1] & 2
    fourth = rest.take(6, "link") if to_ds and from_ds else b""
    used, qos = 24 + len(fourth), b"\0\0"
    if subtype & 8:
        qos = rest.take(2, "link")
        used += 2
        if control[1] & 0x80:
            rest.take(4, "link")
            used += 4
    packet.cast = mac_cast(head[14:20] if to_ds else head[2:8])
    if padded:
        rest.skip(-used % 4, "link")
    if subtype & 4 or control[1] & 0x40 or head[20] & 15:
        return
    if fourth and qos[1] & 1:  # mesh control, with up to two addresses
        rest.skip((rest.look(6, "link")[0] & 3) * 6 + 6, "link")
    if qos[0] & 0x80:  # the first of several MSDUs
        packet.cast = mac_cast(rest.take(14, "link")[:6])
    llc(packet, rest)


def radiotap(packet, rest):
    """Little-endian: version, pad, length. A check sequence at the end is no part of the frame."""
    size = int.from_bytes(rest.look(8, "link")[2:4], "little")
    if size < 8:
        raise Bad("bad_header_length")
    lost = rest.end - packet.frame_bytes - size  # pseudo.py took the check sequence off as well
    rest.skip(size, "link")
    rest.end -= max(0, lost)
    wifi(packet, rest)


def nflog(packet, rest):
    """Family, version, resource, then attributes; the one of type 9 is the packet."""
    which = rest.take(4, "link")[0]
    while True:
        head = rest.take(4, "link")
        size, kind = int.from_bytes(head[:2], "little"), int.from_bytes(head[2:], "little")
        if size < 4:
            raise Bad("bad_header_length")
        if kind == 9:
            rest.end = min(rest.end, rest.at + size - 4)
            break
        rest.skip((size + 3) // 4 * 4 - 4, "link")
    if which == 2:
        ipv4(packet, rest)
    elif which == 10:
        ipv6(packet, rest)


def ppi(packet, rest):
    head = rest.look(8, "link")
    size, inner = int.from_bytes(head[2:4], "little"), int.from_bytes(head[4:], "little")
    if size < 8:
        raise Bad("bad_header_length")
    check_sequence = ppi_check_sequence(rest.data, rest.end)
    rest.skip(size, "link")
    rest.end -= check_sequence
    links = {**dissect.LINKS, 12: ip_version}  # raw IP as libpcap numbers it
    if inner not in links:
        raise Bad("unknown_link")
    links[inner](packet, rest)


def juniper_ethernet(packet, rest):
    """"MGC", flags: 80: extensions follow; 02: the link's header was left out."""
    head = rest.take(4, "link")
    if head[:3] != b"MGC":
        raise Bad("bad_version")
    if head[3] & 0x80:
        rest.skip(rest.number(2, "link"), "link")
    if not head[3] & 2:
        ethernet(packet, rest)


def ipnet(packet, rest):
    """Solaris: version, family (2 or 26), ... 24 bytes."""
    which = rest.look(2, "link")[1]
    rest.skip(24, "link")
    if which == 2:
        ipv4(packet, rest)
    elif which in (10, 26):
        ipv6(packet, rest)


def switch_tag(size, at):
    """A switch's tag of its own between the addresses and the type, or in front of all."""

    def link(packet, rest):
        if at == 0:
            rest.take(size, "link")
            ethernet(packet, rest)
            return
        packet.cast = mac_cast(rest.take(12, "link"))
        rest.take(size, "link")
        ethertype(packet, rest, rest.number(2, "link"))

    return link


LINKS = {
    6: token_ring, 7: arcnet(0), 8: behind(16, ip_version), 10: fddi, 50: ppp_in_hdlc,
    51: lambda packet, rest: ethertype(packet, rest, 0x8864), 100: atm_rfc1483,
    102: behind(24, ip_version), 104: cisco_hdlc, 105: wifi, 106: atm_clip, 107: frame_relay,
    122: ip_over_fc, 123: sunatm, 127: radiotap, 129: arcnet(2), 178: juniper_ethernet,
    182: multilink_frame_relay,
    192: ppi, 204: behind(1, ppp), 205: behind(1, cisco_hdlc), 206: behind(1, frame_relay),
    219: mpls, 226: ipnet, 239: nflog, 281: switch_tag(4, 12), 282: switch_tag(4, 0),
    284: switch_tag(4, 12), 285: switch_tag(8, 12),
}
