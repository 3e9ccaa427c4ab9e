"""The JSON API as programs on this machine, on another one, and pages of other sites meet it."""

import json
import subprocess

import pytest

from lib import agent, metrics
from lib.capture import EN10MB, capture, write
from lib.frames import ipv4, tcp, udp
from lib.links import eth


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Over a file: 54 bytes of TCP, and 42 + 8 = 50 of UDP."""
    frames = [eth() / ipv4("10.0.0.1", "10.0.0.2") / tcp(40000, 443, "S"),
              eth() / ipv4("10.0.0.2", "10.0.0.1") / udp(53, 5353)]
    file = write(tmp_path_factory.mktemp("api") / "two.pcap", capture(EN10MB, frames))
    with agent.Agent("-r", file) as one:
        agent.wait_until(lambda: metrics.value(
            one.scrape(), "iptally_interface_receive_packets_total", interface="file") == 2,
            what="the file is read")
        yield one


def rows(running, name):
    status, headers, body = running.get(f"/api/v1/{name}")
    assert status == 200, body
    assert headers["Content-Type"] == "application/json"
    assert headers["Cache-Control"] == "no-store"
    answer = json.loads(body)
    assert answer["total"] == len(answer["rows"]) and not answer["truncated"]
    return answer["rows"]


def test_everything_in_the_index_can_be_asked_for(running):
    listed = json.loads(running.get("/api/v1/")[2])["families"]
    assert {"interface", "port", "flow", "tcp"} <= {one["family"] for one in listed}
    for one in listed:
        assert one["help"].endswith(".")
        name = one["path"].removeprefix("/api/v1/")
        assert rows(running, name + "s") is not None
        for row in rows(running, name):
            assert all(value is not None or key == "le" for key, value in row.items()), row


def test_rows_tell_keys_and_numbers_by_name(running):
    ports = {(row["protocol"], row["port"]): row for row in rows(running, "ports")}
    assert ports["tcp", 443]["receive_bytes"] == 54
    assert ports["udp", 53]["receive_packets"] == 1
    flow = next(row for row in rows(running, "flows") if row["protocol"] == "tcp")
    assert flow["interface"] == "file" and flow["state"] == "half_open"
    assert flow["initiator_address"] == "10.0.0.1" and flow["responder_port"] == 443


def curl(url, *arguments):
    done = subprocess.run(["curl", "-s", "-o", "-", "-w", "\n%{http_code}", "--max-time", "10",
                           *arguments, url], capture_output=True, text=True, check=True)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


@pytest.mark.parametrize("host, status", [
    ("localhost", 200), ("LOCALHOST:10177", 200), ("127.0.0.1:1", 200), ("[::1]:80", 200),
    ("attacker.example", 403), ("127.0.0.1.attacker.example", 403), ("localhost.example", 403),
    ("[::1", 403), ("", 403),
])
def test_what_a_page_of_another_site_would_ask_is_refused(running, host, status):
    got, body = curl(running.url("/api/v1/ports"), "-H", "Host;" if not host else f"Host: {host}")
    assert got == status
    assert status == 200 or "127.0.0.1" in body
    assert curl(running.url("/metrics"), "-H", f"Host: {host}")[0] == 200


@pytest.mark.parametrize("path", [
    "nothing", "port/", "ports/443", "port%00", "..%2fport", "port_slots", "%ff%fe", "x" * 4000])
def test_what_is_not_there_is_not_found(running, path):
    assert curl(running.url(f"/api/v1/{path}"))[0] == 404


def test_other_methods_are_refused(running):
    assert curl(running.url("/api/v1/ports"), "-X", "POST")[0] == 405
    assert curl(running.url("/api/v1/ports"), "-I")[0] == 200


def test_another_machine_is_refused(veth, start_agent):
    """The peer's address counts, whatever the listener: loopback may ask, the neighbour not."""
    a, b = veth.a, veth.b
    port = agent.free_port()
    start_agent("-i", b.interface, f"--web.listen-address=:{port}", namespace=b.name)

    def ask(namespace, address, path):
        done = subprocess.run(
            ["ip", "netns", "exec", namespace.name, "curl", "-s", "-w", "%{http_code}", "-o",
             "/dev/null", "-H", "Host: localhost", "--max-time", "10",
             f"http://{address}:{port}{path}"], capture_output=True, text=True, check=False)
        return int(done.stdout)

    assert ask(b, "127.0.0.1", "/api/v1/ports") == 200
    assert ask(a, b.address, "/api/v1/ports") == 403
    assert ask(a, b.address, "/metrics") == 200
