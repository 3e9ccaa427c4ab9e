# Solaris's IP observability: 24 bytes of the capture's own.
case = capture(IPNET, [ipnet() / ipv4() / udp(40000, 53), ipnet() / ipv6() / udp(40000, 53)])
