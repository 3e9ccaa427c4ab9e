# A serial line: PPP in HDLC-like framing, and Cisco's HDLC, told apart by the address.
case = capture(PPP_SERIAL, [
    ppp(address_control=True) / ipv4() / udp(40000, 53),
    cisco_hdlc() / ipv4() / udp(40000, 53),
    cisco_hdlc(slot=0x8F) / ipv6("fe80::1", "ff02::1") / icmpv6(134),
])
