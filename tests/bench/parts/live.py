"""Live capture at full speed: processor time a packet in the process, and what is dropped, of the
agent and of a bare loop with the same ring; and what scrapes at 1 Hz add."""

import contextlib
import os
import threading

from lib import agent as agents
from lib import metrics, netns
from parts import measure, watch
from parts.measure import Values
from parts.report import Figure
from parts.snapshot import settle

FLOWS = 10_000
FILE_PACKETS = 300_000  # whole frames; sent over and over
BARE, CORE, ALL, SCRAPED = ("bare libpcap loop", "iptallyd, core families",
                            "iptallyd, all families", "iptallyd, scraped at 1 Hz")


def run_bare(pair, send, _):
    with watch.BareLoop(pair.a.interface) as loop:
        before = watch.wait_until_idle(loop.process.pid)
        rate = send()
        spent = watch.wait_until_idle(loop.process.pid) - before
        packets, dropped, _ = loop.finish()
    return spent / packets, dropped, rate


@contextlib.contextmanager
def scraping(agent, pair):
    """Scrapes once a second, from within the namespace."""
    done = threading.Event()

    def scrape():
        with netns.inside(pair.a):
            while not done.wait(1):
                agent.get()

    thread = threading.Thread(target=scrape)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def agent_with(*arguments, scraped=False):
    def run_agent(pair, send, sent):
        with agents.Agent("-i", pair.a.interface, *arguments) as one:
            agents.wait_until(lambda: one.get()[0] == 200, what="a scrape")
            before = watch.wait_until_idle(one.process.pid)
            with scraping(one, pair) if scraped else contextlib.nullcontext():
                rate = send()
            spent = watch.wait_until_idle(one.process.pid) - before
            series = settle(one, sent)
        packets = metrics.total(series, "iptally_interface_receive_packets_total")
        return spent / packets, metrics.total(series, "iptally_capture_dropped_packets_total"), rate
    return run_agent


WHO = {BARE: run_bare, CORE: agent_with("--families=core"), ALL: agent_with(),
       SCRAPED: agent_with(scraped=True)}


def figures_of(rounds):
    cpu, dropped, rate = ({who: Values([one[i] for one in all]) for who, all in rounds.items()}
                          for i in range(3))
    for who in WHO:
        ratio = cpu[who].per(cpu[BARE])
        case = f"{FLOWS:,} flows, full speed"
        yield Figure(case, who, "packets a second", rate[who].median, "", rate[who].spread)
        yield Figure(case, who, "CPU a packet", cpu[who].median, "ns",
                     cpu[who].spread if who == BARE else ratio.spread, ratio.median,
                     2.0 if who in (CORE, ALL) else None)
        yield Figure(case, who, "packets dropped, worst", max(dropped[who].all), "",
                     budget=None if who == BARE else max(dropped[BARE].all))
    ratio = cpu[SCRAPED].per(cpu[ALL])
    yield Figure(case, SCRAPED, "CPU, to that without scrapes", cpu[SCRAPED].median, "ns",
                 ratio.spread, ratio.median, 1.02)


def run(options, report, folder):
    if os.geteuid() != 0:
        report.note("skipped: live wants root, for a network namespace")
        return
    if len(os.sched_getaffinity(0)) < 2:
        report.note("skipped: live wants two processors, one for the sender")
        return
    path = folder / "live.pcap"
    measure.spend(measure.tool("workload"), "mixed", FLOWS, min(FILE_PACKETS, options.packets),
                  2000, path)
    rounds = {who: [] for who in WHO}
    with netns.Pair() as pair, netns.inside(pair.a), \
            watch.processors(watch.split_processors()[1]):

        def send():
            with watch.Sender(pair.b, path, options.packets) as sender:
                return sender.finish()

        for _ in range(options.rounds):
            for who, run_one in WHO.items():
                rounds[who].append(run_one(pair, send, options.packets))
    path.unlink()
    report.add("live", figures_of(rounds))
