# Cisco's HDLC: address, control, ethertype; SLARP (8035) is no IP.
case = capture(C_HDLC, [
    cisco_hdlc() / ipv4() / udp(40000, 53),
    cisco_hdlc(slot=0x8F, type=0x8035) / payload(18),
    cisco_hdlc() / mpls(16) / ipv6() / udp(40000, 53),
])
