"""What happens to interfaces while the agent runs: down and up, gone and back, renamed, names that
change hands. No scrape may ever hold a series twice: Prometheus would refuse all of it.
"""

import contextlib
import os
import pathlib
import threading
import time

import pytest

from lib import agent, netns
from lib.metrics import counted, interfaces, kernel_counted, value
from lib.traffic import quiet  # noqa: F401: a fixture
from lib.traffic import at_rest, every_length, introduce, send_frames, tun, tun_datagram

NOTHING = dict.fromkeys(("rx_packets", "rx_bytes", "tx_packets", "tx_bytes"), 0)
FRAMES = list(every_length(most=40))
FRAMES_BYTES = sum(12 + len(frame) for frame in FRAMES)
RECEIVED = {**NOTHING, "rx_packets": len(FRAMES), "rx_bytes": FRAMES_BYTES}


def twice(counters):
    return {name: 2 * number for name, number in counters.items()}


def is_up(series, interface):
    return value(series, "iptally_interface_up", interface=interface)


def ifindex_shown(series, interface):
    """The ifindex that the metrics show for a name; None where the name is not shown."""
    for name, pairs in series:
        labels = dict(pairs)
        if name == "iptally_interface_info" and labels["interface"] == interface:
            return int(labels["ifindex"])
    return None


def has(interface, counters):
    return lambda series: counted(series, interface) == counters


@contextlib.contextmanager
def scraped_all_the_while(one):
    """Scrapes as fast as it goes: each asserts that no series stands twice and that sums close."""
    stop, failed, times = threading.Event(), [], []

    def scrape():
        while not stop.is_set():
            try:
                times.append(one.scrape() and time.monotonic())
            except BaseException as error:  # noqa: B902: shown by the test's own thread
                failed.append(error)
                return

    thread = threading.Thread(target=scrape)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if failed:
        raise failed[0]
    assert times


def make_pair(a, b, name, peer, **more):
    """Another veth pair between the two, without offloads, up; gives the ifindex in a."""
    words = [word for pair in more.items() for word in pair]
    a.ip("link", "add", name, *words, "type", "veth", "peer", "name", peer, "netns", b.name)
    for side, interface in ((a, name), (b, peer)):
        netns.offloads(side, interface)
        side.ip("link", "set", interface, "up")
    return a.ifindex(name)


def send_through(a, b, name, peer):
    """FRAMES towards a, once the line is there."""
    end_a, end_b = netns.Namespace(a.name, name, None), netns.Namespace(b.name, peer, None)
    agent.wait_until(lambda: end_a.has_carrier() and end_b.has_carrier(), what="carrier")
    end_a.mac, end_b.mac = a.mac, b.mac
    send_frames(end_b, end_a, FRAMES)


def test_down_and_up_goes_on_counting(quiet, start_agent):
    a, b = quiet.a, quiet.b
    before = a.statistics()
    one = start_agent("-i", "va", namespace=a.name)
    send_frames(b, a, FRAMES)
    one.scrape_until(has("va", RECEIVED))
    with scraped_all_the_while(one):
        a.ip("link", "set", "va", "down")
        series = one.scrape_until(lambda series: is_up(series, "va") == 0, what="down")
        assert counted(series, "va") == RECEIVED
        a.ip("link", "set", "va", "up")
        one.scrape_until(lambda series: is_up(series, "va") == 1, what="up")
    agent.wait_until(a.has_carrier)
    send_frames(b, a, FRAMES)
    kernel, series = at_rest(one, a, "va", before)
    assert counted(series, "va") == kernel == twice(RECEIVED)


