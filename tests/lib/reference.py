"""The independent, slow, obvious counter: README, "What is counted", in Python and nothing more.

It shares no code and no structure with the agent. Dissection of one frame is in dissect.py; here
is what is counted of it. `count(observed, link)` gives every series as {(metric, labels): value}.
"""

import ipaddress
from collections import Counter, defaultdict
from dataclasses import dataclass

from lib import dissect_links, reference_tcp
from lib.dissect import LINKS, REASONS, dissect

LINKS.update(dissect_links.LINKS)

SECOND = 10**9
BOUNDS = (64, 127, 255, 511, 1023, 1518, 4095, 9216)
PROTOCOLS = "tcp udp icmp icmpv6 igmp gre esp ah sctp ospf pim other".split()
# Combinations that no standard knows are shown once they come.
UNKNOWN = {("ipv4", "icmpv6"), ("ipv6", "icmp"), ("ipv6", "igmp")}
FRAGMENT_SECONDS = 60

UDP_TIMEOUTS = {"one_way": 60, "two_way": 180}


def labels(**pairs):
    return tuple(sorted(pairs.items()))


@dataclass
class UdpFlow:
    """From whoever sent its first packet."""

    first_source: tuple
    state: str
    seen_ns: int

    def is_over(self, now_ns):
        return now_ns - self.seen_ns >= UDP_TIMEOUTS[self.state] * SECOND


