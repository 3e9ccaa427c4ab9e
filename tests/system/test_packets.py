"""The latest packets that are not TCP, one by one: of real captures as Wireshark tells them, and live.
"""

import json
import shutil

import pytest

from lib import agent, metrics, netns, tshark
from lib.frames import MAC_A, MAC_B, arp, eth
from lib.traffic import introduce, ping, send_datagrams, send_stacks

KEPT = 512
# Captures with what is told beyond addresses and ports: each kind is in one of them at least.
CAPTURES = (
    "IGMP_V2.pcap", "OSPFv2_Capture_FINAL.pcapng", "OSPFv3_broadcast_adjacency.pcap",
    "802.1D_spanning_tree.pcap", "LACP.pcap", "PIM-SM_join_prune.pcap", "dns_udp.pcap",
    "HSRP_coup.pcap", "DECnet_Phone.pcap", "02-sunrise-sunset-esp.pcap",
    "arcnet-rfc1051-arp-icmp-http.pcap", "eapon1.pcap", "icmp-rfc8335.pcap", "icmpv6.pcap",
    "icmpv6-ra-pref64.pcap", "icmp-cksum-oobr-2.pcap", "lldp_mudurl.pcap", "dhcp-rfc3004.pcap",
)
FIELDS = (
    "frame.len eth.src eth.dst eth.type ip.src ip.dst ipv6.src ipv6.dst udp.srcport udp.dstport "
    "icmp.type icmp.code icmpv6.type icmpv6.code igmp.type ospf.msg ospf.srcrouter ospf.area_id "
    "arp.opcode arp.src.proto_ipv4 arp.dst.proto_ipv4 tcp.flags"
).split()
IGMP = {0x11: "membership query", 0x12: "membership report", 0x16: "membership report",
        0x17: "leave group", 0x22: "membership report"}
OSPF = {1: "hello", 2: "database description", 3: "link state request", 4: "link state update",
        5: "link state acknowledgement"}
ARP = {1: "request", 2: "reply"}


def packets(one):
    """The oldest first."""
    status, _, text = one.get("/api/v1/packets")
    assert status == 200
    return json.loads(text)["rows"][::-1]


def told(path):
    """(frames, what tshark tells of each that is not TCP by our names, where it tells anything)."""
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "occurrence=f"]
    for name in tshark.PREFERENCES:
        command += ["-o", name]
    for name in FIELDS:
        command += ["-e", name]
    rows = [dict(zip(FIELDS, line.split("\t"))) for line in tshark.run(*command).splitlines()]
    return len(rows), [tell(row) for row in rows if not row["tcp.flags"]]


def tell(row):
    found = {
        "bytes": row["frame.len"],
        "source_mac": row["eth.src"], "destination_mac": row["eth.dst"],
        "source_address": row["ip.src"] or row["ipv6.src"] or row["arp.src.proto_ipv4"],
        "destination_address": row["ip.dst"] or row["ipv6.dst"] or row["arp.dst.proto_ipv4"],
        "source_port": row["udp.srcport"], "destination_port": row["udp.dstport"],
        "icmp_type": row["icmp.type"] or row["icmpv6.type"],
        "icmp_code": row["icmp.code"] or row["icmpv6.code"],
        "ospf_router": row["ospf.srcrouter"],
        "ospf_area": row["ospf.area_id"] and str(number(row["ospf.area_id"])),
    }
    if found["icmp_type"]:  # ports are those of the packet that an error is about
        found["source_port"] = found["destination_port"] = ""
    if row["eth.type"] and not (found["source_address"] or row["arp.opcode"]):
        found["ethertype"] = str(int(row["eth.type"], 16))
    for name, words in (("igmp.type", IGMP), ("ospf.msg", OSPF), ("arp.opcode", ARP)):
        if row[name]:
            found["detail"] = words[int(row[name], 0)]
    return {name: value for name, value in found.items() if value}


def number(area):
    """An area is written as an address."""
    return int.from_bytes(map(int, area.split(".")), "big")


@pytest.mark.parametrize("name", CAPTURES)
def test_packets_of_a_capture_are_as_wireshark_tells_them(name, captures, start_agent):
    if not shutil.which("tshark"):
        pytest.skip("tshark is not installed (package tshark)")
    path = captures / name
    total, wanted = told(path)
    assert 0 < len(wanted) <= KEPT
    one = start_agent("-r", path)
    one.scrape_until(
        lambda series: metrics.total(series, "iptally_capture_packets_total") == total)
    found = packets(one)
    assert [row["id"] for row in found] == list(range(1, len(wanted) + 1))
    for row, truth in zip(found, wanted):
        assert {key: str(row.get(key)) for key in truth} == truth


def test_live_packets_have_time_direction_and_words(namespaces_work, start_agent):
    with netns.Pair() as pair:
        a, b = pair.a, pair.b
        introduce(a, b)
        one = start_agent("-i", b.interface, namespace=b.name)
        ping(a, b, 60)
        send_datagrams(a, b, 9000, [100])
        # One is as short as a veth lets it be, the other padded, as most links do it.
        asked = eth(MAC_B, MAC_A) / arp(1, a.address, "10.77.0.99")
        send_stacks(a, [asked, eth(MAC_B, MAC_A, pad=60) / arp(1, a.address, "10.77.0.99")])
        found = agent.wait_until(
            lambda: len(rows := packets(one)) >= 5 and rows, what="five packets")[:5]
        echo, reply, datagram, short, padded = found
        assert (echo["detail"], echo["direction"]) == ("echo request", "receive")
        assert (reply["detail"], reply["direction"]) == ("echo reply", "transmit")
        assert reply["source_address"] == b.address and reply["bytes"] == echo["bytes"]
        assert datagram["destination_port"] == 9000 and datagram["detail"] == ""
        for row in (short, padded):
            assert (row["network"], row["detail"]) == ("arp", "request")
            assert row["source_address"] == a.address
        assert padded["destination_address"] == "10.77.0.99"
        assert "destination_address" not in short  # its last byte told the direction
        times = [row["time"] for row in found]
        assert times == sorted(times)
        assert [row["id"] for row in found] == [1, 2, 3, 4, 5]


def test_the_ring_keeps_the_latest(namespaces_work, start_agent):
    with netns.Pair() as pair:
        a, b = pair.a, pair.b
        introduce(a, b)
        one = start_agent("-i", b.interface, namespace=b.name)
        send_datagrams(a, b, 9000, [100] * (KEPT + 10))
        found = agent.wait_until(
            lambda: (rows := packets(one))[-1:] and rows[-1]["id"] == KEPT + 10 and rows,
            what="the last one")
        assert [row["id"] for row in found] == list(range(11, KEPT + 11))