def test_a_name_that_returns_is_a_new_interface_from_zero(quiet, start_agent):
    a, b = quiet.a, quiet.b
    one = start_agent("-i", "va", namespace=a.name)
    old = ifindex_shown(one.scrape(), "va")
    assert old == a.ifindex()
    send_frames(b, a, FRAMES)
    with scraped_all_the_while(one):
        one.scrape_until(has("va", RECEIVED))
        a.ip("link", "delete", "va")
        series = one.scrape_until(lambda series: is_up(series, "va") == 0, what="lost")
        # What it counted stays for a while: a scrape that comes late loses nothing.
        assert counted(series, "va") == RECEIVED
        assert ifindex_shown(series, "va") == old
        new = make_pair(a, b, "va", "vb", index=old + 100)
        assert new != old
        one.scrape_until(lambda series: ifindex_shown(series, "va") == new, what="the new one")
        agent.wait_until(lambda: one.stderr().count("va is back") == 1)
        send_through(a, b, "va", "vb")
        series = one.scrape_until(has("va", RECEIVED), what="counters from zero")
    assert interfaces(series) == ["va"]
    assert is_up(series, "va") == 1
    series = one.scrape_until(lambda series: kernel_counted(series, "va") == RECEIVED)
    assert a.statistics("va") == RECEIVED


def test_the_kernels_last_word_on_a_vanished_interface(quiet, start_agent):
    """What passed since the kernel was last asked stands in its message that the interface is
    gone. Nobody asks in between: a scrape would have the counters made fresh."""
    a = quiet.a
    with tun(a, "tun7") as line:
        one = start_agent("-i", "tun7", namespace=a.name)
        for size in range(300):
            os.write(line, tun_datagram(size))
        kernel = a.statistics("tun7")
    series = one.scrape_until(lambda series: is_up(series, "tun7") == 0
                              and counted(series, "tun7")["rx_packets"] == 300, what="lost")
    assert counted(series, "tun7") == kernel_counted(series, "tun7") == kernel


def test_an_interface_that_leaves_and_comes_back_as_itself_goes_on(quiet, start_agent):
    """Moved to another namespace and back it has the same ifindex: identity."""
    a, b = quiet.a, quiet.b
    make_pair(a, b, "vc", "vd", index=500)
    one = start_agent("-i", "vc", namespace=a.name)
    send_through(a, b, "vc", "vd")
    with scraped_all_the_while(one):
        one.scrape_until(has("vc", RECEIVED))
        a.ip("link", "set", "vc", "netns", b.name)
        one.scrape_until(lambda series: is_up(series, "vc") == 0, what="lost")
        b.ip("link", "set", "vc", "netns", a.name)
        assert a.ifindex("vc") == 500
        a.ip("link", "set", "vc", "up")
        agent.wait_until(lambda: one.stderr().count("vc is back") == 1)
        send_through(a, b, "vc", "vd")
        one.scrape_until(has("vc", twice(RECEIVED)))


def test_a_rename_keeps_the_counters_under_the_new_name(quiet, start_agent):
    a, b = quiet.a, quiet.b
    before = a.statistics()
    one = start_agent("-i", "va", namespace=a.name)
    send_frames(b, a, FRAMES)
    with scraped_all_the_while(one):
        one.scrape_until(has("va", RECEIVED))
        a.ip("link", "set", "va", "down")
        a.ip("link", "set", "va", "name", "wan")
        series = one.scrape_until(lambda series: interfaces(series) == ["wan"], what="the new name")
        assert counted(series, "wan") == RECEIVED
        a.ip("link", "set", "wan", "up")
        send_through(a, b, "wan", "vb")
        kernel, series = at_rest(one, a, "wan", before)
    assert counted(series, "wan") == kernel == twice(RECEIVED)


