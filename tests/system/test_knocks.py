"""Who knocks, probes and floods, by real programs: asked of Prometheus, JSON and SNMP.

Machine a does it, machine b is watched. Each begins with what b does itself, which must be nowhere.
"""

import contextlib
import errno
import ipaddress
import json
import random
import socket

import pytest

from lib import agent, capture, metrics, netns, snmp, traffic
from lib.capture import EN10MB, LINUX_SLL, frame
from lib.frames import ipv4, tcp, udp
from lib.links import HOST, OUTGOING, eth, sll
from lib.traffic import quiet  # noqa: F401: a fixture

SSH = 22


class Watched:
    """The agent on machine b, and what it tells."""

    def __init__(self, pair, start_agent, folder, *arguments):
        self.pair = pair
        self.log = folder / "events.log"
        port = agent.free_port(socket.SOCK_DGRAM)
        self.agent = start_agent("-i", pair.b.interface, f"--snmp.address=127.0.0.1:{port}",
                                 f"--event-log={self.log}", "--event-log.format=json",
                                 *arguments, namespace=pair.b.name, snmp="standalone")
        self.manager = snmp.Manager(f"udp:127.0.0.1:{port}", namespace=pair.b)

    def rows(self, name):
        return rows(self.agent, name)

    def value(self, name):
        return metrics.value(self.agent.scrape(), name, interface=self.pair.b.interface)

    def events(self, *kinds):
        """What the event log has of these kinds."""
        return events_of(self.log, *kinds)

    def wait_for(self, name, value, seconds=15):
        agent.wait_until(lambda: self.value(name) == value, seconds, f"{name} {value}")


def rows(running, name):
    status, _, body = running.get(f"/api/v1/{name}")
    assert status == 200, body
    return json.loads(body)["rows"]


def events_of(log, *kinds):
    lines = log.read_text().split("\n")[:-1] if log.exists() else []
    return [event for event in map(json.loads, lines) if event["event"] in kinds]


@pytest.fixture
def watched(quiet, start_agent, folder):
    return Watched(quiet, start_agent, folder)


def knock(source, address, port):
    """One connection that is closed at once; whether there was one."""
    with traffic.inside(source):
        one = socket.socket()
    with one:
        one.settimeout(10)
        result = one.connect_ex((address, port))
        assert result in (0, errno.ECONNREFUSED)
        return result == 0


@contextlib.contextmanager
def listening(machine, port):
    with traffic.inside(machine):
        one = socket.create_server((machine.address, port))
    with one:
        yield one


def live_its_own_life(pair):
    """What b begins: a connection that a takes, some that it refuses, questions with and without
    answers."""
    with traffic.Server(pair.a) as server:
        traffic.connect(pair.b, server, 1000)
    for port in range(2000, 2030):
        assert not knock(pair.b, pair.a.address, port)
    traffic.send_datagrams(pair.b, pair.a, 53, [100, 200])
    with traffic.inside(pair.b):
        lonely = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with lonely:
        lonely.sendto(b"?", (pair.a.address, 9999))


def test_six_attempts_at_ssh_are_found_in_one_look(watched):
    pair = watched.pair
    live_its_own_life(pair)
    for _ in range(3):
        assert not knock(pair.a, pair.b.address, SSH)
    with listening(pair.b, SSH):
        for _ in range(3):
            assert knock(pair.a, pair.b.address, SSH)
    live_its_own_life(pair)
    assert not knock(pair.a, pair.b.address, 23)
    agent.wait_until(lambda: sum(row["tries"] for row in watched.rows("knocks")) == 7,
                     what="seven tries")
    first, second = watched.rows("knocks")
    assert first["source"] == pair.a.address and first["target"] == pair.b.address
    assert (first["protocol"], first["port"], first["outcome"]) == ("tcp", SSH, "established")
    assert (first["tries"], first["tries_quarter_hour"], first["tries_day"]) == (6, 6, 6)
    assert (first["refused"], first["answered"], first["established"]) == (3, 3, 3)
    assert first["first_seen"] <= first["last_seen"]
    assert (second["port"], second["tries"], second["outcome"]) == (23, 1, "refused")
    told = watched.manager.rows("knock")
    octets = tuple(ipaddress.ip_address(pair.a.address).packed)
    assert set(told) == {(pair.b.ifindex(), 1, 4, *octets, 1, port) for port in (SSH, 23)}
    row = told[pair.b.ifindex(), 1, 4, *octets, 1, SSH]
    assert (row["tries"], row["tries_quarter_hour"], row["refused"], row["answered"],
            row["established"], row["outcome"]) == (6, 6, 3, 3, 3, 4)
    assert watched.value("iptally_probe_active") == 0
    assert watched.value("iptally_flood_active") == 0
    agent.wait_until(lambda: len({event["responder_port"] for event in watched.events("knock")})
                     == 2, what="the lines of the knocks")
    last = [event for event in watched.events("knock") if event["responder_port"] == SSH][-1]
    assert (last["tries"], last["outcome"]) == (6, "established")
    assert {event["initiator_address"] for event in watched.events("knock")} == {pair.a.address}


