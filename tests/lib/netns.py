"""Two network namespaces with a veth pair between them; removed whatever happens.

Offloads (GRO, GSO, TSO, checksums) are off, so that what is captured is what the kernel counts.
"""

import itertools
import os
import pathlib
import subprocess

from lib.agent import wait_until

_numbers = itertools.count()


def run(*command, check=True, **more):
    return subprocess.run([str(word) for word in command], check=check, capture_output=True,
                          text=True, **more)


class Namespace:
    def __init__(self, name, interface, address):
        self.name, self.interface, self.address = name, interface, address

    def command(self, *words):
        return ["ip", "netns", "exec", self.name, *[str(word) for word in words]]

    def run(self, *words, **more):
        return run(*self.command(*words), **more)

    def popen(self, *words, **more):
        return subprocess.Popen(self.command(*words), **more)

    def has_carrier(self):
        return self.run("cat", f"/sys/class/net/{self.interface}/operstate").stdout == "up\n"

    def statistics(self, interface=None):
        """The kernel's counters of an interface, by their names in sysfs."""
        folder = f"/sys/class/net/{interface or self.interface}/statistics"
        names = "rx_packets rx_bytes tx_packets tx_bytes".split()
        text = self.run("cat", *[f"{folder}/{name}" for name in names]).stdout
        return dict(zip(names, map(int, text.split())))


class Pair:
    """Namespaces a and b, joined by veth; use as a context manager."""

    def __init__(self, offload=False, mtu=1500, ipv6=False):
        stem = f"ipt{os.getpid()}n{next(_numbers)}"
        self.a = Namespace(f"{stem}a", "va", "10.77.0.1")
        self.b = Namespace(f"{stem}b", "vb", "10.77.0.2")
        self._offload, self._mtu, self._ipv6 = offload, mtu, ipv6

    def __enter__(self):
        try:
            self._make()
        except BaseException:
            self.close()
            raise
        return self

    def _make(self):
        for one in (self.a, self.b):
            run("ip", "netns", "add", one.name)
            if not self._ipv6:  # no router solicitations: the test alone makes traffic
                one.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                        "net.ipv6.conf.default.disable_ipv6=1")
        run("ip", "-n", self.a.name, "link", "add", self.a.interface, "type", "veth",
            "peer", "name", self.b.interface, "netns", self.b.name)
        for one in (self.a, self.b):
            ip = ("ip", "-n", one.name)
            if not self._offload:
                one.run("ethtool", "-K", one.interface, "gro", "off", "gso", "off", "tso", "off",
                        "rx", "off", "tx", "off")
            run(*ip, "address", "add", f"{one.address}/24", "dev", one.interface)
            run(*ip, "link", "set", one.interface, "mtu", self._mtu, "up")
            run(*ip, "link", "set", "lo", "up")
        for one in (self.a, self.b):
            wait_until(one.has_carrier, what=f"carrier of {one.interface}")

    def close(self):
        for one in (self.a, self.b):
            if pathlib.Path("/run/netns", one.name).exists():
                run("ip", "netns", "delete", one.name, check=False)

    def __exit__(self, *_):
        self.close()


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
