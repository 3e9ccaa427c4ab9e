"""The agent below a real snmpd: tables, and a master agent that is late, killed, hanging, shared."""

import subprocess
import time

import pytest

from lib import agent, metrics
from lib import snmp
from lib.capture import EN10MB, capture, write
from lib.frames import arp, ipv4, ipv6, tcp, udp
from lib.links import MAC_A, MAC_B, eth
from lib.stack import data

IF_RX_PACKETS = snmp.OBJECTS + (2, 1, 3, 1)
FLOW_TABLE = snmp.OBJECTS + (9,)

# How long the library may take to find a master agent: its interval is five seconds.
RECONNECT = 20


@pytest.fixture(scope="module", autouse=True)
def tools():
    for name in ("snmpd", "snmpget", "snmpbulkwalk"):
        if not snmp.tool(name):
            pytest.skip(f"{name} is not installed (Debian: snmpd, snmp)")


def frames():
    """A TCP connection to port 443, a question to port 53 over IPv6, ARP."""
    there = lambda: eth() / ipv4()  # noqa: E731
    back = lambda: eth(source=MAC_B, destination=MAC_A) / ipv4(  # noqa: E731
        source="10.0.0.2", destination="10.0.0.1")
    return [
        there() / tcp(40000, 443, "S", seq=100),
        back() / tcp(443, 40000, "SA", seq=500, ack=101),
        there() / tcp(40000, 443, "A", seq=101, ack=501),
        there() / tcp(40000, 443, "PA", seq=101, ack=501, window=1000) / data(bytes(100)),
        back() / tcp(443, 40000, "A", seq=501, ack=201, window=2000) / data(bytes(1000)),
        eth() / ipv6() / udp(50000, 53) / data(b"question"),
        eth() / arp(),
    ]


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    return write(tmp_path_factory.mktemp("agentx") / "quiet.pcap", capture(EN10MB, frames()))


@pytest.fixture
def snmpd():
    with snmp.Snmpd() as one:
        yield one


@pytest.fixture(scope="module")
def served(quiet):
    """A snmpd and an agent below it that has read the quiet capture."""
    with snmp.Snmpd() as snmpd:
        snmpd.start()
        with agent.Agent("-r", quiet, f"--snmp.agentx-socket={snmpd.socket}",
                         snmp="agentx") as one:
            one.scrape_until(lambda series: metrics.value(
                series, "iptally_interface_receive_packets_total", interface="file") == 7)
            snmpd.manager.wait(IF_RX_PACKETS)
            agent.wait_until(lambda: snmpd.manager.get(IF_RX_PACKETS) == [7], what="all packets")
            yield snmpd.manager


def table(walked, number):
    """{column: {index: value}}"""
    found = {}
    for oid, (_, value) in walked.items():
        if oid[:len(snmp.OBJECTS) + 1] == snmp.OBJECTS + (number,):
            rest = oid[len(snmp.OBJECTS) + 2:]
            found.setdefault(rest[0], {})[rest[1:]] = value
    return found


def test_interface_table_has_what_the_capture_holds(served):
    columns = table(served.walk(snmp.OBJECTS + (2,)), 2)
    assert columns[1] == {(1,): b"file"}
    assert columns[2] == {(1,): b"EN10MB"}
    # 3 x 54 for a segment without payload, 154, 1054; 14 + 40 + 8 + 8; 14 + 28
    assert columns[3] == {(1,): 7}
    assert columns[4] == {(1,): 3 * 54 + 154 + 1054 + 70 + 42}
    assert columns[5] == {(1,): 0}
    assert columns[25] == {(1,): 7}
    assert columns[30] == {(1,): 1}


def test_protocol_table_shows_what_is_possible_and_where_the_packets_are(served):
    columns = table(served.walk(snmp.OBJECTS + (3,)), 3)
    packets = {index: n for index, n in columns[3].items() if n}
    assert packets == {(1, 1, 1): 5, (1, 2, 2): 1, (1, 3, 13): 1}
    assert {index: n for index, n in columns[4].items() if n} == {
        (1, 1, 1): 1370, (1, 2, 2): 70, (1, 3, 13): 42}
    assert len(columns[3]) > 20


def test_size_table_has_buckets_without_gaps(served):
    columns = table(served.walk(snmp.OBJECTS + (4,)), 4)
    lowers = [index[1] for index in columns[2]]
    uppers = list(columns[2].values())
    assert lowers[0] == 0 and uppers[-1] == 4294967295
    assert [upper + 1 for upper in uppers[:-1]] == lowers[1:]
    # 54, 54, 54 and 42 up to 64; 70 up to 127; 154 up to 255; 1054 up to 1518
    assert {index[1]: n for index, n in columns[3].items() if n} == {0: 4, 65: 1, 128: 1, 1024: 1}


