"""Programs that run while they are measured: their processor time, their memory, what they listen to."""

import contextlib
import os
import pathlib
import re
import subprocess
import time

from lib import agent, netns
from parts import measure
from parts.measure import Failed


def cpu_ns(pid):
    """Processor time of a process, all of its threads, user and system: clock_getcpuclockid(3)."""
    return time.clock_gettime_ns((~pid << 3) | 2)


def wait_until_idle(pid, interval=0.1, busy_ns=1_000_000):
    """Until it spends no more than that in an interval; gives its processor time then."""
    last = cpu_ns(pid)
    while True:
        time.sleep(interval)
        now = cpu_ns(pid)
        if now - last < busy_ns:
            return now
        last = now


def resident_kib(pid):
    """(memory, capture rings) that is resident: rings are mapped from their socket."""
    memory = rings = 0
    is_ring = False
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text(encoding="ascii").splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            is_ring = "socket:" in line
        elif line.startswith("Rss:"):
            resident = int(line.split()[1])
            rings += resident * is_ring
            memory += resident * (not is_ring)
    return memory, rings


@contextlib.contextmanager
def processors(wanted):
    """Programs that are started in here run on these, so that senders leave receivers alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, wanted)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def split_processors():
    """(the sender's, those of who receives)"""
    first, *others = sorted(os.sched_getaffinity(0))
    return {first}, set(others) or {first}


@contextlib.contextmanager
def agent_on(path, *arguments, snmp="off"):
    """An agent that has read a capture file and goes on serving it."""
    with agent.Agent("-r", path, *arguments, snmp=snmp) as one:
        agent.wait_until(lambda: "is read" in one.stderr(), seconds=120, what=f"the end of {path}")
        yield one


class BareLoop:
    """The live yardstick: from within a namespace, like the agent."""

    def __init__(self, interface, ring_kib=8192, snap=256, timeout_ms=20):
        """The agent's defaults."""
        self.process = subprocess.Popen(
            [measure.tool("bare_loop"), "-i", interface, str(ring_kib), str(snap),
             str(timeout_ms)], stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        if self.process.stdout.readline() != "listening\n":
            raise Failed("bare_loop does not listen")
        return self

    def finish(self):
        """(packets, dropped, times that it was woken up)"""
        self.process.terminate()
        told = re.match(r"packets=(\d+) dropped=(\d+) cpu_us=\d+ wakeups=(\d+)",
                        self.process.communicate(timeout=10)[0])
        return tuple(map(int, told.groups()))

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Sender:
    """Frames of a capture file from one end of a veth pair, on a processor of its own."""

    def __init__(self, namespace, path, packets, rate=0):
        with netns.inside(namespace), processors(split_processors()[0]):
            self.process = subprocess.Popen(
                [measure.tool("send"), namespace.interface, str(path), str(packets), str(rate)],
                stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def is_sending(self):
        return self.process.poll() is None

    def finish(self):
        """Packets a second."""
        told = re.match(r"sent=(\d+) elapsed_us=(\d+)", self.process.communicate(timeout=600)[0])
        if not told:
            raise Failed("the sender ended early")
        return int(told[1]) * 1e6 / int(told[2])

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
