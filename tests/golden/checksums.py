# IPv4 headers with right and wrong checksums, as far as they can be judged.
packet = udp(40000, 53) / payload(30)
case = capture(EN10MB, [
    eth() / ipv4() / packet,
    eth() / ipv4(checksum=0x1234) / packet,
    # left to the hardware
    eth() / ipv4(checksum=0) / packet,
    # options count: bad by one bit of them, and not judged where they are cut, in ours or in the frame
    eth() / ipv4(options=b"\x94\x04\0\0") / packet,
    eth() / ipv4(options=b"\x94\x04\0\0", checksum=0x1234) / packet,
    Frame(bytes(eth() / ipv4(options=b"\x94\x04\0\0", checksum=0x1234) / packet)[:37], 76),
    bytes(eth() / ipv4(options=b"\x94\x04\0\0", checksum=0x1234) / packet)[:37],
    # the outer header counts, and a fragment's
    eth() / vlan(5) / ipv4(checksum=0x1234, offset=64) / payload(30),
    eth() / ipv4() / ipv4(checksum=0x1234) / packet,
    eth() / ipv6() / packet,
])
