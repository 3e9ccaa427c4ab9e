"""The event log: real connections become lines that tell their story, as text and as JSON; and no
line is lost or broken whatever happens to the file, its disk, its folder and its reader."""

import collections
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import threading
import time

import pytest

from lib import agent, capture, frames, links, metrics, netns
from lib.agent import wait_until
from lib.metrics import value
from lib.traffic import quiet  # noqa: F401: a fixture
from lib.traffic import Server, connect, inside, introduce

TIMEOUTS = ("--timeout.one-way=1", "--timeout.two-way=1")
MIDDLE = {"begun", "established"}  # of a flow's events those that are not its end


def lines_of(path):
    """All lines, each whole."""
    text = pathlib.Path(path).read_text()
    assert not text or text.endswith("\n"), f"a part of a line is left: {text[-100:]}"
    return text.splitlines()


def events_of(*paths):
    return [json.loads(line) for path in paths for line in lines_of(path)]


def lines_so_far(path):
    """Of a file that is being written to: its last line may be on its way."""
    return path.read_text().split("\n")[:-1]


def so_far(*paths):
    return count_events(json.loads(line) for path in paths for line in lines_so_far(path))


def count_events(events):
    """Of flows, interfaces and the log itself: knocks have tests of their own."""
    return collections.Counter(event["event"] for event in events if event["event"] != "knock")


def assert_none_missing(events):
    """Numbers count up from where the first one is."""
    numbers = [event["id"] for event in events if "id" in event]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def shown(series, name, **labels):
    return value(series, f"iptally_{name}", **labels)


def queue(one):
    return json.loads(one.get("/api/v1/event_queue")[2])["rows"][0]


def client(namespace, kind=socket.SOCK_STREAM):
    with inside(namespace):
        one = socket.socket(socket.AF_INET, kind)
    one.settimeout(10)
    return one


def listener(namespace, kind=socket.SOCK_STREAM):
    one = client(namespace, kind)
    one.bind((namespace.address, 0))
    if kind == socket.SOCK_STREAM:
        one.listen()
    return one


def accepted(source, target):
    """(client, server's end) of a connection, with no FIN yet."""
    with listener(target) as server:
        one = client(source)
        one.connect(server.getsockname())
        other = server.accept()[0]
        other.settimeout(10)
        return one, other


def die(one):
    """Closes with a RST."""
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


def speak(source, target):
    """One of each: a whole connection, a refusal, a death, a half-close, UDP with and without an
    answer. Gives the ports of the two ends of each, by what happened."""
    ends = {}
    one, other = accepted(source, target)
    ends["closed"] = (one.getsockname()[1], other.getsockname()[1])
    one.sendall(bytes(100))
    assert len(other.recv(1000)) == 100
    one.close()
    assert other.recv(1) == b""
    other.close()

    with listener(target) as server, client(source) as one:
        port = server.getsockname()[1]
        server.close()
        one.bind((source.address, 0))
        ends["refused"] = (one.getsockname()[1], port)
        with pytest.raises(ConnectionRefusedError):
            one.connect((target.address, port))

    one, other = accepted(source, target)
    ends["reset"] = (one.getsockname()[1], other.getsockname()[1])
    die(one)
    with pytest.raises(ConnectionResetError):
        other.recv(1)
    other.close()

    one, other = accepted(source, target)
    ends["half-closed"] = (one.getsockname()[1], other.getsockname()[1])
    one.shutdown(socket.SHUT_WR)
    assert other.recv(1) == b""
    other.sendall(bytes(1000))  # goes on speaking after the other's FIN
    assert len(one.recv(2000)) == 1000
    die(other)
    with pytest.raises(ConnectionResetError):
        one.recv(1)
    one.close()

    for what, answered in (("answered", True), ("unanswered", False)):
        with listener(target, socket.SOCK_DGRAM) as server, \
                client(source, socket.SOCK_DGRAM) as one:
            one.bind((source.address, 0))
            ends[what] = (one.getsockname()[1], server.getsockname()[1])
            one.sendto(bytes(58), server.getsockname())
            assert len(server.recv(100)) == 58
            if answered:
                server.sendto(bytes(158), one.getsockname())
                assert len(one.recv(1000)) == 158
    return ends


TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)"
AFTER = r"after [\d.]+ (ms|s)"


def test_the_story_of_each_connection_as_text(quiet, folder, start_agent):
    a, b = quiet.a, quiet.b
    log = folder / "events.log"
    one = start_agent("-n", "-i", "va", "--event-log", log, *TIMEOUTS, namespace=a.name)
    ends = speak(b, a)
    wait_until(lambda: sum(" ended, " in line for line in lines_so_far(log)) == 2)
    one.stop()

    def story(what, protocol="tcp"):
        """What is told of the flow between these ports, without the time and the ends."""
        head = re.compile(rf"{TIME} va {protocol} {b.address}:{ends[what][0]} > "
                          rf"{a.address}:{ends[what][1]}( \([^)]*\))? ")  # a service's name
        found = [line[match.end():] for line in lines_of(log) if (match := head.match(line))]
        return [line for line in found if not line.startswith("knock, ")]

    def assert_story(found, *expected):
        assert len(found) == len(expected), found
        for line, pattern in zip(found, expected):
            assert re.fullmatch(pattern, line), line

    macs = "".join(f"{byte:02x}:" for byte in b.mac)[:-1] + " > " + \
        "".join(f"{byte:02x}:" for byte in a.mac)[:-1]
    begun = "begun; " + macs.partition(" > ")[0] + r" > \?"
    established = f"established {AFTER}"
    rate = r"(, [\d.]+ [kM]?bit/s)?"
    # SYN, ACK, 100 bytes, FIN, ACK; 54 bytes of headers, 12 of time stamps, 8 more in a SYN
    assert_story(story("closed"), begun, established,
                 f"closed {AFTER}; sent 5 packets {74 + 3 * 66 + 166} bytes, "
                 rf"received (3|4) packets {74 + 2 * 66}?\d* bytes{rate}; "
                 rf"flags FS-PA- > FS--A-; {macs}")
    assert_story(story("refused"), begun,
                 f"refused {AFTER}; sent 1 packet 74 bytes, received 1 packet 54 bytes{rate}; "
                 rf"flags -S---- > --R-A-; {macs}")
    assert_story(story("reset"), begun, established,
                 f"reset by the initiator {AFTER}; sent 3 packets {74 + 66 + 66} bytes, "
                 rf"received 1 packet 74 bytes{rate}; flags -SR-A- > -S--A-; {macs}")
    assert_story(story("half-closed"), begun, established,
                 f"reset by the responder {AFTER}; sent 4 packets {74 + 3 * 66} bytes, "
                 rf"received [34] packets \d+ bytes{rate}; flags FS--A- > -SRPA-; {macs}")
    silence = r"and [12]\.\d{3} s of silence"
    assert_story(story("answered", "udp"),
                 f"ended, answered, {AFTER} {silence}; sent 1 packet 100 bytes, "
                 rf"received 1 packet 200 bytes{rate}; {macs}")
    assert_story(story("unanswered", "udp"),
                 f"ended, unanswered, after 0 s {silence}; sent 1 packet 100 bytes, "
                 rf"received 0 packets 0 bytes; {macs.partition(' > ')[0]} > \?")
    assert re.fullmatch(f"{TIME} va interface opened", lines_of(log)[0])
    assert oct(log.stat().st_mode & 0o777) == "0o640"
    knock = re.compile(rf"{TIME} va tcp {b.address}:\d+ > {a.address}:{ends['refused'][1]}"
                       r"( \([^)]*\))? knock, refused; try 1")
    assert sum(bool(knock.fullmatch(line)) for line in lines_of(log)) == 1


