# The family is in the byte order of whoever wrote the file; IPv6 has many numbers.
case = capture(NULL, [
    null(order="<") / ipv4() / udp(40000, 53) / payload(2),
    null(order=">") / ipv4() / udp(40000, 53) / payload(2),
    null(10, order="<") / ipv6() / udp(40000, 53),
    null(24, order="<") / ipv6() / udp(40000, 53),
    null(28, order=">") / ipv6() / udp(40000, 53),
    null(30, order=">") / ipv6() / udp(40000, 53),
    null(7, order="<") / payload(60),
])
