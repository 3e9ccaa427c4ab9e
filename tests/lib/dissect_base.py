"""What the reference's dissectors share: the packet that they fill, and a frame that is asked for
bytes. What the frame never had raises Bad; what the snap length cut raises Snapped."""

from dataclasses import dataclass

HEADERS_MAX = 16  # between link and network, and IPv6 extension headers


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
    window: int = None
    window_scale: int = None  # of a SYN
    payload_bytes: int = 0
    bad_checksum: bool = False  # of IPv4's header; not where it is 0, left to the hardware
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

    def peek(self, n):
        """As much of the next n bytes as is there."""
        return self.data[self.at : min(self.at + n, self.end)]

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
