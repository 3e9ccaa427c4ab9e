# Token Ring, with and without a source route, to the broadcast address of its own.
case = capture(IEEE802_5, [
    token_ring() / snap() / ipv4() / udp(40000, 53),
    token_ring(route=b"\x06\x10\x00\x11\x00\x20") / snap() / ipv6() / udp(40000, 53),
    token_ring("c0:00:ff:ff:ff:ff") / snap() / arp(),
    token_ring("c0:00:00:00:01:00") / llc(0x42) / payload(35),
])
