"""How much faster several workers are: each time the agent is stopped while its rings fill, and then
goes through them with nobody else at work."""

import os
import signal
import time

from lib import agent as agents
from lib import metrics, netns
from parts import measure, watch
from parts.measure import Failed, Values
from parts.report import Figure
from parts.snapshot import settle

FLOWS = 10_000
FILE_PACKETS = 300_000  # whole frames; sent over and over
RING_KIB = 400_000      # holds a million frames as they are captured


def go_through(pid):
    """(seconds until it has no more to do, processor time in ns)"""
    before = last = watch.cpu_ns(pid)
    os.kill(pid, signal.SIGCONT)
    begun = ended = time.monotonic()
    while time.monotonic() - ended < 0.2:
        time.sleep(0.002)
        now = watch.cpu_ns(pid)
        if now - last > 500_000:  # more than ageing takes
            last, ended = now, time.monotonic()
    return ended - begun, last - before


def run_once(pair, path, packets, n):
    with agents.Agent("-i", pair.a.interface, f"--capture.workers={n}", "-B", RING_KIB,
                      f"--capture.memory={RING_KIB * n}") as one:
        agents.wait_until(lambda: one.get()[0] == 200, what="a scrape")
        watch.wait_until_idle(one.process.pid)
        os.kill(one.process.pid, signal.SIGSTOP)
        try:
            with watch.Sender(pair.b, path, packets) as sender:
                sender.finish()
        finally:
            seconds, cpu_ns = go_through(one.process.pid)
        series = settle(one, packets)
    if metrics.total(series, "iptally_capture_dropped_packets_total"):
        raise Failed("workers: the rings had no room for all packets")
    return packets / seconds, cpu_ns / packets


def run(options, report, folder):
    if os.geteuid() != 0:
        report.note("skipped: workers wants root, for a network namespace")
        return
    packets = min(options.packets, 1_000_000)
    path = folder / "workers.pcap"
    measure.spend(measure.tool("workload"), "mixed", FLOWS, min(FILE_PACKETS, packets), 2000, path)
    numbers = sorted({1, 2, len(os.sched_getaffinity(0))})
    rounds = {n: [] for n in numbers}
    with netns.Pair() as pair, netns.inside(pair.a):
        for _ in range(options.rounds):
            for n, all in rounds.items():
                all.append(run_once(pair, path, packets, n))
    path.unlink()
    rate, cpu = ({n: Values([one[i] for one in all]) for n, all in rounds.items()}
                 for i in range(2))
    case = f"{FLOWS:,} flows, {len(os.sched_getaffinity(0))} processors"
    report.add("workers", [
        figure for n in numbers for figure in (
            Figure(case, f"{n} workers" if n > 1 else "1 worker", "packets a second",
                   rate[n].median, "", rate[n].per(rate[1]).spread, rate[n].per(rate[1]).median),
            Figure(case, f"{n} workers" if n > 1 else "1 worker", "CPU a packet", cpu[n].median,
                   "ns", cpu[n].per(cpu[1]).spread, cpu[n].per(cpu[1]).median))])
