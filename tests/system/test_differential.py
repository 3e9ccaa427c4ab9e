"""The agent against Wireshark, over a folder of real captures: packets, bytes, sizes, protocols,
hosts, service ports, TCP flags and connections, and bad checksums of every file are equal, or stand
in a reviewed list with the reason why ours is right (differences.py).
"""

import ipaddress
import os
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

import differences
from lib import agent, capture_reader, metrics, reference, tshark
from lib.pseudo import pseudo_bytes

SUNATM = 123  # whose pseudo-header Wireshark's reader takes off itself
BOUNDS = (64, 127, 255, 511, 1023, 1518, 4095, 9216)
SYN, ACK = 0x02, 0x10
FLAGS = {"fin": 0x01, "rst": 0x04}


@pytest.fixture(scope="module")
def paths(captures):
    return sorted(path for path in captures.iterdir() if path.is_file())


@pytest.fixture(scope="module")
def counted(paths):
    """{name: series} of the agent, which must read every file to its end. In each, sums close."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip([path.name for path in paths], pool.map(agent.count, paths)))


@pytest.fixture(scope="module")
def read(paths):
    return {path.name: capture_reader.read(path) for path in paths}


@pytest.fixture(scope="module")
def wireshark(paths, tmp_path_factory):
    """(capinfos, tshark) over the files that Wireshark can read."""
    if not shutil.which("tshark") or not shutil.which("capinfos"):
        pytest.skip("tshark is not installed (package tshark)")
    infos = tshark.capinfos(paths)
    known = [path for path in paths if path.name in infos]
    return infos, tshark.dissect(known, tmp_path_factory.mktemp("merged") / "all.pcapng")


def both_ways(series, metric, **labels):
    return sum(metrics.total(series, metric.replace("WAY", way), **labels)
               for way in ("receive", "transmit"))


def interface(series, unit):
    return both_ways(series, f"iptally_interface_WAY_{unit}_total")


def wire_bytes(reading, frames):
    """Frame bytes as the README defines them, of tshark's lengths, frame by frame."""
    link = reading.links[0]
    if link == SUNATM:
        return [one.length for one in frames]
    return [one.length - pseudo_bytes(link, raw.data, raw.length)
            for one, raw in zip(frames, reading.frames, strict=True)]


def test_all_files_are_compared_but_for_those_that_wireshark_cannot_read(counted, wireshark):
    _, dissected = wireshark
    assert set(counted) - set(dissected) - differences.UNREADABLE == set()


def test_packets_are_those_of_capinfos(counted, wireshark):
    infos, _ = wireshark
    wrong = {name: (interface(counted[name], "packets"), packets)
             for name, (packets, _) in infos.items()
             if interface(counted[name], "packets") != packets}
    assert wrong == {}


def test_frame_bytes_are_those_of_tshark_without_pseudo_headers(counted, wireshark, read):
    _, dissected = wireshark
    wrong = {}
    for name, frames in dissected.items():
        wanted = sum(wire_bytes(read[name], frames))
        if interface(counted[name], "bytes") != wanted:
            wrong[name] = (interface(counted[name], "bytes"), wanted)
    assert wrong == {}


def test_all_files_are_read_as_the_slow_reader_reads_them(counted, read):
    """The files that Wireshark does not know included."""
    wrong = {}
    for name, reading in read.items():
        assert reading.error is None, f"{name}: {reading.error}"
        link = reading.links[0]
        wanted = sum(one.length - pseudo_bytes(link, one.data, one.length)
                     for one in reading.frames)
        found = interface(counted[name], "packets"), interface(counted[name], "bytes")
        if found != (len(reading.frames), wanted):
            wrong[name] = found, (len(reading.frames), wanted)
    assert wrong == {}


def test_sizes_are_distributed_as_tshark_sees_them(counted, wireshark, read):
    _, dissected = wireshark
    wrong = {}
    for name, frames in dissected.items():
        sizes = wire_bytes(read[name], frames)
        for bound in BOUNDS:
            wanted = sum(size <= bound for size in sizes)
            found = both_ways(counted[name], "iptally_interface_WAY_packet_size_bytes_bucket",
                              le=str(bound))
            if found != wanted:
                wrong[name, bound] = found, wanted
    assert wrong == {}


