"""Several workers on one interface count what one does, to the last packet, and split no flow.

Agents with one worker and with more listen side by side, so that they see the same packets at the
same time; one worker is proven against the kernel and the reference elsewhere.
"""

import contextlib
import json
import os
import random
import re

import pytest

from lib import agent, metrics, netns, traffic
from lib.capture import EN10MB
from lib.metrics import counted, value
from lib.random_traffic import Traffic

pytestmark = pytest.mark.usefixtures("root", "namespaces_work")

WHOLE = [f"--export.{family}=all" for family in ("ports", "hosts", "stations", "conversations")]
# Of the process, of its tables (each worker has some), and of the moment.
ITS_OWN = re.compile(r"process_|iptally_(build|lock|snapshot|scrape|table|tcp_handshake_seconds_)")
FRAMES = 3000


@pytest.fixture(scope="module")
def jumbo():
    """Whole frames of any size that random traffic has; nobody answers them."""
    with netns.Pair(mtu=9600) as pair:
        traffic.introduce(pair.a, pair.b)
        yield pair


def send_both_ways(pair, frames, seed):
    """Each from the one end or the other, in order at the end where they are counted."""
    choose = random.Random(seed)
    with traffic.packet_socket(pair.a) as there, traffic.packet_socket(pair.b) as back:
        before = None
        for frame in frames:
            sender = choose.choice((there, back))
            if sender is not before:
                agent.wait_until(traffic.backlogs_are_empty, what="empty backlogs")
            sender.send(frame.data)
            before = sender


@contextlib.contextmanager
def agents(pair, numbers, *arguments):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(agent.Agent("-i", pair.a.interface, f"--capture.workers={n}",
                                               *arguments, namespace=pair.a.name))
               for n in numbers]


def at_rest(one, pair, before):
    return traffic.at_rest(one, pair.a, pair.a.interface, before)[1]


def comparable(series):
    return {metrics.show(key): number for key, number in series.items()
            if not ITS_OWN.match(key[0])}


def rows(one, family):
    return json.loads(one.get(f"/api/v1/{family}?limit=100000")[2])["rows"]


def flows(one):
    """As lines, without what tells one record or moment from another."""
    left_out = ("id", "created", "first_seen", "last_seen")
    return sorted(json.dumps({name: of for name, of in row.items()
                              if name not in left_out and not name.endswith("_per_second")})
                  for row in rows(one, "flows"))


@pytest.mark.parametrize("seed", range(int(os.environ.get("IPTALLY_SEEDS", 2))))
def test_every_series_and_flow_is_as_of_one_worker(jumbo, seed):
    frames = [frame for frame in Traffic(seed, EN10MB, damage=False).frames(FRAMES)
              if len(frame.data) >= 16]
    before = jumbo.a.statistics()
    with agents(jumbo, (1, 2, 4), *WHOLE, "--export.flows=10000") as started:
        send_both_ways(jumbo, frames, seed)
        told = [(comparable(at_rest(one, jumbo, before)), flows(one)) for one in started]
    assert len(told[0][1]) > 300
    for number, others in zip((2, 4), told[1:]):
        names = told[0][0].keys() | others[0].keys()
        lines = [f"{name}: {told[0][0].get(name)}, {others[0].get(name)}" for name in sorted(names)
                 if told[0][0].get(name) != others[0].get(name)]
        lines += sorted(set(told[0][1]) ^ set(others[1]))
        assert not lines, "\n".join([f"one and {number} workers:", *lines[:20]])
