"""Attacks that last: memory that stays as it is, totals that are exact, and who was there before."""

import json
import re
import subprocess
import threading
import time

from lib import agent as agents
from lib import metrics
from parts import measure
from parts.measure import Failed
from parts.report import Figure

VICTIMS = 500
GROWTH_BUDGET_MIB = 4  # the system may make huge pages of what is there
ATTACKS = {"flood": "SYN flood", "scan": "scan of 2^32 hosts", "macs": "random MAC addresses"}


class Memory(threading.Thread):
    """What a process has resident, looked at while it works."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.path = f"/proc/{pid}/statm"
        self.pages = []
        self.over = threading.Event()

    def look(self):
        with open(self.path, encoding="ascii") as text:
            self.pages.append(int(text.read().split()[1]))

    def run(self):
        while not self.over.wait(0.2):
            self.look()

    def stop(self):
        """(MiB at the end, by how much it grew in the last two thirds)"""
        self.over.set()
        self.join()
        self.look()
        settled = self.pages[len(self.pages) // 3]
        return self.pages[-1] / 256, (max(self.pages) - settled) / 256


def attack(kind, packets):
    return subprocess.Popen([measure.tool("workload"), kind, str(VICTIMS), str(packets), "128",
                             "/dev/stdout"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def of_victims(attacker):
    """How many of the packets were theirs."""
    said = attacker.stderr.read()
    told = re.search(rb"of_victims=(\d+)", said)
    if attacker.wait() or not told:
        raise Failed(f"{attacker.args}: {said.decode()}")
    return int(told[1])


def victims_of(agent):
    """Those of its largest flows that are the victims'."""
    rows = json.loads(agent.get("/api/v1/flows?limit=10000")[2])["rows"]
    return [row for row in rows if row["responder_port"] == 443 and row["state"] == "established"]


def run_attack(kind, title, packets):
    begun = time.monotonic()
    with attack(kind, packets) as attacker, agents.Agent("-r", "-", stdin=attacker.stdout) as agent:
        memory = Memory(agent.process.pid)
        memory.start()
        sent = of_victims(attacker)
        agents.wait_until(lambda: "is read" in agent.stderr(), seconds=60, what="the end")
        seconds = time.monotonic() - begun
        resident, growth = memory.stop()
        series = agent.scrape()  # whose sums close
        victims = victims_of(agent)
    counted = metrics.total(series, "iptally_interface_receive_packets_total")
    if counted != packets:
        raise Failed(f"{title}: {packets} packets were sent, and {counted} are counted")
    theirs = sum(row["initiator_packets"] + row["responder_packets"] for row in victims)
    yield Figure(title, "defaults", "packets a second, sender with it", packets / seconds, "")
    yield Figure(title, "defaults", "resident memory", resident, "MiB")
    yield Figure(title, "defaults", "growth of memory", growth, "MiB", budget=GROWTH_BUDGET_MIB)
    yield Figure(title, "defaults", "victims' flows lost", VICTIMS - len(victims), "", budget=0)
    yield Figure(title, "defaults", "of their packets, in other flows", sent - theirs, "",
                 budget=0)


def run(options, report, _):
    packets = 12 * options.packets
    report.add("endure", [figure for kind, title in ATTACKS.items()
                          for figure in run_attack(kind, f"{title}, {packets:,} packets", packets)])
