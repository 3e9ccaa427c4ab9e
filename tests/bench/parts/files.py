"""Capture files: processor time a packet and peak memory, of the agent, of a bare libpcap loop, and
of what people would use instead."""

import os
import re
from dataclasses import dataclass, field

from parts import measure
from parts.measure import Failed, Values
from parts.report import Figure

SNAP = 128  # bytes of each frame in the files: more would only make the yardstick slower

BARE = "bare libpcap loop"
CORE, ALL = "iptallyd, core families", "iptallyd, all families"


@dataclass
class Workload:
    title: str
    kind: str
    flows: int
    agent: list = field(default_factory=list)  # arguments
    softflowd_budget: float = None  # the agent's part of softflowd's time, all families
    budgets: dict = field(default_factory=dict)  # by who: ratio to the bare loop

    def make(self, options, folder):
        path = folder / f"{self.kind}-{self.flows}.pcap"
        if not path.exists():
            measure.spend(measure.tool("workload"), self.kind, self.flows, options.packets, SNAP,
                          path)
        return path


def workloads(options):
    many = options.flows
    return [
        Workload("10,000 flows", "mixed", 10_000, [], 1 / 3, {CORE: 1.8, ALL: 2.5}),
        Workload(f"{many:,} flows", "mixed", many, [f"--flows.max={many}"], 1 / 10,
                 {CORE: 2.5, ALL: 4}),
        Workload("SYN flood, full table", "flood", 0, [], 1 / 10, {CORE: 2.5, ALL: 4}),
        Workload("16 elephants", "elephants", 16),
    ]


def bare(_, path, __):
    return [measure.tool("bare_loop"), path], r"packets=(\d+)"


def agent(families):
    def command(workload, path, _):
        # As many series as a live interface has: it is counting that is compared.
        return ([measure.agent(), "-r", path, "--once", f"--families={families}",
                 "--log.level=warn", "--export.ports=20", "--export.hosts=20",
                 "--export.stations=0", "--export.conversations=10", *workload.agent],
                r"^iptally_interface_receive_packets_total\{.*\} (\d+)$")
    return command


def softflowd(workload, path, folder):
    # It does not export, which would cost it more, and has room for all flows.
    return (["softflowd", "-d", "-6", "-c", "none", "-p", folder / "softflowd.pid",
             "-m", max(workload.flows, 131_072), "-r", path], r"^Packets processed: (\d+)")


def nfpcapd(workload, path, folder):
    return (["nfpcapd", "-B", max(workload.flows, 131_072), "-l", folder, "-r", path],
            r"Packets: (\d+)")


def darkstat(_, path, folder):
    # As many hosts as the agent keeps. It counts nothing else.
    return (["darkstat", "--no-daemon", "--no-dns", "--user", "root", "--chroot", folder,
             "--hosts-max", 16384, "--hosts-keep", 12288, "--export", "darkstat.db", "-r", path],
            None)


PROGRAMS = {BARE: bare, CORE: agent("core"), ALL: agent("all"), "softflowd": softflowd,
            "nfpcapd": nfpcapd, "darkstat": darkstat}


def available(report):
    programs = dict(PROGRAMS)
    for name in ("softflowd", "nfpcapd", "darkstat"):
        if not measure.found(name):
            report.note(f"skipped: {name} is not installed (Debian: "
                        f"{'nfdump' if name == 'nfpcapd' else name})")
            del programs[name]
    if "darkstat" in programs and os.geteuid() != 0:
        report.note("skipped: darkstat wants root, for its chroot")
        del programs["darkstat"]
    return programs


def run_one(program, workload, path, folder, packets):
    command, pattern = program(workload, path, folder)
    command[0] = measure.found(str(command[0])) or command[0]
    spent = measure.spend(*command, cwd=folder)
    for file in folder.glob("nfcapd.*"):
        file.unlink()
    if pattern:
        told = re.findall(pattern, spent.output, re.MULTILINE)
        if not told or sum(map(int, told)) != packets:
            raise Failed(f"{command[0]} did not count {packets} packets but {told}")
    return spent


def figures_of(workload, spent, packets):
    cpu = {who: Values([one.cpu_us * 1000 / packets for one in all]) for who, all in spent.items()}
    for who, all in spent.items():
        ratio = cpu[who].per(cpu[BARE])
        yield Figure(workload.title, who, "CPU a packet", cpu[who].median, "ns",
                     ratio.spread if who != BARE else cpu[who].spread, ratio.median,
                     workload.budgets.get(who))
        yield Figure(workload.title, who, "peak memory",
                     Values([one.peak_kib / 1024 for one in all]).median, "MiB")
    if "softflowd" in cpu and workload.softflowd_budget:
        ratio = cpu[ALL].per(cpu["softflowd"])
        yield Figure(workload.title, ALL, "CPU, as a part of softflowd's", cpu[ALL].median, "ns",
                     ratio.spread, ratio.median, workload.softflowd_budget)


def run(options, report, folder):
    programs = available(report)
    figures = []
    for workload in workloads(options):
        path = workload.make(options, folder)
        spent = {who: [] for who in programs}
        for _ in range(options.rounds):
            for who, program in programs.items():
                spent[who].append(run_one(program, workload, path, folder, options.packets))
        figures += figures_of(workload, spent, options.packets)
        path.unlink()
    report.add("files", figures)
