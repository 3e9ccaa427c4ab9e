"""What a user of the command line meets: files, pipes, durations, signals, and bad input, which
gets one line that names the thing, exit status 2, and leaves nothing running."""

import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import time

import pytest

from lib import agent, capture, metrics
from lib.agent import Agent, free_port, once, wait_until
from lib.capture import EN10MB
from lib.frames import eth, ipv4, payload, udp

PACKET = eth() / ipv4() / udp(40000, 53) / payload(100)  # 142 bytes
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@pytest.fixture
def open_folder():
    """A folder that everybody may enter, with a copy of the agent."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        shutil.copy(agent.binary(), f"{folder}/iptallyd")
        yield folder


@pytest.fixture
def three(tmp_path):
    """A capture of three frames."""
    return capture.write(tmp_path / "three.pcap", capture.capture(EN10MB, [PACKET] * 3))


def run(*arguments, timeout=20):
    """The agent in a session of its own, to its end."""
    process = subprocess.Popen([str(word) for word in arguments], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                               start_new_session=True)
    try:
        process.stdout, process.stderr = map(str, process.communicate(timeout=timeout))
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise AssertionError(f"still running: {arguments}") from None
    return process


def refused(*arguments, says=(), command=None):
    """Asserts the one line, the status, and that nothing was printed or is left."""
    done = run(*(command or [agent.binary()]), "--snmp=off", *arguments)
    lines = done.stderr.splitlines()
    assert done.returncode == 2, f"exit {done.returncode}: {done.stderr}"
    assert len(lines) == 1, f"not one line: {done.stderr}"
    assert done.stdout == ""
    for word in says:
        assert str(word) in lines[0], f"{word} is not named: {lines[0]}"
    assert agent.session_members(done.pid) == []
    return lines[0]


def packets(series, unit="packets"):
    return metrics.value(series, f"iptally_interface_receive_{unit}_total", interface="file")


# Bad input


def test_unknown_option():
    refused("--no-such-option", says=["no-such-option", "--help"])


def test_unknown_short_option():
    refused("-Z", says=["Z", "--help"])


def test_option_without_its_value():
    refused("--snaplen", says=["snaplen"])


@pytest.mark.parametrize("option, value", [
    ("export.ports", "some"), ("export.ports", "-1"), ("snaplen", "10"), ("snaplen", "many"),
    ("snaplen", "99999999999999999999"), ("snmp", "perhaps"), ("log.level", "loud"),
    ("flows.max", "0"), ("duration", "1.5"), ("service-ports", "65536"),
])
def test_bad_value(option, value):
    refused(f"--{option}={value}", says=[option, value])


def test_once_without_an_end():
    refused("--once", says=["--once", "--duration"])


def test_no_such_interface(root):
    refused("-i", "nosuch0", says=["nosuch0"])


def test_the_any_device_is_refused_with_the_alternative(root):
    refused("-i", "any", says=["any", "-i all"])


def test_no_permission(open_folder):
    command = [f"{open_folder}/iptallyd"]
    if os.geteuid() == 0:
        command = [*NOBODY, *command]
    port = free_port()
    line = refused("-i", "lo", f"--web.listen-address=127.0.0.1:{port}", says=["lo"],
                   command=command)
    assert "root" in line or "CAP_NET_RAW" in line, f"no mend: {line}"


@pytest.mark.parametrize("words", [
    ["tcp port"], ["udp", "and"], ["nonsense"], ["host 1.2.3.4.5.6"],
])
def test_bad_filter_on_a_file(three, words):
    refused("-r", three, "--once", *words, says=["filter"])


def test_bad_filter_on_an_interface(root):
    refused("-i", "lo", f"--web.listen-address=127.0.0.1:{free_port()}", "udp", "and",
            says=["filter", "udp and"])


def test_missing_file(tmp_path):
    refused("-r", tmp_path / "missing.pcap", "--once", says=["missing.pcap"])


def test_folder_as_a_file(tmp_path):
    refused("-r", tmp_path, "--once", says=[tmp_path])


@pytest.mark.parametrize("content", [b"", b"\xd4\xc3\xb2\xa1", b"this is no capture\n" * 100,
                                     bytes(1000), b"\x0a\x0d\x0d\x0a" + bytes(30)])
def test_file_that_is_no_capture(tmp_path, content):
    path = tmp_path / "odd.pcap"
    path.write_bytes(content)
    refused("-r", path, "--once", says=["odd.pcap"])


def test_unreadable_file(root, open_folder, three):
    path = f"{open_folder}/secret.pcap"
    shutil.copy(three, path)
    os.chmod(path, 0o600)
    refused("-r", path, "--once", says=["secret.pcap"],
            command=[*NOBODY, f"{open_folder}/iptallyd"])


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_port_in_use(three, host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as taken:
        taken.bind((host, 0))
        taken.listen()
        port = taken.getsockname()[1]
        shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        refused("-r", three, f"--web.listen-address={shown}", says=[shown])


@pytest.mark.parametrize("address", [
    "nonsense", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:http",
    "300.1.1.1:10177", "[::1:10177", "192.0.2.1:10177",
])
def test_bad_address(three, address):
    refused("-r", three, f"--web.listen-address={address}", says=[address])


def test_a_second_address_in_use_stops_the_first(three):
    """Nothing of a start that was refused may keep its port."""
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = f"127.0.0.1:{taken.getsockname()[1]}"
        refused("-r", three, f"--web.listen-address=127.0.0.1:{port}",
                f"--web.listen-address={busy}", says=[busy])
    with socket.socket() as again:
        again.bind(("127.0.0.1", port))


@pytest.mark.parametrize("options, status", [
    (["--once", "--snmp=off"], 1), (["--help"], 2), (["--memory"], 2)])
def test_standard_output_that_cannot_be_written(three, options, status):
    """A full disk is no success."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run([agent.binary(), "-r", three, *options], stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=20, check=False)
    assert done.returncode == status
    assert "standard output" in done.stderr


