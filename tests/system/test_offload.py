"""Super-frames: what segmentation on the way out (TSO) and joining on the way in (GRO) hide, and
what of it the agent restores. And the MTU, which decides what a super-frame is.

What the kernel counts where: a veth counts a super-frame that its machine sends as one packet of
its length, on both of its ends; a receiver that joins counts the segments, before it joins them.
Where a veth's receiver joins, the kernel leaves 14 bytes of each frame out, on both ends.
"""

import time

import pytest

from lib import netns
from lib.frames import MAC_A, MAC_B, eth, ipv4, payload, udp
from lib.metrics import counted, kernel_counted, value
from lib.traffic import at_rest, introduce, kernel_delta, send_stacks, send_stream, settled

PAYLOAD = 5_000_000
ETHERNET = 14
# Behind Ethernet and IP: TCP with time stamps (RFC 7323), a SYN with all of its options.
SEGMENT, SYN = 32, 40
TRIES = 5


def stream_bytes(packets, payload_bytes, ipv6=False):
    """Frame bytes of one side of a connection, its SYN and FIN included."""
    header = ETHERNET + (40 if ipv6 else 20)
    return packets * (header + SEGMENT) + (SYN - SEGMENT) + payload_bytes


def wire(series, interface, way):
    return tuple(value(series, f"iptally_interface_{way}_wire_{unit}_total", interface=interface)
                 for unit in ("packets", "bytes"))


def superframes(series, interface, way):
    return value(series, f"iptally_interface_{way}_superframes_total", interface=interface)


def within_2_percent(estimate, truth):
    return abs(estimate - truth) <= truth / 50


def without_retransmission(attempt):
    """attempt() until it says that no segment was sent twice: only then the arithmetic holds."""
    for _ in range(TRIES):
        if attempt():
            return
    pytest.fail(f"no transfer of {TRIES} went without a retransmission")


@pytest.mark.parametrize("ipv6", [False, True], ids=["ipv4", "ipv6"])
def test_a_receiver_that_joins_segments(namespaces_work, start_agent, ipv6):
    """The payload is counted to the byte, the wire is restored, and the kernel counted it."""
    with netns.Pair(ipv6=ipv6) as pair:
        a, b = pair.a, pair.b
        introduce(a, b)
        netns.offloads(b, b.interface, gro="on", rx="on")
        settled((a, b))

        def attempt():
            before = b.statistics()
            one = start_agent("-i", b.interface, namespace=b.name)
            if send_stream(a, b, PAYLOAD, ipv6):
                return False
            settled((a, b))
            kernel = kernel_delta(before, b.statistics())
            series = one.scrape_until(lambda series: kernel_counted(series, "vb") == kernel)
            found = counted(series, "vb")
            packets, frame_bytes = wire(series, "vb", "receive")
            print(f"kernel {kernel}, captured {found}, wire {packets} / {frame_bytes}, "
                  f"super-frames {superframes(series, 'vb', 'receive')}")
            assert found["rx_bytes"] == stream_bytes(found["rx_packets"], PAYLOAD, ipv6)
            assert found["tx_bytes"] == stream_bytes(found["tx_packets"], 0, ipv6)
            assert superframes(series, "vb", "receive") > 0
            assert superframes(series, "vb", "transmit") == 0
            assert found["rx_packets"] < kernel["rx_packets"] / 2
            # What is sent is not joined: equal.
            assert (found["tx_packets"], found["tx_bytes"]) == wire(series, "vb", "transmit") \
                == (kernel["tx_packets"], kernel["tx_bytes"])
            assert within_2_percent(packets, kernel["rx_packets"])
            coverage = frame_bytes / (kernel["rx_bytes"] + ETHERNET * kernel["rx_packets"])
            assert 0.999 < coverage < 1.001
            return True

        without_retransmission(attempt)


