"""Each case here is a capture, described in NAME.py, and the truth about it, in NAME.metrics.

NAME.py sets `case` to a capture(), and may set `arguments` (of the agent) and `status` (its exit
status, 0 otherwise). NAME.metrics lists series of the interface `file`, worked out by hand. In the
families of COMPLETE every series that is not listed must be 0, so that the list is the whole truth.
"""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from lib import agent, capture, cases, metrics, reference  # noqa: E402

NAMES = sorted(path.stem for path in HERE.glob("*.metrics"))


@pytest.fixture(scope="module", params=NAMES)
def case(request, tmp_path_factory):
    """A case, and what the agent printed for it."""
    found = cases.load(HERE / request.param)
    path = tmp_path_factory.mktemp(found.name) / "case.pcap"
    capture.write(path, found.capture)
    found.done = agent.once("--export.ports=all", *found.arguments, file=path)
    found.printed = metrics.parse(found.done.stdout.decode())
    return found


def test_every_series_has_the_value_worked_out_by_hand(case):
    assert case.done.returncode == case.status, case.done.stderr.decode()
    assert cases.differences(case.expected, case.printed) == []


def test_sums_close(case):
    assert metrics.sums_that_do_not_close(case.printed) == []


def test_the_reference_counter_agrees_with_the_truth_by_hand(case):
    """The reference is the truth of the property tests: here it has to earn that."""
    if case.arguments:
        pytest.skip("the reference knows no filters")
    frames = list(case.capture.times())[: case.frames_readable]
    counted = reference.count(frames, case.capture.links[0])
    wanted = {key: n for key, n in case.expected.items() if reference.speaks_of(key)}
    assert cases.differences(wanted, counted) == []
