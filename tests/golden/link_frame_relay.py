# Frame relay: RFC 2427's NLPIDs, SNAP among them, and Cisco's ethertype.
case = capture(FRELAY, [
    frame_relay(0xCC) / ipv4() / udp(40000, 53),
    frame_relay(0x8E) / ipv6() / udp(40000, 53),
    frame_relay(0x80) / data(bytes(3) + u16(0x0800)) / ipv4() / udp(40000, 53),
    frame_relay() / ipv4() / udp(40000, 53),
    frame_relay(0xCC, address=b"\x18\x40\x40\x01") / ipv4() / udp(40000, 53),
    frame_relay(0x81) / payload(20),
])