def test_port_table_has_service_ports_with_their_connections(served):
    columns = table(served.walk(snmp.OBJECTS + (5,)), 5)
    assert columns[3] == {(1, 1, 443): 5, (1, 2, 53): 1}
    assert columns[4] == {(1, 1, 443): 1370, (1, 2, 53): 70}
    assert columns[7] == {(1, 1, 443): 1, (1, 2, 53): 1}
    assert columns[8] == {(1, 1, 443): 0, (1, 2, 53): 0}


def test_flow_table_has_both_directions_in_one_row(served):
    columns = table(served.walk(FLOW_TABLE), 9)
    assert len(columns[2]) == 2
    (index,) = [one for one, number in columns[8].items() if number == 6]
    row = {column: values[index] for column, values in columns.items()}
    seen = {23: bytes.fromhex("07e70b0e160d14002b0000"), 24: bytes.fromhex("07e70b0e160d14002b0000")}
    assert row == {
        2: 1, 3: bytes([10, 0, 0, 1]), 4: bytes([10, 0, 0, 2]), 5: 40000, 6: 443, 7: 1, 8: 6,
        9: 443, 10: 0, 11: 0,
        12: 3, 13: 54 + 54 + 154, 14: 2, 15: 54 + 1054, 16: 154, 17: 1054, 18: 1000, 19: 2000,
        20: b"-PA-", 21: b"--A-", 22: 4, **seen, 25: row[25],
        26: b"02:00:00:00:00:0a", 27: b"02:00:00:00:00:0b", 28: 1000, 29: 2000,
        30: b"-S-PA-", 31: b"-S--A-",
        32: 0, 33: 0, 34: 0, 35: 0,  # rates, before a first interval
        36: 0,  # no ICMP
    }
    (index,) = [one for one, number in columns[8].items() if number == 17]
    assert columns[2][index] == 2
    assert columns[3][index] == bytes.fromhex("20010db8000000000000000000000001")
    assert columns[22][index] == 1


def test_scalars_tell_of_the_agent_and_its_tables(served):
    version, age, flows, capacity, ports = served.get(*(
        snmp.OBJECTS + (1, n, 0) for n in (1, 3, 4, 5, 10)))
    assert version.decode()[0].isdigit()
    assert age < 200  # hundredths: a snapshot at most a second old, and the way here
    assert (flows, capacity, ports) == (2, 131072, 2)


def test_all_kinds_of_walk_see_the_same(served):
    # GET after GET is what cannot be wrong about order
    walked = served.walk()
    moving = snmp.OBJECTS + (1, 3, 0)
    walked.pop(moving)
    for name, options in (("snmpwalk", ()), ("snmpbulkwalk", ("-Cr1",)),
                          ("snmpbulkwalk", ("-Cr100",))):
        again = served.walk(name=name, options=options)
        again.pop(moving)
        assert again == walked
    names = list(walked)
    for at in range(0, len(names), 40):
        chunk = names[at:at + 40]
        assert served.get(*chunk) == [walked[one][1] for one in chunk]


def test_what_is_not_there_is_told_from_what_cannot_be(served):
    done = served.tool("snmpget", snmp.text(snmp.OBJECTS + (2, 1, 3, 99)),
                       snmp.text(snmp.OBJECTS + (2, 1, 300, 1)))
    lines = done.stdout.splitlines()
    assert "No Such Instance" in lines[0]
    assert "No Such Object" in lines[1]


def test_sysortable_of_the_master_agent_announces_the_module(served):
    assert ("OID", snmp.ROOT) in served.walk(snmp.SYS_OR_ID).values()


def test_tables_have_names(served):
    path = snmp.mib_path()
    if not path:
        pytest.skip("no SNMPv2-SMI in the system's MIB folders nor in IPTALLY_MIBS")
    done = subprocess.run(
        [snmp.tool("snmptable"), *snmp.V2C, "-M", path, "-m", "IPTALLY-MIB", "-Ci", "-CB",
         "-Cf", ";", served.address, "IPTALLY-MIB::iptallyPortTable"],
        capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line.split(";") for line in done.stdout.splitlines() if ";" in line]
    assert lines[0] == ["index", "iptallyPortRxPackets", "iptallyPortRxBytes",
                        "iptallyPortTxPackets", "iptallyPortTxBytes", "iptallyPortRxConnections",
                        "iptallyPortTxConnections", "iptallyPortCreated"]
    assert lines[1][:7] == ["1.tcp.443", "5 packets", "1370 octets", "0 packets", "0 octets",
                            "1 connections", "0 connections"]
    assert lines[2][0] == "1.udp.53"