def test_the_name_of_a_lost_interface_goes_to_another_one_that_is_watched(quiet, start_agent):
    """The lost one's series give way; the other one is not opened twice when its new name is the
    one that is waited for."""
    a, b = quiet.a, quiet.b
    make_pair(a, b, "vc", "vd")
    one = start_agent("-i", "va", "-i", "vc", namespace=a.name)
    other = a.ifindex("vc")
    send_frames(b, a, FRAMES)
    send_through(a, b, "vc", "vd")
    send_through(a, b, "vc", "vd")
    with scraped_all_the_while(one):
        one.scrape_until(has("va", RECEIVED))
        one.scrape_until(has("vc", twice(RECEIVED)))
        a.ip("link", "delete", "va")
        one.scrape_until(lambda series: is_up(series, "va") == 0, what="lost")
        a.ip("link", "set", "vc", "down")
        a.ip("link", "set", "vc", "name", "va")
        a.ip("link", "set", "va", "up")
        one.scrape_until(lambda series: ifindex_shown(series, "va") == other, what="its new name")
        send_through(a, b, "va", "vd")
        series = one.scrape_until(has("va", {name: 3 * n for name, n in RECEIVED.items()}))
        assert interfaces(series) == ["va"]
        # Long enough for the one that waits for this name to have looked for it.
        begun = time.monotonic()
        while time.monotonic() - begun < 1.3:
            series = one.scrape()
            assert interfaces(series) == ["va"] and ifindex_shown(series, "va") == other


def test_two_interfaces_swap_their_names(quiet, start_agent):
    a, b = quiet.a, quiet.b
    make_pair(a, b, "vc", "vd")
    one = start_agent("-i", "va", "-i", "vc", namespace=a.name)
    indexes = {"va": a.ifindex("va"), "vc": a.ifindex("vc")}
    send_frames(b, a, FRAMES)
    with scraped_all_the_while(one):
        one.scrape_until(has("va", RECEIVED))
        for _ in range(5):
            a.run("sh", "-c", "for i in va vc; do ip link set $i down; done;"
                  "ip link set va name vx; ip link set vc name va; ip link set vx name vc")
            indexes["va"], indexes["vc"] = indexes["vc"], indexes["va"]
            series = one.scrape_until(
                lambda series: {name: ifindex_shown(series, name) for name in indexes} == indexes,
                what="the swapped names")
    assert counted(series, "vc") == RECEIVED
    assert counted(series, "va") == NOTHING


def test_names_that_go_in_a_ring_fast(quiet, start_agent):
    """Renames faster than the agent looks: whatever it sees, no name stands twice."""
    a, b = quiet.a, quiet.b
    make_pair(a, b, "vc", "vd")
    make_pair(a, b, "vg", "vh")
    one = start_agent("-i", "va", "-i", "vc", "-i", "vg", namespace=a.name)
    with scraped_all_the_while(one):
        a.run("sh", "-c", "for i in va vc vg; do ip link set $i down; done;"
              "for n in $(seq 25); do ip link set va name vx; ip link set vc name va;"
              "ip link set vg name vc; ip link set vx name vg; done")
        series = one.scrape_until(
            lambda series: all(ifindex_shown(series, name) == a.ifindex(name)
                               for name in ("va", "vc", "vg")), what="the last names")
    assert interfaces(series) == ["va", "vc", "vg"]


def test_one_interface_by_two_names_is_refused(quiet):
    a = quiet.a
    a.ip("link", "property", "add", "dev", "va", "altname", "uplink")
    done = a.run(agent.binary(), "-i", "va", "-i", "uplink", "--snmp=off", check=False,
                 timeout=10)
    assert done.returncode == 2
    assert done.stderr == ("iptallyd: interface 'uplink' is 'va', which is named already; "
                           "name it once\n")


def test_an_alternative_name_shows_the_real_one(quiet, start_agent):
    a, b = quiet.a, quiet.b
    a.ip("link", "property", "add", "dev", "va", "altname", "uplink")
    one = start_agent("-i", "uplink", namespace=a.name)
    send_frames(b, a, FRAMES)
    series = one.scrape_until(has("va", RECEIVED))
    assert interfaces(series) == ["va"]


def test_all_is_each_interface_that_is_up(quiet, start_agent):
    a, b = quiet.a, quiet.b
    make_pair(a, b, "vc", "vd")
    a.ip("link", "set", "vc", "down")
    one = start_agent("-i", "all", namespace=a.name)
    send_frames(b, a, FRAMES)
    series = one.scrape_until(has("va", RECEIVED))
    assert interfaces(series) == ["lo", "va"]


