"""Several workers on one interface count what one does, to the last packet, and split no flow.

Agents with one worker and with more listen side by side, so that they see the same packets at the
same time; one worker is proven against the kernel and the reference elsewhere.
"""

import contextlib
import json
import os
import pathlib
import random
import re
import threading
import time

import pytest

from lib import agent, metrics, netns, traffic
from lib.agent import wait_until
from lib.capture import EN10MB, capture, write
from lib.frames import ipv4, payload, udp
from lib.links import eth
from lib.metrics import counted, kernel_counted, value
from lib.random_traffic import Traffic
from lib.traffic import quiet  # noqa: F401: a fixture
from lib.traffic import backlogs_are_empty, every_length, kernel_delta, send_frames, send_stacks

pytestmark = pytest.mark.usefixtures("root", "namespaces_work")

WHOLE = [f"--export.{family}=all" for family in ("ports", "hosts", "stations", "conversations")]
# Of the process, of its tables (each worker has some), and of the moment.
ITS_OWN = re.compile(r"process_|iptally_(build|lock|snapshot|scrape|table|tcp_handshake_seconds_)")
FRAMES = 3000


@pytest.fixture(scope="module")
def jumbo():
    """Whole frames of any size that random traffic has; nobody answers them."""
    with netns.Pair(mtu=9600) as pair:
        traffic.introduce(pair.a, pair.b)
        yield pair


def send_both_ways(pair, frames, seed):
    """Each from the one end or the other, in order at the end where they are counted."""
    choose = random.Random(seed)
    with traffic.packet_socket(pair.a) as there, traffic.packet_socket(pair.b) as back:
        before = None
        for frame in frames:
            sender = choose.choice((there, back))
            if sender is not before:
                wait_until(backlogs_are_empty, what="empty backlogs")
            sender.send(frame.data)
            before = sender


@contextlib.contextmanager
def agents(pair, numbers, *arguments):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(agent.Agent("-i", pair.a.interface, f"--capture.workers={n}",
                                               *arguments, namespace=pair.a.name))
               for n in numbers]


def at_rest(one, pair, before):
    return traffic.at_rest(one, pair.a, pair.a.interface, before)[1]


def comparable(series):
    return {metrics.show(key): number for key, number in series.items()
            if not ITS_OWN.match(key[0])}


def rows(one, family):
    return json.loads(one.get(f"/api/v1/{family}?limit=10000")[2])["rows"]


def flows(one):
    """As lines, without what tells one record or moment from another."""
    left_out = ("id", "created", "first_seen", "last_seen")
    return sorted(json.dumps({name: of for name, of in row.items()
                              if name not in left_out and not name.endswith("_per_second")})
                  for row in rows(one, "flows"))


@pytest.mark.parametrize("seed", range(int(os.environ.get("IPTALLY_SEEDS", 2))))
def test_every_series_and_flow_is_as_of_one_worker(jumbo, seed):
    frames = [frame for frame in Traffic(seed, EN10MB, damage=False).frames(FRAMES)
              if len(frame.data) >= 16]
    before = jumbo.a.statistics()
    with agents(jumbo, (1, 2, 4), *WHOLE, "--export.flows=10000") as started:
        send_both_ways(jumbo, frames, seed)
        told = [(comparable(at_rest(one, jumbo, before)), flows(one)) for one in started]
    assert len(told[0][1]) > 300
    for number, others in zip((2, 4), told[1:]):
        names = told[0][0].keys() | others[0].keys()
        lines = [f"{name}: {told[0][0].get(name)}, {others[0].get(name)}" for name in sorted(names)
                 if told[0][0].get(name) != others[0].get(name)]
        lines += sorted(set(told[0][1]) ^ set(others[1]))
        assert not lines, "\n".join([f"one and {number} workers:", *lines[:20]])


def datagrams(pairs):
    """One from each of so many hosts, there and back."""
    for host in range(1, pairs + 1):
        there = ipv4(f"10.1.0.{host}", "10.2.0.1") / udp(4000, 9) / payload(30)
        back = ipv4("10.2.0.1", f"10.1.0.{host}") / udp(9, 4000) / payload(30)
        yield eth() / there
        yield eth() / back


def by_initiator(one):
    return {row["initiator_address"]: (row["initiator_packets"], row["responder_packets"])
            for row in rows(one, "flows")}


def test_an_interface_that_was_down_gives_each_worker_its_flows_again(quiet, start_agent):
    a, b = quiet.a, quiet.b
    one = start_agent("-i", a.interface, "--capture.workers=3", namespace=a.name)
    for round in (1, 2, 3):
        send_stacks(b, datagrams(50))
        one.scrape_until(lambda series: counted(series, a.interface)["rx_packets"] == 100 * round,
                         what="every packet")
        a.ip("link", "set", a.interface, "down")
        wait_until(lambda: value(one.scrape(), "iptally_interface_up", interface=a.interface) == 0)
        a.ip("link", "set", a.interface, "up")
        wait_until(a.has_carrier, what="carrier")
        wait_until(b.has_carrier, what="carrier")
    assert by_initiator(one) == {f"10.1.0.{host}": (3, 3) for host in range(1, 51)}


