# The cooked header tells the direction; PPP and ISDN come like this.
case = capture(LINUX_SLL, [
    sll(OUTGOING) / ipv4("10.0.0.1", "10.0.0.2") / tcp(40000, 443, "S", seq=1),
    sll(HOST) / ipv4("10.0.0.2", "10.0.0.1") / tcp(443, 40000, "SA", seq=9, ack=2),
    sll(OTHER_HOST) / ipv6() / udp(40000, 53) / payload(10),
    sll(TO_BROADCAST) / arp(),
    sll(TO_MULTICAST) / ipv4("10.0.0.3", "224.0.0.251") / udp(5353, 5353) / payload(20),
    sll(HOST, type=4) / llc() / payload(35),
    sll(OUTGOING) / vlan(7) / ipv4() / icmp(),
])
