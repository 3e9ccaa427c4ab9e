"""The independent, slow, obvious counter: README, "What is counted", in Python and nothing more.

It shares no code and no structure with the agent. Dissection of one frame is in dissect.py; here
is what is counted of it. `count(observed, link)` gives every series as {(metric, labels): value}.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from lib import dissect_links
from lib.dissect import LINKS, REASONS, dissect

LINKS.update(dissect_links.LINKS)

SECOND = 10**9
BOUNDS = (64, 127, 255, 511, 1023, 1518, 4095, 9216)
PROTOCOLS = "tcp udp icmp icmpv6 igmp gre esp ah sctp ospf pim other".split()
FRAGMENT_SECONDS = 60

TIMEOUTS = {"one_way": 60, "two_way": 180, "half_open": 60, "established": 900, "midstream": 900,
            "closing": 900, "closed": 15}


def labels(**pairs):
    return tuple(sorted(pairs.items()))


@dataclass
class Flow:
    """One flow of the flow table, from whoever sent its first packet."""

    first_source: tuple
    state: str
    seen_ns: int
    initial_sequence: int = None
    fin_end: dict = field(default_factory=dict)
    fin_acknowledged: set = field(default_factory=set)

    def is_over(self, now_ns):
        return now_ns - self.seen_ns >= TIMEOUTS[self.state] * SECOND


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

    def add(self, metric, amount=1, **more):
        self.series[metric, labels(interface=self.interface, **more)] += amount

    def _start_at_zero(self):
        """Everything with a known set of labels is shown from the start."""
        for way in ("receive", "transmit"):
            for what in ("packets", "bytes", "broadcast_packets", "multicast_packets"):
                self.add(f"iptally_interface_{way}_{what}_total", 0)
            for what in ("packets", "bytes"):
                for network in ("ipv4", "ipv6"):
                    for protocol in PROTOCOLS:
                        self.add(f"iptally_protocol_{way}_{what}_total", 0,
                                 network=network, protocol=protocol)
                for network in ("arp", "other"):
                    self.add(f"iptally_protocol_{way}_{what}_total", 0,
                             network=network, protocol="none")
            for protocol in ("tcp", "udp"):
                self._show_port(protocol, "other")
                self._show_port(protocol, "unattributed")
        self.add("iptally_capture_packets_total", 0)
        self.add("iptally_capture_snapped_packets_total", 0)
        for reason in REASONS:
            self.add("iptally_decode_errors_total", 0, reason=reason)

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
        self.lengths[way].append(packet.frame_bytes)

        if packet.network in ("ipv4", "ipv6"):
            self._ip(way, packet)
        else:
            self._traffic("protocol", way, packet.frame_bytes,
                          network=packet.network, protocol="none")

    def _traffic(self, family, way, frame_bytes, **more):
        self.add(f"iptally_{family}_{way}_packets_total", 1, **more)
        self.add(f"iptally_{family}_{way}_bytes_total", frame_bytes, **more)

    def _ip(self, way, packet):
        protocol, ports = packet.protocol, packet.ports
        if packet.fragment_id is not None:
            protocol, ports = self._reassociate(packet)
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
        if self._opens(packet, protocol, ports):
            self._show_port(protocol, ports[1])
            self.add(f"iptally_port_{way}_connections_total", 1,
                     protocol=protocol, port=str(ports[1]))

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

    def _opens(self, packet, protocol, ports):
        """Takes the packet into its flow, and says whether it begins a connection."""
        source, destination = (packet.source, ports[0]), (packet.destination, ports[1])
        key = (vlan_ids(packet), packet.network, protocol, frozenset((source, destination)))
        flow = self.flows.get(key)
        if flow is not None and flow.is_over(self.now_ns):
            flow = None
        if protocol == "udp":
            opens = flow is None
            if flow is None:
                flow = self.flows[key] = Flow(source, "one_way", self.now_ns)
            elif source != flow.first_source:
                flow.state = "two_way"
        else:
            flow, opens = self._tcp(packet, flow, source, destination)
            self.flows[key] = flow
        flow.seen_ns = self.now_ns
        return opens

    def _tcp(self, packet, flow, source, destination):
        flags = packet.tcp_flags
        if flags is None:  # a later fragment, or cut: no header to look at
            return flow or Flow(source, "midstream", self.now_ns), False
        if "S" in flags and "A" not in flags and "R" not in flags:
            if flow is None or self._makes_anew(flow, packet, source):
                flow = Flow(source, "half_open", self.now_ns, packet.sequence)
                self._close(packet, flow, source)
                return flow, True
        if flow is None:
            answers = "S" in flags and "A" in flags  # then its receiver is the initiator
            flow = Flow(destination if answers else source, "midstream", self.now_ns)
        elif flow.state == "closed":
            return flow, False
        if "R" in flags:
            flow.state = "closed"
            return flow, False
        if flow.state == "half_open" and "A" in flags and "S" not in flags:
            if source == flow.first_source or packet.payload_bytes:
                flow.state = "established"
        self._close(packet, flow, source)
        return flow, False

    @staticmethod
    def _makes_anew(flow, packet, source):
        """Whether this SYN begins the tuple's next connection."""
        if flow.state == "half_open":
            return source == flow.first_source and packet.sequence != flow.initial_sequence
        return flow.state in ("closed", "midstream")

    @staticmethod
    def _close(packet, flow, source):
        """Both ends sent FIN and the other one acknowledged it: the flow is closed."""
        if "F" in packet.tcp_flags:
            flow.fin_end[source] = (packet.sequence + packet.payload_bytes + 1) % 2**32
        if "A" in packet.tcp_flags:
            for end, fin_end in flow.fin_end.items():
                if end != source and (packet.acknowledgement - fin_end) % 2**32 < 2**31:
                    flow.fin_acknowledged.add(end)
        if len(flow.fin_acknowledged) == 2:
            flow.state = "closed"
        elif flow.fin_end:
            flow.state = "closing"

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
    """Whether the reference counts this series: not what comes from the kernel or the agent."""
    return key[0].startswith((
        "iptally_interface_receive_", "iptally_interface_transmit_", "iptally_protocol_",
        "iptally_port_", "iptally_capture_packets_", "iptally_capture_snapped_",
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
