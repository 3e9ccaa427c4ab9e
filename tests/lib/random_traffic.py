"""Random traffic from a seed: proper conversations, fragments, odd stacks, cut and damaged frames.

Every choice comes from one generator, so a seed is a capture.
"""

import random

from lib import capture, frames
from lib.capture import EN10MB, LINUX_SLL, LINUX_SLL2, LOOP, NULL, RAW, Frame
from lib.frames import fragments, null, payload
from lib.stack import Stack, u16

LINKS = (EN10MB, RAW, LINUX_SLL, LINUX_SLL2, NULL, LOOP)

# What stands below IP on the rarer links, by a choice between makers.
OTHER_LINKS = {
    capture.PPP: lambda choose: choose((frames.ppp(), frames.ppp(address_control=True),
                                        frames.ppp() / frames.mpls(16))),
    capture.PPP_SERIAL: lambda choose: choose((frames.ppp(address_control=True),
                                               frames.cisco_hdlc())),
    capture.C_HDLC: lambda choose: frames.cisco_hdlc(slot=choose((0x0F, 0x8F))),
    capture.FRELAY: lambda choose: choose((
        frames.frame_relay(), frames.frame_relay(address=b"\x18\x40\x01"),
        frames.frame_relay(0x80) / frames.data(bytes(3)) / ethertype_field())),
    capture.IEEE802_11: lambda choose: random_wifi(choose) / frames.snap(),
    capture.IEEE802_11_RADIO: lambda choose: frames.radiotap(
        check_sequence=choose((False, True)), extra=choose((0, 3, 27)))
        / random_wifi(choose) / frames.snap(),
    capture.IEEE802_5: lambda choose: frames.token_ring(
        route=choose((b"", b"\x06\x10\x00\x11\x00\x20"))) / frames.snap(),
    capture.FDDI: lambda choose: frames.fddi(control=choose((0x50, 0x57, 0x41))) / frames.snap(),
    capture.IP_OVER_FC: lambda choose: frames.fibre_channel() / frames.snap(),
    capture.SLIP: lambda choose: Stack([frames.slip(choose((0, 1)))]),
    capture.NFLOG: lambda choose: Stack([frames.nflog()]),
    capture.IPNET: lambda choose: Stack([frames.ipnet()]),
    capture.PPI: lambda choose: frames.ppi(EN10MB) / frames.eth(),
    capture.ATM_RFC1483: lambda choose: Stack([frames.snap()]),
    capture.ATM_CLIP: lambda choose: Stack(choose(([], [frames.snap()]))),
    capture.SUNATM: lambda choose: frames.sunatm(kind=choose((1, 2, 2, 2, 5))) / frames.snap(),
    capture.JUNIPER_ETHER: lambda choose: frames.juniper_ethernet(choose((None, bytes(16))))
        / frames.eth(),
}


def random_wifi(choose):
    return frames.wifi(subtype=choose((0, 8, 8, 4, 12)), to_ds=choose((False, True)),
                       from_ds=choose((False, True)), order=choose((False, True)),
                       protected=choose((False, False, False, True)),
                       destination=choose((frames.MAC_B, frames.BROADCAST)))


@frames.layer()
def ethertype_field(place):
    """An ethertype alone, behind an OUI."""
    return u16(place.upper("ethertype", 0x88B5)) + place.payload
PORTS = (0, 22, 53, 80, 123, 443, 514, 853, 1023, 1024, 1025, 5353, 8080, 40000, 50000, 65535)
SECOND = 10**9


