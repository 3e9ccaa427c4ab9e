"""SNMP walks: rows a second and processor time a row, by number of rows, of the agent alone and behind
snmpd; against a table of the same shape with nothing behind it."""

import contextlib
import json
import os
import socket
import subprocess
import tempfile
import time

from lib import agent as agents
from lib import snmp
from parts import measure, watch
from parts.measure import Failed, Values
from parts.report import Figure

TABLE = "host"
REPETITIONS = 40
AGENTX_ROWS_MOST = 10_000  # a walk through a master agent shows no more
GROWTH_BUDGET, EMPTY_BUDGET = 1.3, 1.5
LEAST_ROWS = 1_000
WALKED_ROWS = {"standalone": 20_000, "agentx": 1_000}  # a round, at least
AGENT, EMPTY = "iptallyd", "empty table"
ADDRESSES = 140_000  # that the capture has, at least: IPv4 alone, so that all rows are of one shape


def shape():
    """(OID of the entry, first column, last column)"""
    done = subprocess.run([measure.build() / "tests" / "tools" / "describe"], check=True,
                          capture_output=True)
    families = json.loads(done.stdout)["families"]
    one = next(family for family in families if family["name"] == TABLE)
    columns = [field["column"] for field in one["fields"] if field["snmp"]]
    return snmp.text(snmp.OBJECTS + (one["subtree"], 1)), min(columns), max(columns)


@contextlib.contextmanager
def empty_table(mode, address, rows):
    oid, first, last = shape()
    process = subprocess.Popen([measure.tool("empty_table"), mode, address, str(rows), str(first),
                                str(last), oid], stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def standalone(who, rows, path):
    """(manager, processes that answer)"""
    port = agents.free_port(socket.SOCK_DGRAM)
    manager = snmp.Manager(f"127.0.0.1:{port}")
    with contextlib.ExitStack() as stack:
        if who == EMPTY:
            process = stack.enter_context(empty_table("standalone", f"udp:127.0.0.1:{port}", rows))
        else:
            process = stack.enter_context(watch.agent_on(
                path, f"--hosts.max={rows}", f"--snmp.address=127.0.0.1:{port}",
                snmp="standalone")).process
        yield manager, [process]


@contextlib.contextmanager
def agentx(who, rows, path):
    with snmp.Snmpd().start() as snmpd, contextlib.ExitStack() as stack:
        if who == EMPTY:
            process = stack.enter_context(empty_table("agentx", f"unix:{snmpd.socket}", rows))
        else:
            process = stack.enter_context(watch.agent_on(
                path, f"--hosts.max={rows}", f"--snmp.agentx-socket={snmpd.socket}",
                snmp="agentx")).process
        yield snmpd.manager, [snmpd.process, process]


MODES = {"standalone": standalone, "agentx": agentx}


def walk(manager, oid):
    """(variables, seconds); what the tool prints goes to a file and costs the agent nothing."""
    with tempfile.TemporaryFile() as out:
        begun = time.monotonic()
        done = subprocess.run([snmp.tool("snmpbulkwalk"), *snmp.V2C, "-On", "-Oe", "-t5",
                               f"-Cr{REPETITIONS}", manager.address, oid], stdout=out,
                              stderr=subprocess.PIPE, env={**os.environ, "MIBS": ""}, check=False)
        took = time.monotonic() - begun
        if done.returncode:
            raise Failed(f"snmpbulkwalk: {done.stderr.decode()}")
        out.seek(0)
        return sum(line.startswith(b".") for line in out), took


def measure_one(mode, who, rows, path, walks):
    """(us of processor time a row, rows a second), of walks one after the other."""
    oid, first, last = shape()
    with MODES[mode](who, rows, path) as (manager, processes):
        agents.wait_until(lambda: walk(manager, f"{oid}.{first}")[0] == rows, 30,
                          f"{rows} rows of {who}")
        before = sum(watch.cpu_ns(one.pid) for one in processes)
        seconds = 0
        for _ in range(walks):
            variables, took = walk(manager, oid)
            seconds += took
            if variables != rows * (last - first + 1):
                raise Failed(f"{who}: {variables} variables of {rows} rows")
        spent = sum(watch.cpu_ns(one.pid) for one in processes) - before
    return spent / 1e3 / rows / walks, rows * walks / seconds


def figures_of(mode, found):
    """Of {(rows, who): [measure_one(), a round each]}."""
    cpu = {key: Values([one[0] for one in all]) for key, all in found.items()}
    for (rows, who), all in found.items():
        case = f"{rows:,} rows, {mode}"
        speed = Values([one[1] for one in all])
        yield Figure(case, who, "rows a second", speed.median, "", speed.spread)
        ratio = cpu[rows, who].per(cpu[rows, EMPTY])
        yield Figure(case, who, "CPU a row, to the empty table's", cpu[rows, who].median, "us",
                     ratio.spread, ratio.median, EMPTY_BUDGET if who == AGENT else None)
        if who == AGENT and rows > LEAST_ROWS:
            ratio = cpu[rows, who].per(cpu[LEAST_ROWS, who])
            yield Figure(case, who, f"CPU a row, to that at {LEAST_ROWS:,}",
                         cpu[rows, who].median, "us", ratio.spread, ratio.median, GROWTH_BUDGET)


def sizes(mode, options, report):
    rows = [LEAST_ROWS] if options.small else [LEAST_ROWS, 10_000, 100_000]
    if mode == "agentx" and rows[-1] > AGENTX_ROWS_MOST:
        report.note(f"skipped: {rows.pop():,} rows by agentx: of a larger table a walk through a "
                    f"master agent shows the first {AGENTX_ROWS_MOST:,}")
    return rows


def run(options, report, folder):
    if not snmp.tool("snmpbulkwalk"):
        report.note("skipped: snmpbulkwalk is not installed (Debian: snmp)")
        return
    modes = list(MODES)
    if not snmp.tool("snmpd"):
        report.note("skipped: agentx: snmpd is not installed (Debian: snmpd)")
        modes.remove("agentx")
    path = folder / "addresses.pcap"
    measure.spend(measure.tool("workload"), "flood", 0, ADDRESSES, 128, path)
    figures = []
    for mode in modes:
        found = {(rows, who): [] for rows in sizes(mode, options, report)
                 for who in (AGENT, EMPTY)}
        for _ in range(options.rounds):
            for (rows, who), all in found.items():
                walks = 1 if options.small else max(1, WALKED_ROWS[mode] // rows)
                all.append(measure_one(mode, who, rows, path, walks))
        figures += figures_of(mode, found)
    report.add("snmp", figures)