def test_an_interface_that_returns_is_shared_out_again(quiet, start_agent):
    a, b = quiet.a, quiet.b

    def make():
        a.ip("link", "add", "later", "type", "veth", "peer", "name", "peer", "netns", b.name)
        for side, interface in ((a, "later"), (b, "peer")):
            netns.offloads(side, interface)
            side.ip("link", "set", interface, "up")
        return a.ifindex("later")

    make()
    one = start_agent("-i", "later", "--capture.workers=2", namespace=a.name)
    for _ in range(2):
        wait_until(lambda: b.run("cat", "/sys/class/net/peer/operstate").stdout == "up\n")
        send_stacks(b, datagrams(50), "peer")
        one.scrape_until(lambda series: counted(series, "later")["rx_packets"] == 100, seconds=20,
                         what="every packet, from zero")
        a.ip("link", "delete", "later")
        one.scrape_until(lambda series: value(series, "iptally_interface_up", interface="later")
                         == 0, what="that it is gone")
        index = make()
        one.scrape_until(lambda series: index in ifindexes(series), what="that it is back")


def ifindexes(series):
    return [int(dict(labels)["ifindex"]) for name, labels in series
            if name == "iptally_interface_info"]


def test_what_comes_while_it_starts_is_counted_once_at_most(quiet, start_agent):
    """Each packet is of a host of its own; who joins before there is a program would see all."""
    a, b = quiet.a, quiet.b
    before, after, sent = threading.Event(), threading.Event(), []
    frame = bytearray(bytes(eth() / ipv4("10.0.0.0", "10.0.0.1") / udp(1, 9) / payload(30)))

    def send_on():
        with traffic.packet_socket(b) as sender:
            left = 500  # once it is ready
            while left > 0 and len(sent) < 1 << 20:
                frame[26:30] = (0x0B000000 + len(sent)).to_bytes(4, "big")
                sender.send(frame)
                sent.append(None)
                before.set()
                left -= after.is_set()
                time.sleep(50e-6)  # there are fewer in the end than the API shows at once

    thread = threading.Thread(target=send_on)
    thread.start()
    before.wait()
    try:
        one = start_agent("-i", a.interface, "--capture.workers=4", "--hosts.max=1000000",
                          namespace=a.name)
    finally:
        after.set()
        thread.join()
    last = {f"11.{number >> 16}.{number >> 8 & 255}.{number & 255}"
            for number in range(len(sent) - 500, len(sent))}
    # Each worker has some of them, and what it got before in its ring before.
    wait_until(lambda: last <= {row["host"] for row in rows(one, "hosts")}, what="the last of them")
    hosts = {row["host"]: row["transmit_packets"] for row in rows(one, "hosts")}
    del hosts["10.0.0.1"]
    assert set(hosts.values()) == {1}
    assert len(hosts) == counted(one.scrape(), a.interface)["rx_packets"] < len(sent)


def test_what_is_printed_at_the_end_includes_the_last_packet(quiet):
    a, b = quiet.a, quiet.b
    for _ in range(5):
        before = a.statistics()
        with agent.Once(a, "-i", a.interface, "--capture.workers=3") as once:
            send_stacks(b, datagrams(100))
            send_frames(a, b, every_length())
            send_stacks(a, datagrams(100))
            wait_until(backlogs_are_empty)
        kernel = kernel_delta(before, a.statistics())
        assert counted(once.series, a.interface) == kernel
        assert kernel_counted(once.series, a.interface) == kernel


def test_only_the_thread_that_opens_interfaces_may_do_so(quiet, start_agent):
    one = start_agent("-i", quiet.a.interface, "--capture.workers=3", namespace=quiet.a.name)
    tasks = pathlib.Path(f"/proc/{one.process.pid}/task").iterdir()
    may = [re.search(r"CapPrm:\s*(\w+)", (task / "status").read_text())[1] for task in tasks]
    assert len(may) > 4
    assert sorted(int(one, 16) for one in may)[-2:] == [0, 1 << 13]  # CAP_NET_RAW


def test_of_a_file_there_is_one_and_it_says_so(tmp_path):
    file = write(tmp_path / "few.pcap", capture(EN10MB, datagrams(3)))
    done = agent.once("--capture.workers=4", file=file)
    assert done.returncode == 0
    assert b"--capture.workers: a file is read by one worker" in done.stderr
    series = metrics.read(done.stdout.decode())
    assert value(series, "iptally_interface_receive_packets_total", interface="file") == 6
