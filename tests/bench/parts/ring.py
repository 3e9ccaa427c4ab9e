"""How the ring is best set up: what the time-out of its blocks costs the reader, and what the snap
length costs whoever fills it; by a bare loop. The size of a block is libpcap's, 256 KiB."""

import os
import time

from lib import netns
from parts import measure, watch
from parts.measure import Values
from parts.report import Figure

SECONDS = 2
TIMEOUTS_MS = (1, 5, 20, 100)
RATES = (1_000, 20_000, 200_000)
SNAPS = (96, 256, 1522)


def run_once(pair, path, packets, rate, **options):
    """(ns of the reader a packet, wake-ups a second, packets a second, dropped)"""
    with watch.BareLoop(pair.a.interface, **options) as loop:
        before = watch.wait_until_idle(loop.process.pid)
        begun = time.monotonic()
        with watch.Sender(pair.b, path, packets, rate=rate) as sender:
            speed = sender.finish()
        took = time.monotonic() - begun
        spent = watch.wait_until_idle(loop.process.pid) - before
        counted, dropped, wakeups = loop.finish()
    return spent / counted, wakeups / took, speed, dropped


def figures_of(rounds):
    for (case, who), all in rounds.items():
        cpu, wakeups, speed, dropped = (Values(list(one)) for one in zip(*all))
        yield Figure(case, who, "CPU a packet", cpu.median, "ns", cpu.spread)
        if case == FULL_SPEED:
            yield Figure(case, who, "packets a second", speed.median, "", speed.spread)
            yield Figure(case, who, "packets dropped, worst", max(dropped.all), "")
        else:
            yield Figure(case, who, "wake-ups a second", wakeups.median, "", wakeups.spread)


FULL_SPEED = "full speed"


def run(options, report, folder):
    if os.geteuid() != 0 or len(os.sched_getaffinity(0)) < 2:
        report.note("skipped: ring wants root, for a network namespace, and two processors")
        return
    path = folder / "ring.pcap"
    packets = min(300_000, options.packets)
    measure.spend(measure.tool("workload"), "mixed", 10_000, packets, 2000, path)
    rates = RATES[-1:] if options.small else RATES
    cases = {(f"{rate:,} packets/s", f"time-out {timeout} ms"):
             (min(SECONDS * rate, options.packets), rate, {"timeout_ms": timeout})
             for rate in rates for timeout in TIMEOUTS_MS}
    cases |= {(FULL_SPEED, f"snap length {snap}"): (options.packets, 0, {"snap": snap})
              for snap in SNAPS}
    rounds = {case: [] for case in cases}
    with netns.Pair() as pair, netns.inside(pair.a), \
            watch.processors(watch.split_processors()[1]):
        for _ in range(options.rounds):
            for case, (sent, rate, more) in cases.items():
                rounds[case].append(run_once(pair, path, sent, rate, **more))
    path.unlink()
    report.add("ring", figures_of(rounds))
