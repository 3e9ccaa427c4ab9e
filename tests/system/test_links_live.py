"""The agent on every kind of link there is here: what it captured equals what the kernel counted,
as sysfs and as the agent's own metrics tell it; fragments, filters, tags and snap lengths.
"""

import os
import socket

import pytest

from lib import agent, metrics, netns
from lib.agent import wait_until
from lib.frames import MAC_A, MAC_B, eth, ipv4, payload, tcp, udp, vlan
from lib.metrics import counted, kernel_counted, total, value
from lib.traffic import quiet  # noqa: F401: a fixture
from lib.traffic import (ETH_TEST, Server, at_rest, backlogs_are_empty, connect, every_length,
                         inside, introduce, is_whole, kernel_delta, ping, send_datagrams,
                         send_frames, send_stacks, settled, tun, tun_datagram)

ETHERNET, TAG = 14, 4
PORT = 5300


def test_a_bridge_port_forwards_for_other_machines(bridged, start_agent):
    """Nothing on the port is from or for the machine that captures: only the kernel can tell
    received from transmitted. Its bytes of what a veth sends leave out a tag that it took off on
    the way in and hands over beside the frame; libpcap puts it back."""
    a, b, s = bridged.a, bridged.b, bridged.s
    before = s.statistics("pa")
    one = start_agent("-i", "pa", "--export.ports=all", namespace=s.name)
    with Server(b) as server:
        connect(a, server, 300_000)
    send_frames(a, b, every_length())
    send_frames(b, a, every_length())
    send_datagrams(a, b, PORT, range(0, 1400, 50))
    kernel, series = at_rest(one, s, "pa", before)
    tagged_frames = [frame for frame in every_length() if frame[:2] in (b"\x81\0", b"\x88\xa8")]
    assert counted(series, "pa") == {
        **kernel, "tx_bytes": kernel["tx_bytes"] + TAG * len(tagged_frames)}
    assert kernel["rx_packets"] > 400 and kernel["tx_packets"] > 400
    assert value(series, "iptally_port_receive_packets_total", interface="pa", protocol="udp",
                 port=str(PORT)) == 28


def test_a_bridge_device_but_for_its_14_bytes_a_frame(bridged, start_agent):
    """The kernel counts what a bridge receives without the link header; what it sends, with it.
    Of what it forwards between its ports the device itself sees nothing."""
    a, b, s = bridged.a, bridged.b, bridged.s
    before = s.statistics()
    one = start_agent("-i", "br0", "-i", "pa", namespace=s.name)
    with Server(s) as server:
        connect(a, server, 300_000)
    with Server(b) as server:
        connect(a, server, 300_000)
    for size in range(0, 1401, 100):
        ping(a, s, size)
    kernel, series = at_rest(one, s, "br0", before)
    found = counted(series, "br0")
    assert found["rx_packets"] > 20 and found["tx_packets"] > 20
    assert found == {**kernel, "rx_bytes": kernel["rx_bytes"] + ETHERNET * kernel["rx_packets"]}
    port = counted(series, "pa")
    assert port == kernel_counted(series, "pa")
    assert port["rx_packets"] > found["rx_packets"] + 100


def test_a_tun_device(quiet, start_agent):
    """Raw IP has no link header: frame bytes are the IP packet's."""
    a = quiet.a
    with tun(a, "tun7") as line:
        before = a.statistics("tun7")
        one = start_agent("-i", "tun7", "--export.ports=all", namespace=a.name)
        with inside(a):
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with sender:
            for size in range(0, 1400, 7):
                sender.sendto(bytes(size), ("10.78.0.2", PORT))
                os.read(line, 2048)  # the device counts as sent what its reader has taken
                os.write(line, tun_datagram(size))
        kernel, series = at_rest(one, a, "tun7", before)
        assert counted(series, "tun7") == kernel == {
            way: number for short in ("rx", "tx") for way, number in (
                (f"{short}_packets", 200),
                (f"{short}_bytes", sum(28 + size for size in range(0, 1400, 7))))}
        for way, port in (("transmit", PORT), ("receive", 9)):
            assert value(series, f"iptally_port_{way}_packets_total", interface="tun7",
                         protocol="udp", port=str(port)) == 200


def vlan_devices(*sides):
    """A device for VLAN 5 on each machine's interface; they know each other."""
    ends = []
    for number, side in enumerate(sides, 1):
        made = side.ip("link", "add", "link", side.interface, "name", "tag5", "type", "vlan", "id", 5,
                       check=False)
        if made.returncode:
            pytest.skip(f"no VLAN devices here: {made.stderr.strip()}")
        ends.append(netns.Namespace(side.name, "tag5", f"10.80.0.{number}"))
        side.ip("address", "add", f"{ends[-1].address}/24", "dev", "tag5")
        side.ip("link", "set", "tag5", "up")
    introduce(*ends)
    return ends


