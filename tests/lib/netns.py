"""Network namespaces joined by a veth pair or a bridge; removed whatever happens.

Offloads (GRO, GSO, TSO, checksums) are off, so that what is captured is what the kernel counts.
"""

import contextlib
import ctypes
import itertools
import os
import pathlib
import subprocess

from lib.agent import wait_until

CLONE_NEWNET = 0x40000000

_numbers = itertools.count()


def run(*command, check=True, **more):
    return subprocess.run([str(word) for word in command], check=check, capture_output=True,
                          text=True, **more)


class Namespace:
    def __init__(self, name, interface, address, address6=None):
        self.name, self.interface, self.address = name, interface, address
        self.address6 = address6

    def command(self, *words):
        return ["ip", "netns", "exec", self.name, *[str(word) for word in words]]

    def run(self, *words, **more):
        return run(*self.command(*words), **more)

    def popen(self, *words, **more):
        return subprocess.Popen(self.command(*words), **more)

    def ip(self, *words, **more):
        return run("ip", "-n", self.name, *words, **more)

    def ifindex(self, interface=None):
        return int(self.run("cat", f"/sys/class/net/{interface or self.interface}/ifindex").stdout)

    def has_carrier(self):
        return self.run("cat", f"/sys/class/net/{self.interface}/operstate").stdout == "up\n"

    def statistics(self, interface=None):
        """The kernel's counters of an interface, by their names in sysfs."""
        folder = f"/sys/class/net/{interface or self.interface}/statistics"
        names = "rx_packets rx_bytes tx_packets tx_bytes".split()
        text = self.run("cat", *[f"{folder}/{name}" for name in names]).stdout
        return dict(zip(names, map(int, text.split())))


@contextlib.contextmanager
def inside(namespace):
    """Sockets that this thread opens here, and programs that it starts, belong to the namespace for
    good."""
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace.name}", os.O_RDONLY)
    try:
        assert libc.setns(there, CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        yield
    finally:
        assert libc.setns(home, CLONE_NEWNET) == 0
        os.close(there)
        os.close(home)


def offloads(namespace, interface, **states):
    """offloads(a, "va", gro="on"): as ethtool -K. All are off without any."""
    states = states or dict.fromkeys(("gro", "gso", "tso", "rx", "tx"), "off")
    namespace.run("ethtool", "-K", interface, *[word for pair in states.items() for word in pair])


class Net:
    """Namespaces of a test; use as a context manager. Subclasses say who they are and _make()."""

    def __init__(self, *letters):
        stem = f"ipt{os.getpid()}n{next(_numbers)}"
        self.names = {letter: stem + letter for letter in letters}

    def __enter__(self):
        try:
            self._make()
        except BaseException:
            self.close()
            raise
        return self

    def _add(self, namespace, ipv6=False):
        run("ip", "netns", "add", namespace.name)
        # The test alone makes traffic: no solicitations, and multicast reports at once.
        default = "net.ipv6.conf.default"
        namespace.run("sysctl", "-qw", *(
            [f"{default}.router_solicitations=0", f"{default}.accept_dad=0",
             f"{default}.mldv2_unsolicited_report_interval=1"] if ipv6 else
            [f"{default}.disable_ipv6=1", "net.ipv6.conf.all.disable_ipv6=1"]))
        run("ip", "-n", namespace.name, "link", "set", "lo", "up")

    @staticmethod
    def _join(a, interface_a, b, interface_b):
        run("ip", "-n", a.name, "link", "add", interface_a, "type", "veth", "peer", "name",
            interface_b, "netns", b.name)

    def close(self):
        for name in self.names.values():
            if pathlib.Path("/run/netns", name).exists():
                run("ip", "netns", "delete", name, check=False)

    def __exit__(self, *_):
        self.close()


class Pair(Net):
    """Namespaces a and b, joined by veth."""

    def __init__(self, offload=False, mtu=1500, ipv6=False):
        super().__init__("a", "b")
        self.a = Namespace(self.names["a"], "va", "10.77.0.1", "fd77::1" if ipv6 else None)
        self.b = Namespace(self.names["b"], "vb", "10.77.0.2", "fd77::2" if ipv6 else None)
        self._offload, self._mtu, self._ipv6 = offload, mtu, ipv6

    def _make(self):
        for one in (self.a, self.b):
            self._add(one, self._ipv6)
        self._join(self.a, self.a.interface, self.b, self.b.interface)
        for one in (self.a, self.b):
            ip = ("ip", "-n", one.name)
            if not self._offload:
                offloads(one, one.interface)
            run(*ip, "address", "add", f"{one.address}/24", "dev", one.interface)
            if self._ipv6:
                run(*ip, "address", "add", f"{one.address6}/64", "dev", one.interface, "nodad")
            run(*ip, "link", "set", one.interface, "mtu", self._mtu, "up")
        for one in (self.a, self.b):
            wait_until(one.has_carrier, what=f"carrier of {one.interface}")


class Bridged(Net):
    """Machines a and b on the ports "pa" and "pb" of the bridge "br0" in a third namespace, s,
    which has an address of its own on it."""

    def __init__(self):
        super().__init__("a", "b", "s")
        self.a = Namespace(self.names["a"], "va", "10.77.0.1")
        self.b = Namespace(self.names["b"], "vb", "10.77.0.2")
        self.s = Namespace(self.names["s"], "br0", "10.77.0.3")

    def _make(self):
        for one in (self.a, self.b, self.s):
            self._add(one)
        run("ip", "-n", self.s.name, "link", "add", "br0", "type", "bridge", "mcast_snooping", 0)
        run("ip", "-n", self.s.name, "link", "set", "br0", "up")
        for one, port in ((self.a, "pa"), (self.b, "pb")):
            self._join(one, one.interface, self.s, port)
            run("ip", "-n", self.s.name, "link", "set", port, "master", "br0", "up")
            run("ip", "-n", one.name, "link", "set", one.interface, "up")
            offloads(one, one.interface)
            offloads(self.s, port)
        for one in (self.a, self.b, self.s):
            run("ip", "-n", one.name, "address", "add", f"{one.address}/24", "dev", one.interface)
            wait_until(one.has_carrier, what=f"carrier of {one.interface}")
        for port in ("pa", "pb"):
            wait_until(lambda port=port: "state forwarding" in run(
                "bridge", "-n", self.s.name, "link", "show", "dev", port).stdout, what=port)


def unavailable():
    """Why namespaces can't be made here; None where they can."""
    if os.geteuid() != 0:
        return "needs root: network namespaces"
    name = f"ipt{os.getpid()}try"
    made = run("ip", "netns", "add", name, check=False)
    if made.returncode:
        return f"no network namespaces here: {made.stderr.strip()}"
    run("ip", "netns", "delete", name, check=False)
    return None
