"""The agent's HTTP side as curl, promtool and impolite clients meet it."""

import contextlib
import gzip
import re
import shutil
import socket
import subprocess
import time
import urllib.request

import pytest

from lib import agent, metrics
from lib.capture import EN10MB, capture, write
from lib.frames import arp, icmp, ipv4, ipv6, tcp, udp
from lib.links import eth, vlan
from lib.stack import data

TEXT = "text/plain; version=0.0.4; charset=utf-8"

# 14 Ethernet + 20 IPv4 or 40 IPv6, and so on: the lengths below are sums on paper.
FRAMES = [
    eth() / ipv4() / tcp(40000, 443, "S"),  # 14 + 20 + 20 = 54
    eth() / ipv4() / tcp(40000, 443, "A") / data(b"x" * 46),  # 100
    eth() / ipv4() / udp(5353, 53) / data(b"x" * 58),  # 14 + 20 + 8 + 58 = 100
    eth() / ipv6() / udp(40000, 40001) / data(b"x" * 38),  # 14 + 40 + 8 + 38 = 100
    eth() / ipv4() / icmp(),  # 14 + 20 + 8 = 42
    eth() / vlan(7) / arp(),  # 14 + 4 + 28 = 46
]
BYTES = 54 + 100 + 100 + 100 + 42 + 46


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """A capture file on which nothing changes once it is read."""
    return write(tmp_path_factory.mktemp("http") / "quiet.pcap", capture(EN10MB, FRAMES))


@pytest.fixture(scope="module")
def running(quiet):
    with agent.Agent("-r", quiet) as one:
        agent.wait_until(
            lambda: metrics.value(one.scrape(), "iptally_interface_receive_packets_total",
                                  interface="file") == len(FRAMES), what="the file is read")
        yield one


def curl(*arguments):
    """(status, header fields in lower case, body)"""
    done = subprocess.run(["curl", "-s", "-i", "--max-time", "10", *arguments],
                          capture_output=True, check=True)
    head, _, body = done.stdout.decode().partition("\r\n\r\n")
    lines = head.split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), fields, body


def refused(*arguments):
    """What an agent says that must not start: one line on standard error, exit 2."""
    done = subprocess.run([agent.binary(), "--snmp=off", *arguments], capture_output=True,
                          timeout=10, check=False)
    said = done.stderr.decode()
    assert done.returncode == 2, said
    assert done.stdout == b""
    assert len(said.splitlines()) == 1, said
    return said


def test_promtool_has_nothing_to_say(running):
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed (Debian: prometheus)")
    _, _, text = curl(running.url())
    done = subprocess.run(["promtool", "check", "metrics"], input=text.encode(),
                          capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_values_are_those_of_the_file(running):
    series = running.scrape()
    for name, labels, expected in [
        ("iptally_interface_receive_packets_total", {}, 6),
        ("iptally_interface_receive_bytes_total", {}, BYTES),
        ("iptally_interface_transmit_packets_total", {}, 0),
        ("iptally_protocol_receive_bytes_total", {"network": "ipv4", "protocol": "tcp"}, 154),
        ("iptally_protocol_receive_bytes_total", {"network": "ipv6", "protocol": "udp"}, 100),
        ("iptally_protocol_receive_packets_total", {"network": "arp", "protocol": "none"}, 1),
        ("iptally_port_receive_packets_total", {"protocol": "tcp", "port": "443"}, 2),
        ("iptally_port_receive_bytes_total", {"protocol": "udp", "port": "53"}, 100),
        ("iptally_port_receive_bytes_total", {"protocol": "udp", "port": "40000"}, 100),
        ("iptally_interface_receive_packet_size_bytes_bucket", {"le": "64"}, 3),
        ("iptally_interface_receive_packet_size_bytes_bucket", {"le": "127"}, 6),
        ("iptally_interface_receive_packet_size_bytes_bucket", {"le": "+Inf"}, 6),
        ("iptally_interface_receive_packet_size_bytes_sum", {}, BYTES),
    ]:
        assert metrics.value(series, name, interface="file", **labels) == expected, (name, labels)


def test_each_metric_has_its_header_once_and_its_samples_together(running):
    _, fields, text = curl(running.url())
    assert fields["content-type"] == TEXT
    assert text.endswith("\n")
    name, kind, seen = None, None, set()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split()[2]
            assert name not in seen, f"twice: {line}"
            assert len(line.split(maxsplit=3)) == 4, f"no help: {line}"
            seen.add(name)
            kind = None
        elif line.startswith("# TYPE "):
            assert kind is None and line.split()[2] == name, line
            kind = line.split()[3]
            assert (kind == "counter") == name.endswith("_total"), line
        else:
            sample = re.match(r"[a-z_0-9]+", line)[0]
            allowed = {"histogram": [name + "_bucket", name + "_sum", name + "_count"]}
            assert sample in allowed.get(kind, [name]), line
    metrics.parse(text)  # and no series stands twice


def test_every_family_is_a_collector_that_succeeded(running):
    series = running.scrape()
    collectors = {dict(labels)["collector"]: value for (name, labels), value in series.items()
                  if name == "iptally_scrape_collector_success"}
    assert {"interface", "protocol", "size", "port"} <= set(collectors)
    assert set(collectors.values()) == {1}


def test_histograms_are_cumulative_and_end_in_their_count(running):
    series = running.scrape()
    groups = {}
    for (name, labels), value in series.items():
        if name.endswith("_bucket"):
            rest = dict(labels)
            bound = float(rest.pop("le").replace("+Inf", "inf"))
            groups.setdefault((name[:-7], tuple(rest.items())), []).append((bound, value))
    assert groups
    for (name, labels), buckets in groups.items():
        bounds = [bound for bound, _ in buckets]
        values = [value for _, value in buckets]
        assert bounds == sorted(set(bounds)) and bounds[-1] == float("inf"), name
        assert values == sorted(values), name
        assert values[-1] == series[(name + "_count", labels)]


def test_pages_and_errors(running):
    status, fields, body = curl(running.url("/"))
    assert status == 200 and fields["content-type"] == "text/html; charset=utf-8"
    assert 'href="/metrics"' in body
    assert curl(running.url("/-/healthy"))[0] == 200
    assert curl(running.url("/-/ready"))[0] == 200
    assert curl(running.url("/none"))[0] == 404
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        status, fields, _ = curl("-X", method, running.url())
        assert (status, fields["allow"]) == (405, "get, head")
    assert curl("-d", "x=1", running.url())[0] == 405
    for path in ("/", "/metrics", "/none"):
        assert curl(running.url(path))[1]["x-content-type-options"] == "nosniff"


def test_head_has_no_body(running):
    status, fields, body = curl("--head", running.url())
    assert (status, fields["content-type"], body) == (200, TEXT, "")
    assert int(fields["content-length"]) > 1000


@pytest.mark.parametrize("accepts", ["gzip", "deflate, gzip;q=0.5", "*"])
def test_scrapes_in_gzip_hold_the_same(running, accepts):
    plain_status, plain_headers, plain = agent.fetch(running.url())
    request = urllib.request.Request(running.url(), headers={"Accept-Encoding": accepts})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Content-Type"] == TEXT
        assert answer.headers["Vary"] == "Accept-Encoding"
        body = answer.read()
    assert plain_status == 200 and plain_headers["Content-Encoding"] is None
    assert plain_headers["Vary"] == "Accept-Encoding"
    assert len(body) < len(plain) / 4
    ours, theirs = (metrics.read(text) for text in (gzip.decompress(body).decode(), plain))
    assert ours.keys() == theirs.keys()
    assert all(value == theirs[key] for key, value in ours.items()
               if key[0].startswith(("iptally_interface", "iptally_protocol", "iptally_port")))


def test_who_refuses_gzip_gets_text(running):
    headers = agent.fetch(running.url(), **{"Accept-Encoding": "gzip;q=0"})[1]
    assert headers["Content-Encoding"] is None


def test_a_connection_is_used_again(running):
    done = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-o", "/dev/null", "-w", "%{num_connects} ",
         running.url(), running.url("/-/healthy")], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "0"]