def test_closed_port_of_udp_refuses(namespaces_work, start_agent):
    with netns.Pair(ipv6=True) as pair:
        traffic.introduce(pair.a, pair.b)
        one = start_agent("-i", pair.b.interface, namespace=pair.b.name)
        for family, address in ((socket.AF_INET, pair.b.address),
                                (socket.AF_INET6, pair.b.address6)):
            with traffic.inside(pair.a):
                sender = socket.socket(family, socket.SOCK_DGRAM)
            with sender:
                sender.settimeout(5)
                sender.connect((address, 161))
                sender.send(b"?")
                with pytest.raises(ConnectionRefusedError):
                    sender.recv(1)
        knocks = agent.wait_until(
            lambda: len(told := rows(one, "knocks")) == 2 and told, what="both knocks")
        assert {(row["protocol"], row["port"], row["tries"], row["refused"], row["outcome"])
                for row in knocks} == {("udp", 161, 1, 1, "refused")}
        assert {row["source"] for row in knocks} == {pair.a.address, pair.a.address6}


def test_scan_by_connects_is_a_probe(watched):
    pair = watched.pair
    live_its_own_life(pair)
    assert watched.value("iptally_probe_active") == 0
    with listening(pair.b, 1030):
        opened = [port for port in range(1001, 1041) if knock(pair.a, pair.b.address, port)]
    assert opened == [1030]
    watched.wait_for("iptally_probe_active", 1)
    (probe,) = watched.rows("probes")
    assert probe["source"] == pair.a.address and probe["active"] is True
    assert (probe["ports"], probe["hosts"]) == (40, 1)
    assert watched.rows("probing")[0]["begun"] == 1
    (row,) = watched.manager.rows("probe").values()
    assert bytes(row["source"]) == ipaddress.ip_address(pair.a.address).packed
    assert (row["ports"], row["hosts"], row["active"]) == (40, 1, 1)
    assert watched.manager.rows("probing")[pair.b.ifindex(),]["active"] == 1
    (event,) = agent.wait_until(lambda: watched.events("probe_begun", "probe_ended"), what="a line")
    assert (event["event"], event["initiator_address"]) == ("probe_begun", pair.a.address)
    assert (event["ports"], event["hosts"]) == (40, 1)


def test_client_of_many_is_no_probe_and_one_who_finds_nobody_is(watched):
    """The same 20 hosts at the same port: once they answer, once they do not."""
    pair = watched.pair
    hosts = [f"10.77.0.{number}" for number in range(101, 121)]
    for host in hosts:
        pair.b.ip("address", "add", f"{host}/24", "dev", pair.b.interface)
    with traffic.inside(pair.b):
        server = socket.create_server(("0.0.0.0", 8080))
    with server:
        for host in hosts:
            assert knock(pair.a, host, 8080)
    agent.wait_until(lambda: len(watched.rows("knocks")) == 1, what="the knocks")
    assert metrics.value(watched.agent.scrape(), "iptally_probe_active",
                         interface=pair.b.interface) == 0
    for host in hosts:
        assert not knock(pair.a, host, 8080)
    watched.wait_for("iptally_probe_active", 1)
    (probe,) = watched.rows("probes")
    assert (probe["ports"], probe["hosts"]) == (1, 20)


def test_slow_scan_ends_when_its_window_is_over(quiet, start_agent, folder):
    """Three ports within four seconds are one."""
    watched = Watched(quiet, start_agent, folder, "--probe.ports=2", "--probe.window=4")
    pair = quiet
    ports = iter(range(3001, 3101))

    def probe():
        knock(pair.a, pair.b.address, next(ports))
        return watched.value("iptally_probe_active") == 1

    agent.wait_until(probe, 20, "the slow scan")
    watched.wait_for("iptally_probe_active", 0)
    (row,) = watched.rows("probes")
    assert row["active"] is False and row["ports"] >= 3
    agent.wait_until(lambda: [event["event"] for event in watched.events(
        "probe_begun", "probe_ended")] == ["probe_begun", "probe_ended"], what="both lines")


def flood_capture(path, pair, frames):
    """SYNs from as many addresses, to a port where nobody listens."""
    rng = random.Random(1)
    syns = [eth(pair.b.mac.hex(":"), pair.a.mac.hex(":"))
            / ipv4(f"{rng.randrange(11, 120)}.{rng.randrange(256)}.{rng.randrange(256)}.7",
                   pair.b.address) / tcp(1024 + rng.randrange(60000), 80, "S", seq=number)
            for number in range(frames)]
    capture.write(path, capture.capture(EN10MB, syns))