class Traffic:
    def __init__(self, seed, link, damage=True):
        self.random = random.Random(f"{seed}/{link}")
        self.link = link
        self.damage = damage
        self.time_ns = capture.START
        self.next_port = 20000
        self.next_id = 1
        self.queue = []  # frames of conversations that go on, each a list of stacks

    def frames(self, n):
        """n frames of a capture file."""
        made = []
        while len(made) < n:
            made += [self.finish(stack) for stack in self.step()]
        return made[:n]

    def step(self):
        kind = self.random.choices(
            ("conversation", "udp", "fragments", "other", "not_ip"), (5, 4, 2, 3, 1))[0]
        return getattr(self, kind)()

    def finish(self, stack):
        """The frame as captured: at a time, cut, shortened or damaged."""
        self.time_ns += self.pause()
        whole = bytearray(bytes(stack))
        length = caplen = len(whole)
        if self.damage:
            fate = self.random.random()
            if fate < 0.06:  # by the snap length
                caplen = self.random.randint(0, min(length, 120))
            elif fate < 0.10:  # on the wire
                length = caplen = self.random.randint(0, min(length, 120))
            elif fate < 0.16 and whole:
                at = self.random.randrange(min(len(whole), 80))
                whole[at] = self.random.randrange(256)
        late = self.random.randrange(3 * SECOND) if self.random.random() < 0.05 else 0
        return Frame(bytes(whole[:caplen]), length, self.time_ns - late)

    def pause(self):
        """Mostly milliseconds; sometimes long enough for flows to end."""
        lot = self.random.random()
        if lot < 0.01:
            return self.random.choice((40, 70, 100, 200, 1000)) * SECOND
        return self.random.randrange(20_000_000)

    # Stacks

    def below(self):
        """What stands below IP on this link."""
        choose = self.random.choice
        if self.link in OTHER_LINKS:
            below = OTHER_LINKS[self.link](choose)
            return below if isinstance(below, Stack) else Stack([below])
        if self.link == RAW:
            return Stack([])
        if self.link == NULL:
            return Stack([null(order=choose("<>"))])
        if self.link == LOOP:
            return Stack([frames.loop()])
        if self.link in (LINUX_SLL, LINUX_SLL2):
            make = frames.sll if self.link == LINUX_SLL else frames.sll2
            stack = Stack([make(choose((0, 1, 2, 3, 4, 4)))])
        else:
            where = choose((frames.MAC_B,) * 6 + (frames.BROADCAST, "01:00:5e:00:00:01"))
            pad = choose((0, 0, 60))
            stack = Stack([choose((frames.eth,) * 9 + (frames.eth_802_3,))(where, pad=pad)])
            if stack.layers[0].name == "eth_802_3":
                stack /= frames.snap()
        return self.tags(stack)

    def tags(self, stack):
        choose = self.random.choice
        for _ in range(choose((0,) * 8 + (1, 1, 2, 3))):
            tag = choose((frames.vlan, frames.service_vlan, frames.old_service_vlan))
            stack /= tag(choose((0, 1, 2, 4095)), priority=choose((0, 7)))
        return stack

    def network(self, a, b, version=None):
        """An IP header (and what may follow it) from host a to host b."""
        choose = self.random.choice
        if (version or choose((4, 4, 6))) == 4:
            return Stack([frames.ipv4(f"10.0.0.{a}", f"10.0.0.{b}",
                                      options=choose((b"",) * 6 + (b"\x94\x04\0\0", bytes(39))))])
        stack = Stack([frames.ipv6(f"2001:db8::{a}", f"2001:db8::{b}")])
        makers = (frames.hop_by_hop, frames.destination_options, frames.routing, frames.mobility,
                  frames.host_identity, frames.shim6)
        for _ in range(choose((0,) * 6 + (1, 2, 3, 4))):
            stack /= choose(makers)()
        return stack

    def hosts(self):
        return self.random.randint(1, 9), self.random.randint(1, 9)

    # Kinds of traffic

    def udp(self):
        a, b = self.hosts()
        return [self.below() / self.network(a, b)
                / frames.udp(self.random.choice(PORTS), self.random.choice(PORTS))
                / payload(self.size())]

    def size(self):
        return self.random.choice((0, 1, 10, 22, 50, 100, 300, 700, 1200, 1450, 4000, 9300))

    def conversation(self):
        """Goes on with a TCP conversation, or begins one."""
        if len(self.queue) < 20:
            self.queue.append(self.script())
        script = self.random.choice(self.queue)
        stack = script.pop(0)
        if not script:
            self.queue.remove(script)
        return [stack]

    def script(self):
        """The segments of a connection on a tuple of its own."""
        choose, below = self.random.choice, self.below()
        a, b = self.hosts()
        network = choose((4, 6))
        there, back = self.network(a, b, network), self.network(b, a, network)
        self.next_port += 1
        port, service, seq = self.next_port, choose(PORTS), self.random.randrange(2**32)

        def send(flags, seq, ack=0, length=0):
            return (below / there / frames.tcp(port, service, flags, seq % 2**32, ack % 2**32)
                    / payload(length))

        def answer(flags, seq, ack, length=0):
            return (below / back / frames.tcp(service, port, flags, seq % 2**32, ack % 2**32)
                    / payload(length))

        syn, synack = send("S", seq), answer("SA", 7, seq + 1)
        data, size = [], self.size()
        data = [send("PA", seq + 1, 8, size), answer("A", 8, seq + 1 + size)]
        done = seq + 1 + size
        close = [send("FA", done, 8), answer("FA", 8, done + 1), send("A", done + 1, 9)]
        return choose((
            [syn, synack, send("A", seq + 1, 8), *data * 2, *close],
            [syn, syn, synack, send("A", seq + 1, 8), *data, *close, send("S", seq + 10**6)],
            [syn, answer("RA", 0, seq + 1)],
            [syn, answer("RA", 0, seq + 1), send("S", seq + 10**6)],
            [syn, syn, syn],
            [*data, send("RA", done, 8)],
            [synack],
        ))

    def fragments(self):
        """The fragments of a datagram: in order, in disorder, or some of them."""
        a, b = self.hosts()
        self.next_id = self.next_id % 60000 + 1
        stack = self.below() / self.network(a, b)
        ports = self.random.choice(PORTS), self.random.choice(PORTS)
        upper = self.random.choice((frames.udp(*ports), frames.icmp(), frames.gre())) / payload(
            self.random.choice((1500, 2900, 4000)))
        if stack.index("ipv4") >= 0:
            at = stack.index("ipv4")
            stack = Stack(stack.layers[:at] + [stack.layers[at].but(id=self.next_id)])
        else:
            stack /= frames.fragment(self.next_id)
            if self.random.random() < 0.3:
                stack /= frames.destination_options()
        pieces = fragments(stack / upper, mtu=1500)
        lot = self.random.random()
        if lot < 0.3:
            self.random.shuffle(pieces)
        elif lot < 0.5:
            pieces.pop(self.random.randrange(len(pieces)))
        return pieces

    def other(self):
        choose = self.random.choice
        a, b = self.hosts()
        upper = choose((
            frames.icmp(choose((0, 3, 8, 11, 13)), id=choose((0, 1, 2))), frames.icmpv6(),
            frames.icmpv6(135) / payload(20), frames.igmp(), frames.gre() / frames.ipv4(),
            frames.esp() / payload(40), frames.ah() / frames.udp(53, 53), frames.sctp(1, 2),
            frames.ospf(), frames.pim(), frames.ipv4() / frames.udp(53, 53), frames.ipv6(),
        ))
        return [self.below() / self.network(a, b) / upper]

    def not_ip(self):
        if self.link != EN10MB:
            return [self.below() / payload(40, byte=self.random.choice((0x45, 0x60, 0)))]
        eth, eth_802_3 = frames.eth(pad=60), frames.eth_802_3(pad=60)
        labels = frames.mpls(16) / frames.mpls(17)
        return [self.random.choice((
            self.tags(Stack([eth])) / frames.arp(), eth_802_3 / frames.llc() / payload(35),
            frames.eth(type=0x88CC) / payload(46), eth / labels / frames.ipv4() / frames.icmp(),
            eth / labels / payload(40, byte=0), eth / frames.pppoe() / frames.ppp() / frames.ipv6(),
            eth_802_3 / frames.snap(oui=0x0C, type=0x2000) / payload(40),
        ))]
