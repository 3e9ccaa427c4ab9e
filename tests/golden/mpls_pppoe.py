# What stands between link and network: labels (then the version nibble tells), PPPoE sessions.
case = capture(EN10MB, [
    eth() / mpls(16) / mpls(17) / ipv4() / udp(40000, 53),
    eth() / mpls(16) / ipv6() / udp(40000, 53),
    eth() / mpls(16) / payload(60, byte=0),
    eth() / pppoe() / ppp() / ipv4() / tcp(40000, 443, "S"),
    eth() / pppoe() / ppp() / ipv6() / tcp(40000, 443, "S"),
    eth() / pppoe() / ppp(0xC021) / payload(10),
    eth(type=0x8863) / payload(46),
])