def test_all_with_one_that_is_named_too(quiet, start_agent):
    one = start_agent("-i", "va", "-i", "all", "-i", "lo", namespace=quiet.a.name)
    assert interfaces(one.scrape()) == ["lo", "va"]


@pytest.mark.parametrize("ipv6", [False, True], ids=["ipv4", "ipv6"])
def test_the_default_is_the_default_routes_interface(namespaces_work, start_agent, ipv6):
    with netns.Pair(ipv6=ipv6) as pair:
        a, b = pair.a, pair.b
        introduce(a, b)
        make_pair(a, b, "vc", "vd")
        a.ip(*(["-6"] if ipv6 else []), "route", "add", "default", "via",
             b.address6 if ipv6 else b.address)
        one = start_agent(namespace=a.name)
        assert interfaces(one.scrape()) == ["va"]


def test_without_a_default_route_the_mend_is_said(quiet):
    done = quiet.a.run(agent.binary(), "--snmp=off", check=False, timeout=10)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "-i" in done.stderr


def test_an_interface_without_traffic_is_all_zeros(quiet, start_agent):
    """All its series are there from the start; nothing is evicted or retired for being idle."""
    one = start_agent("-i", "va", "-i", "lo", namespace=quiet.a.name)
    first = one.scrape()
    assert counted(first, "va") == kernel_counted(first, "va") == NOTHING
    assert is_up(first, "va") == 1
    second = one.scrape()
    mine = [{key: number for key, number in series.items() if ("interface", "va") in key[1]}
            for series in (first, second)]
    assert mine[0] == mine[1] and len(mine[0]) > 100


def rings_kib(process):
    """Sizes of the capture rings that a process has mapped, by their sockets."""
    lines = pathlib.Path(f"/proc/{process.pid}/maps").read_text(encoding="ascii").splitlines()
    spans = [line.split()[0].split("-") for line in lines if "socket:" in line]
    return [(int(end, 16) - int(begin, 16)) // 1024 for begin, end in spans]


def test_rings_of_all_interfaces_share_one_memory(quiet, start_agent):
    a = quiet.a
    a.ip("link", "set", "lo", "up")
    one = start_agent("-i", "all", "--capture.memory=3072", namespace=a.name)
    assert rings_kib(one.process) == [1536, 1536]
    one = start_agent("-i", "va", "--capture.memory=3072", "-B", 1024, namespace=a.name)
    assert rings_kib(one.process) == [1024]
    one = start_agent("-i", "va", "--capture.memory=2048", "--capture.workers=2",
                      namespace=a.name)
    assert rings_kib(one.process) == [1024, 1024]
    done = a.run(agent.binary(), "--snmp=off", "-i", "all", "--capture.memory=512", check=False,
                 timeout=10)
    assert done.returncode == 2
    assert "2 capture rings need 1024 KiB; raise --capture.memory" in done.stderr


def test_many_interfaces_cost_no_snapshot_its_time(quiet, start_agent):
    """Their care once a second holds no reader up. One snapshot may wait: where the first packets
    of 200 interfaces come at once, they touch memory that the kernel has yet to give."""
    a = quiet.a
    commands = "".join(f"link add d{i} type bridge\nlink set d{i} up\n" for i in range(200))
    a.ip("-batch", "-", input=commands)
    one = start_agent("-B", 512, "--capture.memory=131072", "--interfaces.max=256", "-i", "all",
                      namespace=a.name)
    begun = time.monotonic()
    while time.monotonic() - begun < 2.2:  # two rounds of care
        assert one.get()[0] == 200
    series = one.scrape()
    waited = "iptally_lock_waited_seconds"
    count, soon = value(series, waited + "_count"), value(series, waited + "_bucket", le="0.01")
    print(f"{count} snapshots waited {value(series, waited + '_sum') * 1000:.1f} ms")
    assert len(interfaces(series)) == 202
    assert count >= 4
    assert count - soon <= 1
