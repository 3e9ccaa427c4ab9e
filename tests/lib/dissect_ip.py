"""Networks and transports, for the reference counter: RFC 791, 792, 826, 768, 8200, 9293."""

from lib.dissect_base import HEADERS_MAX, Bad

IP_PROTOCOLS = {1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 47: "gre", 50: "esp", 51: "ah",
                58: "icmpv6", 89: "ospf", 103: "pim", 132: "sctp"}
EXTENSIONS = (0, 43, 44, 60, 135, 139, 140)
# A length of 0 is an offload's only where the frame is longer than any that needs no offload.
SMALLEST_MTU = {4: 576, 6: 1280}


def arp(packet, rest):
    """RFC 826: the fixed part, before the addresses."""
    packet.network = "arp"
    rest.look(8, "network")


def ipv4(packet, rest):
    head = rest.look(20, "network")
    if head[0] >> 4 != 4:
        raise Bad("bad_version")
    packet.network = "ipv4"
    packet.protocol = IP_PROTOCOLS.get(head[9], "other")
    packet.source, packet.destination = head[12:16], head[16:20]
    flags_offset = int.from_bytes(head[6:8], "big")
    offset, more = flags_offset & 0x1FFF, flags_offset & 0x2000
    if offset or more:
        packet.fragment_id = int.from_bytes(head[4:6], "big")
        packet.fragment_protocol = head[9]
        packet.later_fragment = offset > 0
    header, total = (head[0] & 15) * 4, int.from_bytes(head[2:4], "big")
    if header < 20:
        raise Bad("bad_header_length")
    packet.bad_checksum = has_bad_checksum(rest.peek(header), header)
    if total == 0 and rest.left() > SMALLEST_MTU[4]:
        total = rest.left()
    if total < header:
        raise Bad("bad_total_length")
    if header > rest.left():
        raise Bad("truncated_network")
    set_end(packet, rest, total)
    rest.skip(header, "network")
    if not packet.later_fragment:
        transport(packet, rest, head[9])


def has_bad_checksum(head, length):
    """RFC 1071: all words together are ffff in ones' complement."""
    if len(head) < length or head[10:12] == b"\0\0":
        return False
    total = 0
    for at in range(0, length, 2):
        total += int.from_bytes(head[at : at + 2], "big")
        total = (total & 0xFFFF) + (total >> 16)
    return total != 0xFFFF


def set_end(packet, rest, total):
    """The datagram's own length rules out padding. One that claims more than the frame holds is
    decoded as far as it goes; that it lied is its error, whatever is found behind."""
    if total > rest.left():
        packet.error = packet.error or "bad_total_length"
    rest.end = min(rest.end, rest.at + total)
    rest.claimed = total


def ipv6(packet, rest):
    head = rest.look(40, "network")
    if head[0] >> 4 != 6:
        raise Bad("bad_version")
    rest.take(40, "network")
    packet.network = "ipv6"
    packet.source, packet.destination = head[8:24], head[24:40]
    length, number = int.from_bytes(head[4:6], "big"), head[6]
    packet.protocol = "other"
    set_end(packet, rest, ipv6_payload_length(packet, rest, length, number))
    extensions = 0
    while number in EXTENSIONS:
        extensions += 1
        if extensions > HEADERS_MAX:
            raise Bad("too_deep")
        if number == 44:
            first = rest.take(8, "network")
            offset_more = int.from_bytes(first[2:4], "big")
            if offset_more & 0xFFF9:
                packet.fragment_id = int.from_bytes(first[4:8], "big")
            if offset_more & 0xFFF8:
                packet.later_fragment = True
                packet.protocol = IP_PROTOCOLS.get(first[0], "other")
                return
        else:
            first = rest.look(2, "network")
            if (first[1] + 1) * 8 > rest.left():
                raise Bad("bad_header_length")
            rest.skip((first[1] + 1) * 8, "network")
        number = first[0]
    packet.protocol = IP_PROTOCOLS.get(number, "other")
    transport(packet, rest, number)


def ipv6_payload_length(packet, rest, length, number):
    """RFC 2675: 0 stands for what the jumbo option says; without one, for an offload's length."""
    if length:
        return length
    if number == 0:
        jumbo = jumbo_length(rest)
        if jumbo > 0xFFFF:
            return jumbo
        if jumbo:
            packet.error = "bad_total_length"
    return rest.left() if rest.left() > SMALLEST_MTU[6] - 40 else 0


def jumbo_length(rest):
    """Of the hop-by-hop header that follows, if it was captured; else 0."""
    header = rest.data[rest.at : rest.end]
    if len(header) < 2 or len(header) < (header[1] + 1) * 8:
        return 0
    options = header[2 : (header[1] + 1) * 8]
    while len(options) >= 2:
        if options[0] == 0:
            options = options[1:]
        elif options[:2] == b"\xc2\x04" and len(options) >= 6:
            return int.from_bytes(options[2:6], "big")
        else:
            options = options[2 + options[1] :]
    return 0


# Transports


def transport(packet, rest, number):
    if number in (6, 17, 132):
        # four bytes tell the ports, whatever is missing behind them
        if rest.at + 4 <= min(rest.end, len(rest.data)):
            ports = rest.look(4, "transport")
            packet.ports = int.from_bytes(ports[:2], "big"), int.from_bytes(ports[2:], "big")
    if number == 6:
        tcp(packet, rest)
    elif number == 17:
        udp(packet, rest)
    elif number == 132:
        rest.look(4, "transport", header=12)
    elif number in (1, 58):
        icmp(rest, number)


def window_scale(options):
    """RFC 7323 2.2: kind 3, length 3, shift; None where there is no such option."""
    while options and options[0] != 0:
        if options[0] == 1:
            options = options[1:]
            continue
        if len(options) < 2 or options[1] < 2:
            return None
        if options[0] == 3 and options[1] == 3 and len(options) >= 3:
            return min(options[2], 14)
        options = options[options[1]:]
    return None


def tcp(packet, rest):
    """RFC 9293 3.1; behind the window only the option of its scale is looked at."""
    head = rest.look(16, "transport", header=20)
    packet.tcp_flags = "".join(c for i, c in enumerate("FSRPAU") if head[13] >> i & 1)
    packet.sequence = int.from_bytes(head[4:8], "big")
    packet.acknowledgement = int.from_bytes(head[8:12], "big")
    packet.window = int.from_bytes(head[14:16], "big")
    header = (head[12] >> 4) * 4
    if "S" in packet.tcp_flags:
        packet.window_scale = window_scale(rest.peek(header)[20:])
    in_first_fragment = packet.fragment_id is not None
    if header < 20 or (header > rest.claimed and not in_first_fragment):
        raise Bad("bad_header_length")
    packet.payload_bytes = max(0, rest.claimed - header)


def udp(packet, rest):
    """RFC 768; RFC 2675 4: a length of 0 in a jumbogram."""
    length = int.from_bytes(rest.look(6, "transport", header=8)[4:6], "big")
    if length < 8:
        if length or rest.claimed <= 0xFFFF:
            raise Bad("bad_header_length")
    elif length > rest.claimed and packet.fragment_id is None:
        raise Bad("bad_header_length")


def icmp(rest, number):
    """RFC 792, RFC 4443: a query has an identifier."""
    kind = rest.look(2, "transport", header=4)[0]
    if kind in ((0, 8, 13, 14, 15, 16, 17, 18) if number == 1 else (128, 129)):
        rest.look(6, "transport", header=8)
