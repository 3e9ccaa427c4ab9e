"""The agent without snmpd: the system group, access, versions, what it must not touch, its speed."""

import os
import pathlib
import shutil
import socket
import subprocess
import time

import pytest

from lib import agent, metrics
from lib import snmp
from lib.capture import EN10MB, capture, frame, write
from lib.frames import ipv4, tcp, udp
from lib.links import eth

IF_RX_PACKETS = snmp.OBJECTS + (2, 1, 3, 1)
PORT_TABLE = snmp.OBJECTS + (5,)

# Of the port table's default capacity of 16384; budget: a row costs within 1.3 of a small table's.
LARGE = 15000

USERS = """\
createUser reader SHA-256 "a passphrase" AES "another passphrase"
rouser reader priv
"""


@pytest.fixture(scope="module", autouse=True)
def tools():
    for name in ("snmpget", "snmpbulkwalk"):
        if not snmp.tool(name):
            pytest.skip(f"{name} is not installed (Debian: snmp)")


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    frames = [eth() / ipv4() / tcp(40000 + i, 443, "S") for i in range(20)]
    return write(tmp_path_factory.mktemp("standalone") / "quiet.pcap", capture(EN10MB, frames))


@pytest.fixture
def start(start_agent):
    """start(file, ...) gives the agent and its manager."""

    def start(file, *arguments, access=snmp.V2C, host="127.0.0.1"):
        port = agent.free_port(socket.SOCK_DGRAM, host.strip("[]"))
        one = start_agent("-r", file, f"--snmp.address={host}:{port}", *arguments,
                          snmp="standalone")
        kind = "udp6" if host.startswith("[") else "udp"
        return one, snmp.Manager(f"{kind}:{host}:{port}", access)

    return start


@pytest.fixture
def served(start, quiet):
    """A manager of an agent that has read the quiet capture."""
    one, manager = start(quiet)
    agent.wait_until(lambda: manager.get(IF_RX_PACKETS) == [20], what="all packets")
    manager.agent = one
    return manager


def test_system_group_says_who_answers(served):
    description, identity, uptime = served.get(snmp.SYS_DESCR, snmp.SYS_OBJECT_ID, snmp.SYS_UPTIME)
    assert os.uname().nodename.encode() in description
    assert identity[:7] == (1, 3, 6, 1, 4, 1, 8072)
    assert 0 <= uptime < 6000
    agent.wait_until(lambda: served.get(snmp.SYS_UPTIME)[0] > uptime, what="a later sysUpTime")


def test_sysortable_announces_the_module(served):
    assert ("OID", snmp.ROOT) in served.walk(snmp.SYS_OR_ID).values()


def test_walk_from_the_root_ends(served):
    walked = served.walk((1,))
    assert IF_RX_PACKETS in walked
    assert snmp.SYS_DESCR in walked


def test_getbulk_sees_what_getnext_sees(served):
    moving = snmp.OBJECTS + (1, 3, 0)
    walked = served.walk(name="snmpwalk")
    walked.pop(moving)
    assert len(walked) > 200
    for repetitions in (1, 7, 50, 1000):
        again = served.walk(options=(f"-Cr{repetitions}",))
        again.pop(moving)
        assert again == walked


def test_getbulk_of_several_columns_goes_row_by_row(served):
    protocols = snmp.OBJECTS + (3, 1)
    done = served.tool("snmpbulkget", *(snmp.text(one) for one in (
        snmp.SYSTEM + (3,), protocols + (3,), protocols + (6,))), options=("-Cn1", "-Cr3"))
    assert done.returncode == 0, done.stderr
    names = list(snmp.parse(done.stdout))
    assert names[0] == snmp.SYS_UPTIME
    rows = [name[len(protocols) + 1:] for name in names[1::2]]
    assert len(rows) == 3
    assert names[1:] == [protocols + (column,) + row for row in rows for column in (3, 6)]


def test_time_stamps_do_not_change(served):
    created = PORT_TABLE + (1, 9, 1, 1, 443)
    opened = snmp.OBJECTS + (2, 1, 33, 1)
    first = served.get(created, opened)
    for _ in range(50):
        assert served.get(created, opened) == first


def test_snmp_v1_sees_all_but_64_bit_counters(served):
    second = served.walk()
    served.access = ("-v1", "-c", "public")
    first = served.walk(name="snmpwalk")
    moving = snmp.OBJECTS + (1, 3, 0)
    for walked in (first, second):
        walked.pop(moving)
    assert first == {name: what for name, what in second.items() if what[0] != "Counter64"}
    assert first