def test_a_sender_that_does_not_cut_segments(bridged, start_agent):
    """The kernel counts the wire only where it cuts: at the bridge's other port."""
    a, b, s = bridged.a, bridged.b, bridged.s
    netns.offloads(a, a.interface, tso="on", gso="on", tx="on", sg="on")
    netns.offloads(s, "pa", rx="on")

    def attempt():
        before = a.statistics(), s.statistics("pb")
        sender = start_agent("-i", a.interface, namespace=a.name)
        switch = start_agent("-i", "pa", "-i", "pb", namespace=s.name)
        if send_stream(a, b, PAYLOAD):
            return False
        kernel, series = at_rest(sender, a, a.interface, before[0])
        cut, switched = at_rest(switch, s, "pb", before[1])
        packets, frame_bytes = wire(series, "va", "transmit")
        print(f"kernel {kernel} of which on the wire {cut}, wire {packets} / {frame_bytes}, "
              f"super-frames {superframes(series, 'va', 'transmit')}")
        found = counted(series, "va")
        assert found == kernel
        assert found["tx_bytes"] == stream_bytes(found["tx_packets"], PAYLOAD)
        assert found["rx_bytes"] == stream_bytes(found["rx_packets"], 0)
        assert superframes(series, "va", "transmit") > 0
        assert superframes(series, "va", "receive") == 0
        assert found["tx_packets"] < cut["tx_packets"] / 2
        assert within_2_percent(packets, cut["tx_packets"])
        assert 0.999 < frame_bytes / cut["tx_bytes"] < 1.001
        # The port that they come in by has them whole, the one that they leave by has them cut.
        assert wire(switched, "pa", "receive") == (packets, frame_bytes)
        assert superframes(switched, "pa", "receive") == superframes(series, "va", "transmit")
        assert counted(switched, "pb") == cut
        assert superframes(switched, "pb", "transmit") == 0
        assert cut["tx_bytes"] == stream_bytes(cut["tx_packets"], PAYLOAD)
        return True

    without_retransmission(attempt)


def test_segments_joined_and_sent_on(bridged, start_agent):
    """A gateway that joins on one side and does not cut on the other carries super-frames both
    ways; both of its sides restore the same wire."""
    a, b, s = bridged.a, bridged.b, bridged.s
    netns.offloads(s, "pa", gro="on", rx="on")
    netns.offloads(s, "pb", tso="on", gso="on", tx="on", sg="on")
    netns.offloads(b, b.interface, rx="on")

    def attempt():
        before = s.statistics("pa"), s.statistics("pb")
        one = start_agent("-i", "pa", "-i", "pb", namespace=s.name)
        if send_stream(a, b, PAYLOAD):
            return False
        kernel, series = at_rest(one, s, "pb", before[1])
        came = kernel_delta(before[0], s.statistics("pa"))
        assert counted(series, "pb") == kernel
        assert kernel["tx_bytes"] == stream_bytes(kernel["tx_packets"], PAYLOAD)
        packets, frame_bytes = wire(series, "pb", "transmit")
        assert wire(series, "pa", "receive") == (packets, frame_bytes)
        assert superframes(series, "pb", "transmit") > 0
        assert within_2_percent(packets, came["rx_packets"])
        return True

    without_retransmission(attempt)


def test_jumbo_frames_are_no_super_frames(namespaces_work, start_agent):
    with netns.Pair(mtu=9000) as pair:
        a, b = pair.a, pair.b
        introduce(a, b)

        def attempt():
            before = a.statistics()
            one = start_agent("-i", a.interface, namespace=a.name)
            if send_stream(a, b, PAYLOAD):
                return False
            kernel, series = at_rest(one, a, a.interface, before)
            assert counted(series, "va") == kernel
            assert kernel["tx_bytes"] == stream_bytes(kernel["tx_packets"], PAYLOAD)
            assert kernel["rx_bytes"] == stream_bytes(kernel["rx_packets"], 0)
            assert wire(series, "va", "transmit") == (kernel["tx_packets"], kernel["tx_bytes"])
            assert value(series, "iptally_interface_mtu_bytes", interface="va") == 9000
            sizes = "iptally_interface_transmit_packet_size_bytes_bucket"
            assert PAYLOAD / 9000 < (value(series, sizes, interface="va", le="9216")
                                     - value(series, sizes, interface="va", le="4095"))
            assert value(series, sizes, interface="va", le="9216") == kernel["tx_packets"]
            return True

        without_retransmission(attempt)


def test_an_mtu_that_changes_while_running_is_picked_up(namespaces_work, start_agent):
    with netns.Pair(mtu=9000) as pair:
        a, b = pair.a, pair.b
        introduce(a, b)
        one = start_agent("-i", a.interface, namespace=a.name)
        frames = [eth(MAC_B, MAC_A) / ipv4() / udp(1000, 1000) / payload(length - 42)
                  for length in (1514, 1515, 1518)]
        counts = []
        for mtu in (9000, 1500, 1501, 9000):
            a.ip("link", "set", a.interface, "mtu", mtu)
            begun = time.monotonic()
            one.scrape_until(
                lambda series, mtu=mtu: value(series, "iptally_interface_mtu_bytes",
                                              interface="va") == mtu, what=f"an MTU of {mtu}")
            assert time.monotonic() - begun < 2
            sent = 3 * (len(counts) + 1)
            send_stacks(b, frames)
            series = one.scrape_until(
                lambda series, sent=sent: counted(series, "va")["rx_packets"] == sent)
            counts.append(superframes(series, "va", "receive"))
        assert counts == [0, 2, 3, 3]
