# Frames that contradict themselves, each with its reason; each counts at every level it reached.
packet = udp(40000, 53) / payload(30)
case = capture(EN10MB, [
    eth() / ipv4(version=5) / packet,
    eth() / ipv6(version=4) / packet,
    eth() / ipv4(header_length=16) / packet,
    eth() / ipv4(header_length=60, total_length=58) / packet,
    eth() / ipv4(total_length=19) / packet,
    eth() / ipv4(total_length=1000) / packet,
    eth() / ipv4() / tcp(40000, 443, "A", header_length=16),
    eth() / ipv4() / tcp(40000, 443, "A", header_length=60),
    eth() / ipv4(protocol=17) / payload(3),
    eth() / ipv4(protocol=17) / payload(6, byte=0x02),
    bytes(eth() / ipv4() / packet)[:33],
    bytes(eth() / ipv6() / packet)[:53],
    bytes(eth() / vlan(1))[:16],
    bytes(eth())[:13],
    b"",
])
