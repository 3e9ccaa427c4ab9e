# The walk goes through 0, 43, 44, 60, 135, 139 and 140, and nowhere else; AH and ESP end it.
long = ipv6() / hop_by_hop() / routing() / destination_options()
case = capture(RAW, [
    long / tcp(40000, 443, "S"),
    ipv6() / mobility() / host_identity() / shim6() / udp(40000, 53),
    ipv6() / fragment(1) / udp(40000, 53),
    ipv6() / hop_by_hop(b"\1\22" + bytes(18)) / icmpv6(),
    ipv6() / ah() / tcp(40000, 443, "S"),
    ipv6() / esp() / payload(20),
    ipv6() / destination_options(),
    ipv6(next=59),
])
