"""--privacy over every face: whatever is asked of an agent that read a capture with known addresses,
none of them is in an answer, in any form, but where the user wants them. A family that is new is
asked like the others."""

import ipaddress
import json
import socket

import pytest

from lib import agent, metrics, netns, snmp
from lib.capture import EN10MB, capture, write
from lib.frames import arp, icmp, icmpv6, igmp, ipv4, ipv6, ospf, payload, tcp, udp
from lib.links import eth
from lib.traffic import introduce, send_datagrams

ADDRESSES = [ipaddress.ip_address(text) for text in (
    "198.51.100.177", "203.0.113.201", "192.0.2.141",
    "2001:db8:1234:5678:9abc:def0:1122:3344", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ff01")]
MACS = [bytes.fromhex(text) for text in ("021b2c3d4e5f", "06aabbccddee")]
PREFIX_BYTES = {4: 3, 6: 6}
MAC_PREFIX_BYTES = 3


def frames():
    """A connection, one that is refused, datagrams, pings, and what has no ports; both ways."""
    a, b, c, a6, b6 = map(str, ADDRESSES)
    one, other = (mac.hex(":") for mac in MACS)
    out, back = {"destination": other, "source": one}, {"destination": one, "source": other}
    return [
        eth(**out) / arp(1, a, c), eth(**back) / arp(2, c, a),
        eth(**out) / ipv4(a, b) / tcp(40000, 443, "S", seq=1),
        eth(**back) / ipv4(b, a) / tcp(443, 40000, "SA", seq=9, ack=2),
        eth(**out) / ipv4(a, b) / tcp(40000, 443, "A", seq=2, ack=10),
        eth(**out) / ipv4(a, c) / tcp(40001, 22, "S", seq=1),
        eth(**back) / ipv4(c, a) / tcp(22, 40001, "RA", seq=0, ack=2),
        eth(**out) / ipv6(a6, b6) / udp(5000, 53) / payload(30),
        eth(**back) / ipv6(b6, a6) / udp(53, 5000) / payload(60),
        eth(**out) / ipv4(b, c) / icmp(id=7), eth(**out) / ipv6(b6, a6) / icmpv6(id=7),
        eth(**out) / ipv4(a, "224.0.0.251") / igmp(), eth(**out) / ipv4(c, "224.0.0.5") / ospf(),
    ]


class Answers:
    """What an agent says: all of HTTP as text, a walk as it is decoded and as it came."""

    def __init__(self, one, port):
        self.http = one.get()[2]
        for family in json.loads(one.get("/api/v1/")[2])["families"]:
            status, _, text = one.get(family["path"])
            assert status == 200, family
            self.http += text
        with snmp.Relay(port) as relay:
            walked = snmp.Manager(relay.address).walk()
            self.raw = b"".join(relay.answers)
        self.walk = ""
        for oid, (_, value) in walked.items():
            octets = value.hex() if isinstance(value, bytes) else ""
            self.walk += f"{snmp.text(oid)}. = {octets} {as_text(value)}\n"

    def contain(self, texts, octets):
        """In which of the faces they are: a set of names."""
        encoded = b"".join(sub_identifier(octet) for octet in octets)
        numbers = "." + ".".join(map(str, octets)) + "."
        return {name for name, found in {
            "http": any(text in self.http.lower() for text in texts),
            "walk": (any(text in self.walk.lower() for text in texts)
                     or octets.hex() in self.walk or numbers in self.walk),
            "raw": octets in self.raw or encoded in self.raw
            or any(text.encode() in self.raw.lower() for text in texts),
        }.items() if found}


def as_text(value):
    return value.decode("latin-1") if isinstance(value, bytes) else value


def sub_identifier(number):
    """As BER has it: seven bits a byte (ITU-T X.690 8.19)."""
    return bytes([0x80 | number >> 7, number & 0x7F]) if number >= 128 else bytes([number])


def forms(address):
    return {str(address), address.exploded, address.packed.hex()}


def mac_forms(mac):
    return {mac.hex(), mac.hex(":"), mac.hex("-")}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write(tmp_path_factory.mktemp("privacy") / "known.pcap", capture(EN10MB, frames()))


@pytest.fixture
def answers(file, start_agent):
    def ask(privacy):
        port = agent.free_port(kind=socket.SOCK_DGRAM)
        one = start_agent("-r", file, f"--privacy={privacy}", "--export.stations=all",
                          f"--snmp.address=127.0.0.1:{port}", snmp="standalone")
        one.scrape_until(
            lambda series: metrics.total(series, "iptally_capture_packets_total") == len(frames()))
        return Answers(one, port)

    return ask


def test_full_shows_all_addresses_so_that_this_test_finds_them(answers):
    found = answers("full")
    for address in ADDRESSES:
        assert found.contain(forms(address), address.packed) == {"http", "walk", "raw"}, address
    for mac in MACS:
        assert found.contain(mac_forms(mac), mac) == {"http", "walk", "raw"}, mac.hex()


@pytest.mark.parametrize("privacy", ["prefix", "none"])
def test_no_whole_address_is_in_any_answer(answers, privacy):
    found = answers(privacy)
    for address in ADDRESSES:
        assert found.contain(forms(address), address.packed) == set(), address
    for mac in MACS:
        assert found.contain(mac_forms(mac), mac) == set(), mac.hex()


def test_prefix_shows_the_prefixes(answers):
    found = answers("prefix")
    assert '"198.51.100.0"' in found.http and 'host="203.0.113.0"' in found.http
    assert '"2001:db8:1234::"' in found.http and '"06:aa:bb:00:00:00"' in found.http


def test_none_shows_not_even_prefixes(answers):
    found = answers("none")
    for address in ADDRESSES:
        prefix = address.packed[: PREFIX_BYTES[address.version]]
        text = str(address).rsplit(".", 1)[0] if address.version == 4 else address.exploded[:14]
        assert found.contain({text}, prefix) == set(), address
    for mac in MACS:
        prefix = mac[:MAC_PREFIX_BYTES]
        assert found.contain({prefix.hex(":")}, prefix) == set(), mac.hex()


@pytest.mark.parametrize("privacy", ["full", "prefix", "none"])
def test_the_interfaces_own_addresses_are_no_exception(namespaces_work, start_agent, privacy):
    with netns.Pair(ipv6=True) as pair:
        a, b = pair.a, pair.b
        introduce(a, b)
        one = start_agent("-i", b.interface, f"--privacy={privacy}", "--export.stations=all",
                          namespace=b.name)
        send_datagrams(a, b, 9000, [100] * 3)
        send_datagrams(a, b, 9000, [100] * 3, ipv6=True)
        one.scrape_until(lambda series: metrics.total(
            series, "iptally_protocol_receive_packets_total", protocol="udp") == 6)
        said = one.get()[2] + "".join(
            one.get(family["path"])[2]
            for family in json.loads(one.get("/api/v1/")[2])["families"])
        for end in (a, b):
            whole = {*forms(ipaddress.ip_address(end.address)),
                     *forms(ipaddress.ip_address(end.address6)), *mac_forms(end.mac)}
            found = [text for text in whole if f'"{text}"' in said.lower()]
            assert bool(found) == (privacy == "full"), found
