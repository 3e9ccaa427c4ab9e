"""A name server of the test's own, for reverse look-ups: as good or as hostile as is wanted.

    with Server({"10.0.0.1": "gateway.example"}) as server:
        ... f"--resolve.server={server.address}" ...

It notes each address that it was asked for in server.asked.
"""

import collections
import contextlib
import ipaddress
import select
import socket
import struct
import threading

PTR, SOA, IN = 12, 6, 1
RESPONSE, TRUNCATED = 0x8180, 0x0200
NXDOMAIN, SERVFAIL, REFUSED = 3, 2, 5


def encode(name):
    """bytes stand for one label each, with whatever is in them."""
    labels = name if isinstance(name, (list, tuple)) else name.encode().split(b".")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def decode(message, at=12):
    labels = []
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    return labels, at + 1


def address_of(labels):
    """The address that a question of in-addr.arpa or ip6.arpa is about, as text."""
    parts = list(reversed(labels[:-2]))
    if labels[-2:] == ["in-addr", "arpa"]:
        return ".".join(parts)
    digits = "".join(parts)
    return str(ipaddress.ip_address(bytes.fromhex(digits)))


def record(kind, ttl, data, name=b"\xc0\x0c"):
    return name + struct.pack(">HHIH", kind, IN, ttl, len(data)) + data


class Server:
    """names: {address: name}; name may be a list of labels as bytes. `answer` may be replaced: it
    gets (server, query, address) and gives the datagrams to send, at once or after some time."""

    def __init__(self, names=None, ttl=300, answer=None, host="127.0.0.1", port=0):
        self.names, self.ttl = dict(names or {}), ttl
        self.answer = answer or Server.good
        self.asked = collections.Counter()
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET,
                                     socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        port = self._socket.getsockname()[1]
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._end, self._ending = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @staticmethod
    def reply(query, records=(), code=0, authority=(), flags=RESPONSE):
        _, end = decode(query)
        head = struct.pack(">HHHHHH", int.from_bytes(query[:2], "big"), flags | code, 1,
                           len(records), len(authority), 0)
        return head + query[12:end + 4] + b"".join(records) + b"".join(authority)

    @staticmethod
    def good(server, query, address):
        if address not in server.names:
            return [server.reply(query, code=NXDOMAIN)]
        return [server.reply(query, [record(PTR, server.ttl, encode(server.names[address]))])]

    @staticmethod
    def silent(server, query, address):
        return []

    def _run(self):
        while self._end not in select.select([self._socket, self._end], [], [])[0]:
            query, peer = self._socket.recvfrom(4096)
            address = address_of(decode(query)[0])
            self.asked[address] += 1
            for datagram in self.answer(self, query, address):
                self._socket.sendto(datagram, peer)

    @contextlib.contextmanager
    def tcp(self):
        """Within the block good answers can be had by TCP, too (RFC 1035, 4.2.2)."""
        def serve():
            with contextlib.suppress(OSError):
                while True:
                    with listener.accept()[0] as one:
                        one.settimeout(5)
                        while size := one.recv(2, socket.MSG_WAITALL):
                            query = one.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL)
                            good = self.good(self, query, address_of(decode(query)[0]))[0]
                            one.sendall(len(good).to_bytes(2, "big") + good)

        with socket.create_server(self._socket.getsockname()) as listener:
            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            yield
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ending.close()
        self._thread.join(10)
        self._socket.close()
        self._end.close()
