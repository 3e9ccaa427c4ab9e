"""The agent on a live interface: its metrics equal the kernel's counters, ten times in a row, the
first and the last packet included, and its sums close.
"""

import json
import re
import socket

import pytest

from lib import agent, metrics
from lib.agent import wait_until
from lib.metrics import counted, kernel_counted
from lib.traffic import quiet  # noqa: F401: a fixture
from lib.traffic import (Server, backlogs_are_empty, connect, every_length, kernel_delta,
                         inside, mixed_capture, ping, replay, send_frames, settled)

RUNS = 10


def make_traffic(pair, server, path):
    a, b = pair.a, pair.b
    send_frames(b, a, every_length())
    send_frames(a, b, every_length())
    for size in range(0, 1401, 200):
        ping(a, b, size)
    replay(a, path)
    replay(b, path)
    connect(a, server, 300_000)
    settled((a, b))


@pytest.fixture
def mixed(quiet, tmp_path):
    mixed_capture(tmp_path / "mixed.pcap", quiet, 2000, seed=3)
    return tmp_path / "mixed.pcap"


def test_scraped_counters_equal_the_kernels(quiet, mixed):
    a, b = quiet.a, quiet.b
    with Server(b) as server:
        for _ in range(RUNS):
            before = a.statistics()
            with agent.Agent("-i", a.interface, namespace=a.name) as one:
                make_traffic(quiet, server, mixed)
                kernel = kernel_delta(before, a.statistics())
                # A block of the ring that is not full is handed over after 40 ms at most.
                series = one.scrape_until(
                    lambda series: counted(series, a.interface)["rx_packets"]
                    + counted(series, a.interface)["tx_packets"]
                    >= kernel["rx_packets"] + kernel["tx_packets"], what="every packet")
                assert counted(series, a.interface) == kernel
                assert kernel_counted(series, a.interface) == kernel
                assert metrics.value(series, "iptally_capture_dropped_packets_total",
                                     interface=a.interface) == 0


def test_what_is_printed_at_the_end_includes_the_last_packet(quiet, mixed):
    """Stopped at once after the last frames, before any timer of the ring has run out on them."""
    a, b = quiet.a, quiet.b
    with Server(b) as server:
        for _ in range(RUNS):
            before = a.statistics()
            with agent.Once(a, "-i", a.interface) as once:
                make_traffic(quiet, server, mixed)
                send_frames(b, a, every_length(least=60, most=70))
                send_frames(a, b, every_length(least=60, most=70))
                wait_until(backlogs_are_empty)
            kernel = kernel_delta(before, a.statistics())
            assert counted(once.series, a.interface) == kernel
            assert kernel_counted(once.series, a.interface) == kernel


def test_the_direction_survives_a_filter_and_every_snap_length(quiet):
    a, b = quiet.a, quiet.b
    frames = [frame for frame in every_length() if frame[:2] == b"\x88\xb5"]
    for snap in (96, 100, 256, 262144):
        with agent.Agent("-i", a.interface, "-s", snap, "not", "vlan",
                         namespace=a.name) as one:
            send_frames(a, b, every_length())
            send_frames(b, a, every_length())
            send_frames(a, b, frames[:7])
            wanted = {"rx_packets": len(frames), "tx_packets": len(frames) + 7}
            series = one.scrape_until(
                lambda series: counted(series, a.interface)["tx_packets"] >= wanted["tx_packets"],
                what="every packet")
            found = counted(series, a.interface)
            assert {name: found[name] for name in wanted} == wanted
            assert found["rx_bytes"] == sum(12 + len(frame) for frame in frames)


def test_the_window_scale_of_both_ends_is_known(quiet):
    """Linux ends its SYNs with it, which is just where a received frame says its direction."""
    a, b = quiet.a, quiet.b
    for buffer in (4096, 1 << 20):  # the scale is the receive buffer's, at its largest
        a.run("sysctl", "-qw", f"net.ipv4.tcp_rmem=4096 4096 {buffer}")
        with agent.Agent("-i", a.interface, namespace=a.name) as one, Server(b) as server, \
                inside(a), socket.socket() as client:
            client.connect(server.address)
            client.sendall(b"one")
            client.recv(3)
            told = a.run("ss", "-tinH", "dport", server.address[1]).stdout
            of_b, of_a = map(int, re.search(r"wscale:(\d+),(\d+)", told).groups())

            def flow():
                rows = json.loads(one.get("/api/v1/flows")[2])["rows"]
                return rows[0] if rows and rows[0]["responder_packets"] >= 3 else None

            found = wait_until(flow, what="the answer")
            assert found["initiator_scaled_window"] == found["initiator_window"] << of_a
            assert found["responder_scaled_window"] == found["responder_window"] << of_b
            assert of_b > 0
