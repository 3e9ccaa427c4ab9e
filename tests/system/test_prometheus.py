"""A real Prometheus scrapes the agent; what it stored is read back through its API."""

import math

import pytest

from lib import agent, metrics
from lib.capture import EN10MB, capture, write
from lib.frames import icmpv6, ipv4, ipv6, tcp, udp
from lib.links import eth
from lib.prometheus import Prometheus
from lib.stack import data

# What differs from one scrape to the next although no packet comes.
MOVING = ("process_", "iptally_scrape_", "iptally_snapshot_", "iptally_lock_")

@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    frames = [
        eth() / ipv4() / tcp(40000 + i, 443, "S") / data(bytes(i % 1400)) for i in range(200)
    ] + [
        eth() / ipv6() / udp(50000, 53) / data(b"question"),
        eth() / ipv6() / icmpv6(),
        eth(type=0x88CC) / data(bytes(50)),
    ]
    return write(tmp_path_factory.mktemp("prometheus") / "quiet.pcap", capture(EN10MB, frames))


@pytest.fixture(scope="module")
def running(quiet):
    with agent.Agent("-r", quiet) as one:
        one.scrape_until(lambda series: metrics.value(
            series, "iptally_interface_receive_packets_total", interface="file") == 203)
        yield one


@pytest.fixture(scope="module")
def prometheus(running, tmp_path_factory):
    with Prometheus(tmp_path_factory.mktemp("server"), f"127.0.0.1:{running.port}") as one:
        agent.wait_until(one.is_ready, seconds=30, what="Prometheus is ready")
        agent.wait_until(
            lambda: one.query('count_over_time(up{job="iptally"}[1m])').get(("", ()), 0) >= 3,
            seconds=30, what="three scrapes")
        yield one


def test_the_target_is_up_at_every_scrape(prometheus):
    assert prometheus.query("up") == {("up", ()): 1}
    assert prometheus.query('min_over_time(up{job="iptally"}[1m])') == {("", ()): 1}
    (target,) = prometheus.api("targets")["activeTargets"]
    assert (target["health"], target["lastError"]) == ("up", "")
    assert prometheus.log.read_text() == ""  # duplicates and lost samples would be warned of


def test_every_series_is_stored_with_its_value(prometheus, running):
    served = running.scrape()
    stored = {key: value for key, value in prometheus.query('{job="iptally"}').items()
              if key[0] != "up" and not key[0].startswith("scrape_")}
    # an empty label is none
    shown = {(name, tuple(pair for pair in labels if pair[1])): value
             for (name, labels), value in served.items()}
    assert set(stored) == set(shown)
    assert len(stored) > 100
    for key, value in shown.items():
        if not key[0].startswith(MOVING):
            assert stored[key] == float(value), metrics.show(key)
        assert not math.isnan(stored[key])
    assert prometheus.query("scrape_samples_scraped") == {
        ("scrape_samples_scraped", ()): len(served)}


def test_types_and_helps_arrive(prometheus, running):
    _, _, text = running.get()
    lines = text.splitlines()
    served = {}
    for kind, line in [(line.split()[1], line) for line in lines if line.startswith("# ")]:
        _, _, name, rest = line.split(maxsplit=3)
        served.setdefault(name, {})[kind] = rest
    stored = {one["metric"]: {"HELP": one["help"], "TYPE": one["type"]}
              for one in prometheus.api("targets/metadata")}
    for name, header in served.items():
        assert stored[name] == header


def test_a_query_over_the_counters_gives_their_sum(prometheus, running):
    expected = metrics.total(running.scrape(), "iptally_port_receive_bytes_total",
                             interface="file", protocol="tcp")
    (answer,) = prometheus.api(
        "query", query='sum(iptally_port_receive_bytes_total{protocol="tcp"})')["result"]
    assert float(answer["value"][1]) == expected
    # 200 SYNs of 54 bytes and payloads of 0 to 199 bytes
    assert expected == 200 * 54 + 199 * 200 // 2
