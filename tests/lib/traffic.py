"""Traffic between namespaces: sockets in them, frames of every length, pings, transfers, replays."""

import contextlib
import fcntl
import os
import pathlib
import random
import socket
import struct
import threading
import time

import pytest

from lib import capture, stack
from lib.agent import wait_until
from lib.metrics import counted, kernel_counted, value
from lib.netns import inside

ETH_TEST = 0x88B5  # IEEE 802: the number for local experiments
TUNSETIFF, TUNSETLINK = 0x400454CA, 0x400454CD
IFF_TUN, IFF_NO_PI = 1, 0x1000


def backlogs_are_empty():
    """No frame waits for a processor between a device that has counted it and its taps."""
    rows = pathlib.Path("/proc/net/softnet_stat").read_text().splitlines()
    return not any(int(field, 16) for row in rows for field in row.split()[11:12] + row.split()[13:])


def introduce(*machines):
    """Each learns the others' link addresses: no ARP, so that the test alone makes traffic."""
    for other in machines:
        mac = other.run("cat", f"/sys/class/net/{other.interface}/address").stdout.strip()
        other.mac = bytes.fromhex(mac.replace(":", ""))
        for one in machines:
            for address in (other.address, other.address6):
                if one is not other and address:
                    one.ip("neigh", "replace", address, "lladdr", mac, "dev", one.interface,
                           "nud", "permanent")


@pytest.fixture
def quiet(veth):
    """A veth pair whose ends know each other."""
    introduce(veth.a, veth.b)
    return veth


def packet_socket(namespace, interface=None):
    with inside(namespace):
        sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        sender.bind((interface or namespace.interface, 0))
    return sender


def send_frames(source, target, frames):
    with packet_socket(source) as sender:
        for frame in frames:
            sender.send(target.mac + source.mac + frame)


def every_length(least=14, most=120):
    """Frames (without addresses) of every length, untagged, tagged, and tagged twice. The kernel
    counts, but gives no one, a received frame with fewer than 2 bytes behind its tag's type."""
    for length in [*range(least, most), 500, 1496, 1514]:
        for tags in (b"", struct.pack(">HH", 0x8100, 5),
                     struct.pack(">HHHH", 0x88A8, 6, 0x8100, 0x6007)):
            head = tags + struct.pack(">H", ETH_TEST)
            if 12 + len(head) + (2 if tags else 0) <= length:
                yield head + bytes(length - 12 - len(head))


def ping(source, target, size):
    ping_address(source, target.address, size)


def ping_itself(namespace):
    ping_address(namespace, "127.0.0.1", 100)


def ping_address(source, address, size):
    with inside(source):
        sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    with sender:
        sender.settimeout(5)
        body = struct.pack(">HH", size, 1) + bytes(size)
        checksum = stack.internet_checksum(b"\x08\0\0\0" + body)
        sender.sendto(struct.pack(">HH", 0x0800, checksum) + body, (address, 0))
        while True:
            answer = sender.recv(4096)
            if answer[20] == 0 and answer[24:26] == struct.pack(">H", size):
                return


def send_stacks(namespace, stacks, interface=None):
    """Frames from lib.frames, whole, as they stand: also to and from machines that are not there."""
    with packet_socket(namespace, interface) as sender:
        for one in stacks:
            sender.send(bytes(one))


def send_datagrams(source, target, port, sizes, ipv6=False):
    """UDP to a port where each is received before the next goes."""
    family = socket.AF_INET6 if ipv6 else socket.AF_INET
    address = target.address6 if ipv6 else target.address
    with inside(target):
        receiver = socket.socket(family, socket.SOCK_DGRAM)
    with inside(source):
        sender = socket.socket(family, socket.SOCK_DGRAM)
    with receiver, sender:
        receiver.bind((address, port))
        receiver.settimeout(5)
        for size in sizes:
            sender.sendto(bytes(size), (address, port))
            assert len(receiver.recv(1 << 16)) == size


class Server:
    """Accepts connections in a namespace, reads each to its end, answers with as much."""

    def __init__(self, namespace, address=None):
        with inside(namespace):
            self.socket = socket.create_server((address or namespace.address, 0), backlog=400)
        self.address = self.socket.getsockname()
        self._thread = threading.Thread(target=self._serve)

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                with self.socket.accept()[0] as one:
                    while data := one.recv(1 << 16):
                        one.sendall(data)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self.socket.close()


def connect(namespace, server, amount=0):
    """One connection; the server ends it, so that nothing lingers on this side."""
    with inside(namespace):
        one = socket.socket()
    with one:
        one.settimeout(10)
        one.connect(server.address)
        sent = 0
        while sent < amount:
            chunk = bytes(min(amount - sent, 1 << 15))
            one.sendall(chunk)
            got = 0
            while got < len(chunk):
                got += len(one.recv(1 << 16))
            sent += len(chunk)
        one.shutdown(socket.SHUT_WR)
        while one.recv(1 << 16):
            pass


