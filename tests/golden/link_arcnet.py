# ARCNET as Linux captures it; address 0 is everybody.
case = capture(ARCNET_LINUX, [
    arcnet(0xD4) / ipv4() / udp(40000, 53),
    arcnet(0xD5, destination=0) / arp(),
    arcnet(0xC4) / ipv6() / udp(40000, 53),
    arcnet(0x05) / payload(20),
])
