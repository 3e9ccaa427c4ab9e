"""TCP segments that are sent again, out of order, or close the window: the agent against Wireshark's
analysis, over a folder of real captures. A file that differs stands here with the reason."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib import agent, metrics, tshark

# {file: (ours, tshark's, why)}, each as (sent again, out of order, closed window)
REVIEWED = {
    "bgp-shutdown-msg-variations.pcap": (
        (2, 0, 0), (0, 2, 0),
        "A SYN that carries data comes three times. Nothing was missing before it, so that the "
        "second and the third are sent again; tshark tells the order by the time alone."),
    "kday4.pcap": (
        (1, 0, 0), (2, 0, 0),
        "A damaged time stamp lies 24 days after the others: the flow has timed out by then, "
        "and what tshark takes for its segment sent again is the first of another flow."),
}


@pytest.fixture(scope="module")
def counted(captures):
    """{path: (sent again, out of order, closed window)} of each file with TCP in it."""
    if not shutil.which("tshark"):
        pytest.skip("tshark is not installed (package tshark)")
    paths = sorted(path for path in captures.iterdir() if path.is_file())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        series = dict(zip(paths, pool.map(agent.count, paths)))
    return {path: tuple(metrics.total(found, f"iptally_tcp_{kind}_packets_total")
                        for kind in ("retransmitted", "out_of_order", "zero_window"))
            for path, found in series.items()
            if metrics.total(found, "iptally_protocol_receive_packets_total", protocol="tcp")}


def test_segments_are_what_wireshark_calls_them(counted):
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        told = dict(zip(counted, pool.map(tshark.segments, counted)))
    differing = {path.name: (ours, told[path]) for path, ours in counted.items()
                 if told[path] is not None and ours != told[path]}
    reviewed = {name: (ours, theirs) for name, (ours, theirs, _) in REVIEWED.items()}
    present = {path.name for path in counted}
    assert differing == {name: pair for name, pair in reviewed.items() if name in present}