def test_master_agent_may_come_later(quiet, snmpd, start_agent):
    one = start_agent("-r", quiet, f"--snmp.agentx-socket={snmpd.socket}", snmp="agentx")
    assert one.scrape()
    agent.wait_until(lambda: "does not answer" in one.stderr(), what="the warning")
    snmpd.start()
    snmpd.manager.wait(IF_RX_PACKETS, RECONNECT)
    assert one.stderr().count("does not answer") == 1
    assert one.stderr().count("connected to the master agent") == 1


def test_killed_master_agent_is_found_again(quiet, snmpd, start_agent):
    snmpd.start()
    one = start_agent("-r", quiet, f"--snmp.agentx-socket={snmpd.socket}", snmp="agentx")
    snmpd.manager.wait(IF_RX_PACKETS)
    before = snmpd.manager.walk(snmp.OBJECTS + (3,))
    snmpd.kill()
    for _ in range(20):
        assert one.scrape()
    snmpd.start()
    snmpd.manager.wait(IF_RX_PACKETS, RECONNECT)
    agent.wait_until(lambda: snmpd.manager.walk(snmp.OBJECTS + (3,)) == before,
                     what="the same table")
    assert one.stderr().count("does not answer") == 1
    assert one.stderr().count("connected to the master agent") == 2


def test_hanging_master_agent_is_not_noticed_by_others(snmpd, start_agent):
    snmpd.start()
    one = start_agent("-r", "-", f"--snmp.agentx-socket={snmpd.socket}", snmp="agentx",
                      stdin=subprocess.PIPE, ready=False)
    stream = bytes(capture(EN10MB, frames()))
    header, records = stream[:24], stream[24:]
    one.process.stdin.write(header + records)
    one.process.stdin.flush()
    agent.wait_until(one.is_ready, what="ready")
    snmpd.manager.wait(IF_RX_PACKETS)
    fed = 7
    longest = 0
    snmpd.hang()
    try:
        end = time.monotonic() + 10
        while time.monotonic() < end:
            one.process.stdin.write(records)
            one.process.stdin.flush()
            fed += 7
            one.scrape_until(lambda series: metrics.value(
                series, "iptally_interface_receive_packets_total", interface="file") == fed,
                seconds=2, what="the packets fed while snmpd hangs")
            begun = time.monotonic()
            one.scrape()
            longest = max(longest, time.monotonic() - begun)
    finally:
        snmpd.go_on()
    assert longest < 0.5
    assert fed > 70
    snmpd.manager.wait(IF_RX_PACKETS, RECONNECT)
    agent.wait_until(lambda: snmpd.manager.get(IF_RX_PACKETS) == [fed], RECONNECT, "all packets")
    one.process.stdin.close()
    one.scrape()


def test_agent_ends_within_a_second_below_a_hanging_master_agent(quiet, snmpd):
    snmpd.start()
    one = agent.Agent("-r", quiet, f"--snmp.agentx-socket={snmpd.socket}", snmp="agentx")
    try:
        snmpd.manager.wait(IF_RX_PACKETS)
        snmpd.hang()
        one.stop()  # asserts status and time
        assert "snmpd does not answer" in one.stderr()
    finally:
        snmpd.go_on()
        one.kill()


def test_second_agent_takes_over_when_the_first_ends(quiet, snmpd, tmp_path, start_agent):
    snmpd.start()
    socket = f"--snmp.agentx-socket={snmpd.socket}"
    first = start_agent("-r", quiet, socket, snmp="agentx")
    snmpd.manager.wait(IF_RX_PACKETS)
    longer = write(tmp_path / "longer.pcap", capture(EN10MB, frames() * 2))
    second = start_agent("-r", longer, socket, snmp="agentx")
    agent.wait_until(lambda: "somebody else serves them" in second.stderr(), what="the warning")
    agent.wait_until(lambda: snmpd.manager.get(IF_RX_PACKETS) == [7], what="the first one")
    first.stop()
    agent.wait_until(lambda: snmpd.manager.get(IF_RX_PACKETS) == [14], 2 * RECONNECT,
                     "the second one")
    agent.wait_until(lambda: "has all tables now" in second.stderr(), what="the good news")
    assert second.stderr().count("somebody else serves them") == 1


def test_agent_without_privileges_connects(quiet, snmpd, start_agent, root):
    snmpd.start()
    one = start_agent("-r", quiet, f"--snmp.agentx-socket={snmpd.socket}", snmp="agentx")
    snmpd.manager.wait(IF_RX_PACKETS)
    with open(f"/proc/{one.process.pid}/status", encoding="ascii") as status:
        (uids,) = [line.split()[1:] for line in status if line.startswith("Uid:")]
    assert "0" not in uids
