# More tags, labels or extension headers than the bound of 16: a reason of its own.
def many(first, one, n, last):
    stack = first / one
    for _ in range(n - 1):
        stack /= one
    return stack / last


datagram = ipv4() / udp(40000, 53)
options = destination_options()
case = capture(EN10MB, [
    many(eth(), vlan(1), 16, datagram), many(eth(), vlan(1), 17, datagram),
    many(eth(), mpls(16), 16, datagram), many(eth(), mpls(16), 17, datagram),
    many(eth() / ipv6(), options, 16, udp(40000, 53)),
    many(eth() / ipv6(), options, 17, udp(40000, 53)),
])