def test_a_vlan_device_and_the_one_below_it(quiet, start_agent):
    """The device has no tag in its frames, the one below it has. The kernel counts what a VLAN
    device receives without the link header."""
    below = quiet.a
    a, b = vlan_devices(below, quiet.b)
    before = a.statistics()
    one = start_agent("-i", a.interface, "-i", below.interface, namespace=a.name)
    with Server(b) as server:
        connect(a, server, 300_000)
    for size in range(0, 1401, 100):
        ping(a, b, size)
    kernel, series = at_rest(one, a, a.interface, before)
    found = counted(series, a.interface)
    assert kernel["rx_packets"] > 20 and kernel["tx_packets"] > 20
    assert found == {**kernel, "rx_bytes": kernel["rx_bytes"] + ETHERNET * kernel["rx_packets"]}
    series = one.scrape_until(lambda series: is_whole(series, below.interface, found))
    assert counted(series, below.interface) == {
        **found, **{f"{way}_bytes": found[f"{way}_bytes"] + TAG * found[f"{way}_packets"]
                    for way in ("rx", "tx")}}


def test_loopback_once(quiet):
    """Each packet is one, received, without the 14 bytes that the kernel makes up."""
    a = quiet.a
    before = a.statistics("lo")
    with agent.Once(a, "-i", "lo") as once:
        with Server(a, "127.0.0.1") as server:
            connect(a, server, 300_000)
        loop = netns.Namespace(a.name, "lo", "127.0.0.1")
        send_datagrams(loop, loop, PORT, [0, 1, 100, 40_000])
        wait_until(backlogs_are_empty)
    kernel = kernel_delta(before, a.statistics("lo"))
    assert kernel_counted(once.series, "lo") == kernel
    assert counted(once.series, "lo") == {**kernel, "tx_packets": 0, "tx_bytes": 0}
    assert value(once.series, "iptally_port_receive_bytes_total", interface="lo", protocol="udp",
                 port=str(PORT)) == sum(28 + size for size in (0, 1, 100, 40_000))
    assert value(once.series, "iptally_interface_receive_superframes_total", interface="lo") == 0