def test_flood_is_found_and_pushes_out_nobody_who_insists(quiet, start_agent, folder):
    """Four seconds at 2,000 SYNs a second, which fill a small list many times over."""
    watched = Watched(quiet, start_agent, folder, "--knocks.max=256")
    pair = quiet
    flood = folder / "flood.pcap"
    flood_capture(flood, pair, 8000)
    for _ in range(5):
        knock(pair.a, pair.b.address, SSH)
    assert watched.value("iptally_flood_active") == 0
    pair.a.run("tcpreplay", "-q", "--pps=2000", "-i", pair.a.interface, flood)
    watched.wait_for("iptally_flood_active", 1)
    knock(pair.a, pair.b.address, SSH)
    agent.wait_until(lambda: watched.rows("knocks")[0]["tries"] == 6, what="the sixth try")
    assert watched.rows("knocks")[0]["port"] == SSH
    (row,) = watched.rows("floods")
    assert row["active"] is True and row["floods"] == 1
    assert 1000 <= row["peak_syn_rate"] <= 8000
    told = watched.manager.rows("flood")[pair.b.ifindex(),]
    assert (told["active"], told["floods"], told["peak_syn_rate"]) == (1, 1, row["peak_syn_rate"])
    series = watched.agent.scrape()
    assert metrics.value(series, "iptally_table_evictions_total", table="knock",
                         reason="least_tried") > 7000
    (event,) = agent.wait_until(lambda: watched.events("flood_begun", "flood_ended"), what="a line")
    assert event["event"] == "flood_begun" and event["interface"] == pair.b.interface
    assert 100 <= event["syns_per_second"] <= row["peak_syn_rate"]


# --- Files ---

ME, STRANGER, SERVER = "192.0.2.1", "203.0.113.9", "198.51.100.5"


def slow_story():
    """(seconds, to me, stack) of 13 minutes: a try at SSH each 170 s, and my own connections."""
    for minute in range(14):
        port = 40000 + minute
        yield minute * 60, False, ipv4(ME, SERVER) / tcp(port, 443, "S", seq=100)
        yield minute * 60 + 0.02, True, ipv4(SERVER, ME) / tcp(443, port, "SA", seq=500, ack=101)
        yield minute * 60 + 0.03, False, ipv4(ME, SERVER) / tcp(port, 443, "A", seq=101, ack=501)
        yield minute * 60 + 1, False, ipv4(ME, SERVER) / udp(port, 53)
        yield minute * 60 + 1.1, True, ipv4(SERVER, ME) / udp(53, port)
    for attempt in range(6):
        at, port = 5 + 170 * attempt, 50000 + attempt
        yield at, True, ipv4(STRANGER, ME) / tcp(port, SSH, "S", seq=7)
        yield at + 0.001, False, ipv4(ME, STRANGER) / tcp(SSH, port, "RA", seq=0, ack=8)


@pytest.fixture(scope="module")
def slow_files(tmp_path_factory):
    """The story by a device that tells directions, and by one that does not."""
    folder = tmp_path_factory.mktemp("slow")
    story = sorted(slow_story(), key=lambda event: event[0])
    cooked = [frame(sll(HOST if to_me else OUTGOING) / stack, at=at) for at, to_me, stack in story]
    plain = [frame(eth() / stack, at=at) for at, _, stack in story]
    return (capture.write(folder / "cooked.pcap", capture.capture(LINUX_SLL, cooked)),
            capture.write(folder / "plain.pcap", capture.capture(EN10MB, plain)), len(story))


def read_file(start_agent, file, frames, *arguments):
    one = start_agent("-r", file, *arguments)
    one.scrape_until(lambda series: metrics.total(series, "iptally_capture_packets_total")
                     == frames, what="the file is read")
    return one


def is_the_slow_knock(row):
    return (row["source"], row["target"], row["port"]) == (STRANGER, ME, SSH) and (
        row["tries"], row["tries_quarter_hour"], row["refused"], row["outcome"]) == (
        6, 6, 6, "refused") and row["first_seen"] == "2023-11-14T22:13:25.000Z" and \
        row["last_seen"] == "2023-11-14T22:27:35.000Z"


def test_slow_attempts_in_a_file_are_six(start_agent, slow_files, folder):
    cooked, _, frames = slow_files
    log = folder / "events.log"
    (row,) = rows(read_file(start_agent, cooked, frames, f"--event-log={log}",
                            "--event-log.format=json"), "knocks")
    assert is_the_slow_knock(row), row
    agent.wait_until(lambda: [event["tries"] for event in events_of(log, "knock")]
                     == [1, 2, 3, 4, 6], what="five lines")
    assert {event["outcome"] for event in events_of(log, "knock")} == {"refused"}


def test_file_without_directions_tells_all_attempts_in_it(start_agent, slow_files):
    _, plain, frames = slow_files
    found = rows(read_file(start_agent, plain, frames), "knocks")
    assert [(row["source"], row["protocol"], row["port"], row["tries"]) for row in found] == [
        (ME, "udp", 53, 14), (ME, "tcp", 443, 14), (STRANGER, "tcp", SSH, 6)]
    assert is_the_slow_knock(found[2]), found[2]
