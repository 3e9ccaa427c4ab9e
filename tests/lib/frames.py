"""Frames from a readable description: everything a golden case needs, under one import.

    eth() / vlan(100) / ipv4("10.0.0.1", "10.0.0.2") / tcp(40000, 443, "S", seq=1000) / payload(100)

Lengths, checksums and the numbers that announce the next header are right unless overridden.
"""

import random

from lib.links import *  # noqa: F401,F403
from lib.other_links import *  # noqa: F401,F403
from lib.stack import *  # noqa: F401,F403
from lib.stack import Stack, address, data, internet_checksum, layer, u16, u32


@layer(ethertype=0x0800, ip=4, ppp=0x0021, family=2)
def ipv4(place, source="10.0.0.1", destination="10.0.0.2", protocol=None, id=0, offset=0,
         more=False, dont=False, options=b"", ttl=64, tos=0, version=4, header_length=None,
         total_length=None, checksum=None):
    """RFC 791. offset: in bytes; header_length: in bytes."""
    options += bytes(-len(options) % 4)
    length = 20 + len(options)
    number = place.upper("ip", 253) if protocol is None else protocol
    words = (length if header_length is None else header_length) // 4
    total = length + len(place.payload) if total_length is None else total_length
    head = (bytes([version << 4 | words, tos]) + u16(total & 0xFFFF) + u16(id)
            + u16(dont << 14 | more << 13 | offset // 8) + bytes([ttl, number]) + b"\0\0"
            + address(source) + address(destination) + options)
    value = internet_checksum(head) if checksum is None else checksum
    return head[:10] + u16(value) + head[12:] + place.payload


@layer(ethertype=0x86DD, ip=41, ppp=0x0057, family=30)
def ipv6(place, source="2001:db8::1", destination="2001:db8::2", next=None, hops=64, flow=0,
         version=6, payload_length=None):
    """RFC 8200."""
    number = place.upper("ip", 59) if next is None else next
    length = len(place.payload) if payload_length is None else payload_length
    return (u32(version << 28 | flow) + u16(length & 0xFFFF) + bytes([number, hops])
            + address(source) + address(destination) + place.payload)


def _extension(place, next, content):
    """Next header, length in 8 bytes beyond the first 8, content padded to fit."""
    number = place.upper("ip", 59) if next is None else next
    content += bytes(-(len(content) + 2) % 8)
    return bytes([number, (len(content) + 2) // 8 - 1]) + content + place.payload


@layer(ip=0)
def hop_by_hop(place, options=b"\x01\x04\0\0\0\0", next=None):
    return _extension(place, next, options)


@layer(ip=60)
def destination_options(place, options=b"\x01\x04\0\0\0\0", next=None):
    return _extension(place, next, options)


@layer(ip=43)
def routing(place, type=0, left=0, content=b"\0\0\0\0", next=None):
    return _extension(place, next, bytes([type, left]) + content)


@layer(ip=135)
def mobility(place, content=b"\0\0\0\0\0\0", next=None):
    """RFC 6275."""
    return _extension(place, next, content)


@layer(ip=139)
def host_identity(place, content=b"\0\1\0\0\0\0", next=None):
    """RFC 7401."""
    return _extension(place, next, content)


@layer(ip=140)
def shim6(place, content=b"\0\0\0\0\0\0", next=None):
    """RFC 5533."""
    return _extension(place, next, content)


@layer(ip=44)
def fragment(place, id, offset=0, more=False, next=None):
    """RFC 8200 4.5. offset: in bytes."""
    number = place.upper("ip", 59) if next is None else next
    return bytes([number, 0]) + u16(offset | more) + u32(id) + place.payload


@layer(ethertype=0x0806)
def arp(place, operation=1, source="10.0.0.1", target="10.0.0.2"):
    """RFC 826, for IPv4 over Ethernet."""
    return (bytes.fromhex("000108000604") + u16(operation) + bytes.fromhex("02000000000a")
            + address(source) + bytes(6) + address(target) + place.payload)


FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "C": 128}


@layer(ip=6)
def tcp(place, source, destination, flags="A", seq=0, ack=0, window=65535, options=b"",
        header_length=None, checksum=None, urgent=0):
    """RFC 9293. flags: letters of FSRPAUEC."""
    options += bytes(-len(options) % 4)
    words = (20 + len(options) if header_length is None else header_length) // 4
    bits = sum(FLAGS[letter] for letter in flags)
    head = (u16(source) + u16(destination) + u32(seq) + u32(ack) + bytes([words << 4, bits])
            + u16(window) + b"\0\0" + u16(urgent) + options)
    value = place.transport_checksum(6, head + place.payload) if checksum is None else checksum
    return head[:16] + u16(value) + head[18:] + place.payload


@layer(ip=17)
def udp(place, source, destination, length=None, checksum=None):
    """RFC 768."""
    size = 8 + len(place.payload) if length is None else length
    head = u16(source) + u16(destination) + u16(size & 0xFFFF) + b"\0\0"
    value = place.transport_checksum(17, head + place.payload) if checksum is None else checksum
    return head[:6] + u16(value or 0xFFFF) + place.payload


@layer(ip=1)
def icmp(place, type=8, code=0, id=0, seq=0):
    """RFC 792: an echo unless told otherwise."""
    body = bytes([type, code, 0, 0]) + u16(id) + u16(seq) + place.payload
    return body[:2] + u16(internet_checksum(body)) + body[4:]


@layer(ip=58)
def icmpv6(place, type=128, code=0, id=0, seq=0):
    """RFC 4443: an echo unless told otherwise."""
    body = bytes([type, code, 0, 0]) + u16(id) + u16(seq) + place.payload
    return body[:2] + u16(place.transport_checksum(58, body)) + body[4:]


@layer(ip=132)
def sctp(place, source, destination, tag=1):
    """RFC 9260's common header; the checksum stays 0."""
    return u16(source) + u16(destination) + u32(tag) + u32(0) + place.payload


@layer(ip=47)
def gre(place, protocol=None):
    """RFC 2784 without options."""
    number = place.upper("ethertype", 0) if protocol is None else protocol
    return b"\0\0" + u16(number) + place.payload


@layer(ip=50)
def esp(place, spi=1, seq=1):
    """RFC 4303; what follows counts as encrypted."""
    return u32(spi) + u32(seq) + place.payload


@layer(ip=51)
def ah(place, next=None, spi=1, seq=1):
    """RFC 4302 with a check value of 12 bytes."""
    number = place.upper("ip", 59) if next is None else next
    return bytes([number, 4, 0, 0]) + u32(spi) + u32(seq) + bytes(12) + place.payload


@layer(ip=2)
def igmp(place, type=0x16, group="224.0.0.251"):
    """RFC 2236."""
    body = bytes([type, 0, 0, 0]) + address(group)
    return body[:2] + u16(internet_checksum(body)) + body[4:] + place.payload


@layer(ip=89)
def ospf(place):
    """RFC 2328: an OSPFv2 header, type hello, and no more."""
    return bytes([2, 1]) + u16(24) + bytes(20) + place.payload


@layer(ip=103)
def pim(place):
    """RFC 7761: a hello without options."""
    return b"\x20\x00\xdf\xff" + place.payload


def fragments(stack, mtu):
    """The stack's datagram in fragments for this MTU: at its fragment() if it has one, else at its
    innermost ipv4()."""
    at = stack.index("fragment")
    at = stack.index("ipv4") if at < 0 else at
    whole = stack.build_from(at + 1)
    network = stack.index("ipv4", "ipv6")
    room = mtu - (len(stack.build_from(network)) - len(whole))
    step = room // 8 * 8
    head, upper = stack.layers[: at + 1], stack.layers[at + 1]
    number = {"protocol" if head[at].name == "ipv4" else "next": upper.numbers["ip"]}
    pieces = []
    for offset in range(0, len(whole), step):
        more = offset + step < len(whole)
        cut = head[at].but(offset=offset, more=more, **number)
        pieces.append(Stack(head[:at] + [cut, data(whole[offset : offset + step])]))
    return pieces


def noise(length, seed):
    """So many random bytes, the same for the same seed."""
    return data(random.Random(seed).randbytes(length))
