"""The agent under load: a flood at full speed, frames of every kind, and readers all the while.
Nothing is lost that is not in the drop counter, to the packet; every scrape's sums close.
"""

import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import time

import pytest

from lib import agent, capture, metrics, netns, snmp
from lib.frames import MAC_A, MAC_B, eth, ipv4, payload, tcp, udp
from lib.metrics import counted, total, value
from lib.random_traffic import Traffic
from lib.traffic import quiet  # noqa: F401: a fixture
from lib.traffic import Server, at_rest, connect, inside, introduce, mixed_capture, replay, settled

FLOOD = 1_000_000
FLOWS = 4096  # datagrams and SYNs, to 250 ports, in a table for a quarter of them


def flood_frames():
    """Of 60 bytes each."""
    for i in range(FLOWS):
        head = eth(MAC_A, MAC_B) / ipv4(f"10.1.{i >> 8}.{i & 255}", "10.2.0.1")
        port = 1 + i % 250
        yield bytes(head / udp(40000, port) / payload(18) if i % 2 else
                    head / tcp(40000, port, "S") / payload(6))


def is_running(processes):
    return any(one.poll() is None for one in processes)


def scrape_while(one, processes):
    """Scrapes until all of them have ended, and gives each scrape; closing sums are asserted."""
    scrapes = [one.scrape()]
    end = time.monotonic() + 60
    while is_running(processes):
        assert time.monotonic() < end
        scrapes.append(one.scrape())
    for process in processes:
        assert process.wait() == 0
    return scrapes


def never_falls(scrapes):
    """Every counter that a scrape shows is at least what it was in the one before."""
    for before, now in zip(scrapes, scrapes[1:]):
        for key, seen in before.items():
            if key[0].endswith(("_total", "_count", "_sum", "_bucket")):
                assert now.get(key, 0) >= seen, metrics.show(key)


def put_first(process):
    """Ahead of everything else that the machine runs, so that what is measured is the agent."""
    for thread in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
        os.setpriority(os.PRIO_PROCESS, int(thread.name), -20)