def pieces(size, room):
    """In how many fragments a UDP datagram goes, each with this much room behind its headers."""
    step = room // 8 * 8
    return -(-(8 + size) // step)


@pytest.mark.parametrize("mtu", [1500, 9000])
@pytest.mark.parametrize("ipv6", [False, True], ids=["ipv4", "ipv6"])
def test_fragments(namespaces_work, start_agent, mtu, ipv6):
    """Each fragment counts for the port that only the first one carries."""
    sizes = (100, 4000, 60_000)
    header, extra = (40, 8) if ipv6 else (20, 0)
    with netns.Pair(mtu=mtu, ipv6=ipv6) as pair:
        a, b = pair.a, pair.b
        introduce(a, b)
        settled((a, b))
        before = b.statistics()
        one = start_agent("-i", b.interface, "--export.ports=all", namespace=b.name)
        send_datagrams(a, b, PORT, sizes, ipv6)
        send_datagrams(b, a, PORT + 1, sizes, ipv6)
        kernel, series = at_rest(one, b, b.interface, before)
        assert counted(series, b.interface) == kernel
    packets = frame_bytes = 0
    for size in sizes:
        whole = 8 + size <= mtu - header
        n = 1 if whole else pieces(size, mtu - header - extra)
        packets += n
        frame_bytes += 8 + size + n * (ETHERNET + header + (0 if whole else extra))
    assert packets > (40 if mtu == 1500 else 7)
    for way, port in (("receive", PORT), ("transmit", PORT + 1)):
        for table, labels in (("port", {"protocol": "udp", "port": str(port)}),
                              ("protocol", {"protocol": "udp",
                                            "network": "ipv6" if ipv6 else "ipv4"})):
            name = f"iptally_{table}_{way}"
            assert value(series, name + "_packets_total", interface="vb", **labels) == packets
            assert value(series, name + "_bytes_total", interface="vb", **labels) == frame_bytes
        assert value(series, f"iptally_port_{way}_packets_total", interface="vb", protocol="udp",
                     port="unattributed") == 0
        assert value(series, f"iptally_interface_{way}_superframes_total", interface="vb") == 0


def tagged(port, tags=(), size=100):
    stack = eth(MAC_B, MAC_A)
    for tag in tags:
        stack = stack / vlan(tag)
    return stack / ipv4() / tcp(40000, port) / payload(size)


@pytest.mark.parametrize("text, received, transmitted", [
    ("tcp port 443", [(), (5,), (6,)], [()]),
    ("tcp port 443 and not vlan", [()], [()]),
    ("vlan 5", [(5,), (5, 6)], [(5,), (5, 6)]),
    ("vlan 5 and tcp port 443", [(5,)], [(5,)]),
    ("vlan 5 and vlan 6", [(5, 6)], [(5, 6)]),
    ("tcp port 443 or (vlan and tcp port 443)", [(), (5,), (6,)], [(), (5,), (6,)]),
])
def test_a_filter_lets_its_own_through_with_their_direction(quiet, start_agent, text, received,
                                                            transmitted):
    """As in tcpdump, an expression without "vlan" sees what the kernel shows it: of a received
    frame the outer tag is off by then, of one that a raw socket sends it is not."""
    a, b = quiet.a, quiet.b
    ports = (443, 80)
    kinds = [(port, tags) for port in ports for tags in ((), (5,), (6,), (5, 6))]
    one = start_agent("-i", a.interface, text, namespace=a.name)
    send_stacks(b, [tagged(*kind) for kind in kinds] * 3)
    send_stacks(a, [tagged(*kind) for kind in kinds] * 2)
    wanted = {}
    for way, times, passing in (("rx", 3, received), ("tx", 2, transmitted)):
        lengths = [len(bytes(tagged(port, tags))) for port, tags in kinds
                   if tags in passing and ("port" not in text or port == 443)]
        wanted[way + "_packets"] = times * len(lengths)
        wanted[way + "_bytes"] = times * sum(lengths)
    one.scrape_until(lambda series: is_whole(series, a.interface, wanted))
    settled((a, b))  # what should not have passed has had its time too
    series = one.scrape()
    assert counted(series, a.interface) == wanted
    assert total(series, "iptally_protocol_receive_packets_total", interface=a.interface,
                 network="ipv4", protocol="tcp") == wanted["rx_packets"]


def test_every_frame_length_around_the_snap_length(quiet, start_agent):
    """One direction at a time, so that no frame can hide in the other one's count; with tags,
    which the kernel takes off and libpcap puts back."""
    a, b = quiet.a, quiet.b
    snap = 96
    one = start_agent("-i", a.interface, "-s", snap, namespace=a.name)
    frames = []
    for length in range(snap - 10, snap + 11):
        frames += [eth(MAC_B, MAC_A, type=ETH_TEST) / payload(length - 14),
                   eth(MAC_B, MAC_A) / vlan(5, type=ETH_TEST) / payload(length - 18),
                   eth(MAC_B, MAC_A) / vlan(5) / vlan(6, type=ETH_TEST) / payload(length - 22)]
    frame_bytes = sum(len(bytes(frame)) for frame in frames)
    nothing = {"rx_packets": 0, "rx_bytes": 0, "tx_packets": 0, "tx_bytes": 0}
    received = {**nothing, "rx_packets": len(frames), "rx_bytes": frame_bytes}
    both = {**received, "tx_packets": len(frames), "tx_bytes": frame_bytes}
    assert len(frames) == 63
    send_stacks(b, frames)
    series = one.scrape_until(lambda series: is_whole(series, a.interface, received))
    assert counted(series, a.interface) == received
    send_stacks(a, frames)
    series = one.scrape_until(lambda series: is_whole(series, a.interface, both))
    assert counted(series, a.interface) == both
    sizes = "iptally_interface_receive_packet_size_bytes_bucket"
    assert value(series, sizes, interface=a.interface, le="127") == 63


def test_frames_longer_than_the_mtu_are_in_every_table(quiet, start_agent):
    """What another machine with a larger MTU sends: 4 bytes are as much as a veth takes."""
    a, b = quiet.a, quiet.b
    b.ip("link", "set", b.interface, "mtu", 9000)
    before = a.statistics()
    one = start_agent("-i", a.interface, "--export.ports=all", namespace=a.name)
    frames = [eth(MAC_A, MAC_B) / ipv4() / udp(PORT, PORT) / payload(length - 42)
              for length in (1514, 1515, 1516, 1518)]
    send_stacks(b, frames)
    kernel, series = at_rest(one, a, a.interface, before)
    assert kernel["rx_packets"] == 4
    assert counted(series, a.interface) == kernel
    for name, labels in (("port_receive", {"protocol": "udp", "port": str(PORT)}),
                         ("protocol_receive", {"protocol": "udp", "network": "ipv4"})):
        assert value(series, f"iptally_{name}_packets_total", interface="va", **labels) == 4
        assert value(series, f"iptally_{name}_bytes_total", interface="va", **labels) \
            == kernel["rx_bytes"]
    assert value(series, "iptally_interface_receive_superframes_total", interface="va") == 3