def test_once_prints_what_is_served(running, quiet):
    def stable(series):
        moving = ("process_", "iptally_scrape_", "iptally_snapshot_", "iptally_lock_")
        return {key: value for key, value in series.items() if not key[0].startswith(moving)}

    done = agent.once(file=quiet)
    assert done.returncode == 0
    assert stable(metrics.parse(done.stdout.decode())) == stable(running.scrape())


def test_the_telemetry_path_can_be_moved(quiet, start_agent):
    one = start_agent("-r", quiet, "--web.telemetry-path=/other/path")
    assert one.get("/other/path")[0] == 200
    assert one.get("/metrics")[0] == 404
    assert 'href="/other/path"' in one.get("/")[2]


def has_ipv6():
    try:
        agent.free_port(host="::1")
    except OSError:
        return False
    return True


def test_several_addresses_are_served(quiet, start_agent):
    if not has_ipv6():
        pytest.skip("no IPv6 on this machine")
    second, third = agent.free_port(host="::1"), agent.free_port()
    one = start_agent("-r", quiet, f"--web.listen-address=[::1]:{second}",
                      f"--web.listen-address=localhost:{third}")
    for url in (one.url(), f"http://[::1]:{second}/metrics", f"http://127.0.0.1:{third}/metrics"):
        assert agent.fetch(url)[0] == 200


def test_a_port_in_use_is_said(running, quiet):
    said = refused("-r", quiet, f"--web.listen-address=127.0.0.1:{running.port}")
    assert f"127.0.0.1:{running.port}" in said and "--web.listen-address" in said
    assert running.get()[0] == 200


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000",
                                     "::1:80", "192.0.2.1:10177", "a" * 64 + ":10177"])
def test_a_bad_address_is_said(quiet, address):
    said = refused("-r", quiet, f"--web.listen-address={address}")
    assert address in said


@pytest.mark.parametrize("path", ["metrics", "/", "/-/ready", "/a b"])
def test_a_bad_telemetry_path_is_said(quiet, path):
    said = refused("-r", quiet, f"--web.listen-address=127.0.0.1:{agent.free_port()}",
                   f"--web.telemetry-path={path}")
    assert path in said and "telemetry-path" in said


def test_impolite_clients_delay_neither_a_scrape_nor_the_stop(quiet, start_agent):
    one = start_agent("-r", quiet)
    with contextlib.ExitStack() as stack:
        for said in (b"", b"GET /met", b"\x16\x03\x01\x02\r\n\r\n", b"GET /metrics HTTP/1.1\r\nX: "):
            client = socket.create_connection((one.host, one.port))
            stack.callback(client.close)
            client.sendall(said)
        greedy = socket.socket()
        stack.callback(greedy.close)
        greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        greedy.connect((one.host, one.port))
        greedy.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 50)  # and reads nothing
        begun = time.monotonic()
        assert one.get()[0] == 200
        assert time.monotonic() - begun < 1
        one.stop()