def test_lines_of_json_agree_with_the_metrics_and_with_the_api(quiet, folder, start_agent):
    a, b = quiet.a, quiet.b
    log = folder / "events.json"
    one = start_agent("-n", "-i", "va", "--event-log", log, "--event-log.format=json",
                      "--timeout.half-open=1", *TIMEOUTS, namespace=a.name)
    for _ in range(3):
        ends = speak(b, a)
    # A SYN that nobody answers: the address is on the link, and its neighbour known
    b.ip("neigh", "replace", "10.77.0.9", "lladdr", a.run("cat", "/sys/class/net/va/address")
         .stdout.strip(), "dev", "vb", "nud", "permanent")
    with client(b) as lost:
        lost.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            lost.connect(("10.77.0.9", 9))
    wait_until(lambda: so_far(log)["timed_out"] == 1)
    wait_until(lambda: so_far(log)["ended"] == 6)
    series = one.scrape()

    def told_alike():
        """Once no event comes in between: knocks are told of when their outcome is known."""
        from_api = json.loads(one.get("/api/v1/events")[2])["rows"]
        alike = (from_api == [json.loads(line) for line in lines_so_far(log)]
                 and queue(one)["event_log_lines"] == len(from_api))
        return from_api if alike else None

    written = wait_until(told_alike, what="the same events in the log and the API")
    found = count_events(written)
    assert found == {"interface_opened": 1, "begun": 13, "established": 9, "refused": 3,
                     "reset": 6, "closed": 3, "timed_out": 1, "ended": 6}
    for event, metric in (("begun", "attempted"), *((name, name) for name in (
            "established", "refused", "reset", "closed", "timed_out"))):
        assert found[event] == shown(series, f"tcp_connections_{metric}_total", interface="va")
    assert shown(series, "event_log_lost_lines_total") == 0
    assert shown(series, "events_dropped_total") == 0
    for unit in ("packets", "bytes"):
        told = sum(event[f"{end}_{unit}"] for event in written for end in ("initiator", "responder")
                   if "state" in event and event["event"] not in MIDDLE)
        assert told == sum(metrics.total(series, f"iptally_protocol_{way}_{unit}_total",
                                         interface="va", network="ipv4")
                           for way in ("receive", "transmit"))
    closed = [event for event in written if event["event"] == "closed"][-1]
    assert closed["initiator_address"] == b.address
    assert (closed["initiator_port"], closed["responder_port"]) == ends["closed"]
    assert closed["state"] == "closed" and closed["initiator_flags"] == "CLOSED"
    assert closed["initiator_packets"] == 5 and closed["initiator_all_flags"] == "FS-PA-"
    assert_none_missing(written)


def test_each_connection_that_is_open_at_the_end_is_told_of(quiet, folder, start_agent):
    a, b = quiet.a, quiet.b
    log = folder / "events.json"
    one = start_agent("-n", "-i", "va", "--event-log", log, "--event-log.format=json", namespace=a.name)
    first, second = accepted(b, a)
    with first, second:
        wait_until(lambda: so_far(log)["established"] == 1)
        one.stop()
    last = [event for event in events_of(log) if event["event"] != "knock"][-1]
    assert last["event"] == "left_open" and last["state"] == "established"


def test_a_scan_is_a_few_knocks_and_a_probe(quiet, folder, start_agent):
    a, b = quiet.a, quiet.b
    log = folder / "events.log"
    one = start_agent("-n", "-i", "va", "--event-log", log, namespace=a.name)
    for port in range(1, 21):
        with client(b) as scanner, pytest.raises(ConnectionRefusedError):
            scanner.connect((a.address, port))
    probe = re.compile(rf"{TIME} va {b.address} probes; (1[6-9]|20) ports and 1 host tried"
                       r"( within [\d.]+ m?s)?")
    wait_until(lambda: any(probe.fullmatch(line) for line in lines_so_far(log)), what="the probe")
    one.stop()
    knocks = [line for line in lines_of(log) if line.endswith(" knock, refused; try 1")]
    assert len(knocks) == 20


def test_privacy_holds_for_the_log_and_the_api(quiet, folder, start_agent):
    a, b = quiet.a, quiet.b
    vendor = b.mac[:3].hex(":") + ":00:00:00"
    for privacy, expected, mac in (("prefix", "10.77.0.0", vendor), ("none", None, None)):
        log = folder / f"{privacy}.json"
        one = start_agent("-n", "-i", "va", "--event-log", log, "--event-log.format=json",
                          f"--privacy={privacy}", namespace=a.name)
        with Server(a) as server:
            connect(b, server)
        wait_until(lambda log=log: so_far(log)["closed"] == 1)
        for event in events_of(log) + json.loads(one.get("/api/v1/events")[2])["rows"]:
            assert event["event"] == "interface_opened" or event.get("initiator_mac") == mac
            assert {event.get("initiator_address"), event.get("responder_address")} <= \
                {expected, None}
            assert event["event"] == "interface_opened" or \
                event.get("initiator_address") == expected
        one.stop()


