"""Scrapes: processor time of the agent and time until the answer is whole, by number of series."""

import http.client
import time

from lib import agent as agents
from parts import measure, watch
from parts.measure import Failed, Values
from parts.report import Figure

TIMES = 10  # a round
NEW_SNAPSHOT_SECONDS = 0.12  # scrapes within a tenth of a second share one
BUDGETS_MS = {1_000: 1, 10_000: 10}  # processor time, plain
SERIES_OF_A_HOST = 6


class Scraper:
    """A connection that stays, as Prometheus keeps it."""

    def __init__(self, agent, gzip=False):
        self.agent = agent
        self.connection = http.client.HTTPConnection(agent.host, agent.port, timeout=30)
        self.headers = {"Accept-Encoding": "gzip" if gzip else "identity"}
        self.encoding = None

    def scrape(self):
        """(body, seconds)"""
        begun = time.monotonic()
        self.connection.request("GET", "/metrics", headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise Failed(f"a scrape was answered with {answer.status}")
        self.encoding = answer.headers.get("Content-Encoding")
        return body, time.monotonic() - begun


def n_series(body):
    return sum(not line.startswith(b"#") for line in body.splitlines())


def one_round(scraper):
    """(ms of processor time, ms until whole, bytes), each of a scrape."""
    pid = scraper.agent.process.pid
    before, seconds = watch.cpu_ns(pid), 0
    for _ in range(TIMES):
        body, took = scraper.scrape()
        seconds += took
        time.sleep(NEW_SNAPSHOT_SECONDS)
    return (watch.cpu_ns(pid) - before) / 1e6 / TIMES, seconds * 1e3 / TIMES, len(body)


def figures_of(series, how, rounds):
    cpu, took, size = (Values(list(all)) for all in zip(*rounds))
    case = f"{series:,} series"
    budget = BUDGETS_MS.get(series) if how == "plain" else None
    yield Figure(case, how, "CPU a scrape", cpu.median, "ms", cpu.spread, budget=budget)
    yield Figure(case, how, "until whole", took.median, "ms", took.spread)
    yield Figure(case, how, "body", size.median / 1024, "KiB")


def measure_series(options, report, path, series, others):
    hosts = max(64, (series - others) // SERIES_OF_A_HOST)
    with watch.agent_on(path, "--export.hosts=all", f"--hosts.max={hosts}", *EXPORT) as agent:
        scrapers = {"plain": Scraper(agent), "gzip": Scraper(agent, gzip=True)}
        shown = n_series(scrapers["plain"].scrape()[0])
        if abs(shown - series) > max(32, series // 50):
            raise Failed(f"{shown} series were to be {series}")
        scrapers["gzip"].scrape()
        if scrapers["gzip"].encoding != "gzip":
            report.note(f"skipped: {series:,} series in gzip: the agent does not compress")
            del scrapers["gzip"]
        rounds = {how: [] for how in scrapers}
        for _ in range(options.rounds):
            for how, scraper in scrapers.items():
                time.sleep(NEW_SNAPSHOT_SECONDS)
                rounds[how].append(one_round(scraper))
    for how, all in rounds.items():
        yield from figures_of(series, how, all)


EXPORT = ["--export.ports=20", "--export.conversations=10", "--export.stations=0",
          "--ports.max=64", "--log.level=info"]


def run(options, report, folder):
    path = folder / "hosts.pcap"
    measure.spend(measure.tool("workload"), "mixed", 100_000, 300_000, 128, path)
    with watch.agent_on(path, "--export.hosts=all", "--hosts.max=64", *EXPORT) as agent:
        others = n_series(agents.fetch(agent.url())[2].encode()) - 64 * SERIES_OF_A_HOST
    figures = []
    for series in (1_000,) if options.small else (1_000, 10_000, 100_000):
        figures += measure_series(options, report, path, series, others)
    report.add("scrape", figures)