def test_closed_standard_files_are_not_taken_by_others(three):
    """What is opened next would have their numbers, and what is printed would go into it."""
    command = [agent.binary(), "-r", str(three), "--once", "--snmp=off"]
    done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *command], capture_output=True,
                          text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert "standard output: Bad file descriptor" in done.stderr
    done = subprocess.run(["sh", "-c", 'exec "$@" <&- 2>&-', "sh", *command], capture_output=True,
                          text=True, timeout=20, check=False)
    assert done.returncode == 0
    assert packets(metrics.read(done.stdout)) == 3
    port = agent.free_port()
    with subprocess.Popen(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *command[:-2], "--snmp=off",
                           f"--web.listen-address=127.0.0.1:{port}"]) as running:
        try:
            wait_until(lambda: agent.answers(f"http://127.0.0.1:{port}/-/ready"))
            assert [os.readlink(f"/proc/{running.pid}/fd/{fd}") for fd in range(3)] \
                == ["/dev/null"] * 3
        finally:
            running.terminate()
    assert running.returncode == 0


def test_tables_that_the_machine_has_no_memory_for_are_refused(three):
    with open("/proc/meminfo", encoding="ascii") as file:
        available = {line.split(":")[0]: int(line.split()[1]) << 10 for line in file}["MemAvailable"]
    flows = available // 192
    if flows > 1 << 28:
        pytest.skip("this machine has memory for more flows than can be asked for")
    done = agent.once(f"--flows.max={flows}", file=three)
    assert done.returncode == 2
    assert done.stdout == b""
    said = done.stderr.decode()
    assert said.count("\n") == 1 and "choose" in said, said


# Files


def test_a_file_is_counted_and_printed(three):
    series = agent.count(three)
    assert packets(series) == 3
    assert packets(series, "bytes") == 3 * 142


@pytest.mark.parametrize("form", ["pcap", "pcapng"])
@pytest.mark.parametrize("cut", [1, 20, 100, 141, 142, 150])
def test_a_cut_file_prints_what_was_read_and_says_the_error(tmp_path, form, cut):
    path = capture.write(tmp_path / "cut.pcap",
                         capture.capture(EN10MB, [PACKET] * 3, format=form, cut=cut))
    done = once(file=path)
    assert done.returncode == 1
    series = metrics.read(done.stdout.decode())
    assert packets(series) == 2
    assert packets(series, "bytes") == 2 * 142
    assert "cut.pcap" in done.stderr.decode()


def test_a_cut_file_is_served_and_ends_with_status_1(tmp_path):
    path = capture.write(tmp_path / "cut.pcap", capture.capture(EN10MB, [PACKET] * 3, cut=10))
    with Agent("-r", path) as running:
        running.scrape_until(lambda series: packets(series) == 2, what="two packets")
        running.stop(status=1)
        assert "cut.pcap" in running.stderr()


