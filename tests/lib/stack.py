"""How layers are put together: `eth() / ipv4(...) / udp(...)` is a Stack, and bytes(stack) a frame.

A layer is a function that is told its place in the stack and gives the bytes from its own header
to the end of the frame. `@layer` turns it into a maker of layers.
"""

import inspect
import socket
import struct


def u16(value):
    return struct.pack(">H", value)


def u32(value):
    return struct.pack(">I", value)


def mac(text):
    return bytes(int(part, 16) for part in text.split(":"))


def address(text):
    """The 4 or 16 bytes of an IP address."""
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def internet_checksum(data):
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Layer:
    """One header with its arguments. numbers: what the layer below writes to announce this one,
    by the kind of field: "ethertype", "ip", "ppp", "family"."""

    def __init__(self, build, numbers, args, kwargs):
        self._build = build
        self.name = build.__name__
        self.numbers = numbers
        bound = inspect.signature(build).bind(None, *args, **kwargs)
        bound.apply_defaults()
        self.arguments = dict(list(bound.arguments.items())[1:])

    def but(self, **changes):
        """The same header with other arguments."""
        return Layer(self._build, self.numbers, (), {**self.arguments, **changes})

    def build(self, place):
        return self._build(place, **self.arguments)

    def __truediv__(self, upper):
        return Stack([self]) / upper

    def __bytes__(self):
        return bytes(Stack([self]))


def layer(**numbers):
    def decorate(build):
        def make(*args, **kwargs):
            return Layer(build, numbers, args, kwargs)

        make.__name__ = build.__name__
        make.__doc__ = build.__doc__
        return make

    return decorate


class Place:
    """What a layer sees from where it stands: the finished payload, and its neighbours."""

    def __init__(self, below, above, payload):
        self.below = below
        self.above = above
        self.payload = payload

    def upper(self, kind, default):
        """The number of the next layer in this kind of field."""
        return self.above[0].numbers.get(kind, default) if self.above else default

    def pseudo_header(self, protocol, length):
        """RFC 9293 3.1, RFC 8200 8.1: of the nearest IP header below."""
        for below in reversed(self.below):
            if below.name in ("ipv4", "ipv6"):
                ends = address(below.arguments["source"]) + address(below.arguments["destination"])
                if below.name == "ipv4":
                    return ends + b"\0" + bytes([protocol]) + u16(length)
                return ends + u32(length) + b"\0\0\0" + bytes([protocol])
        return b""

    def transport_checksum(self, protocol, segment):
        return internet_checksum(self.pseudo_header(protocol, len(segment)) + segment)


class Stack:
    def __init__(self, layers):
        self.layers = layers

    def __truediv__(self, upper):
        if isinstance(upper, (bytes, bytearray)):
            upper = data(bytes(upper))
        return Stack(self.layers + (upper.layers if isinstance(upper, Stack) else [upper]))

    def build_from(self, start):
        """The bytes from layer number `start` to the end."""
        built = b""
        for i in range(len(self.layers) - 1, start - 1, -1):
            built = self.layers[i].build(Place(self.layers[:i], self.layers[i + 1 :], built))
        return built

    def __bytes__(self):
        return self.build_from(0)

    def __len__(self):
        return len(bytes(self))

    def index(self, *names):
        """Where the innermost layer of one of these names stands; -1: nowhere."""
        found = [i for i, one in enumerate(self.layers) if one.name in names]
        return found[-1] if found else -1


@layer()
def data(place, content):
    """These bytes."""
    return content + place.payload


@layer()
def payload(place, length, byte=0x2E):
    """So many bytes of no meaning."""
    return bytes([byte]) * length + place.payload
