# Per-packet information names the link behind it; its 802.11 field can announce a check sequence.
def common(flags):
    return b"\x02\0\x14\0" + bytes(8) + bytes([flags, 0]) + bytes(10)


inside = wifi() / snap() / ipv4() / udp(40000, 53)
case = capture(PPI, [
    ppi(EN10MB) / eth() / ipv4() / udp(40000, 53),
    ppi(IEEE802_11, common(0)) / inside,
    ppi(IEEE802_11, common(1), trailer=b"FCS!") / inside,
])
