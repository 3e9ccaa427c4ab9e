"""Headers of the rarer links, each as tcpdump.org/linktypes.html and its standard describe it."""

import struct

from lib.links import MAC_A, MAC_B
from lib.stack import layer, mac, u16, u32


@layer()
def token_ring(place, destination=MAC_B, source=MAC_A, route=b""):
    """IEEE 802.5; route: routing information, announced by the source's first bit."""
    from_ = mac(source)
    if route:
        from_ = bytes([from_[0] | 0x80]) + from_[1:]
    return b"\x10\x40" + mac(destination) + from_ + route + place.payload


@layer()
def fddi(place, destination="40:00:00:00:00:d0", source="40:00:00:00:00:50", control=0x50):
    """ISO 9314-2, addresses with each byte's highest bit first."""
    return bytes([control]) + mac(destination) + mac(source) + place.payload


@layer()
def fibre_channel(place, destination=MAC_B, source=MAC_A):
    """RFC 2625: network addresses, each behind two bytes."""
    return b"\x10\0" + mac(destination) + b"\x10\0" + mac(source) + place.payload


@layer()
def arcnet(place, type=0xD4, destination=2, source=1):
    """RFC 1201, whole packets, as Linux hands them over (two bytes of offset)."""
    return bytes([source, destination, 0, 0, type, 0]) + u16(1) + place.payload


@layer()
def slip(place, direction=0):
    """LINKTYPE_SLIP: a direction and 15 bytes of a compressed header that nobody needs."""
    return bytes([direction]) + bytes(15) + place.payload


@layer()
def frame_relay(place, nlpid=None, address=b"\x18\x41"):
    """Q.922 address, RFC 2427; without an NLPID Cisco's ethertype."""
    if nlpid is None:
        return address + u16(place.upper("ethertype", 0x88B5)) + place.payload
    return address + bytes([0x03, nlpid]) + place.payload


@layer()
def wifi(place, destination=MAC_B, source=MAC_A, subtype=0, to_ds=False, from_ds=True, type=2,
         protected=False, order=False, sequence=0):
    """IEEE 802.11: a data frame unless told otherwise; QoS by subtype 8, HT control by order."""
    first, third = (mac("02:00:00:00:00:ff"), mac(destination)) if to_ds else (
        mac(destination), mac(source))
    second = mac(source) if to_ds else mac("02:00:00:00:00:ff")
    flags = to_ds | from_ds << 1 | protected << 6 | order << 7
    frame = bytes([subtype << 4 | type << 2, flags]) + u16(0) + first + second + third
    frame += struct.pack("<H", sequence)
    if to_ds and from_ds:
        frame += mac(source)
    if type == 2 and subtype & 8:
        frame += u16(0) + (u32(0) if order else b"")
    return frame + place.payload


@layer()
def radiotap(place, check_sequence=False, extra=0):
    """radiotap.org: a header with the flags field, `extra` bytes longer than it needs to be. With a
    check sequence the frame is 4 bytes longer."""
    head = struct.pack("<BBHIB", 0, 0, 9 + extra, 2, 0x10 if check_sequence else 0)
    return head + bytes(extra) + place.payload + (b"FCS!" if check_sequence else b"")


@layer()
def ppi(place, link, fields=b"", trailer=b""):
    """CACE's per-packet information in front of another link type."""
    return struct.pack("<BBHI", 0, 0, 8 + len(fields), link) + fields + place.payload + trailer


@layer()
def nflog(place, family=None):
    """LINKTYPE_NFLOG: an attribute for the prefix, then the packet."""
    number = {2: 2, 30: 10}[place.upper("family", 2)] if family is None else family
    prefix = struct.pack("<HH", 4 + 5, 10) + b"drop\0" + bytes(3)
    return (bytes([number, 0]) + u16(5) + prefix
            + struct.pack("<HH", 4 + len(place.payload), 9) + place.payload)


@layer()
def ipnet(place, family=None):
    """Solaris's LINKTYPE_IPNET."""
    number = {2: 2, 30: 26}[place.upper("family", 2)] if family is None else family
    return bytes([1, number]) + u16(0) + u32(len(place.payload)) + bytes(16) + place.payload


@layer()
def juniper_ethernet(place, extensions=None):
    """LINKTYPE_JUNIPER_ETHER; an Ethernet frame follows."""
    if extensions is None:
        return b"MGC\0" + place.payload
    return b"MGC\x80" + u16(len(extensions)) + extensions + place.payload


@layer()
def sunatm(place, kind=2):
    """LINKTYPE_SUNATM; LLC follows (2)."""
    return bytes([kind, 0]) + u16(100) + place.payload
