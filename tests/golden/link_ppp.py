# PPP with and without address and control, with a compressed protocol field, LCP, and MPLS.
case = capture(PPP, [
    ppp() / ipv4() / udp(40000, 53) / payload(70),
    ppp(address_control=True) / ipv4() / udp(40000, 53) / payload(70),
    ppp(0x21, compressed=True) / ipv4() / udp(40000, 53) / payload(70),
    ppp(address_control=True) / ipv6() / udp(40000, 53),
    ppp(0xC021) / payload(10),
    ppp() / mpls(16) / ipv4() / udp(40000, 53) / payload(70),
])
