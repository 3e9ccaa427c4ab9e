"""How long the agent takes from its start to the first scrape, and the memory that it then has."""

import http.client
import os
import re
import subprocess
import time

from lib import agent as agents
from lib import metrics, netns
from parts import measure, watch
from parts.measure import Failed, Values
from parts.report import Figure

START_BUDGET_MS = 300
RESIDENT_BUDGET_MIB = 24
BYTES_A_FLOW_BUDGET = 192
FLOWS = 10_000


def serves(port):
    """Whether /metrics is answered; no more than one try."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read() != b""
    except OSError:
        return False
    finally:
        connection.close()


def start_ms(interface):
    port = agents.free_port()
    begun = time.monotonic()
    process = subprocess.Popen(
        [measure.agent(), "-i", interface, "-n", "--snmp=standalone",
         f"--snmp.address=127.0.0.1:{port}", f"--web.listen-address=127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        while not serves(port):
            if process.poll() is not None or time.monotonic() - begun > 10:
                raise Failed(f"the agent does not start: {process.stderr.read().decode()}")
            time.sleep(0.001)
        return (time.monotonic() - begun) * 1e3
    finally:
        process.terminate()
        process.wait()
        process.stderr.close()


def resident_mib(pair, path, packets):
    """(without the ring, the ring, flows), after that many flows and three scrapes."""
    with agents.Agent("-i", pair.a.interface) as agent:
        with watch.Sender(pair.b, path, packets, rate=200_000) as sender:
            sender.finish()
        for _ in range(3):
            series = agent.scrape()
            time.sleep(0.2)
        memory, rings = watch.resident_kib(agent.process.pid)
    return memory / 1024, rings / 1024, metrics.total(series, "iptally_table_entries", table="flow")


def bytes_a_flow():
    """Of the flow table with its index, as the ledger has it."""
    flows = 1 << 17
    ledger = measure.spend(measure.agent(), "--memory", f"--flows.max={flows}").output
    return int(re.search(r"^flow table +(\d+)", ledger, re.MULTILINE)[1]) / flows


def run(options, report, folder):
    if os.geteuid() != 0:
        report.note("skipped: start wants root, for a network namespace")
        return
    packets = 10 * FLOWS if not options.small else 1000
    path = folder / "flows.pcap"
    measure.spend(measure.tool("workload"), "mixed", FLOWS, packets, 2000, path)
    with netns.Pair() as pair, netns.inside(pair.a):
        start = Values([start_ms(pair.a.interface) for _ in range(5 * options.rounds)])
        rounds = [resident_mib(pair, path, packets) for _ in range(options.rounds)]
    memory, rings, flows = (Values(list(all)) for all in zip(*rounds))
    report.add("start", [
        Figure("one interface", "defaults", "start to first scrape", start.median, "ms",
               start.spread, budget=START_BUDGET_MS),
        Figure(f"{flows.median:,.0f} flows", "defaults", "resident memory", memory.median, "MiB",
               memory.spread, budget=RESIDENT_BUDGET_MIB),
        Figure(f"{flows.median:,.0f} flows", "defaults", "resident ring", rings.median, "MiB"),
        Figure("a full table", "ledger", "memory a flow, index and all", bytes_a_flow(), "bytes",
               budget=BYTES_A_FLOW_BUDGET),
    ])
