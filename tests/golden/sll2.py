# The newer cooked header, of 20 bytes.
case = capture(LINUX_SLL2, [
    sll2(OUTGOING) / ipv4("10.0.0.1", "10.0.0.2") / udp(40000, 53) / payload(30),
    sll2(HOST) / ipv4("10.0.0.2", "10.0.0.1") / udp(53, 40000) / payload(130),
    sll2(TO_BROADCAST) / arp(),
    sll2(TO_MULTICAST) / ipv6("fe80::1", "ff02::1") / icmpv6(134),
])
