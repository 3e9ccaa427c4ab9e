"""Headers of links, and what stands between link and network: VLAN, LLC, MPLS, PPP, PPPoE.

Each layout is cited where it is not the obvious one.
"""

import struct

from lib.stack import layer, mac, u16, u32

MAC_A = "02:00:00:00:00:0a"
MAC_B = "02:00:00:00:00:0b"
BROADCAST = "ff:ff:ff:ff:ff:ff"

HOST, TO_BROADCAST, TO_MULTICAST, OTHER_HOST, OUTGOING = range(5)  # packet types of SLL


@layer()
def eth(place, destination=MAC_B, source=MAC_A, type=None, pad=0):
    """Ethernet II. pad: the frame is filled with zeros up to this length (60: the minimum)."""
    number = place.upper("ethertype", 0x88B5) if type is None else type
    frame = mac(destination) + mac(source) + u16(number) + place.payload
    return frame + bytes(max(0, pad - len(frame)))


@layer()
def eth_802_3(place, destination=MAC_B, source=MAC_A, length=None, pad=0):
    """IEEE 802.3: a length in the place of the type; LLC follows."""
    number = len(place.payload) if length is None else length
    frame = mac(destination) + mac(source) + u16(number) + place.payload
    return frame + bytes(max(0, pad - len(frame)))


@layer(ethertype=0x8100)
def vlan(place, id, priority=0, type=None):
    """IEEE 802.1Q customer tag."""
    number = place.upper("ethertype", 0x88B5) if type is None else type
    return u16(priority << 13 | id) + u16(number) + place.payload


@layer(ethertype=0x88A8)
def service_vlan(place, id, priority=0, type=None):
    """IEEE 802.1ad service tag."""
    number = place.upper("ethertype", 0x88B5) if type is None else type
    return u16(priority << 13 | id) + u16(number) + place.payload


@layer(ethertype=0x9100)
def old_service_vlan(place, id, priority=0, type=None):
    """The tag of switches older than IEEE 802.1ad."""
    number = place.upper("ethertype", 0x88B5) if type is None else type
    return u16(priority << 13 | id) + u16(number) + place.payload


@layer()
def llc(place, dsap=0x42, ssap=None, control=0x03):
    """IEEE 802.2, unnumbered information; 0x42: spanning tree."""
    return bytes([dsap, dsap if ssap is None else ssap, control]) + place.payload


@layer()
def snap(place, oui=0, type=None):
    """LLC aa-aa-03 and the SNAP header (RFC 1042)."""
    number = place.upper("ethertype", 0x88B5) if type is None else type
    return b"\xaa\xaa\x03" + oui.to_bytes(3, "big") + u16(number) + place.payload


@layer(ethertype=0x8847, ppp=0x0281)
def mpls(place, label, bottom=None, ttl=64):
    """RFC 3032: a label; the bottom bit is set where no further label follows."""
    last = not (place.above and place.above[0].name == "mpls") if bottom is None else bottom
    return u32(label << 12 | last << 8 | ttl) + place.payload


@layer(ethertype=0x8864)
def pppoe(place, session=1, length=None):
    """RFC 2516 session stage; a ppp() follows."""
    number = len(place.payload) if length is None else length
    return b"\x11\x00" + u16(session) + u16(number) + place.payload


@layer()
def ppp(place, protocol=None, address_control=False, compressed=False):
    """RFC 1661; with ff-03 in front (RFC 1662), or its protocol field in one byte."""
    number = place.upper("ppp", 0xC021) if protocol is None else protocol
    field = bytes([number]) if compressed else u16(number)
    return (b"\xff\x03" if address_control else b"") + field + place.payload


@layer()
def cisco_hdlc(place, type=None, slot=0x0F):
    number = place.upper("ethertype", 0x8035) if type is None else type
    return bytes([slot, 0]) + u16(number) + place.payload


@layer()
def sll(place, packet_type=HOST, type=None, hardware=1, source=MAC_A):
    """LINKTYPE_LINUX_SLL: packet type, ARPHRD, address length, address, protocol."""
    number = place.upper("ethertype", 0x88B5) if type is None else type
    return struct.pack(">HHH6sxxH", packet_type, hardware, 6, mac(source), number) + place.payload


@layer()
def sll2(place, packet_type=HOST, type=None, ifindex=1, hardware=1, source=MAC_A):
    """LINKTYPE_LINUX_SLL2: protocol, reserved, ifindex, ARPHRD, packet type, length, address."""
    number = place.upper("ethertype", 0x88B5) if type is None else type
    head = struct.pack(">HHIHBB6sxx", number, 0, ifindex, hardware, packet_type, 6, mac(source))
    return head + place.payload


@layer()
def null(place, family=None, order="<"):
    """LINKTYPE_NULL: the address family in the writer's byte order."""
    number = place.upper("family", 2) if family is None else family
    return struct.pack(order + "I", number) + place.payload


@layer()
def loop(place, family=None):
    """LINKTYPE_LOOP: the address family in network byte order."""
    number = place.upper("family", 2) if family is None else family
    return u32(number) + place.payload