def test_links_that_are_not_decoded_count_as_unknown(counted, read):
    for name, reading in read.items():
        if reading.links[0] in differences.UNDECODED_LINKS:
            found = both_ways(counted[name], "iptally_protocol_WAY_packets_total",
                              network="other", protocol="none")
            assert found == len(reading.frames), name
            errors = metrics.total(counted[name], "iptally_decode_errors_total",
                                   reason="unknown_link")
            assert errors == len(reading.frames), name


def test_protocols_hosts_ports_flags_and_connections_are_those_of_tshark(counted, wireshark, read):
    _, dissected = wireshark
    unexplained, seen = {}, set()
    for name, frames in dissected.items():
        ours, theirs = split(counted[name]), told(frames, wire_bytes(read[name], frames))
        differing = {key: (ours[key], theirs[key]) for key in {**ours, **theirs}
                     if ours[key] != theirs[key]}
        if differing:
            seen.add(name)
            reviewed = differences.REVIEWED.get(name)
            if reviewed is None or differing != reviewed.values:
                unexplained[name] = differing
    assert unexplained == {}, "not in differences.py"
    assert (set(differences.REVIEWED) & set(dissected)) - seen == set(), "reviewed, but equal"


def test_all_that_the_reference_counts_is_as_it_says(counted, read):
    """Where Wireshark's answer is another one than ours, the definitions still decide."""
    wrong = {}
    for name, reading in read.items():
        wanted = reference.count(reading.frames, reading.links[0])
        differing = {metrics.show(key): (counted[name].get(key), value)
                     for key, value in wanted.items() if counted[name].get(key) != value}
        if differing:
            wrong[name] = differing
    assert wrong == {}


FLAG_METRICS = {f"iptally_tcp_{name}_packets_total": name
                for name in ("syn", "synack", "fin", "rst")}


def split(series):
    """The agent's packets and bytes by protocol, host and port, TCP's flags and connections, by short
    keys."""
    found = Counter()
    for (metric, pairs), value in series.items():
        labels = dict(pairs)
        unit = "bytes" if metric.endswith("_bytes_total") else "packets"
        if value and metric == "iptally_interface_receive_bad_checksum_packets_total":
            found["ipv4", "bad checksum", unit] += value
        if not value or metric.startswith("iptally_interface"):
            continue
        if metric.startswith("iptally_protocol_"):
            found[labels["network"], labels["protocol"], unit] += value
        elif metric in FLAG_METRICS:
            found["tcp", FLAG_METRICS[metric], "packets"] += value
        elif metric.startswith("iptally_host_") and not metric.endswith("_connections_total"):
            found["host", labels["host"], f"{metric.split('_')[2]} {unit}"] += value
        elif not metric.startswith("iptally_port_"):
            continue
        elif metric.endswith("_connections_total") and labels["protocol"] == "tcp":
            found["tcp", labels["port"], "connections"] += value
        elif not metric.endswith("_connections_total"):
            found[labels["protocol"], labels["port"], unit] += value
    return found


def told(frames, sizes):
    """The same from tshark's words."""
    found, firsts, syns = Counter(), {}, set()
    for one, size in zip(frames, sizes, strict=True):
        protocol, ports = one.protocol, one.ports
        if one.fragment and not one.later_fragment:
            firsts[one.fragment] = protocol, ports
        elif one.fragment:
            protocol, ports = firsts.get(one.fragment, (protocol, None))
        port = "unattributed" if ports is None else str(reference.service_port(*ports))
        if one.bad_checksum and not one.transmitted:
            found["ipv4", "bad checksum", "packets"] += 1
        for unit, amount in (("packets", 1), ("bytes", size)):
            found[one.network, protocol, unit] += amount
            if protocol in ("tcp", "udp"):
                found[protocol, port, unit] += amount
            for way, end in zip(("transmit", "receive"), filter(None, one.ends or ())):
                found["host", str(ipaddress.ip_address(end)), f"{way} {unit}"] += amount
        for name in flags(one.tcp_flags or 0):
            found["tcp", name, "packets"] += 1
        if one.syn and one.syn not in syns:
            syns.add(one.syn)
            found["tcp", str(ports[1]), "connections"] += 1
    return found


def flags(bits):
    """What of a segment's flags is counted."""
    found = [name for name, bit in FLAGS.items() if bits & bit]
    if bits & SYN:
        found.append("synack" if bits & ACK else "syn")
    return found
