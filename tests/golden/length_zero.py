# TSO and BIG TCP leave the IP length at 0: the link's length stands in. A jumbogram says so itself.
jumbo = b"\xc2\x04" + (80_000 + 20 + 8).to_bytes(4, "big")
case = capture(EN10MB, [
    eth() / ipv4(total_length=0) / tcp(40000, 443, "A") / payload(20_000),
    eth() / ipv6(payload_length=0) / tcp(40000, 443, "A") / payload(100_000),
    eth() / ipv6(payload_length=0) / hop_by_hop(jumbo) / tcp(40000, 443, "A") / payload(80_000),
])
