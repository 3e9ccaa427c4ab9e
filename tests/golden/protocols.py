# One packet of each protocol that has a name of its own, and of some that have not.
tunnelled = ipv4("10.9.0.1", "10.9.0.2") / udp(40000, 53)
case = capture(RAW, [
    ipv4() / tcp(40000, 443, "S"), ipv4() / udp(40000, 53), ipv4() / icmp(),
    ipv4() / igmp(), ipv4() / gre() / tunnelled, ipv4() / esp() / payload(16),
    ipv4() / ah() / tcp(40000, 443, "S"), ipv4() / sctp(1, 2), ipv4() / ospf(), ipv4() / pim(),
    ipv4() / tunnelled,
    ipv4() / ipv6() / udp(40000, 53),
    ipv4(protocol=253) / payload(10),
    ipv6() / icmpv6(),
    ipv6() / ospf(),
    ipv4() / icmpv6(),
])
