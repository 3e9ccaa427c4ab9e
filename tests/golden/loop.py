# OpenBSD's loopback: the family in network byte order.
case = capture(LOOP, [
    loop() / ipv4() / tcp(40000, 22, "S"),
    loop(24) / ipv6() / tcp(40000, 22, "S"),
])
