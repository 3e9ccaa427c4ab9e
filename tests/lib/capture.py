"""Capture files: written from frames in every form that libpcap reads, and read back slowly.

    write("case.pcap", capture(EN10MB, [eth() / ipv4() / udp(53, 53), frame(..., caplen=60)]))
"""

import struct
from dataclasses import dataclass, field

# https://www.tcpdump.org/linktypes.html
NULL, EN10MB, IEEE802_5, ARCNET, SLIP, PPP, FDDI = 0, 1, 6, 7, 8, 9, 10
PPP_SERIAL, PPP_ETHER, ATM_RFC1483, RAW, SLIP_BSDOS, C_HDLC = 50, 51, 100, 101, 102, 104
IEEE802_11, FRELAY, LOOP, LINUX_SLL, ARCNET_LINUX, IP_OVER_FC = 105, 107, 108, 113, 129, 122
IEEE802_11_RADIO, PPI, IPNET, IPV4, IPV6, NFLOG, LINUX_SLL2 = 127, 192, 226, 228, 229, 239, 276
USER0, SUNATM, ATM_CLIP, JUNIPER_ETHER = 147, 123, 106, 178

START = 1_700_000_000 * 10**9  # the first frame's time where a case gives none
STEP = 10**6  # between frames without a time: 1 ms


@dataclass
class Frame:
    """A frame as a capture file holds it."""

    data: bytes  # as captured
    length: int  # on the wire
    time_ns: int = None
    interface: int = 0


def frame(content, at=None, caplen=None, length=None, interface=0):
    """content: a stack or bytes. at: seconds since the first frame's START. caplen cuts the frame
    as a snap length would. length: on the wire, where it is not the content's."""
    whole = bytes(content)
    return Frame(
        data=whole if caplen is None else whole[:caplen],
        length=len(whole) if length is None else length,
        time_ns=None if at is None else START + round(at * 10**9),
        interface=interface,
    )


@dataclass
class Capture:
    """A capture file before it is written. format: "pcap" or "pcapng"; order: "<" or ">"; cut:
    bytes taken off the file's end."""

    links: list
    frames: list
    format: str = "pcap"
    order: str = "<"
    nanoseconds: bool = False
    snaplen: int = 262144
    cut: int = 0
    extra: bytes = field(default=b"")  # appended as it is

    def times(self):
        """The frames with a time each."""
        last = START - STEP
        for one in self.frames:
            last = last + STEP if one.time_ns is None else one.time_ns
            yield Frame(one.data, one.length, last, one.interface)

    def __bytes__(self):
        built = self._pcap() if self.format == "pcap" else self._pcapng()
        return (built[: -self.cut] if self.cut else built) + self.extra

    def _pcap(self):
        magic = 0xA1B23C4D if self.nanoseconds else 0xA1B2C3D4
        unit = 1 if self.nanoseconds else 1000
        head = (magic, 2, 4, 0, 0, self.snaplen, self.links[0])
        parts = [struct.pack(self.order + "IHHiIII", *head)]
        for one in self.times():
            seconds, rest = divmod(one.time_ns, 10**9)
            head = (seconds & 0xFFFFFFFF, rest // unit, len(one.data), one.length)
            parts.append(struct.pack(self.order + "IIII", *head) + one.data)
        return b"".join(parts)

    def _block(self, kind, body):
        body += bytes(-len(body) % 4)
        size = struct.pack(self.order + "I", len(body) + 12)
        return struct.pack(self.order + "I", kind) + size + body + size

    def _pcapng(self):
        pack = struct.pack
        parts = [self._block(0x0A0D0D0A, pack(self.order + "IHHq", 0x1A2B3C4D, 1, 0, -1))]
        resolution = pack(self.order + "HHBxxxHH", 9, 1, 9, 0, 0) if self.nanoseconds else b""
        for link in self.links:
            body = pack(self.order + "HHI", link, 0, self.snaplen) + resolution
            parts.append(self._block(1, body))
        for one in self.times():
            units = one.time_ns if self.nanoseconds else one.time_ns // 1000
            head = (one.interface, units >> 32, units & 0xFFFFFFFF, len(one.data), one.length)
            body = pack(self.order + "IIIII", *head) + one.data
            parts.append(self._block(6, body))
        return b"".join(parts)


def capture(link, frames, **form):
    """link: a link type, or a list of them (pcapng). frames: stacks or frame(...)."""
    links = link if isinstance(link, list) else [link]
    return Capture(links, [one if isinstance(one, Frame) else frame(one) for one in frames], **form)


def write(path, one):
    with open(path, "wb") as out:
        out.write(bytes(one))
    return str(path)
