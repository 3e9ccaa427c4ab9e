# AAL5 packets with LLC: routed, and bridged Ethernet behind two bytes of padding.
bridged = llc(0xAA) / data(bytes.fromhex("0080c20007") + bytes(2))
case = capture(ATM_RFC1483, [
    snap() / ipv4() / udp(40000, 53),
    bridged / eth() / ipv4() / udp(40000, 53),
    llc(0xFE) / data(b"\x81") / payload(20),
])