class Reference:
    def __init__(self, link, interface="file"):
        self.link = link
        self.interface = interface
        self.series = Counter()
        self.flows = {}
        self.fragments = {}
        self.now_ns = None
        self.lengths = defaultdict(list)
        self.itemised = set()
        self._start_at_zero()
        self.tcp = reference_tcp.Tcp(self.add)

    def add(self, metric, amount=1, **more):
        self.series[metric, labels(interface=self.interface, **more)] += amount

    def _start_at_zero(self):
        """Everything with a known set of labels is shown from the start."""
        for way in ("receive", "transmit"):
            for what in ("packets", "bytes", "broadcast_packets", "multicast_packets"):
                self.add(f"iptally_interface_{way}_{what}_total", 0)
            self._show_host("other")
            for protocol in ("tcp", "udp"):
                self._show_port(protocol, "other")
                self._show_port(protocol, "unattributed")
        for network in ("ipv4", "ipv6"):
            for protocol in PROTOCOLS:
                if (network, protocol) not in UNKNOWN:
                    self._show_protocol(network, protocol)
        self._show_protocol("arp", "none")
        self._show_protocol("other", "none")
        self.add("iptally_interface_receive_bad_checksum_packets_total", 0)
        self.add("iptally_capture_packets_total", 0)
        self.add("iptally_capture_snapped_packets_total", 0)
        for reason in REASONS:
            self.add("iptally_decode_errors_total", 0, reason=reason)

    def _show_protocol(self, network, protocol):
        for way in ("receive", "transmit"):
            for what in ("packets", "bytes"):
                self.add(f"iptally_protocol_{way}_{what}_total", 0,
                         network=network, protocol=protocol)

    def _show_port(self, protocol, port):
        for way in ("receive", "transmit"):
            for what in ("packets", "bytes", "connections"):
                if (port, what) != ("unattributed", "connections"):  # no port: none is opened
                    self.add(f"iptally_port_{way}_{what}_total", 0,
                             protocol=protocol, port=str(port))

    def count(self, frame):
        """frame: with data, length, time_ns (lib.capture.Frame)."""
        if self.now_ns is None or frame.time_ns > self.now_ns:
            self.now_ns = frame.time_ns
        packet = dissect(self.link, frame.data, frame.length)
        way = "transmit" if packet.transmitted else "receive"

        self.add("iptally_capture_packets_total")
        if packet.snapped:
            self.add("iptally_capture_snapped_packets_total")
        if packet.error:
            self.add("iptally_decode_errors_total", reason=packet.error)

        self._traffic("interface", way, packet.frame_bytes)
        if packet.cast != "unicast":
            self.add(f"iptally_interface_{way}_{packet.cast}_packets_total")
        if packet.bad_checksum and way == "receive":
            self.add("iptally_interface_receive_bad_checksum_packets_total")
        self.lengths[way].append(packet.frame_bytes)

        if packet.network in ("ipv4", "ipv6"):
            self._ip(way, packet)
        else:
            self._traffic("protocol", way, packet.frame_bytes,
                          network=packet.network, protocol="none")

    def _traffic(self, family, way, frame_bytes, **more):
        self.add(f"iptally_{family}_{way}_packets_total", 1, **more)
        self.add(f"iptally_{family}_{way}_bytes_total", frame_bytes, **more)

    def _show_host(self, host):
        for way in ("receive", "transmit"):
            for what in ("packets", "bytes", "connections"):
                self.add(f"iptally_host_{way}_{what}_total", 0, host=host)

    def _hosts(self, packet):
        """The source transmits and the destination receives, whatever the interface does."""
        for address, way in ((packet.source, "transmit"), (packet.destination, "receive")):
            host = str(ipaddress.ip_address(address))
            self._show_host(host)
            self._traffic("host", way, packet.frame_bytes, host=host)

    def _ip(self, way, packet):
        self._hosts(packet)
        protocol, ports = packet.protocol, packet.ports
        if packet.fragment_id is not None:
            protocol, ports = self._reassociate(packet)
        self._show_protocol(packet.network, protocol)
        self._traffic("protocol", way, packet.frame_bytes,
                      network=packet.network, protocol=protocol)
        if protocol not in ("tcp", "udp"):
            return
        if ports is None:
            self._traffic("port", way, packet.frame_bytes, protocol=protocol, port="unattributed")
            return
        service = service_port(*ports)
        self._show_port(protocol, service)
        self._traffic("port", way, packet.frame_bytes, protocol=protocol, port=str(service))
        opened = self._opens(packet, protocol, ports, way)
        if opened:
            port, begun_way, initiator, responder = opened
            self._show_port(protocol, port)
            self.add(f"iptally_port_{begun_way}_connections_total", 1,
                     protocol=protocol, port=str(port))
            for address, whose in ((initiator, "transmit"), (responder, "receive")):
                self.add(f"iptally_host_{whose}_connections_total", 1,
                         host=str(ipaddress.ip_address(address)))

    def _reassociate(self, packet):
        """What a fragment's first one told, where that was seen before it."""
        key = (vlan_ids(packet), packet.source, packet.destination, packet.fragment_id,
               packet.fragment_protocol)
        if not packet.later_fragment:
            self.fragments[key] = (self.now_ns, packet.protocol, packet.ports)
            return packet.protocol, packet.ports
        known = self.fragments.get(key)
        if known is None or self.now_ns - known[0] >= FRAGMENT_SECONDS * SECOND:
            return packet.protocol, None
        return known[1], known[2]

    def _opens(self, packet, protocol, ports, way):
        """Takes the packet into its flow; gives (port, way, initiator, responder) of a connection that
        it begins."""
        source, destination = (packet.source, ports[0]), (packet.destination, ports[1])
        key = (vlan_ids(packet), packet.network, protocol, frozenset((source, destination)))
        flow = self.flows.get(key)
        if protocol == "tcp":
            self.flows[key], opened = self.tcp.segment(flow, packet, source, destination, way,
                                                       self.now_ns)
            return opened
        opened = None
        if flow is None or flow.is_over(self.now_ns):
            flow = self.flows[key] = UdpFlow(source, "one_way", self.now_ns)
            opened = (ports[1], way, packet.source, packet.destination)
        elif source != flow.first_source:
            flow.state = "two_way"
        flow.seen_ns = self.now_ns
        return opened

    def result(self):
        """Every series, the histograms included."""
        series = dict(self.series)
        for way in ("receive", "transmit"):
            metric = f"iptally_interface_{way}_packet_size_bytes"
            seen = self.lengths[way]
            for bound in BOUNDS + (float("inf"),):
                le = "+Inf" if bound == float("inf") else str(bound)
                series[metric + "_bucket", labels(interface=self.interface, le=le)] = sum(
                    1 for length in seen if length <= bound)
            series[metric + "_count", labels(interface=self.interface)] = len(seen)
            series[metric + "_sum", labels(interface=self.interface)] = sum(seen)
        return series


def speaks_of(key):
    """Whether the reference counts this series: not what comes from the kernel or the agent, nor
    what depends on when the agent looks at a flow that is silent."""
    if key[0].startswith("iptally_tcp_"):
        return key[0].endswith("_total") and not key[0].endswith("timed_out_total")
    return key[0].startswith((
        "iptally_interface_receive_", "iptally_interface_transmit_", "iptally_protocol_",
        "iptally_port_", "iptally_host_", "iptally_capture_packets_", "iptally_capture_snapped_",
        "iptally_decode_errors_")) and "_wire_" not in key[0] and "superframes" not in key[0]


def vlan_ids(packet):
    """Outer and inner; a priority tag has the id 0, as if there were none."""
    return (packet.vlans + (0, 0))[:2]


def service_port(a, b):
    """The one port below 1024 if exactly one is; else the lower."""
    if (a < 1024) != (b < 1024):
        return a if a < 1024 else b
    return min(a, b)


def count(frames, link, interface="file"):
    reference = Reference(link, interface)
    for frame in frames:
        reference.count(frame)
    return reference.result()
