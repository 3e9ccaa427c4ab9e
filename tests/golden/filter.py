# Trailing words are a filter, as in tcpdump: what it rejects was never seen.
case = capture(EN10MB, [
    eth() / ipv4() / udp(40000, 53) / payload(10),
    eth() / ipv4() / tcp(40000, 443, "S"),
    eth() / ipv6() / udp(40000, 53) / payload(10),
    eth() / arp(),
])
arguments = ["udp", "port", "53"]
