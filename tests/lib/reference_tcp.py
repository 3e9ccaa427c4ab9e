"""The reference counter's view of TCP: README, "TCP life", segment by segment.

A flow is looked at from both ends; an end is named by its (address, port). Nothing is shared with
the agent but the words of the README.
"""

from dataclasses import dataclass, field

MS = 10**6
TIMEOUTS = {"half_open": 60, "established": 900, "midstream": 900, "closing": 900, "closed": 15}


def ahead(a, b):
    """How far sequence number a is ahead of b: negative where it is behind."""
    return (a - b + 2**31) % 2**32 - 2**31


@dataclass
class End:
    """What is known of one end by what it sent."""

    next: int = None  # behind the highest sequence number
    gap: tuple = None  # (first missing number, how many, when it was left in ms)
    window: int = None
    scale: int = None  # that its SYN offered
    syn: bool = False
    fin: bool = False
    fin_acknowledged: bool = False
    last_was_syn: bool = False


@dataclass
class TcpFlow:
    initiator: tuple
    responder: tuple
    began_ns: int
    seen_ns: int
    state: str = "midstream"
    opened: bool = False
    initial: int = None
    began_with_syn: bool = False
    round_trip_ms: int = 0
    ends: dict = field(default_factory=dict)
    pending: tuple = None  # (end, sequence number, way) of a SYN that waits for its answer

    def is_over(self, now_ns):
        return now_ns - self.seen_ns >= TIMEOUTS[self.state] * 10**9

    def window_of(self, end):
        of, other = self.ends[end], self.ends[self.other(end)]
        shift = 0
        if None not in (of.scale, other.scale) and not of.last_was_syn:
            shift = of.scale
        return (of.window or 0) << shift

    def other(self, end):
        return self.responder if end == self.initiator else self.initiator


