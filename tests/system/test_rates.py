"""Rates of interfaces: of a file against arithmetic over its time stamps, and live."""

import json
import socket
from collections import Counter

from lib import agent, capture, metrics, snmp
from lib.metrics import counted
from lib.random_traffic import Traffic
from lib.traffic import every_length, quiet, send_frames  # noqa: F401: a fixture

SECOND = 10**9
FRAMES = 3000
COOKED = 16  # bytes in front of each frame that were on no wire
OUTGOING = b"\0\4"
IF_ENTRY = snmp.OBJECTS + (2, 1)
SNMP_COLUMNS = {"kilobits": (40, 42, 44, 46, 48, 50, 52), "packets": (41, 43, 45, 47, 49, 51, 53)}
KINDS = ("receive_", "transmit_", "receive_average_", "transmit_average_", "receive_peak_",
         "transmit_peak_", "peak_")


def rates(one, interface):
    status, _, text = one.get("/api/v1/rates")
    assert status == 200
    [row] = [row for row in json.loads(text)["rows"] if row["interface"] == interface]
    return row


def worked_out(frames):
    """{field: value} of average and peak: whole seconds of packet time, which never goes back."""
    packets, octets, sums = Counter(), Counter(), Counter()
    now = 0
    for frame in frames:
        now = max(now, frame.time_ns)
        way = "transmit_" if frame.data[:2] == OUTGOING else "receive_"
        for whose in (way, ""):
            packets[whose, now // SECOND] += 1
            octets[whose, now // SECOND] += frame.length - COOKED
        sums[way, "packets"] += 1
        sums[way, "bits"] += 8 * (frame.length - COOKED)
    span = max(SECOND, now - frames[0].time_ns)
    wanted = {f"{way}average_{unit}_per_second": n * SECOND // span
              for (way, unit), n in sums.items()}
    for whose in ("receive_", "transmit_", ""):
        wanted[f"{whose}peak_packets_per_second"] = max(
            n for (who, _), n in packets.items() if who == whose)
        wanted[f"{whose}peak_bits_per_second"] = 8 * max(
            n for (who, _), n in octets.items() if who == whose)
    return wanted


def test_rates_of_a_file_are_those_of_its_time_stamps(start_agent, tmp_path):
    frames = Traffic(11, capture.LINUX_SLL, damage=False).frames(FRAMES)
    file = tmp_path / "traffic.pcap"
    capture.write(file, capture.capture(capture.LINUX_SLL, frames, nanoseconds=True))
    address = f"127.0.0.1:{agent.free_port(kind=socket.SOCK_DGRAM)}"
    one = start_agent("-r", file, f"--snmp.address={address}", snmp="standalone")
    one.scrape_until(
        lambda series: metrics.total(series, "iptally_capture_packets_total") == FRAMES,
        what="the whole file")
    row = rates(one, "file")
    wanted = worked_out(frames)
    assert {name: row[name] for name in wanted} == wanted
    walked = snmp.Manager(f"udp:{address}").walk(IF_ENTRY)
    for number, kind in enumerate(KINDS):
        for unit, scale, word in (("kilobits", 1000, "bits"), ("packets", 1, "packets")):
            column = IF_ENTRY + (SNMP_COLUMNS[unit][number], 1)
            assert walked[column] == ("Gauge32", row[f"{kind}{word}_per_second"] // scale), kind


def test_a_burst_is_seen_and_leaves_the_rate_now_but_not_the_peak(quiet, start_agent):  # noqa: F811
    a, b = quiet.a, quiet.b
    one = start_agent("-i", b.interface, namespace=b.name)
    frames = list(every_length())
    send_frames(a, b, frames)
    received = counted(one.scrape_until(
        lambda series: counted(series, "vb")["rx_packets"] == len(frames)), "vb")
    seen = agent.wait_until(
        lambda: (row := rates(one, "vb"))["receive_packets_per_second"] > 0 and row,
        what="a rate of more than 0")
    # All in one second, or on both sides of its end; within at most five that are over.
    assert len(frames) // 5 <= seen["receive_packets_per_second"] <= len(frames)
    assert len(frames) / 2 <= seen["receive_peak_packets_per_second"] <= len(frames)
    assert seen["receive_peak_bits_per_second"] <= 8 * received["rx_bytes"]
    assert seen["transmit_peak_packets_per_second"] == 0
    later = agent.wait_until(
        lambda: (row := rates(one, "vb"))["receive_packets_per_second"] == 0 and row,
        seconds=20, what="a rate of 0")
    for unit in ("bits", "packets"):
        name = f"receive_peak_{unit}_per_second"
        assert later[name] == seen[name]
    assert later["receive_average_bits_per_second"] < seen["receive_peak_bits_per_second"]
