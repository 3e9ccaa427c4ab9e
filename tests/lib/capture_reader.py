"""Capture files read without libpcap or Wireshark: a third opinion on what is in them.

pcap in its four forms and pcapng (draft-ietf-opsawg-pcapng), frame by frame.
"""

import struct
from dataclasses import dataclass, field

from lib.capture import Frame

PCAP = {b"\xd4\xc3\xb2\xa1": ("<", 1000), b"\xa1\xb2\xc3\xd4": (">", 1000),
        b"\x4d\x3c\xb2\xa1": ("<", 1), b"\xa1\xb2\x3c\x4d": (">", 1)}


@dataclass
class Reading:
    """What a file holds. error: why reading ended before the file's end."""

    links: list = field(default_factory=list)
    frames: list = field(default_factory=list)
    error: str = None


class Cut(Exception):
    pass


def read(path):
    with open(path, "rb") as file:
        content = file.read()
    reading = Reading()
    try:
        if content[:4] in PCAP:
            read_pcap(content, reading)
        else:
            read_pcapng(content, reading)
    except Cut as why:
        reading.error = str(why)
    return reading


def take(content, at, n, what):
    if at + n > len(content):
        raise Cut(f"cut inside a {what}")
    return content[at : at + n]


def read_pcap(content, reading):
    order, unit = PCAP[content[:4]]
    snaplen, network = struct.unpack(order + "II", take(content, 16, 8, "file header"))
    reading.links.append(network & 0x03FFFFFF)  # above: the length of an FCS, and reserved bits
    at = 24
    while at < len(content):
        head = take(content, at, 16, "record header")
        seconds, rest, captured, length = struct.unpack(order + "IIII", head)
        data = take(content, at + 16, captured, "record")
        data = data[:snaplen] if snaplen else data  # as libpcap does with a record that is longer
        reading.frames.append(Frame(data, length, seconds * 10**9 + rest * unit))
        at += 16 + captured


def read_pcapng(content, reading):
    at, order, units, first = 0, "<", [], 0
    while at < len(content):
        kind = take(content, at, 4, "block header")
        if kind == b"\x0a\x0d\x0d\x0a":
            order = "<" if take(content, at + 8, 4, "section") == b"\x4d\x3c\x2b\x1a" else ">"
            units, first = [], len(reading.links)
        size = struct.unpack(order + "I", take(content, at + 4, 4, "block header"))[0]
        body = take(content, at, size, "block")[8:-4]
        number = struct.unpack(order + "I", kind)[0]
        if number == 1:
            link, _, snaplen = struct.unpack(order + "HHI", body[:8])
            reading.links.append(link)
            units.append((time_unit(body[8:], order), snaplen))
        elif number == 6:
            interface, high, low, captured, length = struct.unpack(order + "IIIII", body[:20])
            numerator, denominator = units[interface][0]
            time_ns = (high << 32 | low) * numerator // denominator
            data = body[20 : 20 + captured]
            reading.frames.append(Frame(data, length, time_ns, first + interface))
        elif number == 3:
            length = struct.unpack(order + "I", body[:4])[0]
            captured = min(length, units[0][1] or length)
            reading.frames.append(Frame(body[4 : 4 + captured], length, 0, first))
        elif number == 2:
            interface, _, high, low, captured, length = struct.unpack(order + "HHIIII", body[:20])
            numerator, denominator = units[interface][0]
            time_ns = (high << 32 | low) * numerator // denominator
            data = body[20 : 20 + captured]
            reading.frames.append(Frame(data, length, time_ns, first + interface))
        at += size


def time_unit(options, order):
    """if_tsresol as nanoseconds a unit, a fraction; microseconds without it."""
    while len(options) >= 4:
        code, length = struct.unpack(order + "HH", options[:4])
        if code == 0:
            break
        if code == 9:
            exponent = options[4] & 0x7F
            return 10**9, (2 if options[4] & 0x80 else 10) ** exponent
        options = options[4 + (length + 3) // 4 * 4 :]
    return 1000, 1