class Tcp:
    """Counts into `add(metric, amount)`."""

    def __init__(self, add):
        self._add = add
        for kind in ("syn", "synack", "fin", "rst", "retransmitted", "out_of_order", "zero_window"):
            add(f"iptally_tcp_{kind}_packets_total", 0)
        for what in ("attempted", "established", "refused", "reset", "closed", "midstream"):
            add(f"iptally_tcp_connections_{what}_total", 0)

    def segment(self, flow, packet, source, destination, way, now_ns):
        """Gives (the flow it belongs to, what it opens): None or (port, way, initiator, responder)."""
        flags = packet.tcp_flags
        opens = None
        if flags is not None:
            self._flags(flags)
        if flow is not None and flow.is_over(now_ns):
            flow = None
        if flags is None:  # a later fragment, or cut: no header to look at
            if flow is None:
                flow = self._midstream(source, destination, now_ns)
            flow.seen_ns = now_ns
            return flow, opens
        is_syn = "S" in flags and "A" not in flags and "R" not in flags
        is_answer = "S" in flags and "A" in flags and "R" not in flags
        if flow is not None and is_answer and self._answers_pending(flow, packet, source):
            end, sequence, begun_way = flow.pending
            flow = TcpFlow(end, source, now_ns, now_ns, "half_open", True, sequence)
            flow.ends = {end: End(next=(sequence + 1) % 2**32, syn=True), source: End()}
            self._add("iptally_tcp_connections_attempted_total")
            opens = (source[1], begun_way, destination[0], source[0])
        elif is_syn and (flow is None or self._begins(flow, packet, source)):
            flow = TcpFlow(source, destination, now_ns, now_ns, "half_open", True,
                           packet.sequence, began_with_syn=True)
            flow.ends = {source: End(), destination: End()}
            self._add("iptally_tcp_connections_attempted_total")
            opens = (destination[1], way, source[0], destination[0])
        elif flow is None:
            answers = "S" in flags and "A" in flags  # then its receiver is the initiator
            ends = (destination, source) if answers else (source, destination)
            flow = self._midstream(*ends, now_ns)
        flow.seen_ns = now_ns
        self._live(flow, packet, source, way, now_ns)
        return flow, opens

    def _flags(self, flags):
        if "S" in flags:
            kind = "synack" if "A" in flags else "syn"
            self._add(f"iptally_tcp_{kind}_packets_total")
        if "F" in flags:
            self._add("iptally_tcp_fin_packets_total")
        if "R" in flags:
            self._add("iptally_tcp_rst_packets_total")

    def _midstream(self, initiator, responder, now_ns):
        self._add("iptally_tcp_connections_midstream_total")
        flow = TcpFlow(initiator, responder, now_ns, now_ns)
        flow.ends = {initiator: End(), responder: End()}
        return flow

    @staticmethod
    def _begins(flow, packet, source):
        if flow.state == "half_open":
            return source == flow.initiator and packet.sequence != flow.initial
        return flow.state in ("closed", "midstream")

    @staticmethod
    def _answers_pending(flow, packet, source):
        return (flow.pending is not None and flow.pending[0] == flow.other(source)
                and packet.acknowledgement == (flow.pending[1] + 1) % 2**32)

    def _live(self, flow, packet, source, way, now_ns):
        flags, end, peer = packet.tcp_flags, flow.ends[source], flow.ends[flow.other(source)]
        end.last_was_syn = "S" in flags
        if "R" in flags:
            if flow.state != "closed" and self._may_reset(flow, packet, source):
                refused = flow.state == "half_open" and source == flow.responder
                if not refused:
                    self._add("iptally_tcp_connections_reset_total")
                elif flow.opened:
                    self._add("iptally_tcp_connections_refused_total")
                flow.state = "closed"
            return
        end.window = packet.window
        if "S" in flags:
            if flow.state == "half_open":
                end.syn, end.scale = True, packet.window_scale
            elif "A" not in flags and not (source == flow.initiator
                                           and packet.sequence == flow.initial):
                flow.pending = (source, packet.sequence, way)
                return
            elif flow.pending is not None and flow.pending[0] == source:
                return
        self._sequence(flow, packet, end, peer, now_ns)
        if packet.window == 0 and not set(flags) & set("SF"):
            self._add("iptally_tcp_zero_window_packets_total")
        if flow.state != "closed":
            self._follow(flow, packet, source, end, peer, now_ns)

    @staticmethod
    def _may_reset(flow, packet, source):
        if flow.state == "half_open" and source == flow.responder and not flow.ends[source].syn:
            sent = ahead(flow.ends[flow.initiator].next, packet.acknowledgement) >= 0
            return ("A" in packet.tcp_flags and sent
                    and ahead(packet.acknowledgement, (flow.initial + 1) % 2**32) >= 0)
        known = flow.ends[source].next
        if known is None:
            return True
        window = max(flow.window_of(flow.other(source)), 65535)
        return abs(ahead(packet.sequence, known)) <= window

    def _sequence(self, flow, packet, end, peer, now_ns):
        flags = packet.tcp_flags
        length = packet.payload_bytes + ("S" in flags) + ("F" in flags)
        behind = (packet.sequence + length) % 2**32
        bare = not set(flags) & set("SF")
        if end.next is None:
            end.next = behind
            return
        if length == 0:
            return
        if bare and length == 1 and peer.window == 0 and packet.sequence == end.next:
            return  # a probe of the closed window
        lead = ahead(packet.sequence, end.next)
        if lead >= 0:
            if lead > 0:
                end.gap = (end.next, min(lead, 65535), now_ns // MS)
            end.next = behind
            return
        if bare and length == 1 and lead == -1:
            return  # a keep-alive
        if self._fills(flow, end, packet.sequence, length, now_ns):
            self._add("iptally_tcp_out_of_order_packets_total")
            return
        if ahead(behind, end.next) > 0:
            end.next = behind
        self._add("iptally_tcp_retransmitted_packets_total")

    @staticmethod
    def _fills(flow, end, sequence, length, now_ns):
        if end.gap is None:
            return False
        first, missing, left_ms = end.gap
        offset = (sequence - first) % 2**32
        if now_ns // MS - left_ms > max(3, flow.round_trip_ms) or offset + length > missing:
            return False
        rest = missing - offset - length
        if rest > offset:
            end.gap = ((sequence + length) % 2**32, rest, left_ms)
        else:
            end.gap = (first, offset, left_ms) if offset else None
        return True

    def _follow(self, flow, packet, source, end, peer, now_ns):
        flags = packet.tcp_flags
        if "F" in flags:
            end.fin = True
        if "A" in flags and peer.fin and ahead(packet.acknowledgement, peer.next) >= 0:
            peer.fin_acknowledged = True
        if end.fin_acknowledged and peer.fin_acknowledged:
            flow.state = "closed"
            self._add("iptally_tcp_connections_closed_total")
            return
        if flow.state == "half_open":
            done = "A" in flags and "S" not in flags and (
                source == flow.initiator or packet.payload_bytes or "F" in flags)
            if not done:
                return
            flow.state = "established"
            flow.round_trip_ms = min((now_ns - flow.began_ns) // MS + 1, 65535)
            if flow.opened:
                self._add("iptally_tcp_connections_established_total")
        if end.fin or peer.fin:
            flow.state = "closing"