@pytest.fixture(scope="module")
def flood(namespaces_work, tmp_path_factory):
    """(kernel's counters, scrapes while it ran, the last scrape, packets a second)."""
    if not shutil.which("trafgen"):
        pytest.skip("trafgen is not installed (Debian: netsniff-ng)")
    config = tmp_path_factory.mktemp("flood") / "trafgen.cfg"
    config.write_text("".join("{" + ",".join(map(str, frame)) + "}\n" for frame in flood_frames()))
    with netns.Pair() as pair:
        a, b = pair.a, pair.b
        introduce(a, b)
        before = a.statistics()
        with agent.Agent("-i", a.interface, f"--flows.max={FLOWS // 4}", namespace=a.name) as one:
            put_first(one.process)
            begun = time.monotonic()
            process = b.popen("trafgen", "-i", config, "-o", b.interface, "-n", FLOOD, "-P", 1,
                              "-C", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                scrapes = scrape_while(one, [process])
                speed = FLOOD / (time.monotonic() - begun)
                kernel, last = at_rest(one, a, a.interface, before)
            finally:
                process.kill()
                process.wait()
    return kernel, scrapes, last, speed


def test_received_and_dropped_are_the_kernels_count_to_the_packet(flood):
    kernel, scrapes, last, speed = flood
    dropped = value(last, "iptally_capture_dropped_packets_total", interface="va")
    print(f"{speed:.0f} packets/s, {len(scrapes)} scrapes, {dropped} dropped, "
          f"{total(last, 'iptally_table_evictions_total', table='flow')} flows evicted")
    assert kernel["rx_packets"] == FLOOD
    found = counted(last, "va")
    assert found["rx_packets"] + dropped == FLOOD
    assert found["rx_bytes"] == 60 * found["rx_packets"]
    assert total(last, "iptally_table_evictions_total", table="flow") > 0


def test_sums_close_and_nothing_falls_in_all_scrapes_under_full_load(flood):
    _, scrapes, last, _ = flood
    # Sums were asserted as they were scraped.
    moments = {counted(series, "va")["rx_packets"] for series in scrapes}
    assert len(moments & set(range(1, FLOOD))) >= 5
    never_falls([*scrapes, last])


def test_no_snapshot_waits_10_ms_under_full_load(flood):
    _, scrapes, last, _ = flood
    waited = "iptally_lock_waited_seconds"
    count, soon = value(last, waited + "_count"), value(last, waited + "_bucket", le="0.01")
    print(f"{count} snapshots, {soon} waited less than 10 ms, "
          f"{value(last, waited + '_sum') / count * 1e6:.0f} us on average")
    assert count >= 5
    # A machine that runs more than its processors can hold takes one away now and then.
    assert soon >= count * 0.95


def test_what_a_full_ring_had_no_room_for_is_counted_to_the_packet(quiet, start_agent, tmp_path):
    """Stopped, so that the ring runs full whatever the machine's speed; then both go on."""
    a, b = quiet.a, quiet.b
    mixed_capture(tmp_path / "mixed.pcap", quiet, 10_000, seed=2)
    before = a.statistics()
    one = start_agent("-i", a.interface, "-B", 512, namespace=a.name)
    one.send_signal(signal.SIGSTOP)
    replay(b, tmp_path / "mixed.pcap")
    settled((a, b))
    one.send_signal(signal.SIGCONT)
    replay(b, tmp_path / "mixed.pcap")
    kernel, series = at_rest(one, a, a.interface, before)
    dropped = value(series, "iptally_capture_dropped_packets_total", interface="va")
    found = counted(series, "va")
    assert kernel["rx_packets"] == 20_000
    assert dropped > 1000
    assert found["rx_packets"] + dropped == kernel["rx_packets"]
    assert (found["tx_packets"], found["tx_bytes"]) == (kernel["tx_packets"], kernel["tx_bytes"])


def rows(described, walked, family_name, field_name):
    """{index: value} of a column of a table."""
    family = next(one for one in described["families"] if one["name"] == family_name)
    field = next(one for one in family["fields"] if one["name"] == field_name)
    head = snmp.OBJECTS + (family["subtree"], 1, field["column"])
    return {oid[len(head):]: value for oid, (_, value) in walked.items()
            if oid[:len(head)] == head}


def test_frames_of_every_kind_on_several_interfaces(namespaces_work, start_agent, tmp_path):
    """Conversations, fragments, odd and damaged frames from both sides, connections that come and
    go, all while it is scraped; at the end flows account for every IP packet."""
    # The kernel counts, but gives no one, what ends within 2 bytes behind a tag.
    frames = [one for one in Traffic(20, capture.EN10MB).frames(3000) if len(one.data) >= 20]
    random.Random(20).shuffle(frames)
    capture.write(tmp_path / "odd.pcap",
                  capture.capture(capture.EN10MB, [one.data for one in frames]))
    with netns.Pair(mtu=9500) as pair:
        a, b = pair.a, pair.b
        introduce(a, b)
        before = a.statistics()
        with inside(a):
            address = f"127.0.0.1:{agent.free_port(kind=socket.SOCK_DGRAM)}"
        one = start_agent("-i", a.interface, "-i", "lo", "--export.flows=10000",
                          f"--snmp.address={address}", namespace=a.name, snmp="standalone")
        command = ("tcpreplay", "-q", "--topspeed", "--loop=20", "-i")
        processes = [side.popen(*command, side.interface, tmp_path / "odd.pcap",
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                     for side in (a, b)]
        try:
            with Server(b) as server:
                for _ in range(30):
                    connect(a, server, 10_000)
                scrapes = scrape_while(one, processes)
        finally:
            for process in processes:
                process.kill()
                process.wait()
        never_falls(scrapes)
        kernel, series = at_rest(one, a, a.interface, before)
        found = counted(series, "va")
        dropped = value(series, "iptally_capture_dropped_packets_total", interface="va")
        print(f"{len(scrapes)} scrapes, kernel {kernel}, dropped {dropped}")
        assert kernel["rx_packets"] > 20 * len(frames) < kernel["tx_packets"]
        assert found["rx_packets"] + found["tx_packets"] + dropped \
            == kernel["rx_packets"] + kernel["tx_packets"]
        if dropped == 0:
            assert found == kernel
        assert counted(series, "lo")["rx_packets"] > 0  # the scrapes themselves
        with inside(a):
            walked = snmp.Manager(f"udp:{address}").walk()
        described = snmp.descriptions()
        index = (a.ifindex(),)
        for unit in ("packets", "bytes"):
            ip = sum(value for way in ("receive", "transmit") for (interface, network, _), value
                     in rows(described, walked, "protocol", f"{way}_{unit}").items()
                     if interface == index[0] and network in (1, 2))
            flows = sum(value for side in ("initiator", "responder") for key, value
                        in rows(described, walked, "flow", f"{side}_{unit}").items()
                        if key[:1] == index)
            rest = sum(rows(described, walked, "flow_remainder", f"flow_{kind}_{unit}")[index]
                       for kind in ("unattributed", "ended", "evicted"))
            assert ip == flows + rest > 0