def test_a_pcapng_of_two_link_types_is_read_as_far_as_libpcap_can(tmp_path):
    """Both interfaces stand before the first packet: nothing can be read."""
    path = capture.write(tmp_path / "mixed.pcapng", capture.capture(
        [EN10MB, capture.RAW], [PACKET], format="pcapng"))
    done = once(file=path)
    assert done.returncode in (1, 2)
    assert "mixed.pcapng" in done.stderr.decode()


def test_a_pipe_is_read_as_a_file_is(three):
    with open(three, "rb") as file:
        done = once("-r", "-", stdin=file.read())
    assert done.returncode == 0, done.stderr
    assert packets(metrics.read(done.stdout.decode())) == 3


def feed(running, content):
    running.process.stdin.write(content)
    running.process.stdin.flush()


def test_a_pipe_is_counted_as_it_comes():
    """Frames that came are counted while the writer still keeps the pipe open."""
    content = bytes(capture.capture(EN10MB, [PACKET] * 3))
    two = 24 + 2 * (16 + 142)
    with Agent("-r", "-", stdin=subprocess.PIPE, ready=False) as running:
        feed(running, content[:two])
        wait_until(running.is_ready, what="ready")
        running.scrape_until(lambda series: packets(series) == 2, what="two packets")
        feed(running, content[two : two + 50])
        feed(running, content[two + 50 :])
        running.scrape_until(lambda series: packets(series) == 3, what="three packets")
        running.process.stdin.close()
        running.scrape()


def test_term_stops_an_agent_that_waits_for_a_frame():
    with Agent("-r", "-", stdin=subprocess.PIPE, ready=False) as running:
        feed(running, bytes(capture.capture(EN10MB, [PACKET])))
        wait_until(running.is_ready, what="ready")
        running.scrape_until(lambda series: packets(series) == 1, what="one packet")
        running.stop()
        running.process.stdin.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_an_agent_that_waits_for_a_file_header(number):
    """A writer that buffers (tcpdump -w -) sends nothing for a long time."""
    with Agent("-r", "-", stdin=subprocess.PIPE, ready=False) as running:
        feed(running, bytes(capture.capture(EN10MB, []))[:10])
        wait_until(lambda: unread(running.process.stdin) == 0, what="reading of the header")
        running.send_signal(number)
        begun = time.monotonic()
        running.wait(5)
        assert time.monotonic() - begun < 1, "not within a second"
        running.process.stdin.close()


def unread(pipe):
    """Bytes in a pipe that its reader has not taken yet."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


def test_a_file_stays_served_after_its_end(three):
    with Agent("-r", three) as running:
        series = running.scrape_until(lambda series: packets(series) == 3, what="three packets")
        assert packets(running.scrape()) == 3
        assert running.process.poll() is None


# How much is printed


@pytest.fixture
def thirty_ports(tmp_path):
    """Ports 1 to 30, each larger than the one before: 100 bytes for every number."""
    frames = [eth() / ipv4() / udp(40000, port) / payload(100 * port - 42)
              for port in range(1, 31)]
    return capture.write(tmp_path / "ports.pcap", capture.capture(EN10MB, frames))


def shown_ports(series):
    name = "iptally_port_receive_bytes_total"
    return {dict(pairs)["port"]: value for (metric, pairs), value in series.items()
            if metric == name and dict(pairs)["protocol"] == "udp"}


@pytest.mark.parametrize("option", [["--export.ports=all"], []])
def test_all_ports_are_printed(thirty_ports, option):
    done = once(*option, file=thirty_ports)
    shown = shown_ports(metrics.read(done.stdout.decode()))
    assert shown == {**{str(port): 100 * port for port in range(1, 31)},
                     "other": 0, "unattributed": 0}


@pytest.mark.parametrize("n", [0, 1, 5, 30, 31])
def test_the_largest_ports_are_printed_and_the_others_are_in_other(thirty_ports, n):
    done = once(f"--export.ports={n}", file=thirty_ports)
    series = metrics.read(done.stdout.decode())
    largest = range(max(1, 31 - n), 31)
    assert shown_ports(series) == {
        **{str(port): 100 * port for port in largest},
        "other": 100 * (sum(range(1, 31)) - sum(largest)), "unattributed": 0}


def test_core_families_are_the_same_alone(three):
    every, core = (metrics.parse(once(*words, file=three).stdout.decode())
                   for words in ([], ["--families=core"]))
    left_out = {name for name, _ in every.keys() - core.keys()}
    assert left_out and all(name.startswith(("iptally_host_", "iptally_station_",
                                             "iptally_conversation_", "iptally_slot_",
                                             "iptally_probe_",
                                             "iptally_table_", "iptally_scrape_"))
                            for name in left_out), left_out
    counted = ("iptally_interface_", "iptally_protocol_", "iptally_port_", "iptally_tcp_")
    assert {key: value for key, value in core.items() if key[0].startswith(counted)} \
        == {key: value for key, value in every.items() if key[0].startswith(counted)}


@pytest.mark.parametrize("family, label", [("host", "host"), ("station", "mac")])
@pytest.mark.parametrize("asked, n", [("all", 2), ("0", 0), ("1", 1), ("7", 2)])
def test_as_many_hosts_and_stations_are_printed_as_were_asked_for(three, family, label, asked, n):
    series = metrics.read(once(f"--export.{family}s={asked}", file=three).stdout.decode())
    shown = {dict(pairs)[label] for name, pairs in series
             if name == f"iptally_{family}_receive_packets_total"}
    assert len(shown - {"other"}) == n and "other" in shown
    for way in ("receive", "transmit"):
        assert metrics.total(series, f"iptally_{family}_{way}_packets_total") == 3


# Live


def send(namespace, n, size=100):
    """n datagrams of this size over the namespace's loopback, 5000 -> 6000."""
    code = ("import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
            "s.bind(('127.0.0.1', 5000));"
            f"[s.sendto(bytes({size}), ('127.0.0.1', 6000)) for _ in range({n})]")
    namespace.run("/usr/bin/python3", "-c", code)


