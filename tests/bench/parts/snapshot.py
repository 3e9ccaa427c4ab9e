"""What snapshots cost the capture: how long they hold and wait for the worker's lock with many flows,
and which packets are lost because of them."""

import json
import os
import time

from lib import agent as agents
from lib import metrics, netns
from parts import measure, watch
from parts.measure import Failed, Values
from parts.report import Figure
from parts.scrape import NEW_SNAPSHOT_SECONDS

PACKETS_A_SECOND = 500_000
HELD_BUDGET_MS, WAITED_BUDGET_MS = 25, 10
NONE, SCRAPES, WHOLE = "no snapshots", "8 scrapes/s", "a whole snapshot/s"
INTERVAL_SECONDS = {SCRAPES: NEW_SNAPSHOT_SECONDS, WHOLE: 1}  # SNMP takes one a second at most


def settle(agent, sent):
    """The series once every packet is counted or known to be lost."""

    def look():
        series = metrics.parse(agent.get()[2])
        packets = metrics.total(series, "iptally_interface_receive_packets_total") \
            + metrics.total(series, "iptally_capture_dropped_packets_total")
        return series if packets >= sent else None

    return agents.wait_until(look, what=f"{sent} packets")


class Lock:
    """What each snapshot took: the growth of a histogram's sum from one to the next, of which each
    tells itself."""

    def __init__(self, agent, kind):
        self.read = {SCRAPES: self._read_scrape, WHOLE: self._read_json}.get(kind)
        self.agent = agent
        self.held, self.waited = [], []
        self.last = self.read() if self.read else None

    def _read_scrape(self):
        series = metrics.parse(self.agent.get()[2])
        return [metrics.value(series, f"iptally_lock_{name}")
                for name in ("held_seconds_count", "held_seconds_sum", "waited_seconds_sum")]

    def _read_json(self):
        rows = json.loads(self.agent.get("/api/v1/lock")[2])["rows"]
        return [sum(row[name] for row in rows) for name in ("held", "held_sum", "waited_sum")]

    def look(self):
        before, self.last = self.last, self.read()
        count, held, waited = (now - then for now, then in zip(self.last, before))
        if count == 1:
            self.held.append(1e3 * held)
            self.waited.append(1e3 * waited)


def run_once(pair, path, options, report, kind):
    """(packets lost, the lock's times) of one run with all flows in the table."""
    packets = options.packets
    arguments = (f"--flows.max={options.flows}", "-i", pair.a.interface)
    with netns.inside(pair.a), watch.processors(watch.split_processors()[1]):
        with agents.Agent(*arguments) as agent:
            # Once through the file, so that all flows are there.
            with watch.Sender(pair.b, path, options.flows, rate=PACKETS_A_SECOND // 2) as sender:
                sender.finish()
            before = settle(agent, options.flows)
            flows = metrics.total(before, "iptally_table_entries", table="flow")
            if flows < 0.99 * options.flows:
                raise Failed(f"{flows:,} of {options.flows:,} flows are in the table")
            time.sleep(NEW_SNAPSHOT_SECONDS)
            lock = Lock(agent, kind)
            with watch.Sender(pair.b, path, packets, rate=PACKETS_A_SECOND) as sender:
                while kind != NONE and (sender.is_sending() or not lock.held):
                    time.sleep(INTERVAL_SECONDS[kind])
                    lock.look()
                rate = sender.finish()
            if rate < 0.95 * PACKETS_A_SECOND:
                report.note(f"snapshot: only {rate:,.0f} packets a second were sent")
            after = settle(agent, options.flows + packets)
    name = "iptally_capture_dropped_packets_total"
    return metrics.total(after, name) - metrics.total(before, name), lock


def figures_of(case, rounds):
    lost_without = max(lost for lost, _ in rounds[NONE])
    for kind, all in rounds.items():
        yield Figure(case, kind, "packets lost, worst", max(lost for lost, _ in all), "",
                     budget=None if kind == NONE else lost_without)
        if kind == NONE:
            continue
        for what, budget in (("held", HELD_BUDGET_MS), ("waited", WAITED_BUDGET_MS)):
            times = [one for _, lock in all for one in getattr(lock, what)]
            yield Figure(case, kind, f"lock {what}", Values(times).median, "ms")
            yield Figure(case, kind, f"lock {what}, worst", max(times), "ms", budget=budget)


def run(options, report, folder):
    if os.geteuid() != 0:
        report.note("skipped: snapshot wants root, for a network namespace")
        return
    path = folder / "flood.pcap"
    measure.spend(measure.tool("workload"), "flood", 0, options.flows, 2000, path)
    rounds = {NONE: [], SCRAPES: [], WHOLE: []}
    with netns.Pair() as pair:
        for _ in range(options.rounds):
            for kind, all in rounds.items():
                all.append(run_once(pair, path, options, report, kind))
    path.unlink()
    report.add("snapshot", figures_of(
        f"{options.flows:,} flows, {PACKETS_A_SECOND:,} packets/s", rounds))
