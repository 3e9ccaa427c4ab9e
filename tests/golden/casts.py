# Broadcast and multicast by the link's destination, whatever the packet says.
case = capture(EN10MB, [
    eth(BROADCAST) / arp(),
    eth("01:00:5e:00:00:fb") / ipv4("10.0.0.1", "224.0.0.251") / udp(5353, 5353),
    eth("33:33:00:00:00:01") / ipv6("fe80::1", "ff02::1") / icmpv6(134),
    eth("01:80:c2:00:00:0e", type=0x88CC) / payload(46),
    eth() / ipv4("10.0.0.1", "255.255.255.255") / udp(68, 67),
])
