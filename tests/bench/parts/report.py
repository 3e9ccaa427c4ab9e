"""Figures as a table for people and as JSON for programs."""

import json
import os
import platform
from dataclasses import asdict, dataclass

from parts import measure


@dataclass
class Figure:
    case: str  # "10,000 flows"
    who: str  # "iptallyd, core families"
    what: str  # "CPU", "memory"
    value: float
    unit: str
    spread: float = None  # a part of the value
    ratio: float = None  # to the yardstick
    budget: float = None  # of the ratio where there is one, else of the value: not above

    @property
    def met(self):
        if self.budget is None:
            return None
        return (self.value if self.ratio is None else self.ratio) <= self.budget


class Report:
    def __init__(self, judges=True):
        self.judges = judges  # whether the figures are fit to be held against budgets
        self.parts = {}
        self.notes = []

    def note(self, line):
        self.notes.append(line)
        print(line, flush=True)

    def add(self, part, figures):
        figures = list(figures)
        if not self.judges:
            for figure in figures:
                figure.budget = None
        self.parts[part] = figures
        print(f"\n{table(part, figures)}", flush=True)

    def write(self, path, **conditions):
        with open(path, "w", encoding="utf-8") as out:
            json.dump({"conditions": conditions | machine(), "notes": self.notes,
                       "figures": {part: [asdict(one) | {"met": one.met} for one in figures]
                                   for part, figures in self.parts.items()}}, out, indent=1)
            out.write("\n")


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as text:
        model = next((line.partition(":")[2].strip() for line in text
                      if line.startswith("model name")), platform.machine())
    return {"processor": model, "processors": os.cpu_count(), "kernel": platform.release(),
            "agent": measure.spend(measure.agent(), "--version").output.split("\n")[0]}


def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def cells(figure):
    return [
        figure.case, figure.who, figure.what, f"{number(figure.value)} {figure.unit}",
        "" if figure.spread is None else f"±{figure.spread:.0%}",
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        "" if figure.budget is None else f"{figure.budget:g}",
        {None: "", True: "met", False: "MISSED"}[figure.met],
    ]


def table(title, figures):
    rows = [["case", "who", "what", "median", "spread", "ratio", "budget", ""],
            *map(cells, figures)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [f"== {title}"]
    for row in rows:
        left = [cell.ljust(width) for cell, width in zip(row[:3], widths)]
        right = [cell.rjust(width) for cell, width in zip(row[3:], widths[3:])]
        lines.append("  ".join([*left, *right]).rstrip())
    return "\n".join(lines)
