"""The capture layer against the kernel: what tests/tools/capture_count sees is what the interface
counted, to the last packet and byte of each direction, in order, whatever happens to it.
"""

import contextlib
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

from lib import agent, netns
from lib.agent import wait_until
from lib.traffic import quiet  # noqa: F401: a fixture
from lib.traffic import (ETH_TEST, Server, backlogs_are_empty, connect, every_length, inside,
                         kernel_delta, mixed_capture, ping, ping_itself, replay, send_frames,
                         settled, tun, tun_datagram)

SNAP = 96
RAW, SLL = 12, 113  # as pcap_datalink() says
RECEIVED, TRANSMITTED = 0, 1
ARPHRD_PPP = 512


def program():
    named = os.environ.get("IPTALLY_CAPTURE_COUNT")
    return named or str(pathlib.Path(agent.binary()).parent / "tests/tools/capture_count")


class Count:
    """A running capture_count. After stop(): .count by interface, .frames in order (with -l)."""

    def __init__(self, namespace, *arguments):
        begun = time.monotonic()
        self.process = namespace.popen(program(), *arguments, stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = []
        assert self.process.stdout.readline() == "started\n", self.process.stderr.read()
        self.start_seconds = time.monotonic() - begun
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        self.lines.extend(self.process.stdout)

    def finish(self):
        """Waits for the end that comes by itself or from stop()."""
        self.process.wait(timeout=20)
        self._reader.join()
        self.process.stderr.close()
        self.process.stdout.close()
        self.count, self.frames = {}, []
        for line in self.lines:
            if line.startswith("frame "):
                _, name, direction, length, captured, at, data = line.rstrip("\n").split(" ")
                self.frames.append((name, int(direction), int(length), int(captured), int(at),
                                    bytes.fromhex(data)))
            elif line.startswith("count "):
                head, error = line.rstrip("\n").split(" error=")
                values = dict(word.split("=") for word in head.split()[1:])
                row = {k: v if k == "name" else int(v) for k, v in values.items()}
                self.count[row["name"]] = row | {"error": error}
        return self

    def stop(self):
        wait_until(backlogs_are_empty, what="the kernel to hand over what is on its way")
        begun = time.monotonic()
        self.process.stdin.close()
        self.finish()
        self.stop_seconds = time.monotonic() - begun
        return self

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module", autouse=True)
def built_program():
    assert os.access(program(), os.X_OK), f"{program()} is not there: make tests/tools/capture_count"


@pytest.fixture
def counting():
    """counting(namespace, arguments...): a Count that does not outlive the test."""
    started = []

    def start(namespace, *arguments):
        started.append(Count(namespace, *arguments))
        return started[-1]

    yield start
    for one in started:
        one.kill()


def seen(count):
    return {name: count[name] for name in ("rx_packets", "rx_bytes", "tx_packets", "tx_bytes")}


def test_both_directions_equal_the_kernels_ten_times_in_a_row(quiet, counting, tmp_path):
    a, b = quiet.a, quiet.b
    mixed_capture(tmp_path / "mixed.pcap", quiet, 3000, seed=1)
    with Server(b) as server:
        for _ in range(10):
            before = settled((a, b))
            count = counting(a, "-s", SNAP, a.interface)
            other = counting(b, "-s", 64, b.interface)
            send_frames(a, b, every_length())  # from the very first frame on
            send_frames(b, a, every_length())
            for size in range(0, 1401, 50):
                ping(a, b, size)
            replay(a, tmp_path / "mixed.pcap")
            replay(b, tmp_path / "mixed.pcap")
            connect(a, server, 300_000)
            send_frames(b, a, [struct.pack(">H", ETH_TEST) + bytes(46)])
            settled((a, b))
            # The last frames go right before the end: no timer has run out on them.
            send_frames(b, a, [struct.pack(">H", ETH_TEST) + bytes(46)])
            send_frames(a, b, [struct.pack(">H", ETH_TEST) + bytes(47)])
            count.stop()
            other.stop()
            after = [one.statistics() for one in (a, b)]
            for one, kernel, last in ((count, after[0], before[0]), (other, after[1], before[1])):
                row = next(iter(one.count.values()))
                assert row["dropped"] == 0
                assert seen(row) == kernel_delta(last, kernel)
                assert row["rx_packets"] > 3000 and row["tx_packets"] > 3000
                assert one.stop_seconds < 0.5
                print(seen(row), f"start {one.start_seconds:.3f} s, stop {one.stop_seconds:.3f} s")


def test_frames_of_every_length_have_their_direction(quiet, counting):
    a, b = quiet.a, quiet.b
    frames = list(every_length())
    count = counting(a, "-l", "-s", SNAP, a.interface)
    for frame in frames:
        send_frames(a, b, [frame])
        send_frames(b, a, [frame])
    count.stop()
    expected = [(direction, 12 + len(frame)) for frame in frames
                for direction in (TRANSMITTED, RECEIVED)]
    assert [(one[1], one[2]) for one in count.frames] == expected
    for _, direction, length, captured, _, data in count.frames:
        assert data[:6] == (b.mac if direction == TRANSMITTED else a.mac)
        if direction == TRANSMITTED:
            assert captured == min(length, SNAP)
        else:
            assert length - 1 >= captured >= min(length - 1, SNAP - 8)


def test_no_syn_ack_comes_before_its_syn(quiet, counting):
    a, b = quiet.a, quiet.b
    count = counting(a, "-l", "-s", SNAP, "-f", "tcp", a.interface)
    with Server(b) as server:
        for _ in range(300):
            connect(a, server)
        settled((a, b))
    count.stop()
    begun, answered = set(), 0
    last = 0
    for _, direction, _, _, at, data in count.frames:
        source, target = struct.unpack(">HH", data[34:38])
        if data[47] & 0x12 == 0x02:
            assert direction == TRANSMITTED
            begun.add(source)
        elif data[47] & 0x12 == 0x12:
            assert direction == RECEIVED
            assert target in begun
            answered += 1
        assert at >= last
        last = at
    assert answered == 300


def numbered_udp(source, target, stop, sent):
    """Datagrams that carry 0, 1, 2... as fast as a busy host sends, until stop is set."""
    with inside(source):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sender:
        number = 0
        while not stop.is_set():
            with contextlib.suppress(ConnectionRefusedError):
                sender.sendto(struct.pack(">I", number) + bytes(26), (target.address, 9))
            number += 1
            if number % 20 == 0:
                time.sleep(0.001)
        sent.append(number)


def test_a_start_and_a_stop_amid_traffic_cut_a_piece_without_holes(quiet, counting):
    """Every datagram between the first and the last that is seen, none twice, in each direction."""
    a, b = quiet.a, quiet.b
    stop, sent = threading.Event(), []
    threads = [threading.Thread(target=numbered_udp, args=(source, target, stop, sent))
               for source, target in ((a, b), (b, a))]
    for one in threads:
        one.start()
    try:
        for _ in range(5):
            count = counting(a, "-l", "-s", SNAP, "-f", "udp dst port 9", a.interface)
            time.sleep(0.2)  # the length of the piece: no condition
            count.stop()
            for direction in (RECEIVED, TRANSMITTED):
                numbers = [struct.unpack(">I", one[5][42:46])[0] for one in count.frames
                           if one[1] == direction]
                assert len(numbers) > 100
                assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
                assert numbers[0] > 0
    finally:
        stop.set()
        for one in threads:
            one.join()


def test_a_filter_lets_both_directions_of_its_own_through(quiet, counting):
    a, b = quiet.a, quiet.b
    filters = {"not vlan and greater 100": lambda n, tag: tag == 0 and n >= 100,
               "not vlan": lambda n, tag: tag == 0,
               "vlan 5": lambda n, tag: tag == 5}
    for text, wanted in filters.items():
        count = counting(a, "-l", "-s", SNAP, "-f", text, a.interface)
        frames = list(every_length(least=20))
        send_frames(a, b, frames)
        send_frames(b, a, frames)
        count.stop()
        sizes = []
        for frame in frames:
            kind, tag = struct.unpack(">HH", frame[:4])
            if wanted(12 + len(frame), tag if kind in (0x8100, 0x88A8) else 0):
                sizes.append(12 + len(frame))
        for direction in (RECEIVED, TRANSMITTED):
            assert [one[2] for one in count.frames if one[1] == direction] == sizes, text


def test_inbound_and_outbound_filters_agree_with_the_direction(quiet, counting):
    a, b = quiet.a, quiet.b
    for text, direction in (("inbound", RECEIVED), ("outbound", TRANSMITTED)):
        count = counting(a, "-l", "-f", text, a.interface)
        for size in range(0, 200, 40):
            ping(a, b, size)
        count.stop()
        assert [one[1] for one in count.frames] == [direction] * 5


def test_loopback_counts_once_as_received(quiet, counting):
    a = quiet.a
    before = a.statistics("lo")
    count = counting(a, "-s", 64, "lo")
    with inside(a):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        target = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        target.bind(("127.0.0.1", 0))
    with sender, target:
        for size in range(0, 1000, 7):
            sender.sendto(bytes(size), target.getsockname())
    count.stop()
    kernel = kernel_delta(before, a.statistics("lo"))
    row = count.count["lo"]
    assert kernel["rx_packets"] == 143
    assert (row["rx_packets"], row["rx_bytes"]) == (kernel["rx_packets"], kernel["rx_bytes"])
    assert (row["tx_packets"], row["tx_bytes"]) == (0, 0)


def test_several_interfaces_count_each_for_itself(quiet, counting):
    a, b = quiet.a, quiet.b
    before = a.statistics(), a.statistics("lo")
    count = counting(a, a.interface, "lo")
    ping(a, b, 100)
    ping_itself(a)
    count.stop()
    assert seen(count.count[a.interface]) == kernel_delta(before[0], a.statistics())
    lo = kernel_delta(before[1], a.statistics("lo"))
    assert count.count["lo"]["rx_packets"] == lo["rx_packets"] == 2


@pytest.mark.parametrize("link, link_type, header", [(None, RAW, 0), (ARPHRD_PPP, SLL, 16)],
                         ids=["raw", "cooked"])
def test_a_tun_device(quiet, counting, link, link_type, header):
    """Raw IP by the captured length; as PPP it is a cooked link with a made-up header of 16."""
    a = quiet.a
    with tun(a, "tun7", link) as line:
        before = a.statistics("tun7")
        count = counting(a, "-s", SNAP, "tun7")
        with inside(a):
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with sender:
            for size in range(0, 150):
                sender.sendto(bytes(size), ("10.78.0.2", 9))
                os.write(line, tun_datagram(size))
                os.read(line, 2048)  # the device counts as sent what its reader has taken
            os.write(line, b"\x45")  # a packet of one byte can't be told, but it is not lost
        count.stop()
        kernel = kernel_delta(before, a.statistics("tun7"))
        row = count.count["tun7"]
        assert row["link"] == link_type
        assert kernel["rx_packets"] == 151 and kernel["tx_packets"] == 150
        one_byte = 1 if link is None else 0
        assert row["rx_packets"] == kernel["rx_packets"] - one_byte
        assert row["tx_packets"] == kernel["tx_packets"] + one_byte
        assert row["rx_bytes"] == kernel["rx_bytes"] - one_byte + header * kernel["rx_packets"]
        assert row["tx_bytes"] == kernel["tx_bytes"] + one_byte + header * kernel["tx_packets"]


@pytest.mark.parametrize("text, directions", [
    ("udp", [TRANSMITTED, RECEIVED]), ("inbound", [RECEIVED]), ("outbound", [TRANSMITTED]),
    ("tcp", []),
])
def test_a_filter_on_a_cooked_link(quiet, counting, text, directions):
    a = quiet.a
    with tun(a, "tun7", ARPHRD_PPP) as line:
        count = counting(a, "-l", "-f", text, "tun7")
        with inside(a):
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with sender:
            for size in range(20):
                sender.sendto(bytes(size), ("10.78.0.2", 9))
                os.read(line, 2048)
                os.write(line, tun_datagram(size))
        count.stop()
        assert [one[1] for one in count.frames] == directions * 20


def test_frames_that_found_no_room_are_counted_as_dropped(quiet, counting, tmp_path):
    a, b = quiet.a, quiet.b
    mixed_capture(tmp_path / "mixed.pcap", quiet, 20000, seed=2)
    before = a.statistics()
    count = counting(a, "-s", 512, "-B", 512 * 1024, a.interface)
    pid = tool_pid(count)
    os.kill(pid, signal.SIGSTOP)
    replay(b, tmp_path / "mixed.pcap")
    settled((a, b))
    os.kill(pid, signal.SIGCONT)
    # Room again: what comes now is counted, and drops no more.
    wait_until(lambda: is_asleep(pid), what="the ring to be read")
    replay(b, tmp_path / "mixed.pcap")
    count.stop()
    row, kernel = count.count[a.interface], kernel_delta(before, a.statistics())
    assert row["dropped"] > 1000
    assert row["rx_packets"] + row["dropped"] == kernel["rx_packets"] == 40000


def tool_pid(count):
    """`ip netns exec` becomes the program: its pid is the program's."""
    pid = count.process.pid
    assert "capture_count" in pathlib.Path(f"/proc/{pid}/cmdline").read_text()
    return pid


def is_asleep(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"


def cpu_ticks(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def link_set(namespace, *words):
    netns.run("ip", "-n", namespace.name, "link", "set", *words)


def test_an_interface_that_goes_down_is_waited_for_without_spinning(quiet, counting):
    a, b = quiet.a, quiet.b
    count = counting(a, "-s", SNAP, a.interface)
    send_frames(b, a, every_length(most=40))
    link_set(a, a.interface, "down")
    ticks, begun = cpu_ticks(tool_pid(count)), time.monotonic()
    time.sleep(1.2)  # long enough that a spin would show
    assert cpu_ticks(tool_pid(count)) - ticks <= 5 * (time.monotonic() - begun)
    link_set(a, a.interface, "up")
    wait_until(a.has_carrier)
    send_frames(b, a, every_length(most=40))
    count.stop()
    row = count.count[a.interface]
    assert (row["state"], row["rx_packets"]) == (1, 2 * len(list(every_length(most=40))))
    assert row["reads"] < 100


def test_an_interface_that_is_down_is_opened_and_waited_for(quiet, counting):
    a, b = quiet.a, quiet.b
    link_set(a, a.interface, "down")
    count = counting(a, a.interface)
    link_set(a, a.interface, "up")
    wait_until(a.has_carrier)
    send_frames(b, a, every_length(most=40))
    count.stop()
    row = count.count[a.interface]
    assert (row["state"], row["rx_packets"]) == (1, len(list(every_length(most=40))))


def test_a_renamed_interface_goes_on(quiet, counting):
    a, b = quiet.a, quiet.b
    count = counting(a, a.interface)
    send_frames(b, a, every_length(most=40))
    link_set(a, a.interface, "down")
    link_set(a, a.interface, "name", "other0")
    a.interface = "other0"
    time.sleep(1.1)  # libpcap looks for the old name at each read
    link_set(a, a.interface, "up")
    wait_until(a.has_carrier)
    send_frames(b, a, every_length(most=40))
    count.stop()
    row = count.count["va"]
    assert (row["state"], row["rx_packets"]) == (1, 2 * len(list(every_length(most=40))))


@pytest.mark.parametrize("before", ["up", "down", "down when opened"])
def test_an_interface_that_vanishes_is_said_after_its_last_frame(quiet, counting, before):
    a, b = quiet.a, quiet.b
    if before == "down when opened":
        link_set(a, a.interface, "down")
    count = counting(a, a.interface, "lo")
    expected = 0
    if before != "down when opened":
        send_frames(b, a, every_length(most=40))
        expected = len(list(every_length(most=40)))
    if before == "down":
        link_set(a, a.interface, "down")
    netns.run("ip", "-n", a.name, "link", "delete", a.interface)
    ping_itself(a)  # the other interface goes on
    time.sleep(1.3)  # a second is how often a source is asked without an event
    count.stop()
    row = count.count["va"]
    assert row["rx_packets"] == expected
    assert (row["state"], row["error"]) == (2, "interface 'va' is gone")
    assert count.count["lo"]["rx_packets"] == 2
    assert count.process.returncode == 1


def test_an_interface_that_moves_away_is_gone(quiet, counting):
    a, b = quiet.a, quiet.b
    count = counting(a, a.interface)
    send_frames(b, a, every_length(most=40))
    netns.run("ip", "-n", a.name, "link", "set", a.interface, "netns", b.name)
    count.finish()
    row = count.count["va"]
    assert (row["state"], row["rx_packets"]) == (2, len(list(every_length(most=40))))


def test_twenty_interfaces_start_and_stop_quickly(quiet, counting):
    a = quiet.a
    names = [f"d{i}" for i in range(20)]
    for name in names:
        netns.run("ip", "-n", a.name, "link", "add", name, "type", "bridge")
        link_set(a, name, "up")
    count = counting(a, "-B", 1 << 20, *names)
    count.stop()
    assert len(count.count) == 20
    assert count.start_seconds < 1
    assert count.stop_seconds < 1
    print(f"start {count.start_seconds:.3f} s, stop {count.stop_seconds:.3f} s")


@pytest.mark.parametrize("arguments, says", [
    (["nope"], r"no such interface 'nope'.*ip link"),
    (["any"], r"'any'.*-i all"),
    (["-f", "tcp port port", "lo"], r"filter 'tcp port port'"),
    (["-s", "63", "lo"], r"'lo': snap length 63"),
    (["-B", "1", "lo"], r"'lo': a ring of 1 bytes"),
    (["a-name-too-long-for-linux"], r"no such interface"),
])
def test_a_refusal_is_one_line_that_names_the_thing(quiet, arguments, says):
    done = quiet.a.run(program(), *arguments, check=False)
    assert done.returncode == 2
    assert re.search(says, done.stderr) and done.stderr.count("\n") == 1


def test_without_permission_the_mend_is_said(quiet):
    done = quiet.a.run("setpriv", "--bounding-set", "-net_raw", "--reuid", "65534",
                       "--clear-groups", program(), "lo", check=False)
    assert done.returncode == 2
    assert done.stderr == ("interface 'lo': no permission to capture; "
                           "run as root or with CAP_NET_RAW\n")
