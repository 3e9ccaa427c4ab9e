# SLIP: 16 bytes of the capture's own in front of each packet.
case = capture(SLIP, [slip(0) / ipv4() / udp(40000, 53), slip(1) / ipv6() / udp(40000, 53)])
