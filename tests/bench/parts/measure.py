"""Runs programs and says what they spent; medians, ratios and spread of several rounds."""

import os
import pathlib
import re
import shutil
import statistics
import subprocess
from dataclasses import dataclass

SOURCE = pathlib.Path(__file__).resolve().parents[3]


class Failed(Exception):
    """A program that was measured did not do its work: the figures would mean nothing."""


def build():
    return pathlib.Path(os.environ.get("IPTALLY_BUILD") or SOURCE / "build")


def agent():
    return os.environ.get("IPTALLYD") or str(build() / "iptallyd")


def tool(name):
    """A program of tests/bench; `make check TESTS=` builds them."""
    path = build() / "tests" / "bench" / name
    if not path.exists():
        raise Failed(f"{path} is not built: make check TESTS= in {build()}")
    return str(path)


def found(name):
    """The path of a program that may be missing; they are often in sbin."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


@dataclass
class Spent:
    cpu_us: int  # user and system
    peak_kib: int
    elapsed_us: int
    output: str  # both streams


def spend(*command, timeout=900, cwd=None):
    """Runs a program to its end, by a launcher that is small: a child's peak of memory is never
    below that of the process which started it."""
    done = subprocess.run([tool("spend"), *map(str, command)], capture_output=True, cwd=cwd,
                          timeout=timeout, check=False)
    output = (done.stdout + done.stderr).decode(errors="replace")
    told = re.search(r"^spent user_us=(\d+) system_us=(\d+) peak_kib=(\d+) elapsed_us=(\d+)$",
                     output, re.MULTILINE)
    if done.returncode or not told:
        raise Failed(f"{' '.join(map(str, command))}: exit {done.returncode}: {output[-500:]}")
    user, system, peak, elapsed = map(int, told.groups())
    return Spent(user + system, peak, elapsed, output)


@dataclass
class Values:
    """What one quantity was in each round."""

    all: list

    @property
    def median(self):
        return statistics.median(self.all)

    @property
    def spread(self):
        """Half the way from the least to the most, as a part of the median."""
        return (max(self.all) - min(self.all)) / 2 / self.median if self.median else 0

    def per(self, other):
        """Ratios, round by round: what disturbs a round disturbs both."""
        return Values([mine / theirs for mine, theirs in zip(self.all, other.all)])