@pytest.mark.parametrize("version", ["-v1", "-v2c"])
def test_wrong_community_gets_no_answer(served, version):
    served.access = (version, "-c", "wrong")
    assert not served.is_there(snmp.SYS_DESCR)


def test_community_is_an_option(start, quiet):
    _, manager = start(quiet, "--snmp.community=s3cret", access=("-v2c", "-c", "s3cret"))
    assert manager.get(snmp.SYS_DESCR)
    manager.access = snmp.V2C
    assert not manager.is_there(snmp.SYS_DESCR)


def test_who_sends_rubbish_does_not_fill_the_log(start, quiet):
    """The library says a line to each of some kinds of it."""
    one, manager = start(quiet)
    rubbish = bytes.fromhex("302902010104067075626c6963ee1c02047fffffff020100020100300e"
                            "300c06082b060102010101000500")  # no such request
    host, port = manager.address.removeprefix("udp:").rsplit(":", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect((host, int(port)))
        for _ in range(20):
            for _ in range(50):
                sender.send(rubbish)
            assert manager.get((1, 3, 6, 1, 2, 1, 1, 3, 0))  # it has read all of it
    lines = [line for line in one.stderr().splitlines() if "level=error" in line]
    assert 1 <= len(lines) < 20, len(lines)


def test_nothing_can_be_written(served):
    done = served.tool("snmpset", snmp.text(snmp.SYSTEM + (6, 0)), "s", "elsewhere")
    assert done.returncode != 0
    done = served.tool("snmpset", snmp.text(IF_RX_PACKETS), "u", "1")
    assert done.returncode != 0


def test_user_of_snmp_v3_reads_and_nobody_else_does(start, quiet, tmp_path):
    config = tmp_path / "snmp.conf"
    config.write_text(USERS)
    config.chmod(0o600)
    reader = ("-v3", "-l", "authPriv", "-u", "reader", "-a", "SHA-256", "-A", "a passphrase",
              "-x", "AES", "-X", "another passphrase")
    _, manager = start(quiet, f"--snmp.config={config}", access=reader)
    agent.wait_until(lambda: manager.get(IF_RX_PACKETS) == [20], what="all packets")
    assert len(manager.walk()) > 200
    for access in (
        snmp.V2C,
        reader[:8] + ("-A", "a wrong passphrase") + reader[10:],
        ("-v3", "-l", "authNoPriv") + reader[3:9] + ("a passphrase",),
        ("-v3", "-l", "noAuthNoPriv", "-u", "reader"),
    ):
        manager.access = access
        assert not manager.is_there(snmp.SYS_DESCR), access


def test_ipv6_and_several_addresses(start, quiet):
    if not pathlib.Path("/proc/net/if_inet6").exists():
        pytest.skip("no IPv6 on this machine")
    second = agent.free_port(socket.SOCK_DGRAM)
    _, manager = start(quiet, host="[::1]")
    assert manager.get(snmp.SYS_DESCR)
    port = agent.free_port(socket.SOCK_DGRAM, "::1")
    start(quiet, f"--snmp.address=[::1]:{port},127.0.0.1:{second}")
    for address in (f"udp6:[::1]:{port}", f"udp:127.0.0.1:{second}"):
        assert snmp.Manager(address).get(snmp.SYS_DESCR)


def sockets_of(pid):
    """(protocol, local address, local port) of the process's bound sockets (proc(5), net/*)."""
    inodes = set()
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        target = os.readlink(link)
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = set()
    for protocol in ("tcp", "tcp6", "udp", "udp6"):
        for line in pathlib.Path(f"/proc/{pid}/net/{protocol}").read_text().splitlines()[1:]:
            fields = line.split()
            listens = fields[3] == ("0A" if protocol.startswith("tcp") else "07")
            if fields[9] in inodes and listens:
                address, port = fields[1].split(":")
                found.add((protocol, address, int(port, 16)))
    return found


def test_it_listens_where_it_was_told_to_and_nowhere_else(served):
    one = served.agent
    port = int(served.address.rpartition(":")[2])
    loopback = "0100007F"
    assert sockets_of(one.process.pid) == {("tcp", loopback, one.port), ("udp", loopback, port)}


def test_it_touches_no_file_of_the_system(quiet, tmp_path):
    if not shutil.which("strace"):
        pytest.skip("strace is not installed (Debian: strace)")
    traced = tmp_path / "trace"
    port, web = agent.free_port(socket.SOCK_DGRAM), agent.free_port()
    process = subprocess.Popen(
        ["strace", "-f", "-qq", "-e", "trace=%file", "-o", str(traced), agent.binary(), "-r",
         quiet, "--snmp=standalone", f"--snmp.address=127.0.0.1:{port}",
         f"--web.listen-address=127.0.0.1:{web}", "--duration=5"],
        stderr=subprocess.DEVNULL)
    try:
        manager = snmp.Manager(f"127.0.0.1:{port}")
        manager.wait(IF_RX_PACKETS)
        manager.walk()
        assert process.wait(30) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    trace = traced.read_text()
    assert str(quiet) in trace
    for place in ("/etc/snmp", "/var/lib/snmp", "/usr/share/snmp", "/usr/local/share/snmp", ".snmp",
                  "/var/agentx"):
        assert place not in trace
    for line in trace.splitlines():
        for call in ("O_WRONLY", "O_RDWR", "O_CREAT", "mkdir(", "rename(", "unlink("):
            if call in line and '"/dev/' not in line and '"/proc/' not in line:
                raise AssertionError(line)


@pytest.fixture
def refused(quiet):
    """refused(...) gives what the agent says when it does not start: status 2 and one line."""

    def refused(*arguments):
        done = subprocess.run(
            [agent.binary(), "-r", quiet, "--snmp=standalone",
             f"--web.listen-address=127.0.0.1:{agent.free_port()}", *arguments],
            capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 2, done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr
        return done.stderr

    return refused


@pytest.fixture
def free_address():
    return f"--snmp.address=127.0.0.1:{agent.free_port(socket.SOCK_DGRAM)}"


def test_port_in_use_is_said(served, refused):
    port = served.address.rpartition(":")[2]
    said = refused(f"--snmp.address=127.0.0.1:{port}")
    assert f"--snmp.address=127.0.0.1:{port}: another program has this UDP port" in said
    assert served.get(IF_RX_PACKETS) == [20]


@pytest.mark.parametrize("address", ["127.0.0.1", "nowhere.invalid:161", "127.0.0.1:0",
                                     "127.0.0.1:99999", "[::1:161", "192.0.2.1:10177"])
def test_bad_address_is_said(refused, address):
    assert f"--snmp.address={address}:" in refused(f"--snmp.address={address}")


@pytest.mark.parametrize("community", ["", "two words", 'quo"te', "x" * 200])
def test_bad_community_is_said(refused, free_address, community):
    assert "--snmp.community" in refused(free_address, f"--snmp.community={community}")


def test_missing_configuration_is_said(refused, free_address):
    assert "/nowhere/snmp.conf" in refused(free_address, "--snmp.config=/nowhere/snmp.conf")


@pytest.mark.parametrize("text, said", [
    ("rouser reader\nnonsense here\n", "line 2: Warning: Unknown token: nonsense"),
    ('createUser reader SHA "short"\n', "Error: passphrase"),
    ("rocommunity\n", "line 1"),
])
def test_bad_configuration_is_said(refused, free_address, tmp_path, text, said):
    # net-snmp would warn and go on, with other access than what was meant
    config = tmp_path / "snmp.conf"
    config.write_text(text)
    assert f"--snmp.config={config}: {said}" in refused(free_address, f"--snmp.config={config}")


def cpu_seconds(pid):
    """Of all threads that live (proc(5), schedstat)."""
    return sum(int((task / "schedstat").read_text().split()[0])
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir()) / 1e9


def test_a_row_of_a_large_table_costs_what_one_of_a_small_one_does(start, tmp_path):
    head = bytes(eth() / ipv4() / udp(60000, 1, checksum=0))
    at = len(head) - 6  # the destination port, behind the source port

    def cost_of_a_row(n):
        """CPU seconds of the agent; the best of several, as others use this machine too."""
        frames = [frame(head[:at] + (1024 + i).to_bytes(2, "big") + head[at + 2:])
                  for i in range(n)]
        one, manager = start(write(tmp_path / f"{n}.pcap", capture(EN10MB, frames)))
        one.scrape_until(lambda series: metrics.value(
            series, "iptally_interface_receive_packets_total", interface="file") == n, 60)
        costs = []
        for _ in range(5):
            before, begun, rows = cpu_seconds(one.process.pid), time.monotonic(), 0
            while rows < LARGE:
                done = manager.tool("snmpbulkwalk", snmp.text(PORT_TABLE + (1, 3)),
                                    options=("-Cr50",))
                assert done.stdout.count("Counter64") == n, done.stderr
                rows += n
            costs.append((cpu_seconds(one.process.pid) - before) / rows)
            speed = rows / (time.monotonic() - begun)
        print(f"{n} rows: {min(costs) * 1e6:.2f} us of the agent a row, {speed:.0f} rows/s")
        return min(costs)

    small = cost_of_a_row(1000)
    assert cost_of_a_row(LARGE) <= 1.3 * small