# The file


def test_logrotate_loses_no_line(quiet, folder, start_agent):
    a, b = quiet.a, quiet.b
    log = folder / "events.json"
    one = start_agent("-n", "-i", "va", "--event-log", log, "--event-log.format=json", namespace=a.name)
    moved = []
    with Server(a) as server:
        for number in (signal.SIGUSR1, signal.SIGHUP, signal.SIGUSR1):
            for _ in range(30):
                connect(b, server)
            wait_until(lambda: lines_so_far(log))
            moved.append(log.rename(folder / f"events.json.{len(moved)}"))
            for _ in range(30):
                connect(b, server)
            one.send_signal(number)
            wait_until(log.exists)
            assert oct(log.stat().st_mode & 0o777) == "0o640"
        connect(b, server)
    wait_until(lambda: so_far(*moved, log)["closed"] == 181)
    one.stop()
    events = events_of(*moved, log)
    assert_none_missing(events)
    assert count_events(events) == {"interface_opened": 1, "begun": 181, "established": 181,
                                    "closed": 181}


def test_without_a_log_usr1_is_nothing_and_hup_is_the_end(quiet, start_agent):
    one = start_agent("-i", "va", namespace=quiet.a.name)
    one.send_signal(signal.SIGUSR1)
    assert one.scrape()
    one.stop(signal.SIGHUP, status=-signal.SIGHUP)


