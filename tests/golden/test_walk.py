"""Every golden capture with a stem.walk, walked over SNMP in the agent's own mode."""

import pathlib
import shutil
import socket
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lib import agent, capture, cases, metrics, snmp  # noqa: E402

HERE = pathlib.Path(__file__).parent
# Subtrees of which a walk lists all that is not 0.
COMPLETE = (3, 4, 5, 11)
UPPER_BOUND = (4, 1, 2)
CREATED = (5, 1, 9)


def expected(path):
    """{OID below iptallyObjects: value as text}."""
    lines = [line.split(" = ") for line in path.read_text().splitlines()
             if line and not line.startswith("#")]
    return {tuple(int(part) for part in oid.split(".")): value for oid, value in lines}


def as_text(value):
    return f'"{value.decode(errors="replace")}"' if isinstance(value, bytes) else str(value)


@pytest.mark.parametrize("stem", sorted(path.stem for path in HERE.glob("*.walk")))
def test_a_walk_shows_what_was_worked_out_by_hand(stem, tmp_path):
    if not shutil.which("snmpbulkwalk"):
        pytest.skip("snmpbulkwalk is not installed (package snmp)")
    case = cases.load(HERE / stem)
    file = tmp_path / "case.pcap"
    capture.write(file, case.capture)
    address = f"127.0.0.1:{agent.free_port(kind=socket.SOCK_DGRAM)}"
    with agent.Agent("-r", file, f"--snmp.address={address}", snmp="standalone") as one:
        one.scrape_until(
            lambda series: metrics.total(series, "iptally_capture_packets_total")
            == len(case.capture.frames), what="the whole file")
        walked = {oid[len(snmp.OBJECTS):]: as_text(value)
                  for oid, (_, value) in snmp.Manager(f"udp:{address}").walk(snmp.OBJECTS).items()}
    wanted = expected(HERE / f"{stem}.walk")
    assert {oid: walked.get(oid) for oid in wanted} == wanted
    unlisted = {oid: value for oid, value in walked.items()
                if oid[0] in COMPLETE and oid[:3] not in (UPPER_BOUND, CREATED)
                and value != "0" and oid not in wanted}
    assert unlisted == {}
