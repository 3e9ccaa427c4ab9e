"""What snapshots cost the capture: how long they hold and wait for the worker's lock with many flows,
and which packets are lost because of them."""

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


def settle(agent, sent):
    """The series once every packet is counted or known to be lost."""

    def look():
        series = metrics.parse(agent.get()[2])
        packets = metrics.total(series, "iptally_interface_receive_packets_total") \
            + metrics.total(series, "iptally_capture_dropped_packets_total")
        return series if packets >= sent else None

    return agents.wait_until(look, what=f"{sent} packets")


class Lock:
    """Each scrape is of a new snapshot: the growth of a histogram's sum is what that one took."""

    def __init__(self, agent):
        self.agent = agent
        self.held, self.waited = [], []
        self._look()

    def _look(self):
        series = metrics.parse(self.agent.get()[2])
        self.last = {(what, end): metrics.value(series, f"iptally_lock_{what}_seconds_{end}")
                     for what in ("held", "waited") for end in ("count", "sum")}

    def look(self):
        before = self.last
        self._look()
        if self.last["held", "count"] - before["held", "count"] == 1:
            for what, times in (("held", self.held), ("waited", self.waited)):
                times.append(1e3 * (self.last[what, "sum"] - before[what, "sum"]))


def run_once(pair, path, options, report, scraped):
    """(packets lost, the lock's times or None) of one run with all flows in the table."""
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
            lock = Lock(agent)
            with watch.Sender(pair.b, path, packets, rate=PACKETS_A_SECOND) as sender:
                while scraped and (sender.is_sending() or not lock.held):
                    time.sleep(NEW_SNAPSHOT_SECONDS)
                    lock.look()
                rate = sender.finish()
            if rate < 0.95 * PACKETS_A_SECOND:
                report.note(f"snapshot: only {rate:,.0f} packets a second were sent")
            after = settle(agent, options.flows + packets)
    name = "iptally_capture_dropped_packets_total"
    return metrics.total(after, name) - metrics.total(before, name), lock


def run(options, report, folder):
    if os.geteuid() != 0:
        report.note("skipped: snapshot wants root, for a network namespace")
        return
    path = folder / "flood.pcap"
    measure.spend(measure.tool("workload"), "flood", 0, options.flows, 2000, path)
    lost, lost_without, held, waited = [], [], [], []
    with netns.Pair() as pair:
        for _ in range(options.rounds):
            lost_without.append(run_once(pair, path, options, report, False)[0])
            dropped, lock = run_once(pair, path, options, report, True)
            lost.append(dropped)
            held += lock.held
            waited += lock.waited
    path.unlink()
    case = f"{options.flows:,} flows, {PACKETS_A_SECOND:,} packets/s"
    figures = [
        Figure(case, "no snapshots", "packets lost, worst", max(lost_without), ""),
        Figure(case, "8 snapshots/s", "packets lost, worst", max(lost), "",
               budget=max(lost_without)),
    ]
    for what, times, budget in (("lock held", held, HELD_BUDGET_MS),
                                ("lock waited for", waited, WAITED_BUDGET_MS)):
        figures.append(Figure(case, "8 snapshots/s", what, Values(times).median, "ms",
                              Values(times).spread))
        figures.append(Figure(case, "8 snapshots/s", f"{what}, worst", max(times), "ms",
                              budget=budget))
    report.add("snapshot", figures)
