# Short datagrams in frames filled up to the minimum: the filling is on the wire and in no datagram.
case = capture(EN10MB, [
    eth(pad=60) / ipv4() / udp(40000, 53) / payload(1),
    eth(pad=60) / ipv4() / tcp(40000, 443, "A"),
    eth(pad=60) / ipv4() / tcp(40000, 443, "A") / payload(5),
    eth(pad=60) / arp(),
    eth(pad=60) / ipv4(total_length=22) / udp(40000, 53),
])