def make_patient(machine):
    """TCP there takes the pauses of a busy machine for no loss: neither its timer nor a tail loss
    probe (RFC 8985) sends again what has only not been acknowledged yet."""
    machine.run("sysctl", "-qw", "net.ipv4.tcp_early_retrans=0")
    for family in ("-4", "-6"):
        for route in machine.ip(family, "route", "show", "dev", machine.interface).stdout.splitlines():
            words = [word for word in route.split() if word not in ("pref", "medium", "lock")]
            if "rto_min" not in words:
                machine.ip(family, "route", "replace", *words, "dev", machine.interface,
                           "rto_min", "30s")


def send_stream(source, target, amount, ipv6=False):
    """So many bytes over one TCP connection, one way; the sender closes first. Gives the number of
    segments that had to be sent again."""
    for machine in (source, target):
        make_patient(machine)
    family = socket.AF_INET6 if ipv6 else socket.AF_INET
    address = target.address6 if ipv6 else target.address
    before = tcp_segments(source)["RetransSegs"]
    with inside(target):
        listener = socket.create_server((address, 0), family=family)
    with inside(source):
        sender = socket.socket(family)
    # What is on its way at once has room in the rings of a veth.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 << 10)
    with listener, sender:
        sender.settimeout(10)
        sender.connect(listener.getsockname())
        thread = threading.Thread(target=sender.sendall, args=(bytes(amount),))
        thread.start()
        receiver = listener.accept()[0]
        with receiver:
            receiver.settimeout(10)
            got = 0
            while got < amount:
                got += len(receiver.recv(1 << 16))
            thread.join()
            sender.shutdown(socket.SHUT_WR)
            assert receiver.recv(1) == b""
            receiver.shutdown(socket.SHUT_WR)
            assert sender.recv(1) == b""
    return tcp_segments(source)["RetransSegs"] - before


def tcp_segments(namespace):
    """TCP's counters of a namespace (RFC 4022 names them)."""
    rows = [line.split()[1:] for line in namespace.run("cat", "/proc/net/snmp").stdout.splitlines()
            if line.startswith("Tcp:")]
    return dict(zip(rows[0], map(int, rows[1])))


def settled(namespaces):
    """The kernel's counters once they stand still: the last ACKs have arrived."""
    last = None
    still_since = time.monotonic()

    def is_still():
        nonlocal last, still_since
        now = [one.statistics() for one in namespaces]
        if now != last:
            last, still_since = now, time.monotonic()
        return time.monotonic() - still_since > 0.1

    wait_until(is_still, what="an end of the traffic")
    return last


def kernel_delta(before, after):
    return {name: after[name] - before[name] for name in before}


def is_whole(series, interface, kernel):
    """Whether as many packets are counted as the kernel has; equality is then asserted."""
    found = counted(series, interface)
    return all(found[name] >= kernel[name] for name in ("rx_packets", "tx_packets"))


def at_rest(one, namespace, interface, before, seconds=10):
    """(the kernel's counters since `before`, a scrape) between which nothing came or went: taken
    once the agent has counted as many packets as the kernel, or dropped them, and shows the
    kernel's own figures, which may be a second old where the machine is busy."""
    end = time.monotonic() + seconds
    while True:
        kernel = kernel_delta(before, namespace.statistics(interface))
        series = one.scrape()
        after = kernel_delta(before, namespace.statistics(interface))
        found, shown = counted(series, interface), kernel_counted(series, interface)
        dropped = value(series, "iptally_capture_dropped_packets_total", interface=interface)
        missing = sum(kernel[way] - found[way] for way in ("rx_packets", "tx_packets"))
        if kernel == after == shown and missing <= dropped:
            return kernel, series
        assert time.monotonic() < end, (
            f"{interface}: {found}, {dropped} dropped; kernel: {kernel}, as shown: {shown}")


def replay(namespace, path):
    namespace.run("tcpreplay", "-q", "-t", "-i", namespace.interface, path)


def mixed_capture(path, pair, number, seed):
    rng = random.Random(seed)
    frames = []
    for _ in range(number):
        size = rng.choice((14, 60, 60, 88, 96, 300, 1514, rng.randrange(14, 1515)))
        frames.append(pair.b.mac + pair.a.mac + struct.pack(">H", ETH_TEST) + bytes(size - 14))
    capture.write(path, capture.capture(capture.EN10MB, frames))


@contextlib.contextmanager
def tun(namespace, name, link=None):
    """A tun device, a point-to-point line of raw IP; link is the ARPHRD_ it should seem to be."""
    with inside(namespace):
        line = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(line, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    try:
        if link:
            fcntl.ioctl(line, TUNSETLINK, link)
        namespace.ip("address", "add", "10.78.0.1/24", "dev", name)
        namespace.ip("link", "set", name, "up")
        yield line
    finally:
        os.close(line)


def tun_datagram(size):
    """IPv4 from 10.78.0.2 to a port of 10.78.0.1 where nobody listens; checksums left out."""
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + size, 0, 0, 64, 17, 0,
                         bytes((10, 78, 0, 2)), bytes((10, 78, 0, 1)))
    return header + struct.pack(">HHHH", 9, 9, 8 + size, 0) + bytes(size)
