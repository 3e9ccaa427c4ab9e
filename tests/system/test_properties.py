"""Random traffic of every kind through the agent and the reference counter: all series are equal.

IPTALLY_SEEDS asks for more seeds than the few of a normal run.
"""

import os

import pytest

from lib import agent, capture, cases, metrics, reference
from lib.random_traffic import LINKS, OTHER_LINKS, Traffic

FRAMES = 3000
SEEDS = range(int(os.environ.get("IPTALLY_SEEDS", 2)))


def differences(frames, link, path):
    """What the agent and the reference say differently about these frames."""
    capture.write(path, capture.capture(link, frames, nanoseconds=True))
    try:
        printed = agent.count(path)
    except AssertionError as why:
        return [str(why)]
    wanted = reference.count(frames, link)
    told = {key: value for key, value in printed.items() if reference.speaks_of(key)}
    lines = cases.differences(wanted, told)
    lines += [f"{metrics.show(key)}: not the reference's" for key in told if key not in wanted]
    return lines


def first_difference(frames, link, path):
    """The first frame with which the two part, and how."""
    low, high = 0, len(frames)  # equal after low frames, different after high
    while high - low > 1:
        middle = (low + high) // 2
        if differences(frames[:middle], link, path):
            high = middle
        else:
            low = middle
    frame = frames[low]
    return "\n".join([
        f"frame {low}, at {frame.time_ns} ns, length {frame.length}, captured {len(frame.data)}:",
        frame.data[:200].hex(), *differences(frames[:high], link, path)])


def check(frames, link, path):
    if differences(frames, link, path):
        pytest.fail(first_difference(frames, link, path), pytrace=False)


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("seed", SEEDS)
def test_every_series_equals_the_reference(seed, link, tmp_path):
    check(Traffic(seed, link).frames(FRAMES), link, tmp_path / "random.pcap")


@pytest.mark.parametrize("link", OTHER_LINKS)
@pytest.mark.parametrize("seed", SEEDS[1:] or SEEDS)
def test_every_series_equals_the_reference_on_rarer_links(seed, link, tmp_path):
    check(Traffic(seed, link).frames(FRAMES // 4), link, tmp_path / "random.pcap")