def capture_of_flows(path, number):
    """Datagrams between as many pairs of ports, a millisecond apart."""
    one = bytes(links.eth() / frames.ipv4() / frames.udp(0, 0, checksum=0))
    return capture.write(path, capture.capture(capture.EN10MB, [
        capture.frame(one[:34] + struct.pack(">HH", 1024 + i % 60000, 1 + i // 60000) + one[38:],
                      at=i / 1000) for i in range(number)]))


def test_a_file_that_is_large_enough_becomes_the_old_one(folder, tmp_path):
    file = capture_of_flows(tmp_path / "flows.pcap", 10_000)
    log = folder / "events.json"
    done = agent.once("--event-log", log, "--event-log.format=json", "--event-log.max-size=1",
                      file=file)
    assert done.returncode == 0, done.stderr
    old = folder / "events.json.1"
    assert sorted(folder.iterdir()) == [log, old]
    for path in (log, old):
        assert path.stat().st_size <= 1 << 20
    assert old.stat().st_size > (1 << 20) - 1000
    events = events_of(old, log)
    assert_none_missing(events)
    assert events[-1]["id"] >= 10_000


def warnings(one, text):
    return sum(text in line for line in one.stderr().splitlines())


@pytest.fixture
def small_disk(root, folder):
    """A file system of 1 MiB."""
    place = folder / "disk"
    place.mkdir()
    mounted = netns.run("mount", "-t", "tmpfs", "-o", "size=1m,mode=777", "none", place,
                        check=False)
    if mounted.returncode:
        pytest.skip(f"no tmpfs here: {mounted.stderr}")
    yield place
    netns.run("umount", place)


def test_a_full_disk_is_said_once_and_leaves_whole_lines(quiet, small_disk, start_agent):
    a, b = quiet.a, quiet.b
    ballast, log = small_disk / "ballast", small_disk / "events.json"
    ballast.write_bytes(bytes(1000 << 10))
    one = start_agent("-n", "-i", "va", "--event-log", log, "--event-log.format=json", namespace=a.name)
    with Server(a) as server:
        for _ in range(50):
            connect(b, server)
        wait_until(lambda: warnings(one, "No space left on device"))
        begun = time.monotonic()
        while time.monotonic() - begun < 2.5:  # it is tried again, in vain
            connect(b, server)
            time.sleep(0.01)
        written = len(lines_so_far(log))
        assert queue(one)["event_log_lines"] == written < 150
        wait_until(lambda: log.read_text().endswith("\n"), what="no part of a line")
        ballast.unlink()
        wait_until(lambda: len(lines_so_far(log)) > written)
        connect(b, server)
    total = shown(one.scrape(), "tcp_connections_attempted_total", interface="va")
    wait_until(lambda: warnings(one, "can be written to again"))
    one.stop()
    assert warnings(one, "event log:") == 2
    events = events_of(log)
    assert_none_missing(events)
    assert count_events(events) == {"interface_opened": 1, "begun": total, "established": total,
                                    "closed": total}


def test_a_folder_that_the_user_may_not_write_to(quiet, folder, start_agent):
    """Root opens the file; its user can open no other. Until it can, the old one is written."""
    a, b = quiet.a, quiet.b
    folder.chmod(0o755)
    log, moved = folder / "events.json", folder / "moved.json"
    one = start_agent("-n", "-i", "va", "--event-log", log, "--event-log.format=json",
                      "--user=nobody", namespace=a.name)
    assert log.stat().st_uid == 0
    one.send_signal(signal.SIGUSR1)  # nobody moved it: there is nothing to say
    with Server(a) as server:
        connect(b, server)
        wait_until(lambda: so_far(log)["closed"] == 1)
        assert warnings(one, "event log:") == 0
        log.rename(moved)
        one.send_signal(signal.SIGUSR1)
        wait_until(lambda: warnings(one, "Permission denied"))
        connect(b, server)
        wait_until(lambda: so_far(moved)["closed"] == 2)
        folder.chmod(0o777)
        wait_until(log.exists, what="the new file")
        connect(b, server)
        wait_until(lambda: log.exists() and so_far(log)["closed"] == 1)
    one.stop()
    assert warnings(one, "Permission denied") == 1 and warnings(one, "opened again") == 1
    assert_none_missing(events_of(moved, log))


def test_the_file_belongs_to_the_user_where_that_one_may_create_it(quiet, folder, start_agent):
    one = start_agent("-n", "-i", "va", "--event-log", folder / "events.log", "--user=nobody",
                      namespace=quiet.a.name)
    assert (folder / "events.log").stat().st_uid == 65534
    one.stop()


def test_root_follows_no_link_of_another_user(quiet, folder):
    """Whoever owns the log's folder must not choose what root writes to."""
    target, log = folder / "secret", folder / "events.log"
    target.write_text("")
    target.chmod(0o600)
    log.symlink_to(target)
    done = quiet.a.run(agent.binary(), "-i", "va", "--snmp=off", "--event-log", log,
                       "--user=nobody", check=False, timeout=10)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and str(log) in done.stderr
    assert target.read_text() == ""


@pytest.mark.parametrize("name, mend", [
    ("none/events.log", "create its folder"), (".", "name a file"), ("pipe", "start the program")])
def test_a_log_that_cannot_be_written_is_refused(folder, tmp_path, name, mend):
    file = capture_of_flows(tmp_path / "flows.pcap", 1)
    os.mkfifo(folder / "pipe")
    done = agent.once("--event-log", folder / name, file=file)
    assert done.returncode == 2
    said = done.stderr.decode()
    assert said.count("\n") == 1
    assert str(folder / name) in said and mend in said


# Files of packets, and streams


def test_a_capture_file_is_told_in_its_own_time_and_whole(tmp_path):
    """To standard output, whose reader takes its time; the metrics come behind."""
    file = capture_of_flows(tmp_path / "flows.pcap", 30_000)
    process = subprocess.Popen(
        [agent.binary(), "-r", file, "--once", "--snmp=off", "--event-log=-",
         "--event-log.format=json", "--flows.max=8192"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    printed = bytearray()
    while piece := process.stdout.read(1 << 14):
        printed += piece
        time.sleep(0.0005)
    assert process.wait(20) == 0
    printed = printed.decode()
    lines = [line for line in printed.splitlines() if line.startswith("{")]
    events = [json.loads(line) for line in lines]
    series = metrics.parse(printed.partition("\n# ")[2].join(("# ", "")))
    assert printed.startswith("\n".join(lines))
    assert_none_missing(events)
    found = count_events(events)
    assert sum(found.values()) == 30_000
    evicted = metrics.total(series, "iptally_table_evictions_total", table="flow")
    assert found["evicted"] == evicted
    assert found["left_open"] == shown(series, "table_entries", table="flow")
    assert {event["time"] for event in events if event["event"] == "left_open"} == {
        "2023-11-14T22:13:49.999Z"}
    assert shown(series, "events_dropped_total") == 0


def test_a_reader_that_is_gone_is_a_defect(tmp_path):
    file = capture_of_flows(tmp_path / "flows.pcap", 100)
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([agent.binary(), "-r", file, "--once", "--snmp=off", "--event-log=-"],
                          stdout=writing, stderr=subprocess.PIPE, text=True, timeout=20,
                          check=False)
    os.close(writing)
    assert done.returncode == 1
    assert done.stderr.count("cannot write to standard output: Broken pipe") == 1
    assert re.search(r"event log: 1\d\d lines could not be written", done.stderr)


def test_a_reader_that_does_not_read_disturbs_nothing(quiet, folder, start_agent):
    """What does not fit is counted, and told once it reads again. The agent stops in time."""
    a, b = quiet.a, quiet.b
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    os.chmod(pipe, 0o666)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    before = a.statistics()
    one = start_agent("-n", "-i", "va", "--event-log", pipe, "--event-log.format=json", namespace=a.name)
    with Server(a) as server:
        while not shown(one.scrape(), "event_log_lost_lines_total"):
            for _ in range(100):
                connect(b, server)
    one.scrape_until(lambda series: metrics.counted(series, "va") == {
        name: number - before[name] for name, number in a.statistics().items()})
    assert shown(one.scrape(), "capture_dropped_packets_total", interface="va") == 0
    text = bytearray()

    def read_on():
        with contextlib.suppress(BlockingIOError):
            while got := os.read(reader, 1 << 16):
                text.extend(got)
        return b"lines_lost" in text

    wait_until(read_on, seconds=20, what="the notice")
    lost = shown(one.scrape(), "event_log_lost_lines_total")
    told = [json.loads(line) for line in text.decode().splitlines(keepends=True)
            if line.endswith("\n")]
    assert [event["lost"] for event in told if event["event"] == "lines_lost"] == [lost]
    assert shown(one.scrape(), "events_dropped_total") == 0
    one.stop()
    os.close(reader)


# Interfaces, summaries


def test_an_interface_that_vanishes_and_returns(quiet, folder, start_agent):
    a, b = quiet.a, quiet.b
    log = folder / "events.log"
    one = start_agent("-n", "-i", "va", "--event-log", log, namespace=a.name)
    a.ip("link", "delete", "va")
    wait_until(lambda: "va interface lost" in log.read_text())
    a.ip("link", "add", "va", "type", "veth", "peer", "name", "vb", "netns", b.name)
    a.ip("link", "set", "va", "up")
    wait_until(lambda: "va interface back" in log.read_text())
    one.stop()
    lines = lines_of(log)
    assert [bool(re.fullmatch(f"{TIME} va interface {what}", line)) for what, line in zip(
        ("opened", "lost", r"back after [\d.]+ m?s"), lines)] == [True] * 3


def test_summaries_sum_up_to_what_was_counted(quiet, folder, start_agent):
    a, b = quiet.a, quiet.b
    log = folder / "events.json"

    def summaries(family):
        return [event for event in map(json.loads, lines_so_far(log))
                if event["event"] == "summary" and event["family"] == family]

    with Server(a) as server:
        one = start_agent("-n", "-i", "va", "--event-log", log, "--event-log.format=json",
                          "--event-log.interval=1", f"--service-ports={server.address[1]}",
                          namespace=a.name)
        while len(summaries("interface")) < 3:
            connect(b, server, 10_000)
            time.sleep(0.01)
    series = one.scrape()
    one.stop()
    told = summaries("interface")
    for unit in ("packets", "bytes"):
        for way in ("receive", "transmit"):
            assert sum(row[f"{way}_{unit}"] for event in told for row in event["rows"]) == \
                shown(series, f"interface_{way}_{unit}_total", interface="va")
    assert all(0.9 < event["duration"] < 3 for event in told[:-1])
    port = [row for event in summaries("port") for row in event["rows"]]
    assert {row["port"] for row in port} == {server.address[1]}
    assert sum(row["receive_connections"] for row in port) == \
        shown(series, "tcp_connections_attempted_total", interface="va")
    assert {row["host"] for event in summaries("host") for row in event["rows"]} == \
        {a.address, b.address}
