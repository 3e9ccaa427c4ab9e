"""Checksums of IPv4 headers: what the kernel's offloads leave of them, and what is wrong on a wire.

Linux computes them before the capture sees a packet, and keeps them right where it joins segments;
only what others send can be wrong.
"""

import json

from lib import netns
from lib.frames import MAC_A, MAC_B, eth, ipv4, payload, udp
from lib.metrics import counted
from lib.traffic import quiet  # noqa: F401: a fixture
from lib.traffic import introduce, ping_itself, send_datagrams, send_stacks, send_stream, settled

PAYLOAD = 1_000_000
PACKET = udp(1000, 1000) / payload(100)


def judged(one, interface):
    """(bad, left to hardware) by direction, of JSON, which has all four."""
    status, _, text = one.get("/api/v1/interfaces")
    assert status == 200
    [row] = [row for row in json.loads(text)["rows"] if row["interface"] == interface]
    return {way: (row[f"{way}_bad_checksum_packets"], row[f"{way}_unset_checksum_packets"])
            for way in ("receive", "transmit")}


def test_offloading_leaves_no_checksum_wrong(namespaces_work, start_agent):
    """Segments joined by the receiver, not cut by the sender, fragments, and loopback."""
    with netns.Pair() as pair:
        a, b = pair.a, pair.b
        introduce(a, b)
        netns.offloads(a, a.interface, tso="on", gso="on", tx="on", sg="on")
        netns.offloads(b, b.interface, gro="on", rx="on")
        agents = [start_agent("-i", one.interface, "-i", "lo", namespace=one.name)
                  for one in (a, b)]
        send_stream(a, b, PAYLOAD)
        send_datagrams(a, b, 9000, [10, 1472, 5000, 60000])
        for one in (a, b):
            ping_itself(one)
        settled((a, b))
        for one, where, least in zip(agents, (a, b), ("tx_bytes", "rx_bytes")):
            one.scrape_until(
                lambda series, where=where, least=least:
                counted(series, where.interface)[least] > PAYLOAD
                and counted(series, "lo")["rx_packets"] > 0)
            for interface in (where.interface, "lo"):
                assert judged(one, interface) == {"receive": (0, 0), "transmit": (0, 0)}


def test_what_is_wrong_is_counted_on_both_ends_of_the_wire(quiet, start_agent):
    a, b = quiet.a, quiet.b
    sender = start_agent("-i", a.interface, namespace=a.name)
    receiver = start_agent("-i", b.interface, namespace=b.name)
    frames = [eth(MAC_B, MAC_A) / ipv4(checksum=checksum) / PACKET
              for checksum in (None, 0x1234, 0x4321, 0xFFFF, 0, 0)]
    send_stacks(a, frames)
    for one, interface, way in ((sender, "va", "tx"), (receiver, "vb", "rx")):
        one.scrape_until(lambda series, interface=interface, way=way:
                         counted(series, interface)[f"{way}_packets"] == len(frames))
    assert judged(sender, "va") == {"receive": (0, 0), "transmit": (3, 2)}
    assert judged(receiver, "vb") == {"receive": (3, 2), "transmit": (0, 0)}
    assert receiver.scrape()[
        "iptally_interface_receive_bad_checksum_packets_total", (("interface", "vb"),)] == 3
