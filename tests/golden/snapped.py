# Frames that the snap length cut: bytes are those of the wire, and what can be told is told.
whole = eth() / ipv4() / tcp(40000, 443, "S", seq=1) / payload(1460)
case = capture(EN10MB, [
    frame(whole, caplen=54),  # all headers
    frame(whole, caplen=40),  # both ports and no more of TCP
    frame(whole, caplen=36),  # one port
    frame(whole, caplen=34),  # IPv4
    frame(whole, caplen=33),  # IPv4 but for a byte
    frame(whole, caplen=13),  # Ethernet but for a byte
], snaplen=54)
