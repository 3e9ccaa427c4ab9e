# What netfilter logged: a list of attributes, of which only the packet was on a wire.
case = capture(NFLOG, [
    nflog() / ipv4() / udp(40000, 53) / payload(3),
    nflog() / ipv6() / udp(40000, 53),
    nflog(7) / payload(40),
])
