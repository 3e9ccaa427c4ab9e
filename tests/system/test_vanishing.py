"""An interface that vanishes is shown as down with what it had counted, the others go on, and what
comes back under its name with another ifindex begins at 0. Then both count to the last packet.
"""

import pytest

from lib import agent, metrics
from lib.metrics import counted, value
from lib.traffic import packet_socket, ping, quiet  # noqa: F401: quiet is a fixture

NAME = "gone0"


def add(namespace):
    """One end of a veth pair, whose other end nobody listens to."""
    namespace.ip("link", "add", NAME, "type", "veth", "peer", "name", "peer0")
    for name in (NAME, "peer0"):
        namespace.ip("link", "set", name, "up")


def send(namespace, frames):
    with packet_socket(namespace, NAME) as sender:
        for number in range(frames):
            sender.send(bytes(12) + b"\x88\xb5" + bytes(46 + number))


def ifindex(series):
    return [dict(pairs)["ifindex"] for (name, pairs) in series
            if name == "iptally_interface_info" and dict(pairs)["interface"] == NAME]


def sent(packets):
    return lambda series: counted(series, NAME)["tx_packets"] == packets


@pytest.mark.parametrize("again", [1, 2])
def test_an_interface_that_vanishes_and_returns(quiet, again):  # noqa: F811
    a, b = quiet.a, quiet.b
    add(a)
    with agent.Agent("-i", NAME, "-i", a.interface, namespace=a.name) as one:
        for _ in range(again):
            send(a, 7)
            series = one.scrape_until(sent(7), what="7 frames")
            assert value(series, "iptally_interface_up", interface=NAME) == 1
            assert ifindex(series) == [str(a.ifindex(NAME))]
            kernel = a.statistics(NAME)
            assert counted(series, NAME) == kernel

            before = counted(series, a.interface)
            a.ip("link", "delete", NAME)
            series = one.scrape_until(
                lambda series: value(series, "iptally_interface_up", interface=NAME) == 0,
                what="down")
            assert counted(series, NAME) == kernel
            ping(a, b, 56)
            one.scrape_until(
                lambda series: counted(series, a.interface)["rx_packets"] > before["rx_packets"],
                what="the other interface")

            add(a)
            series = one.scrape_until(
                lambda series: value(series, "iptally_interface_up", interface=NAME) == 1,
                what="up again")
            assert ifindex(series) == [str(a.ifindex(NAME))]
            assert counted(series, NAME)["tx_packets"] == 0
        assert metrics.interfaces(series) == sorted([NAME, a.interface])
