"""Ports that take each other's slots, under live traffic, as a real Prometheus stores them.

Three slots: one is pinned to TCP 9, two are for what there is traffic of. The story: ALICE and BOB
have them; CAROL grows and takes BOB's. All that is asserted is asked of Prometheus afterwards.
"""

import socket

import pytest

from lib import agent, netns, traffic
from lib.prometheus import Prometheus

pytestmark = pytest.mark.usefixtures("root", "namespaces_work")

ALICE, BOB, CAROL = 1001, 1002, 1003
WARMUP = 2
PACKETS = "iptally_port_receive_packets_total"
METRICS = [f"iptally_port_{way}_{unit}_total" for way in ("receive", "transmit")
           for unit in ("packets", "bytes", "connections")]


class Story:
    def __init__(self, pair, server):
        self.pair, self.server = pair, server
        with traffic.inside(pair.b):
            self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.sender.bind((pair.b.address, 60000))

    def send(self, port, packets, size=100):
        for _ in range(packets):
            self.sender.sendto(bytes(size), (self.pair.a.address, port))

    def stored(self, port, name=PACKETS):
        """The latest value of UDP on this port; None where there is no series."""
        found = self.server.query(f'{name}{{protocol="udp",port="{port}"}}')
        assert len(found) <= 1
        return next(iter(found.values()), None)

    def wait_for(self, port, value):
        agent.wait_until(lambda: self.stored(port) == value, seconds=20,
                         what=f"{value} packets of port {port}")

    def samples(self, port):
        """All that was ever stored of it, as numbers."""
        (series,) = self.server.api(
            "query", query=f'{PACKETS}{{protocol="udp",port="{port}"}}[5m]')["result"]
        return [float(value) for _, value in series["values"]]

    def wait_since(self, port, seconds):
        """Until its first sample is so old."""
        self.wait_for(port, 0)
        time_shown = f'time() - min_over_time(timestamp({PACKETS}{{port="{port}"}})[5m:1s])'
        agent.wait_until(
            lambda: next(iter(self.server.query(time_shown).values()), 0) > seconds,
            seconds=20, what=f"{seconds} s of {port}")


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    with netns.Pair() as pair:
        traffic.introduce(pair.a, pair.b)
        with agent.Agent("-i", pair.a.interface, "--export.ports=3", "--export.ports.pin=9",
                         f"--export.warmup={WARMUP}", namespace=pair.a.name) as one, \
                Prometheus(tmp_path_factory.mktemp("server"), f"127.0.0.1:{one.port}",
                           pair.a) as server:
            agent.wait_until(server.is_ready, seconds=30, what="Prometheus is ready")
            told = Story(pair, server)
            agent.wait_until(lambda: told.stored("other") == 0, seconds=20, what="a scrape")
            tell(told)
            yield told
            told.sender.close()


def tell(story):
    story.send(ALICE, 10, size=1000)
    story.send(BOB, 10)
    story.wait_since(ALICE, 2 * WARMUP + 1)  # from then on they may be replaced, too
    story.send(CAROL, 5)
    story.send(ALICE, 40)
    story.send(BOB, 20)
    story.wait_for(ALICE, 40)
    story.wait_for(BOB, 20)
    story.send(CAROL, 400, size=1400)
    story.wait_for(CAROL, 0)
    story.send(BOB, 7)
    story.wait_since(CAROL, WARMUP + 1)
    story.send(CAROL, 11)
    story.send(ALICE, 2)
    story.wait_for(CAROL, 11)
    story.wait_for(ALICE, 42)


def test_series_begin_at_0_and_are_scraped_there_more_than_once(story):
    for port in (ALICE, BOB, CAROL):
        assert story.samples(port)[:2] == [0, 0], port


def test_what_was_sent_between_two_scrapes_is_what_a_series_gained(story):
    assert sorted(set(story.samples(ALICE)))[-2:] in ([40, 42], [41, 42])
    assert (story.stored(ALICE), story.stored(BOB), story.stored(CAROL)) == (42, 20, 11)
    assert story.stored(ALICE, "iptally_port_receive_bytes_total") == 42 * (100 + 42)


def test_what_gave_way_is_frozen_and_what_it_counts_then_is_in_other(story):
    assert story.samples(BOB)[-3:] == [20, 20, 20]
    # Before they were credited: 10, 10 and 405. While frozen: 7.
    assert story.stored("other") == 10 + 10 + 405 + 7


def test_a_pinned_port_is_there_from_the_first_scrape(story):
    (pinned,) = story.server.api(
        "query", query=f'count_over_time({PACKETS}{{protocol="tcp",port="9"}}[5m])')["result"]
    (other,) = story.server.api(
        "query", query=f'count_over_time({PACKETS}{{protocol="tcp",port="other"}}[5m])')["result"]
    assert pinned["value"][1] == other["value"][1]
    assert (PACKETS, "tcp") in {(name, dict(labels)["protocol"]) for name, labels in
                                story.server.query(f'{PACKETS}{{port="9"}} == 0')}


@pytest.mark.parametrize("name", METRICS)
def test_no_series_ever_fell(story, name):
    resets = story.server.query(f"resets({name}[5m])")
    assert len(resets) >= 6
    assert set(resets.values()) == {0}


@pytest.mark.parametrize("unit", ["packets", "bytes"])
def test_what_is_shown_added_up_at_every_scrape(story, unit):
    ways = [f"sum by (job, instance) (iptally_port_{way}_{unit}_total)" for way in ("receive", "transmit")]
    shown = " + ".join([*ways, f"sum by (job, instance) (iptally_slot_retired_{unit}_total)"])
    truth = " + ".join(f'sum by (job, instance) '
                       f'(iptally_protocol_{way}_{unit}_total{{protocol=~"tcp|udp"}})'
                       for way in ("receive", "transmit"))
    equal = story.server.query(f"count_over_time(({shown} == {truth})[5m:1s])")
    scrapes = story.server.query(f"count_over_time(({truth})[5m:1s])")
    assert equal == scrapes
    assert next(iter(scrapes.values())) >= 10


def test_promotions_are_counted(story):
    promotions = 'iptally_slot_promotions_total{table="port"}'
    assert story.server.query(promotions) == {
        ("iptally_slot_promotions_total", (("interface", "va"), ("table", "port"))): 3}
