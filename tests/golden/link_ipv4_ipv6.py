# A link type that says IPv4: a packet of another version contradicts it.
case = capture(IPV4, [ipv4() / udp(40000, 53), ipv6() / udp(40000, 53)])
