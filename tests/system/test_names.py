"""Names as users see them, with a name server of the test's own: in JSON, in SNMP, in Prometheus;
and what a server that is hostile, slow or dead does to them, and to nothing else."""

import json
import pathlib
import re
import socket
import subprocess
import time

import pytest

from lib import agent, dns, metrics, snmp, traffic
from lib.agent import wait_until
from lib.capture import EN10MB, capture, write
from lib.frames import eth, ipv4, ipv6, payload, tcp, udp

KNOCKER, HERE, PUBLIC = "10.0.0.9", "10.0.0.1", "192.0.2.7"
KNOCKER6 = "fd00::9"
LOOKUPS = "iptally_name_lookups_total"
HOST_NAME, STATION_NAME, KNOCK_NAME = (snmp.OBJECTS + (table, 1, column)
                                       for table, column in ((6, 12), (7, 9), (12, 14)))
NAMES = {KNOCKER: "knocker.lan", HERE: "gateway.lan", PUBLIC: "web.example.com",
         KNOCKER6: "knocker6.lan"}
MAC = "02:00:00:00:00:09"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Someone knocks at ssh, over IPv4 and IPv6; a public host is asked for a page."""
    end = eth(source=MAC)
    frames = [end / ipv4(KNOCKER, HERE) / tcp(40000, 22, "S"),
              end / ipv6(KNOCKER6, "fd00::1") / tcp(40000, 22, "S"),
              end / ipv4(KNOCKER, PUBLIC) / udp(40001, 443) / payload(100)]
    return write(tmp_path_factory.mktemp("names") / "names.pcap", capture(EN10MB, frames))


@pytest.fixture
def start(start_agent, file):
    """start(server, ...): an agent that has read the file and asks this server."""

    def start(server, *arguments, **more):
        one = start_agent("-r", file, "--resolve=private", f"--resolve.server={server.address}",
                          *arguments, **more)
        one.scrape_until(lambda series: metrics.value(
            series, "iptally_interface_receive_packets_total", interface="file") == 3)
        return one

    return start


def rows(one, family):
    status, _, body = one.get(f"/api/v1/{family}")
    assert status == 200
    return json.loads(body)["rows"]


def names_of_hosts(one):
    return {row["host"]: row["name"] for row in rows(one, "hosts")}


def named(one, wanted, seconds=10):
    """Waits until hosts have these names, and gives those of all."""

    def look():
        found = names_of_hosts(one)
        return found if wanted.items() <= found.items() else None

    return wait_until(look, seconds, f"the names {wanted}")


def lookups(one, outcome):
    return metrics.value(one.scrape(), LOOKUPS, outcome=outcome)


def infos(series):
    return {dict(labels)["host"]: dict(labels)["name"] for (name, labels) in series
            if name == "iptally_host_info"}


def test_private_addresses_are_named_on_every_face(start):
    with dns.Server(NAMES) as server:
        address = f"127.0.0.1:{agent.free_port(socket.SOCK_DGRAM)}"
        one = start(server, f"--snmp.address={address}", snmp="standalone")
        private = {KNOCKER: "knocker.lan", HERE: "gateway.lan", KNOCKER6: "knocker6.lan"}
        hosts = named(one, private)
        assert hosts[PUBLIC] == "" and PUBLIC not in server.asked

        assert {(row["source"], row["service"], row["name"]) for row in rows(one, "knocks")} == {
            (KNOCKER, "ssh", "knocker.lan"), (KNOCKER6, "ssh", "knocker6.lan"),
            (KNOCKER, "https", "knocker.lan")}
        flow = next(row for row in rows(one, "flows") if row["initiator_address"] == KNOCKER
                    and row["protocol"] == "tcp")
        assert flow["initiator_name"] == "knocker.lan" and flow["responder_name"] == "gateway.lan"
        assert flow["service"] == "ssh"
        assert {row["port"]: row["service"] for row in rows(one, "ports")}[22] == "ssh"

        series = one.scrape_until(lambda series: infos(series) == private)
        assert series["iptally_host_info", (("host", KNOCKER), ("interface", "file"),
                                            ("name", "knocker.lan"))] == 1
        assert not [key for key in series if "name" in dict(key[1])
                    and key[0] != "iptally_host_info"]

        manager = snmp.Manager(f"udp:{address}")

        def walked(column):
            return {value for _, value in manager.walk(column).values()}

        wait_until(lambda: b"knocker.lan" in walked(HOST_NAME), what="the name in SNMP")
        assert walked(HOST_NAME) == {b"knocker.lan", b"gateway.lan", b"knocker6.lan", b""}
        assert walked(KNOCK_NAME) == {b"knocker.lan", b"knocker6.lan"}


def test_all_addresses_are_named_where_that_is_asked_for(start):
    with dns.Server(NAMES) as server:
        one = start(server, "--resolve=all")
        named(one, {PUBLIC: "web.example.com", KNOCKER: "knocker.lan"})


@pytest.mark.parametrize("option, stations", [
    ("-n", {"", "printer"}), ("--resolve=none", {"", "printer"}), ("--privacy=prefix", {""}),
    ("--privacy=none", set()),
])
def test_nobody_is_asked_where_names_are_not_to_be_seen(start, tmp_path, option, stations):
    ethers = tmp_path / "ethers"
    ethers.write_text(f"{MAC} printer\n")
    with dns.Server(NAMES) as server:
        one = start(server, f"--ethers={ethers}", option)
        for _ in range(3):
            assert set(names_of_hosts(one).values()) <= {""}
            assert not infos(one.scrape())
        assert metrics.total(one.scrape(), LOOKUPS) == 0
        assert metrics.value(one.scrape(), "iptally_table_capacity", table="name") == 0
        assert {row["name"] for row in rows(one, "stations")} == stations
        one.stop()
        assert not server.asked


def test_once_prints_at_once_and_asks_nobody(file):
    with dns.Server(NAMES, answer=dns.Server.silent) as server:
        begun = time.monotonic()
        done = agent.once(f"--resolve.server={server.address}", "--resolve=all", file=file)
        assert done.returncode == 0 and time.monotonic() - begun < 2
        assert not infos(metrics.parse(done.stdout.decode()))
        assert not server.asked


def test_stations_have_the_names_of_ethers(start, tmp_path):
    ethers = tmp_path / "ethers"
    ethers.write_text(f"# my machines\n{MAC} printer\nnonsense\n")
    with dns.Server() as server:
        address = f"127.0.0.1:{agent.free_port(socket.SOCK_DGRAM)}"
        one = start(server, f"--ethers={ethers}", f"--snmp.address={address}", snmp="standalone")
        assert {row["mac"]: row["name"] for row in rows(one, "stations")}[MAC] == "printer"
        values = snmp.Manager(f"udp:{address}").walk(STATION_NAME).values()
        assert b"printer" in {value for _, value in values}
        assert one.stderr().count("line 3 ") == 1


def test_a_name_is_asked_for_again_when_its_time_is_over(start):
    with dns.Server(NAMES, ttl=1) as server:
        one = start(server)
        named(one, {KNOCKER: "knocker.lan"})
        server.names[KNOCKER] = "renamed.lan"
        named(one, {KNOCKER: "renamed.lan"})
        assert server.asked[KNOCKER] == 2


def test_a_name_is_not_asked_for_again_before_its_time_is_over(start):
    with dns.Server(NAMES) as server:
        one = start(server)
        named(one, {KNOCKER: "knocker.lan"})
        for _ in range(5):
            one.scrape()
            names_of_hosts(one)
        assert set(server.asked.values()) == {1}


def test_that_there_is_no_name_is_remembered(start):
    with dns.Server() as server:
        one = start(server)
        wait_until(lambda: names_of_hosts(one) and lookups(one, "none") == 4,
                   what="four answers")  # 10.0.0.1, .9, fd00::1, ::9
        for _ in range(5):
            assert set(names_of_hosts(one).values()) == {""}
        assert set(server.asked.values()) == {1} and lookups(one, "failed") == 0


def assert_undisturbed(one):
    """Scrapes and JSON come at once, nothing of the traffic is missing, and it stops at once."""
    for _ in range(3):
        begun = time.monotonic()
        series = one.scrape()
        rows(one, "hosts")
        assert time.monotonic() - begun < 1
        assert metrics.value(series, "iptally_interface_receive_packets_total",
                             interface="file") == 3
    begun = time.monotonic()
    one.stop()
    assert time.monotonic() - begun < 1


def test_a_server_that_never_answers_holds_up_nothing(start):
    with dns.Server(answer=dns.Server.silent) as server:
        one = start(server)
        wait_until(lambda: names_of_hosts(one) and len(server.asked) == 4, what="four questions")
        assert_undisturbed(one)


def test_a_server_that_never_answers_is_counted_and_left_in_peace(start):
    with dns.Server(NAMES, answer=dns.Server.silent) as server:
        one = start(server)
        wait_until(lambda: names_of_hosts(one) and lookups(one, "failed") == 4, seconds=20,
                   what="four failures")
        asked = dict(server.asked)
        server.answer = dns.Server.good
        for _ in range(5):
            assert set(names_of_hosts(one).values()) == {""}
        assert dict(server.asked) == asked  # the failure is remembered for a minute


def test_an_answer_that_comes_late_is_taken_while_it_is_waited_for(start):
    def late(server, query, address):
        time.sleep(0.5)
        return server.good(server, query, address)

    with dns.Server(NAMES, answer=late) as server:
        named(start(server), {KNOCKER: "knocker.lan"})


def garbage(server, query, address):
    return [b"", b"\0", query[:2], query, query[:12], bytes(512), b"\xff" * 512,
            query[:2] + b"\x81\x80" + b"\xff" * 200,
            server.reply(query, [dns.record(dns.PTR, 60, b"\xc0\xff")])]


def loops(server, query, address):
    """A name that points at itself."""
    at = len(server.reply(query)) + 12
    return [server.reply(query, [dns.record(dns.PTR, 60, (0xC000 | at).to_bytes(2, "big"))])]


def refuses(server, query, address):
    return [server.reply(query, code=dns.REFUSED)]


def cannot(server, query, address):
    return [server.reply(query, code=dns.SERVFAIL)]


def truncates(server, query, address):
    """And nobody is there to be asked by TCP."""
    return [server.reply(query, flags=dns.RESPONSE | dns.TRUNCATED)]


def writes_control_characters(server, query, address):
    name = dns.encode([b"evil\x1b[31m\n\"}", b"lan"])
    return [server.reply(query, [dns.record(dns.PTR, 60, name)])]


def writes_an_address(server, query, address):
    return [server.reply(query, [dns.record(dns.PTR, 60, dns.encode("127.0.0.1"))])]


def writes_too_much(server, query, address):
    name = dns.encode(".".join(["a" * 60] * 4))
    return [server.reply(query, [dns.record(dns.PTR, 60, name)])]


@pytest.mark.parametrize("answer", [loops, refuses, cannot, truncates, writes_control_characters,
                                    writes_an_address, writes_too_much, garbage])
def test_what_is_no_name_is_not_shown(start, answer):
    with dns.Server(answer=answer) as server:
        one = start(server)
        wait_until(lambda: names_of_hosts(one) and lookups(one, "failed") == 4, seconds=20,
                   what="four failures")
        assert set(names_of_hosts(one).values()) == {""} and not infos(one.scrape())
        assert "evil" not in one.get()[2] + one.get("/api/v1/hosts")[2] + one.stderr()
        assert_undisturbed(one)


def test_a_truncated_answer_is_asked_for_again_by_tcp(start):
    with dns.Server(NAMES, answer=truncates) as server, server.tcp():
        named(start(server), {KNOCKER: "knocker.lan"})


def forges(server, query, address):
    """Answers of someone who has not seen the question: wrong in id, in question, in both; then the
    true one."""
    number = int.from_bytes(query[:2], "big")
    false = server.reply(query, [dns.record(dns.PTR, 60, dns.encode("forged.lan"))])
    other = dns.Server.reply(query[:12] + dns.encode("9.9.9.9.in-addr.arpa") + query[-4:],
                             [dns.record(dns.PTR, 60, dns.encode("forged.lan"))])
    return [((number + step) % 65536).to_bytes(2, "big") + false[2:] for step in range(1, 50)] + \
        [other] + server.good(server, query, address)


def test_forged_answers_are_not_believed(start):
    with dns.Server(NAMES, answer=forges) as server:
        hosts = named(start(server), {KNOCKER: "knocker.lan", KNOCKER6: "knocker6.lan"})
        assert "forged.lan" not in hosts.values()


def test_one_of_two_servers_may_be_dead(start_agent, file):
    with dns.Server(answer=dns.Server.silent) as dead, dns.Server(NAMES, host="::1") as living:
        one = start_agent("-r", file, "--resolve=private", f"--resolve.server={dead.address}",
                          f"--resolve.server={living.address}")
        named(one, {KNOCKER: "knocker.lan"})


def test_more_hosts_than_can_be_asked_for_at_once_are_named_in_time(start_agent, tmp_path):
    """300 at 50 a second, while the scrapes go on."""
    names = {f"10.1.{i // 200}.{i % 200 + 1}": f"h{i}.lan" for i in range(300)}
    frames = [eth() / ipv4(address, "10.1.9.9") / udp(1000, 53) for address in names]
    path = write(tmp_path / "many.pcap", capture(EN10MB, frames))
    with dns.Server(names) as server:
        one = start_agent("-r", path, "--resolve=private", f"--resolve.server={server.address}")
        begun = time.monotonic()
        wait_until(lambda: names.items() <= names_of_hosts(one).items(), seconds=30,
                   what="300 names")
        assert time.monotonic() - begun > 4
        assert set(server.asked.values()) == {1}
        assert metrics.value(one.scrape(), "iptally_table_entries", table="name") == 301


def test_a_small_table_sheds_what_does_not_fit(start_agent, tmp_path):
    names = {f"10.1.0.{i + 1}": f"h{i}.lan" for i in range(100)}
    frames = [eth() / ipv4(address, "10.1.0.1") / udp(1000, 53) for address in names]
    path = write(tmp_path / "many.pcap", capture(EN10MB, frames))
    with dns.Server(names) as server:
        one = start_agent("-r", path, "--resolve=private", "--names.max=64",
                          f"--resolve.server={server.address}")
        wait_until(lambda: sum(map(bool, names_of_hosts(one).values())) == 64, what="64 names")
        series = one.scrape()
        assert metrics.value(series, "iptally_table_entries", table="name") == 64
        assert metrics.value(series, "iptally_name_lookups_shed_total") >= 36
        assert len(server.asked) == 64


@pytest.fixture
def etc(veth):
    """The folder whose files stand for those of /etc in namespace b."""
    folder = pathlib.Path("/etc/netns", veth.b.name)
    folder.mkdir(parents=True)
    yield folder
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    if not any(folder.parent.iterdir()):
        folder.parent.rmdir()


def test_live_hosts_are_named_by_the_servers_that_the_system_has(veth, etc, start_agent):
    """By an agent that is nobody, behind the filter of system calls; when the machine gets another
    name server, that one is asked."""
    a, b = veth.a, veth.b
    (etc / "resolv.conf").write_text("nameserver 127.0.0.9\n")
    (etc / "hosts").write_text(f"{b.address} here.hosts\n")
    with traffic.inside(b):
        first = dns.Server({a.address: "there.lan"}, host="127.0.0.9", port=53)
        second = dns.Server({"10.77.0.3": "other.lan"}, host="127.0.0.10", port=53)
    with first, second:
        one = start_agent("-i", b.interface, "--resolve=private", namespace=b.name)
        status = pathlib.Path(f"/proc/{one.process.pid}/status").read_text()
        assert not re.search(r"^Uid:.*\b0\b", status, re.M) and "\nSeccomp:\t2" in status
        traffic.ping(a, b, 100)
        series = one.scrape_until(
            lambda series: infos(series) == {a.address: "there.lan", b.address: "here.hosts"},
            seconds=30, what="both names, once the hosts have series")
        assert metrics.total(series, "iptally_capture_dropped_packets_total") == 0

        (etc / "resolv.conf").write_text("nameserver 127.0.0.10\n")
        traffic.send_stacks(a, [eth() / ipv4("10.77.0.3", b.address) / udp(1000, 53)])
        named(one, {"10.77.0.3": "other.lan"})
        assert second.asked == {"10.77.0.3": 1}
        one.stop()


@pytest.mark.parametrize("text", ["localhost", "192.0.2.1:0", "127.0.0.1:", "::1:53x", "[::1]"])
def test_a_server_that_is_no_address_is_refused(file, text):
    done = subprocess.run([agent.binary(), "-r", file, "--once", f"--resolve.server={text}"],
                          capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.count("\n") == 1
    assert "--resolve.server" in done.stderr and "192.0.2.1:53" in done.stderr


def test_ethers_that_were_named_and_can_not_be_read_are_refused(file, tmp_path):
    done = subprocess.run([agent.binary(), "-r", file, "--once", f"--ethers={tmp_path}/none"],
                          capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.count("\n") == 1 and f"{tmp_path}/none" in done.stderr
