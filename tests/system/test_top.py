"""The top table: the fastest flows now, in JSON and in SNMP."""

import ipaddress
import json
import socket

from lib import agent, capture, metrics, snmp
from lib.random_traffic import Traffic
from lib.traffic import quiet, send_datagrams, send_stream  # noqa: F401: a fixture

FRAMES = 3000
PAYLOAD = 5_000_000
INTERVAL_SECONDS = 5
ENTRY = snmp.OBJECTS + (10, 1)
PROTOCOLS = "tcp udp icmp icmpv6 igmp gre esp ah sctp ospf pim other none".split()


def rows(one, family):
    status, _, text = one.get(f"/api/v1/{family}")
    assert status == 200
    return json.loads(text)["rows"]


def test_the_line_is_used_by_whom_the_top_table_says(quiet, start_agent):  # noqa: F811
    a, b = quiet.a, quiet.b
    one = start_agent("-i", b.interface, namespace=b.name)
    send_stream(a, b, PAYLOAD)
    send_datagrams(a, b, 9000, [100] * 10)
    first, second = agent.wait_until(
        lambda: len(found := rows(one, "top")) == 2 and found, seconds=20, what="two places")
    assert (first["rank"], second["rank"]) == (1, 2)
    assert first["interval"] == second["interval"]
    assert (first["protocol"], second["protocol"]) == ("tcp", "udp")
    assert first["initiator_address"] == a.address and first["responder_address"] == b.address
    assert second["responder_port"] == 9000
    # The transfer was in this interval whole or in part, and with the headers of its segments.
    assert 0 < first["initiator_bits_per_second"] < 1.1 * 8 * PAYLOAD / INTERVAL_SECONDS
    assert first["responder_bits_per_second"] < first["initiator_bits_per_second"]
    assert second["responder_packets_per_second"] == 0
    [flow] = [flow for flow in rows(one, "flows") if flow["id"] == first["flow"]]
    assert flow["initiator_port"] == first["initiator_port"]
    agent.wait_until(lambda: not rows(one, "top"), seconds=20, what="nothing after a silence")


def test_snmp_and_json_show_the_same_places(start_agent, tmp_path):
    frames = Traffic(23, capture.EN10MB, damage=False).frames(FRAMES)
    file = tmp_path / "traffic.pcap"
    capture.write(file, capture.capture(capture.EN10MB, frames, nanoseconds=True))
    address = f"127.0.0.1:{agent.free_port(kind=socket.SOCK_DGRAM)}"
    one = start_agent("-r", file, f"--snmp.address={address}", snmp="standalone")
    one.scrape_until(
        lambda series: metrics.total(series, "iptally_capture_packets_total") == FRAMES,
        what="the whole file")
    walked = snmp.Manager(f"udp:{address}").walk(ENTRY)
    found = rows(one, "top")
    assert 0 < len(found) <= 10
    speeds = [row["initiator_bits_per_second"] + row["responder_bits_per_second"] for row in found]
    assert all(a >= b - 1 for a, b in zip(speeds, speeds[1:]))  # each of the two is rounded
    for rank, row in enumerate(found, 1):
        assert row["rank"] == rank
        shown = [walked[ENTRY + (column, 1, rank)][1] for column in range(2, 14)]
        addresses = [str(ipaddress.ip_address(octets)) for octets in shown[3:5]]
        assert [*shown[:2], *addresses, *shown[5:7], PROTOCOLS[shown[7] - 1]] == [
            row[name] for name in ("interval", "flow", "initiator_address", "responder_address",
                                   "initiator_port", "responder_port", "protocol")]
        assert shown[8:] == [
            value for end in ("initiator", "responder")
            for value in (row[f"{end}_bits_per_second"] // 1000, row[f"{end}_packets_per_second"])]
    assert len(walked) == 12 * len(found)
