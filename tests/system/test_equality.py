"""Whatever two faces show is the same in both: read through SNMP and through Prometheus, compared
by the descriptions of the families, so that a new family is compared without a line here."""

import ipaddress
import socket

from lib import agent, capture, metrics, snmp
from lib.random_traffic import Traffic

FRAMES = 3000
COMPARED = ("counter", "gauge", "bool", "histogram")


def number(kind, typed):
    return 2 - typed[1] if kind == "bool" else typed[1]


def labels_of(described, family, index, names):
    """The labels that an index stands for, and its last sub-identifier."""
    labels = {}
    for key in family["keys"]:
        at = index.pop(0)
        if key["kind"] == "interface":
            labels[key["label"]] = names[at]
        elif key["kind"] == "network":
            labels[key["label"]] = described["networks"][at - 1]
        elif key["kind"] == "protocol":
            labels[key["label"]] = described["protocols"][at - 1]
        elif key["kind"] == "port":
            labels[key["label"]] = str(at)
        elif key["kind"] == "address":  # type, length, octets
            octets = bytes(index.pop(0) for _ in range(index.pop(0)))
            labels[key["label"]] = str(ipaddress.ip_address(octets))
        elif key["kind"] == "mac":
            octets = [at] + [index.pop(0) for _ in range(5)]
            labels[key["label"]] = ":".join(f"{octet:02x}" for octet in octets)
        else:
            assert key["kind"] in ("bucket", "id", "rank"), f"teach this test about {key['kind']}"
    assert not index, f"{family['name']}: the index is too long by {index}"
    return labels


def constant_labels(text):
    return dict(metrics.parse_line(f"x{{{text}}} 0")[0][1]) if text else {}


def columns(walked, family, field):
    """(index, value) of every instance of a field, in the order of the walk."""
    head = snmp.OBJECTS + (family["subtree"],)
    head += (1, field["column"]) if family["keys"] else (field["column"],)
    return [(list(oid[len(head):]), typed) for oid, typed in walked.items()
            if oid[:len(head)] == head]


def histogram_steps(series, name, labels):
    """What stands in each bucket, by ascending bound: buckets are cumulative."""
    wanted = set(labels.items())
    buckets = sorted((float(dict(key[1])["le"]), value) for key, value in series.items()
                     if key[0] == name + "_bucket" and wanted <= set(key[1]))
    counts = [value for _, value in buckets]
    return [count - before for count, before in zip(counts, [0] + counts)]


def compare(described, walked, series):
    """Asserts equality of all that both show, and gives how many values that were."""
    names = {int(dict(key[1])["ifindex"]): dict(key[1])["interface"] for key in series
             if key[0] == "iptally_interface_info"}
    compared, seen, metrics_compared = 0, set(), set()
    for family in described["families"]:
        if not family["subtree"]:
            continue
        for field in family["fields"]:
            if not (field["metric"] and field["snmp"] and field["kind"] in COMPARED):
                continue
            steps = {}
            name = field["metric"] + ("_total" if field["kind"] == "counter" else "")
            metrics_compared.add(name)
            for index, typed in columns(walked, family, field):
                labels = {} if not family["keys"] else labels_of(described, family, index, names)
                labels.update(constant_labels(field["labels"]))
                value = number(field["kind"], typed)
                if field["kind"] == "histogram":
                    steps.setdefault(tuple(sorted(labels.items())), []).append(value)
                    continue
                key = (name, tuple(sorted(labels.items())))
                assert series[key] == value, f"{metrics.show(key)}: SNMP says {value}"
                seen.add(key)
                compared += 1
            for labels, values in steps.items():
                assert histogram_steps(series, name, dict(labels)) == values, (name, labels)
                compared += len(values)
    for key in series:
        assert key[0] not in metrics_compared or key in seen, \
            f"{metrics.show(key)} is not in SNMP"
    return compared


def test_every_value_that_both_show_is_equal(start_agent, tmp_path):
    file = tmp_path / "traffic.pcap"
    frames = Traffic(7, capture.EN10MB).frames(FRAMES)
    capture.write(file, capture.capture(capture.EN10MB, frames, nanoseconds=True))
    address = f"127.0.0.1:{agent.free_port(kind=socket.SOCK_DGRAM)}"
    one = start_agent("-r", file, "--export.ports=all", f"--snmp.address={address}",
                      snmp="standalone")
    one.scrape_until(
        lambda series: metrics.total(series, "iptally_capture_packets_total") == FRAMES,
        what="the whole file")
    walked = snmp.Manager(f"udp:{address}").walk()
    compared = compare(snmp.descriptions(), walked, one.scrape())
    assert compared > 500