def test_loopback_counts_each_packet_once_and_as_received(veth):
    """10 datagrams of 128 bytes of IP, as in the golden case; the 14 made-up bytes don't count."""
    with Agent("-i", "lo", "--export.ports=all", "udp", namespace=veth.a.name) as running:
        send(veth.a, 10)
        name = "iptally_interface_receive_packets_total"
        series = running.scrape_until(
            lambda series: metrics.value(series, name, interface="lo") >= 10, what="10 packets")
        assert metrics.value(series, name, interface="lo") == 10
        assert metrics.value(series, name.replace("packets", "bytes"), interface="lo") == 1280
        assert metrics.total(series, "iptally_interface_transmit_packets_total") == 0
        port = {"interface": "lo", "protocol": "udp", "port": "5000"}
        assert metrics.value(series, "iptally_port_receive_packets_total", **port) == 10


def test_a_duration_ends_a_live_run_and_prints_it(veth):
    command = [*veth.a.command(agent.binary()), "-i", "lo", "--once", "--duration=2", "--snmp=off",
               "udp"]
    begun = time.monotonic()
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               start_new_session=True)
    sent = 0
    while running.poll() is None and time.monotonic() - begun < 1.5:
        send(veth.a, 1)
        sent += 1
    printed, errors = running.communicate(timeout=10)
    took = time.monotonic() - begun
    assert running.returncode == 0, errors
    assert 1.9 < took < 4
    series = metrics.read(printed)
    counted = metrics.value(series, "iptally_interface_receive_packets_total", interface="lo")
    assert 0 < counted <= sent
    assert agent.session_members(running.pid) == []


def test_a_duration_ends_a_run_that_serves(veth):
    running = Agent("-i", "lo", "--duration=1", namespace=veth.a.name)
    try:
        assert running.wait(5) == 0
        assert running.leftovers() == []
    finally:
        running.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_live_run_within_a_second_and_prints_it(veth, number):
    """Counts are intact: what was sent before the signal is printed."""
    command = [*veth.a.command(agent.binary()), "-i", "lo", "--once", "--duration=600",
               "--snmp=off", "--log.level=info", "udp"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               start_new_session=True)
    try:
        wait_until(lambda: has_packet_socket(veth.a), what="the capture's socket")
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            send(veth.a, 1)
        running.send_signal(number)
        begun = time.monotonic()
        printed, errors = running.communicate(timeout=5)
        assert time.monotonic() - begun < 1, "not within a second"
    finally:
        running.kill()
    assert running.returncode == 0, errors
    series = metrics.read(printed.decode())
    assert metrics.value(series, "iptally_interface_receive_packets_total", interface="lo") > 0


def has_packet_socket(namespace):
    """Whether somebody listens with AF_PACKET there: one header line, then one for each."""
    return len(namespace.run("cat", "/proc/net/packet").stdout.splitlines()) > 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_a_serving_agent(three, number):
    with Agent("-r", three) as running:
        running.stop(number)


def test_the_port_is_free_again_after_a_stop(three):
    with Agent("-r", three) as running:
        running.stop()
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind((running.host, running.port))


